"""Minutes of overlap. Pure; intervals are half-open, `[entered, left)`: who leaves as another comes never met."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

Interval = tuple[datetime, datetime]


def united(intervals: Iterable[Interval]) -> list[Interval]:
    """The same stretch of time without overlaps, in order. Empty intervals are left out."""
    found: list[Interval] = []
    for start, end in sorted(intervals):
        if end <= start:
            continue
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def exposure(case: Sequence[Interval], stays: Iterable[Interval]) -> timedelta:
    """How long both were there, summed over re-entries; `case` is `united`.

    Of a party whose members came and went one by one nobody knows who was inside when: time in which any of them was
    there counts once.
    """
    total = timedelta()
    for start, end in united(stays):
        for from_, until in case:
            together = min(end, until) - max(start, from_)
            if together > timedelta():
                total += together
    return total
