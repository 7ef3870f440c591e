"""Alerts: participation that passes 90 % or 100 % of a limit, and that it has fallen again.

Raised once when a level is reached, ended only when it has clearly fallen below, so that somebody going in and out
at the door rings no bell each time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.activities.definition import Activity
from core.activities.model import activities, slots
from core.activities.service import Activities
from core.db.types import FAR_FUTURE, Instant
from core.ports import Codes
from core.visits.model import alerts, visits
from core.visits.parties import Slot
from core.visits.reading import several, slot_columns

LEVELS = (90, 100)
"""Per cent of the limit."""
FALLS_BY = 5
"""Per cent below its level at which an alert ends."""

Watched = tuple[str, int | None]
"""A facility as a whole, or one of its slots."""


def active_levels(inside: int, limit: int, before: Collection[int]) -> frozenset[int]:
    """The levels that are reached, or were and have not clearly fallen. Without a limit none is."""
    if limit <= 0:
        return frozenset()
    return frozenset(
        level for level in LEVELS if inside * 100 >= (level - (FALLS_BY if level in before else 0)) * limit
    )


def facility_limit(limits: Iterable[tuple[tuple[str, str], int]]) -> int:
    """Of a facility, from (activity and place, limit) of every slot whose gate is open: while one hour leaves and
    the next arrives, a lane still holds no more than one of them."""
    most: dict[tuple[str, str], int] = {}
    for place, limit in limits:
        most[place] = max(limit, most.get(place, 0))
    return sum(most.values())


class Alerting:
    """Compares who is inside with the limits."""

    def __init__(self, activities: Activities, codes: Codes) -> None:
        self._activities = activities
        self._codes = codes

    async def watch(self, transaction: AsyncConnection, now: datetime, facilities: Collection[str]) -> None:
        """Raise and end the alerts of these facilities."""
        params: dict[str, Any] = {"facilities": sorted(facilities), "now": now}
        inside: dict[Watched, int] = defaultdict(int)
        for row in await transaction.execute(_INSIDE, params):
            inside[row.facility, row.slot_id] += row.persons
            inside[row.facility, None] += row.persons
        before: dict[Watched, dict[int, int]] = defaultdict(dict)
        for alert in await transaction.execute(_LASTING, params):
            before[alert.facility, alert.slot_id][alert.level] = alert.id
        limits = await self._limits(transaction, params, now)
        raised: list[dict[str, Any]] = []
        ended: list[int] = []
        for watched in {*inside, *before}:
            had = before[watched]
            has = active_levels(inside[watched], limits.get(watched, 0), had)
            ended += [had[level] for level in had if level not in has]
            raised += [
                {
                    "id": self._codes.new_id(),
                    "facility": watched[0],
                    "slot_id": watched[1],
                    "level": level,
                    "inside": inside[watched],
                    "limit": limits[watched],
                    "raised_at": now,
                    "ended_at": FAR_FUTURE,
                }
                for level in sorted(has)
                if level not in had
            ]
        if ended:
            await transaction.execute(update(alerts).where(alerts.c.id.in_(ended)).values(ended_at=now))
        if raised:
            await transaction.execute(insert(alerts), raised)

    async def _limits(
        self, transaction: AsyncConnection, params: dict[str, Any], now: datetime
    ) -> dict[Watched, int]:
        """Of the slots that anybody is inside for, and of the facilities: by the slots whose gate is open."""
        limits: dict[Watched, int] = {}
        open_now: dict[str, list[tuple[tuple[str, str], int]]] = defaultdict(list)
        for row in await transaction.execute(_SLOTS, params | {"soon": now + _AHEAD, "before": now - _AHEAD}):
            slot = Slot.of(row, await self._activities.get(row.key, row.revision))
            limits[slot.facility, slot.id] = slot.limit
            if gate_is_open(slot.activity, slot, now):
                open_now[slot.facility].append(((slot.activity.key, slot.place), slot.limit))
        for facility, of_slots in open_now.items():
            if len(of_slots) > 1:  # of a single slot it would be the same alert twice
                limits[facility, None] = facility_limit(of_slots)
        return limits


def gate_is_open(activity: Activity, slot: Slot, now: datetime) -> bool:
    """Whether people of this slot may be inside now: from the earliest entry to the assumed exit."""
    early = timedelta(minutes=activity.gate.early_minutes)
    return any(start - early <= now < end + slot.grace for start, end in slot.sessions)


_AHEAD = timedelta(hours=6)
"""A slot that starts later, or ended longer ago, has no gate open."""
_IN_HERE = visits.c.facility.in_(several("facilities"))
_INSIDE = (
    select(visits.c.facility, visits.c.slot_id, func.sum(visits.c.persons).label("persons"))
    .where(visits.c.left_at == FAR_FUTURE, _IN_HERE)
    .group_by(visits.c.facility, visits.c.slot_id)
)
_LASTING = select(alerts.c.id, alerts.c.facility, alerts.c.slot_id, alerts.c.level).where(
    alerts.c.ended_at == FAR_FUTURE, alerts.c.facility.in_(several("facilities"))
)
_SLOTS = (
    select(*slot_columns())
    .join(activities, activities.c.id == slots.c.activity_id)
    .where(
        activities.c.facility.in_(several("facilities")),
        or_(
            (slots.c.starts_at < bindparam("soon", type_=Instant))
            & (slots.c.ends_at > bindparam("before", type_=Instant)),
            slots.c.id.in_(select(visits.c.slot_id).where(visits.c.left_at == FAR_FUTURE, _IN_HERE)),
        ),
    )
)
