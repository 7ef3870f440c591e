"""A chart of bars, reckoned here and drawn as SVG by `figures_parts.html`: once for wide and once for narrow windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MOST_BARS = 24
LONGEST_LABEL = 34
"""Letters; what is longer is cut."""


@dataclass(frozen=True)
class Bar:
    """In the units of the drawing."""

    label: str
    y: int
    parts: tuple[tuple[str, int, int], ...]
    """(class of its colour, x, width)."""
    total: int
    end: int


@dataclass(frozen=True)
class Chart:
    kind: str
    """`wide` or `narrow`."""
    width: int
    height: int
    label_x: int
    label_dy: int
    bar_dy: int
    anchor: str
    bars: tuple[Bar, ...]


def charts(rows: Sequence[tuple[str, Sequence[tuple[str, int]]]]) -> tuple[Chart, ...]:
    """Of rows of (label, parts as (colour, count)): the largest, in their order. None where all is zero."""
    totals = [sum(count for _, count in parts) for _, parts in rows]
    order = sorted(range(len(rows)), key=lambda n: (-totals[n], n))[:MOST_BARS]
    kept = [rows[n] for n in sorted(order) if totals[n]]
    if not kept:
        return ()
    most = max(totals)
    left = 20 + 9 * min(LONGEST_LABEL, max(len(label) for label, _ in kept))
    wide = _chart(
        "wide", kept, most, left=left, room=800 - left, step=30, label=(left - 10, 19), bar_dy=3, anchor="end"
    )
    narrow = _chart("narrow", kept, most, left=0, room=280, step=50, label=(0, 17), bar_dy=22, anchor="start")
    return (wide, narrow)


def _chart(
    kind: str,
    rows: Sequence[tuple[str, Sequence[tuple[str, int]]]],
    most: int,
    *,
    left: int,
    room: int,
    step: int,
    label: tuple[int, int],
    bar_dy: int,
    anchor: str,
) -> Chart:
    bars = []
    for number, (name, parts) in enumerate(rows):
        drawn, so_far = [], 0
        for colour, count in parts:
            begin, end = room * so_far // most, room * (so_far + count) // most
            drawn.append((colour, left + begin, end - begin))
            so_far += count
        bars.append(Bar(name, number * step, tuple(drawn), so_far, left + room * so_far // most + 6))
    return Chart(kind, left + room + 60, step * len(rows), *label, bar_dy, anchor, tuple(bars))
