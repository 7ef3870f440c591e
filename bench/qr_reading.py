"""Which QR code is read best when blurred and when light falls on it: `python -m bench.qr_reading`.

All sizes fill the same square of the same card, as they would on a phone. Printed are how many of 25 passes
zxing-cpp reads. The choice made from it is docs/decisions/0003-qr-size.md.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

import zxingcpp
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from core.adapters.painting.qr import MASK, QUIET, draw
from core.passes import base45

PASSES = 25
CARD = (720, 1080)
SQUARE = 540
"""Of the card, with the quiet zone."""
AT = ((CARD[0] - SQUARE) // 2, 360)


@dataclass(frozen=True)
class Kind:
    name: str
    size: int
    """Bytes, payload and signature."""
    version: int
    error: str
    mask: int | None = MASK


KINDS = (
    Kind("17 bytes 5-M", 81, 5, "m"),
    Kind("same, best mask", 81, 5, "m", None),
    Kind("19 bytes 6-M", 83, 6, "m"),
    Kind("8 bytes 6-Q", 72, 6, "q"),
    Kind("19 bytes 7-Q", 83, 7, "q"),
)


def card(kind: Kind, text: str) -> Image.Image:
    code = draw(text, 16, version=kind.version, error=kind.error, mask=kind.mask)
    framed = Image.new("L", (code.width + 2 * QUIET * 16,) * 2, 255)
    framed.paste(code, (QUIET * 16, QUIET * 16))
    picture = Image.new("L", CARD, 255)
    picture.paste(framed.resize((SQUARE, SQUARE), Image.Resampling.BOX), AT)
    return picture


def seen(picture: Image.Image, width: int, blur: float, chance: random.Random) -> Image.Image:
    """By a camera: a little turned, shrunk, out of focus, with noise."""
    turned = picture.rotate(chance.uniform(-8, 8), Image.Resampling.BICUBIC, fillcolor=255)
    small = turned.resize((width, width * 3 // 2), Image.Resampling.BOX)
    noise = Image.effect_noise(small.size, 10)
    return ImageChops.add(small.filter(ImageFilter.GaussianBlur(blur)), noise, 1, -128)


def spot(picture: Image.Image, share: float, chance: random.Random) -> Image.Image:
    """A lamp mirrored near the middle of the code, `share` of its side across, soft at the edge."""
    middle = [AT[axis] + SQUARE / 2 + chance.uniform(-0.06, 0.06) * SQUARE for axis in (0, 1)]
    radius = share * SQUARE / 2
    light = Image.new("L", picture.size, 0)
    box = (middle[0] - radius, middle[1] - radius, middle[0] + radius, middle[1] + radius)
    ImageDraw.Draw(light).ellipse(box, fill=255)
    return ImageChops.lighter(picture, light.filter(ImageFilter.GaussianBlur(radius / 6)))


def stripe(picture: Image.Image, share: float, chance: random.Random) -> Image.Image:
    """A tube mirrored across the code, between its corners, a little slanting."""
    light = Image.new("L", picture.size, 0)
    x = AT[0] + SQUARE * chance.uniform(0.45, 0.55)
    ends = (x - SQUARE * 0.03, AT[1] + SQUARE, x + SQUARE * 0.03, AT[1])
    ImageDraw.Draw(light).line(ends, fill=255, width=round(share * SQUARE))
    return ImageChops.lighter(picture, light.filter(ImageFilter.GaussianBlur(share * SQUARE / 8)))


Seeing = Callable[[Image.Image, random.Random], Image.Image]


def cases() -> list[tuple[str, Seeing]]:
    found: list[tuple[str, Seeing]] = []
    for blur in (0, 1.2, 1.4, 1.6, 1.8, 2.0):
        found.append((f"240 px, blur {blur}", lambda p, c, b=blur: seen(p, 240, b, c)))
    for blur in (3.0, 3.5, 4.0):
        found.append((f"480 px, blur {blur}", lambda p, c, b=blur: seen(p, 480, b, c)))
    for share in (0.20, 0.30, 0.33, 0.36, 0.40, 0.44):
        found.append((f"480 px, spot {share:.0%}", lambda p, c, s=share: seen(spot(p, s, c), 480, 1, c)))
    for share in (0.03, 0.06, 0.09, 0.12):
        found.append((f"480 px, stripe {share:.0%}", lambda p, c, s=share: seen(stripe(p, s, c), 480, 1, c)))
    for share in (0.20, 0.30):
        found.append(
            (f"240 px, blur 1.4, spot {share:.0%}", lambda p, c, s=share: seen(spot(p, s, c), 240, 1.4, c))
        )
    return found


def read(picture: Image.Image, text: str) -> bool:
    return any(
        code.text == text for code in zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)
    )


def main() -> None:
    chance = random.Random(5)
    cards = {}
    for kind in KINDS:
        texts = [base45.encode(chance.randbytes(kind.size)) for _ in range(PASSES)]
        cards[kind] = [(text, card(kind, text)) for text in texts]
    print(f"{'read of ' + str(PASSES):30}", *(f"{kind.name:>16}" for kind in KINDS))
    for name, seeing in cases():
        row = [sum(read(seeing(picture, chance), text) for text, picture in cards[kind]) for kind in KINDS]
        print(f"{name:30}", *(f"{count:16}" for count in row))


if __name__ == "__main__":
    main()
