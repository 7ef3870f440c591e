"""How many SMS a text costs.

A text whose every character is in the GSM 7 bit alphabet (3GPP TS 23.038, 6.2.1) is sent in septets, any
other in UCS-2. A single SMS holds 160 septets or 70 UCS-2 units; the parts of a longer one 153 or 67, for a
header of six octets says how they belong together (3GPP TS 23.040, 9.2.3.24.1).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")
"""Written as an escape and a second septet."""


@dataclass(frozen=True)
class Segments:
    """What a text weighs: `units` are septets or UCS-2 units, `count` the SMS that are paid for."""

    encoding: str
    """`GSM-7` or `UCS-2`."""
    units: int
    count: int


def segments(text: str) -> Segments:
    """The segments of `text`. An empty text has none: no provider takes it."""
    if all(char in _BASIC or char in _EXTENDED for char in text):
        return _measured("GSM-7", [2 if char in _EXTENDED else 1 for char in text], single=160, part=153)
    return _measured("UCS-2", [2 if ord(char) > 0xFFFF else 1 for char in text], single=70, part=67)


def _measured(encoding: str, widths: list[int], *, single: int, part: int) -> Segments:
    units = sum(widths)
    if units <= single:
        return Segments(encoding, units, 1 if units else 0)
    return Segments(encoding, units, _parts(widths, part))


def _parts(widths: Iterable[int], room: int) -> int:
    """How many parts: a character of two units is never cut, so a part may stay one unit short."""
    count, used = 1, 0
    for width in widths:
        if used + width > room:
            count, used = count + 1, 0
        used += width
    return count
