"""Films for Chromium's fake camera: a pass held before it (JPEGs end to end, 4:2:0)."""

from __future__ import annotations

from pathlib import Path

import segno
from PIL import Image, ImageDraw

FLAGS = (
    "--use-fake-ui-for-media-stream --use-fake-device-for-media-stream "
    "--use-file-for-fake-video-capture={film}"
)
_SIZE = (640, 480)
_MODULE = 7
_FRAMES = 4


def film(path: Path, shown: str) -> str:
    """The flags of a browser before whose camera this QR code is held."""
    code = segno.make(shown, error="m", micro=False)
    rows = [list(row) for row in code.matrix_iter(border=4)]
    side = len(rows) * _MODULE
    left, top = (_SIZE[0] - side) // 2, (_SIZE[1] - side) // 2
    with path.open("wb") as out:
        for shake in range(_FRAMES):
            frame = Image.new("L", _SIZE, 90)
            pen = ImageDraw.Draw(frame)
            for y, row in enumerate(rows):
                for x, dark in enumerate(row):
                    at = (left + x * _MODULE + shake, top + y * _MODULE)
                    pen.rectangle((*at, at[0] + _MODULE, at[1] + _MODULE), fill=20 if dark else 235)
            frame.convert("RGB").save(out, "JPEG", quality=85, subsampling=2)
    return FLAGS.format(film=path)
