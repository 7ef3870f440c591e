"""A facility's day as staff see it: every slot with what is taken, held and inside; a few statements, however many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Select, bindparam, case, func, select

from core.activities.definition import Activity
from core.activities.model import activities, slots
from core.activities.service import Activities
from core.bookings.model import bookings
from core.bookings.queries import sessions_of
from core.db.database import Database
from core.db.types import FAR_FUTURE, Instant
from core.ports import Clock
from core.visits.model import visits

CHANNELS = ("telegram", "web", "phone", "desk")


@dataclass(frozen=True)
class DaySlot:
    """A slot of the day. Times are UTC, of the day's session; units are the activity's."""

    id: int
    place: str
    """Key of the lane, court or kind of place; empty where a slot is one whole."""
    occasion: str
    starts_at: datetime
    ends_at: datetime
    capacity: int
    taken: int
    """Confirmed and held."""
    held: int
    """Of these, in dialogs under way."""
    inside: int
    """Persons."""
    state: str
    """`open` or `closed`."""
    reason: str | None


@dataclass(frozen=True)
class DayOf:
    """An activity's slots of the day, by hour and place."""

    activity: Activity
    slots: Sequence[DaySlot]


async def day_of(
    database: Database, clock: Clock, among: Activities, facility: str, begin: datetime, end: datetime
) -> list[DayOf]:
    """The activities of a facility with sessions that start from `begin` to `end` (a local day, in UTC), by key."""
    params = {"facility": facility, "begin": begin, "end": end}
    return await _read(database, clock, among, _SLOTS.where(_THAT_DAY).order_by(*_ORDER), params)


async def slot_of(
    database: Database, clock: Clock, among: Activities, slot_id: int
) -> tuple[Activity, DaySlot] | None:
    """One slot, and its activity as it is now; None where there is none of that id."""
    found = await _read(
        database, clock, among, _SLOTS.where(slots.c.id == bindparam("slot")), {"slot": slot_id}
    )
    return (found[0].activity, found[0].slots[0]) if found else None


@dataclass(frozen=True)
class ChannelOf:
    """What one channel has of a slot, in the activity's units."""

    channel: str
    """telegram, web, phone or desk."""
    taken: int
    """Confirmed and held."""
    kept: int
    """Still kept for it, while others find the slot full."""


async def channels_of(database: Database, clock: Clock, slot_id: int) -> list[ChannelOf]:
    """The channels that have taken something of a slot, or have a share of it."""
    params = {"slot": slot_id, "now": clock.now()}
    async with database.reading() as connection:
        shares = await connection.scalar(select(slots.c.reserved).where(slots.c.id == slot_id)) or {}
        rows = (await connection.execute(_BY_CHANNEL, params)).all()
    taken = {row.channel: int(row.units) for row in rows}
    return [
        ChannelOf(channel, taken.get(channel, 0), max(shares.get(channel, 0), 0))
        for channel in CHANNELS
        if channel in taken or channel in shares
    ]


async def _read(
    database: Database, clock: Clock, among: Activities, statement: Select[Any], params: dict[str, Any]
) -> list[DayOf]:
    async with database.reading() as connection:
        rows = (await connection.execute(statement, {**params, "now": clock.now()})).all()
    revisions: dict[str, int] = {}
    found: dict[str, list[DaySlot]] = defaultdict(list)
    for row in rows:
        sessions = sessions_of(row.sessions) or ((row.starts_at, row.ends_at),)
        here = (
            each
            for each in sessions
            if params.get("begin", each[0]) <= each[0] < params.get("end", FAR_FUTURE)
        )
        session = next(here, None)
        if session is None:
            continue
        revisions[row.key] = row.revision
        found[row.key].append(
            DaySlot(
                row.id,
                row.place,
                row.occasion,
                session[0],
                session[1],
                row.capacity,
                row.taken - row.lapsed,
                row.held,
                row.inside,
                row.state,
                row.reason,
            )
        )
    return [DayOf(await among.get(key, revisions[key]), found[key]) for key in sorted(found)]


_NOW, _BEGIN, _END = (bindparam(name, type_=Instant) for name in ("now", "begin", "end"))
_FACILITY: BindParameter[str] = bindparam("facility")
_ORDER = (activities.c.key, slots.c.starts_at, slots.c.place, slots.c.occasion)
_THAT_DAY = (activities.c.facility == _FACILITY) & (slots.c.starts_at < _END) & (slots.c.ends_at > _BEGIN)
_HELD = (
    select(
        bookings.c.slot_id,
        func.sum(case((bookings.c.held_until > _NOW, bookings.c.units), else_=0)).label("held"),
        func.sum(case((bookings.c.held_until <= _NOW, bookings.c.units), else_=0)).label("lapsed"),
    )
    .where(bookings.c.state == "held")
    .group_by(bookings.c.slot_id)
    .subquery()
)
_INSIDE = (
    select(visits.c.slot_id, func.sum(visits.c.persons).label("persons"))
    .where(visits.c.left_at == FAR_FUTURE)
    .group_by(visits.c.slot_id)
    .subquery()
)
_SLOTS = (
    select(
        activities.c.key,
        activities.c.revision,
        slots.c.id,
        slots.c.place,
        slots.c.occasion,
        slots.c.starts_at,
        slots.c.ends_at,
        slots.c.sessions,
        slots.c.capacity,
        slots.c.taken,
        slots.c.state,
        slots.c.reason,
        func.coalesce(_HELD.c.held, 0).label("held"),
        func.coalesce(_HELD.c.lapsed, 0).label("lapsed"),
        func.coalesce(_INSIDE.c.persons, 0).label("inside"),
    )
    .join(activities, activities.c.id == slots.c.activity_id)
    .outerjoin(_HELD, _HELD.c.slot_id == slots.c.id)
    .outerjoin(_INSIDE, _INSIDE.c.slot_id == slots.c.id)
)
_BY_CHANNEL = (
    select(bookings.c.channel, func.sum(bookings.c.units).label("units"))
    .where(bookings.c.slot_id == bindparam("slot"))
    .where(
        (bookings.c.state == "confirmed")
        | ((bookings.c.state == "held") & (bookings.c.held_until > bindparam("now", type_=Instant)))
    )
    .group_by(bookings.c.channel)
)
