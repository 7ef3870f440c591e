"""The heat map of weekdays and hours, reckoned here and drawn as SVG by `figures_parts.html`, wide and narrow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

STEPS = 5
"""How many shades there are; the last is for what is full, and has a frame as well."""
WEEKDAYS = range(7)
_ROW = 36


@dataclass(frozen=True)
class Tile:
    """In the units of the drawing."""

    x: int
    y: int
    width: int
    step: int
    words: str
    """The number written in it: colour alone says nothing."""


@dataclass(frozen=True)
class Grid:
    kind: str
    """`wide` or `narrow`."""
    width: int
    height: int
    left: int
    column: int
    hours: Sequence[tuple[int, int]]
    """(hour, y)"""
    tiles: Sequence[Tile]


def shade(part: int, whole: int) -> int:
    """0 to 4; 4 only where nothing is left. A whole of nothing has no shade to speak of: 0."""
    if whole <= 0 or part <= 0:
        return 0
    return STEPS - 1 if part >= whole else (STEPS - 1) * part // whole


def grids(cells: Mapping[tuple[int, int], tuple[int, str]]) -> tuple[Grid, ...]:
    """Of (weekday, hour) -> (shade, words). None where there is nothing."""
    if not cells:
        return ()
    hours = {hour for _, hour in cells}
    rows = list(range(min(hours), max(hours) + 1))
    return (
        _grid("wide", rows, cells, left=70, column=100),
        _grid("narrow", rows, cells, left=44, column=42),
    )


def _grid(
    kind: str,
    rows: Sequence[int],
    cells: Mapping[tuple[int, int], tuple[int, str]],
    *,
    left: int,
    column: int,
) -> Grid:
    places = {hour: 30 + _ROW * nth for nth, hour in enumerate(rows)}
    tiles = [
        Tile(left + column * weekday, places[hour], column - 2, *cell)
        for (weekday, hour), cell in sorted(cells.items())
    ]
    return Grid(
        kind, left + column * len(WEEKDAYS), 30 + _ROW * len(rows), left, column, list(places.items()), tiles
    )
