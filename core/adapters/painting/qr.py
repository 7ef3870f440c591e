"""The QR code of a pass. Size and error correction: docs/decisions/0003-qr-size.md."""

from __future__ import annotations

import segno
from PIL import Image

VERSION = 5
ERROR = "m"
# Searching the best of eight masks is most of segno's time. A token is mostly a signature, that is noise, on
# which every mask does about as well (measured in the decision).
MASK = 3
QUIET = 4
"""Modules of white around, by ISO/IEC 18004."""
MODULES = 17 + 4 * VERSION


def qr_image(token: str, module: int) -> Image.Image:
    """Greyscale, `module` pixels for each module, without the quiet zone. Raises `ValueError` for a wrong
    token.
    """
    return draw(token, module, version=VERSION, error=ERROR, mask=MASK)


def draw(token: str, module: int, *, version: int, error: str, mask: int | None) -> Image.Image:
    """Any size of code, so that sizes can be compared (bench/qr_reading.py)."""
    code = segno.make(
        token, error=error, version=version, mode="alphanumeric", mask=mask, boost_error=False, micro=False
    )
    side = len(code.matrix)
    dots = bytes(0 if dark else 255 for row in code.matrix for dark in row)
    return Image.frombytes("L", (side, side), dots).resize(
        (side * module, side * module), Image.Resampling.NEAREST
    )
