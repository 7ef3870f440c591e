"""Alerts: participation that passes 90 % or 100 % of a limit, and that it has fallen again.

Raised once when a level is reached, ended only when it has clearly fallen below, so that somebody going in and out
at the door rings no bell each time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

LEVELS = (90, 100)
"""Per cent of the limit."""
FALLS_BY = 5
"""Per cent below its level at which an alert ends."""


def active_levels(inside: int, limit: int, before: Collection[int]) -> frozenset[int]:
    """The levels that are reached, or were and have not clearly fallen. Without a limit none is."""
    if limit <= 0:
        return frozenset()
    return frozenset(
        level for level in LEVELS if inside * 100 >= (level - (FALLS_BY if level in before else 0)) * limit
    )


def facility_limit(limits: Iterable[tuple[tuple[str, str], int]]) -> int:
    """Of a facility, from (activity and place, limit) of every slot whose gate is open: while one hour leaves and
    the next arrives a lane still holds no more than one of them."""
    most: dict[tuple[str, str], int] = {}
    for place, limit in limits:
        most[place] = max(limit, most.get(place, 0))
    return sum(most.values())
