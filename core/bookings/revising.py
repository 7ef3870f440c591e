"""What a revision means for those who are booked: listed before it is published. Nothing booked is dropped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, exists, func, select

from core.activities.definition import Activity
from core.activities.model import activities, closings, slots
from core.activities.planning import PlannedSlot, plan_ahead
from core.bookings.model import bookings
from core.bookings.rules import zone_of
from core.db.database import Database
from core.db.types import Instant


@dataclass(frozen=True)
class Change:
    """One slot with bookings that a revision would treat otherwise. Times are UTC."""

    slot_id: int
    starts_at: datetime
    place: str
    what: str
    """`closed` (it is no longer planned, or a closure covers it: each is told and offered a new slot), `kept_hours`
    (new ones would end at another time: those booked keep theirs), `full` (its new capacity is below what is taken:
    nobody else fits) or `opened` (it was closed, and takes place after all)."""
    bookings: int
    persons: int


async def changes_for_booked(database: Database, revised: Activity, now: datetime) -> list[Change]:
    """Of slots ahead with confirmed bookings, by hour and place; empty for a new activity."""
    async with database.reading() as connection:
        rows = (await connection.execute(_BOOKED, {"key": revised.key, "now": now})).all()
    planned = {
        (slot.starts_at, slot.place, slot.occasion): slot
        for slot in plan_ahead(revised, now.astimezone(zone_of(revised)).date())
    }
    found: Sequence[tuple[Any, str]] = [
        (row, _what(row, planned.get((row.starts_at, row.place, row.occasion)))) for row in rows
    ]
    return [
        Change(row.id, row.starts_at, row.place, what, row.bookings, row.persons)
        for row, what in found
        if what
    ]


def _what(row: Any, slot: PlannedSlot | None) -> str:
    if slot is None:
        return "closed" if row.state == "open" else ""
    if row.state != "open" and not row.by_staff:
        return "opened"
    if slot.ends_at != row.ends_at:
        return "kept_hours"
    return "full" if slot.capacity < row.taken else ""


_BY_STAFF = exists().where(
    closings.c.activity_id == slots.c.activity_id,
    closings.c.reopened_at.is_(None),
    closings.c.begins_at <= slots.c.starts_at,
    closings.c.ends_at > slots.c.starts_at,
    closings.c.place.in_(["", slots.c.place]),
)
_BOOKED = (
    select(
        slots.c.id,
        slots.c.starts_at,
        slots.c.ends_at,
        slots.c.place,
        slots.c.occasion,
        slots.c.state,
        slots.c.taken,
        _BY_STAFF.label("by_staff"),
        func.count().label("bookings"),
        func.sum(bookings.c.persons).label("persons"),
    )
    .join(activities, activities.c.id == slots.c.activity_id)
    .join(bookings, bookings.c.slot_id == slots.c.id)
    .where(
        activities.c.key == bindparam("key"),
        bookings.c.state == "confirmed",
        slots.c.ends_at > bindparam("now", type_=Instant),
    )
    .group_by(
        slots.c.id,
        slots.c.activity_id,
        slots.c.starts_at,
        slots.c.ends_at,
        slots.c.place,
        slots.c.occasion,
        slots.c.state,
        slots.c.taken,
    )
    .order_by(slots.c.starts_at, slots.c.place, slots.c.id)
)
