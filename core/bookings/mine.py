"""A citizen's own bookings.

A connection is let go before definitions are asked for, which may want one themselves: with every connection in hand
of somebody who waits for another, nobody would go on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, bindparam, select

from core.activities.definition import Activity
from core.activities.model import activities, slots
from core.activities.service import Activities
from core.bookings import rules
from core.bookings.ledger import Booking, Slot
from core.bookings.model import bookings
from core.bookings.queries import Usual, sessions_of, slots_at
from core.bookings.views import BookingView
from core.db.database import Database
from core.db.types import Instant
from core.errors import Refused
from core.passes.model import passes

_USUAL_WITHIN = timedelta(weeks=8)
_USUAL_AHEAD_WEEKS = 5
_ID_BITS = 62


def view(booking: Booking, slot: Slot, activity: Activity, code: str) -> BookingView:
    return BookingView(
        id=booking.id,
        activity=slot.activity,
        revision=booking.revision,
        slot_id=slot.id,
        place=slot.place,
        occasion=slot.occasion,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        sessions=slot.term,
        units=booking.units,
        persons=booking.persons,
        companions=booking.persons - 1,
        booker_takes_part=booking.booker_takes_part,
        state=booking.state,
        code=code,
        can_cancel_until=rules.cancel_until(activity, slot.starts_at),
        can_move_until=rules.move_until(activity, slot.starts_at),
        provisional_until=booking.held_until,
    )


async def all_of(
    database: Database, definitions: Activities, citizen_id: int, now: datetime, past: timedelta
) -> list[BookingView]:
    """Those ahead, and those that ended within `past`."""
    params = {"citizen": citizen_id, "since": now - past}
    async with database.reading() as connection:
        rows = (await connection.execute(_CONFIRMED_SINCE, params)).all()
    views = [await _view(row, definitions) for row in rows]
    ahead = [each for each in views if each.ends_at > now]
    over = [each for each in views if each.ends_at <= now]
    return [*ahead, *reversed(over)]


async def one_of(
    database: Database, definitions: Activities, citizen_id: int, booking_id: int
) -> BookingView | None:
    if booking_id.bit_length() > _ID_BITS:  # whoever invents numbers may invent one that no column holds
        return None
    params = {"citizen": citizen_id, "booking": booking_id}
    async with database.reading() as connection:
        row = (await connection.execute(_ONE, params)).one_or_none()
    return None if row is None else await _view(row, definitions)


async def provisional_of(
    database: Database, definitions: Activities, holder: bytes, booking_id: int
) -> BookingView | None:
    if booking_id.bit_length() > _ID_BITS:
        return None
    async with database.reading() as connection:
        row = (
            await connection.execute(_PROVISIONAL, {"holder": holder, "booking": booking_id})
        ).one_or_none()
    return None if row is None else replace(await _view(row, definitions), provisional_until=row.held_until)


async def next_of(
    database: Database, definitions: Activities, citizen_id: int, now: datetime
) -> BookingView | None:
    params = {"citizen": citizen_id, "since": now}
    async with database.reading() as connection:
        row = (await connection.execute(_NEXT, params)).first()
    return None if row is None else await _view(row, definitions)


async def usual_of(
    database: Database, definitions: Activities, citizen_id: int, now: datetime
) -> Usual | None:
    """The activity, weekday, hour and place booked most often in the last eight weeks (of equals the one
    booked last), as the next slot of that kind with room for as many persons as the last time, not booked
    already."""
    params = {"citizen": citizen_id, "since": now - _USUAL_WITHIN}
    async with database.reading() as connection:
        rows = (await connection.execute(_CONFIRMED_SINCE, params)).all()
    offered: dict[str, Activity] = {}
    for key in {row.key for row in rows}:
        try:
            offered[key] = await definitions.get(key)
        except Refused:  # no longer
            continue
    last = _habit([row for row in rows if row.key in offered], offered)
    if last is None:
        return None
    activity = offered[last.key]
    units = last.persons if activity.capacity.unit == "persons" else 1
    had = {row.slot_id for row in rows}
    wanted = _coming_weeks(last.starts_at, rules.zone_of(activity), now)
    async with database.reading() as connection:
        coming = await slots_at(connection, activity, last.place, wanted, now)
    for slot in coming:
        if slot.free >= units and slot.id not in had:
            return Usual(**vars(slot), persons=last.persons)
    return None


def _habit(rows: Sequence[Any], offered: Mapping[str, Activity]) -> Any:
    """The latest booking of the kind that was booked most often."""

    def kind(row: Any) -> tuple[Any, ...]:
        local = row.starts_at.astimezone(rules.zone_of(offered[row.key]))
        return row.key, local.weekday(), local.time(), row.place

    counts = Counter(kind(row) for row in rows)
    return max(rows, key=lambda row: (counts[kind(row)], row.starts_at), default=None)


def _coming_weeks(like: datetime, zone: ZoneInfo, now: datetime) -> list[datetime]:
    """The next moments of the same weekday and hour of the wall clock."""
    local, today = like.astimezone(zone), now.astimezone(zone).date()
    first = today + timedelta(days=(local.weekday() - today.weekday()) % 7)
    days = (first + timedelta(weeks=n) for n in range(_USUAL_AHEAD_WEEKS))
    return [datetime.combine(day, local.time(), zone).astimezone(UTC) for day in days]


async def _view(row: Any, definitions: Activities) -> BookingView:
    activity = await definitions.get(row.key, row.revision)
    return BookingView(
        id=row.id,
        activity=row.key,
        revision=row.revision,
        slot_id=row.slot_id,
        place=row.place,
        occasion=row.occasion,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        sessions=sessions_of(row.sessions),
        units=row.units,
        persons=row.persons,
        companions=row.companions,
        booker_takes_part=row.booker_takes_part,
        state=row.state,
        code=row.code,
        can_cancel_until=rules.cancel_until(activity, row.starts_at),
        can_move_until=rules.move_until(activity, row.starts_at),
    )


_BOOKINGS = (
    select(
        bookings.c.id,
        activities.c.key,
        bookings.c.revision,
        bookings.c.slot_id,
        slots.c.place,
        slots.c.occasion,
        slots.c.starts_at,
        slots.c.ends_at,
        slots.c.sessions,
        bookings.c.units,
        bookings.c.persons,
        bookings.c.companions,
        bookings.c.booker_takes_part,
        bookings.c.state,
        bookings.c.held_until,
        passes.c.code,
    )
    .select_from(bookings)
    .join(slots, slots.c.id == bookings.c.slot_id)
    .join(activities, activities.c.id == bookings.c.activity_id)
    .outerjoin(passes, and_(passes.c.booking_id == bookings.c.id, passes.c.state == "valid"))
)
_MINE = _BOOKINGS.where(bookings.c.citizen_id == bindparam("citizen"))
_PROVISIONAL = _BOOKINGS.where(
    bookings.c.id == bindparam("booking"),
    bookings.c.holder == bindparam("holder"),
    bookings.c.state == "held",
    passes.c.code.is_not(None),
)
_CONFIRMED_SINCE = _MINE.where(
    bookings.c.state == "confirmed", slots.c.ends_at > bindparam("since", type_=Instant)
).order_by(slots.c.starts_at, bookings.c.id)
_NEXT = _CONFIRMED_SINCE.limit(1)
_ONE = _MINE.where(
    bookings.c.id == bindparam("booking"), bookings.c.state.in_(("confirmed", "cancelled", "moved"))
)
