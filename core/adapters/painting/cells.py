"""One cell of the occupancy picture: number, shade, and a sign for full and for closed."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from PIL import Image, ImageDraw

from core.adapters.painting.fonts import BOLD, MEDIUM, font, width_of
from core.ports import OccupancyCell

Box = tuple[int, int, int, int]
Colour = tuple[int, int, int]

WHITE, INK = (255, 255, 255), (20, 20, 20)
# One hue, darker as it fills, so that it also reads in grey; black on the darkest has a contrast above 7:1.
_SHADES = (WHITE, (221, 236, 250), (184, 216, 244), (141, 192, 236))
_FULL, _FULL_HATCH = (0, 51, 117), (62, 106, 163)
_CLOSED, _CLOSED_CROSS = (232, 232, 232), (150, 150, 150)
_EDGE = (90, 110, 135)
_RADIUS = 6
_HATCH = 11
_SIZES = (28, 26, 24, 22)
_PADDING = 16


def number_size(cells: Iterable[OccupancyCell], width: int) -> int | None:
    """The size in which the numbers of all cells fit in one line each; nothing when there is none."""
    numbers = {f"{cell.taken}/{cell.capacity}" for cell in cells if cell.state in ("open", "full")}
    for size in _SIZES:
        if all(width_of(BOLD, number, size) <= width - _PADDING for number in numbers):
            return size
    return None


def paint_cell(picture: Image.Image, cell: OccupancyCell, size: int | None, box: Box) -> None:
    """`size` is from `number_size`. A past cell stays white."""
    draw = ImageDraw.Draw(picture)
    if cell.state == "closed":
        _closed(picture, box)
    elif cell.state == "full":
        _full(picture, box)
        _number(draw, cell, size, box, WHITE, over=_FULL)
    elif cell.state == "open":
        draw.rounded_rectangle(box, _RADIUS, fill=_shade(cell), outline=_EDGE, width=2)
        _number(draw, cell, size, box, INK, over=None)


def paint_sample(picture: Image.Image, state: str, box: Box) -> None:
    """For the legend."""
    draw = ImageDraw.Draw(picture)
    if state == "closed":
        _closed(picture, box)
    elif state == "full":
        _full(picture, box)
    elif state == "open":
        left, top, right, bottom = box
        step = (right - left) / len(_SHADES)
        for nth, shade in enumerate(_SHADES):
            draw.rectangle((left + nth * step, top, left + (nth + 1) * step, bottom), fill=shade)
        draw.rectangle(box, outline=_EDGE, width=2)


@cache
def palette() -> Image.Image:
    """All our colours, and between each ink and its ground the steps of a letter's soft edge."""
    pairs = [(INK, shade) for shade in _SHADES] + [(_EDGE, shade) for shade in _SHADES]
    pairs += [(WHITE, _FULL), (_FULL_HATCH, _FULL), (_FULL, WHITE), (_CLOSED_CROSS, _CLOSED)]
    colours = {_between(one, other, step / 12) for one, other in pairs for step in range(13)}
    image = Image.new("P", (1, 1))
    image.putpalette([value for colour in sorted(colours) for value in colour])
    return image


def _between(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _shade(cell: OccupancyCell) -> Colour:
    if not cell.capacity:
        return _SHADES[0]
    share = min(max(cell.taken / cell.capacity, 0), 1)
    # White is kept for empty.
    return _SHADES[0] if share == 0 else _SHADES[min(1 + int(share * 3), 3)]


def _full(picture: Image.Image, box: Box) -> None:
    _stamp(picture, box, _hatched(box[2] - box[0], box[3] - box[1]))


def _closed(picture: Image.Image, box: Box) -> None:
    _stamp(picture, box, _crossed(box[2] - box[0], box[3] - box[1]))


def _stamp(picture: Image.Image, box: Box, tile: Image.Image) -> None:
    picture.paste(tile, box[:2], _corners(*tile.size))


@cache
def _corners(width: int, height: int) -> Image.Image:
    mask = Image.new("L", (width, height), 0)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, width - 1, height - 1), _RADIUS, fill=255)
    return mask


@cache
def _hatched(width: int, height: int) -> Image.Image:
    tile = Image.new("RGB", (width + 1, height + 1), _FULL)
    draw = ImageDraw.Draw(tile)
    for x in range(-height, width, _HATCH):
        draw.line((x, height, x + height, 0), fill=_FULL_HATCH, width=3)
    return tile


@cache
def _crossed(width: int, height: int) -> Image.Image:
    tile = Image.new("RGB", (width + 1, height + 1), _CLOSED)
    draw = ImageDraw.Draw(tile)
    middle_x, middle_y, arm = width // 2, height // 2, min(width, height) // 5
    for rise in (arm, -arm):
        draw.line(
            (middle_x - arm, middle_y - rise, middle_x + arm, middle_y + rise), fill=_CLOSED_CROSS, width=4
        )
    return tile


def _number(
    draw: ImageDraw.ImageDraw,
    cell: OccupancyCell,
    size: int | None,
    box: Box,
    ink: Colour,
    *,
    over: Colour | None,
) -> None:
    """«4/6», or in two lines without a size; on hatching with a plain ground behind it."""
    lines = [f"{cell.taken}/{cell.capacity}"] if size else [str(cell.taken), f"/{cell.capacity}"]
    size = size or _SIZES[-1]
    weight = BOLD if over else MEDIUM
    step = 26
    middle = (box[0] + box[2]) / 2
    top = (box[1] + box[3]) / 2 - step * (len(lines) - 1) / 2
    if over:
        half = max(width_of(weight, line, size) for line in lines) / 2 + 6
        draw.rounded_rectangle(
            (middle - half, top - 16, middle + half, top + step * (len(lines) - 1) + 16), 5, fill=over
        )
    for nth, line in enumerate(lines):
        draw.text((middle, top + nth * step), line, font=font(size, weight), fill=ink, anchor="mm")
