"""How full it is, as a picture for a phone: 720 wide, so that it is not shrunk.

Nothing is said by colour alone: an open cell has its number and a shade that darkens in steps, a full one is
dark, hatched and numbered, a closed one is grey and crossed out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from math import ceil

from PIL import Image, ImageDraw

from core.adapters.painting.cells import INK, WHITE, number_size, paint_cell, paint_sample, palette
from core.adapters.painting.fonts import BOLD, MEDIUM, NARROW, REGULAR, font, width_of
from core.adapters.painting.text import Fitted, fit
from core.ports import OccupancyCell, OccupancyGrid

WIDTH = 720
_MARGIN = 16
_GAP = 4
_CELL_HEIGHT = 58
_LEAST_CELL = 58
_LEADING = 1.25
_SAMPLE = 56

_Row = tuple[str, Sequence[OccupancyCell]]


@dataclass(frozen=True)
class _Head:
    """The name of a column, and how wide its letters are (100 is usual)."""

    text: Fitted
    narrow: int


def paint_grid(grid: OccupancyGrid) -> bytes:
    rows = [row for row in grid.rows if any(cell.state != "past" for cell in row[1])]
    label = _label_width(rows)
    title = _fit(grid.title, BOLD, (36, 32, 28), WIDTH - 2 * _MARGIN, 3)
    bands, width = _bands(grid.columns, WIDTH - 2 * _MARGIN - label)
    number = number_size([cell for _, cells in rows for cell in cells], width - _GAP)
    legend = _legend_rows(grid.legend)

    height = 2 * _MARGIN + _height(title) + _GAP * 2
    height += sum(_band_height(heads, len(rows)) for _, heads in bands)
    height += len(legend) * (_SAMPLE + _GAP)
    picture = Image.new("RGB", (WIDTH, height), WHITE)
    draw = ImageDraw.Draw(picture)
    _write(draw, title, BOLD, _MARGIN, _MARGIN)
    y = _MARGIN + _height(title) + _GAP * 2
    for columns, heads in bands:
        _paint_band(picture, rows, columns, heads, number, left=_MARGIN + label, top=y, width=width)
        y += _band_height(heads, len(rows))
    for entries in legend:
        _paint_legend(picture, entries, y)
        y += _SAMPLE + _GAP
    out = BytesIO()
    # A palette makes the file less than half as large, in less time than compressing all colours takes.
    picture.quantize(palette=palette(), dither=Image.Dither.NONE).save(out, "PNG", compress_level=6)
    return out.getvalue()


def _paint_band(
    picture: Image.Image,
    rows: Sequence[_Row],
    columns: range,
    heads: Sequence[_Head],
    number: int | None,
    *,
    left: int,
    top: int,
    width: int,
) -> None:
    draw = ImageDraw.Draw(picture)
    for nth, head in enumerate(heads):
        _paint_head(draw, head, left + nth * width, top, width - _GAP)
    y = top + _heads_height(heads) + _GAP
    for words, cells in rows:
        text = _row_label(words, left - _MARGIN - _GAP * 2)
        _write(draw, text, MEDIUM, _MARGIN, y + (_CELL_HEIGHT - _height(text)) // 2)
        for nth, column in enumerate(columns):
            if column < len(cells):
                x = left + nth * width
                paint_cell(picture, cells[column], number, (x, y, x + width - _GAP, y + _CELL_HEIGHT))
        y += _CELL_HEIGHT + _GAP


def _bands(names: Sequence[str], room: int) -> tuple[list[tuple[range, list[_Head]]], int]:
    """Columns, with their heads, in equal parts below one another; and how wide a column is.

    As few parts as leave cells a finger can point at; more, while names would be broken and lose their end,
    which is often what tells lanes apart.
    """
    if not names:
        return [], room
    fewest = ceil(len(names) / (room // (_LEAST_CELL + _GAP)))
    per_band = [ceil(len(names) / parts) for parts in range(fewest, len(names) + 1)]
    for each in per_band:
        heads = [_head(name, room // each - 3 * _GAP) for name in names]
        if all(head.text.whole for head in heads):
            break
    else:
        each = per_band[0]
        heads = [_head(name, room // each - 3 * _GAP) for name in names]
    starts = range(0, len(names), each)
    return [(range(len(names))[at : at + each], heads[at : at + each]) for at in starts], room // each


def _head(words: str, width: int) -> _Head:
    for narrow in (100, NARROW):
        measure = partial(_head_width, narrow)
        text = fit(words, width=width, sizes=(24, 22), most_lines=3, measure=measure)
        if text.whole:
            break
    return _Head(text, narrow)


def _head_width(narrow: int, text: str, size: int) -> float:
    return width_of(MEDIUM, text, size, narrow)


def _heads_height(heads: Sequence[_Head]) -> int:
    return max((_height(head.text) for head in heads), default=0)


def _band_height(heads: Sequence[_Head], rows: int) -> int:
    return _heads_height(heads) + _GAP + rows * (_CELL_HEIGHT + _GAP) + _GAP * 3


def _label_width(rows: Sequence[_Row]) -> int:
    widest = max((width_of(MEDIUM, words, 26) for words, _ in rows), default=0)
    return min(ceil(widest), 168) + _GAP * 2


def _row_label(words: str, width: int) -> Fitted:
    return _fit(words, MEDIUM, (26, 24, 22), width, 2)


def _legend_rows(legend: Sequence[tuple[str, str]]) -> list[list[tuple[str, Fitted, int]]]:
    """(state, word, x) in rows, as many beside one another as there is room for."""
    rows: list[list[tuple[str, Fitted, int]]] = []
    x = WIDTH
    for state, words in legend:
        text = _fit(words, REGULAR, (24, 22), WIDTH - 2 * _MARGIN - _SAMPLE - _GAP * 3, 2)
        wide = _SAMPLE + ceil(max((width_of(REGULAR, line, text.size) for line in text.lines), default=0))
        if x + wide + _GAP * 2 > WIDTH - _MARGIN:
            rows.append([])
            x = _MARGIN
        rows[-1].append((state, text, x))
        x += wide + _GAP * 8
    return rows


def _paint_legend(picture: Image.Image, entries: Sequence[tuple[str, Fitted, int]], y: int) -> None:
    for state, text, x in entries:
        paint_sample(picture, state, (x, y + 8, x + _SAMPLE, y + _SAMPLE - 8))
        top = y + (_SAMPLE - _height(text)) // 2
        _write(ImageDraw.Draw(picture), text, REGULAR, x + _SAMPLE + _GAP * 2, top)


def _fit(text: str, weight: int, sizes: tuple[int, ...], width: int, most_lines: int) -> Fitted:
    return fit(text, width=width, sizes=sizes, most_lines=most_lines, measure=partial(width_of, weight))


def _height(text: Fitted) -> int:
    return round(len(text.lines) * text.size * _LEADING)


def _write(draw: ImageDraw.ImageDraw, text: Fitted, weight: int, x: int, y: int) -> None:
    for nth, line in enumerate(text.lines):
        draw.text(
            (x, y + nth * text.size * _LEADING - text.size * 0.06),
            line,
            font=font(text.size, weight),
            fill=INK,
        )


def _paint_head(draw: ImageDraw.ImageDraw, head: _Head, x: int, y: int, width: int) -> None:
    size = head.text.size
    for nth, line in enumerate(head.text.lines):
        indent = (width - _head_width(head.narrow, line, size)) / 2
        face = font(size, MEDIUM, head.narrow)
        draw.text((x + indent, y + nth * size * _LEADING), line, font=face, fill=INK)
