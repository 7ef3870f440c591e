"""How full it is. Pictures, tables and buttons agree because they all come from here.

A hold that has lapsed is no longer counted, whether or not the box office has met it yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, ColumnElement, Row, Select, bindparam, case, func, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection

from core.activities.definition import Activity
from core.activities.model import activities, slots
from core.bookings.model import bookings
from core.bookings.rules import opens_before, zone_of
from core.db.database import Database
from core.db.types import FAR_FUTURE, Instant, from_milliseconds, to_milliseconds
from core.ports import Clock

_DAY_MS = 86_400_000
_NEAREST = 12
_KEEPING = ("desk", "phone")
"""Channels that may have a share of their own (`core.activities.places.Reserved`)."""


@dataclass(frozen=True)
class SlotView:
    """A slot as somebody on a certain channel sees it. Times are UTC; units are the activity's."""

    id: int
    activity: str
    """Key of the activity."""
    place: str
    """Key of the lane, court or kind of place; empty where a slot is one whole."""
    occasion: str
    """Key of the film, concert or group of a class; or empty."""
    starts_at: datetime
    ends_at: datetime
    sessions: tuple[tuple[datetime, datetime], ...]
    """Every session of a term; empty for one stretch of time."""
    capacity: int
    taken: int
    free: int
    """Units this channel may book now: 0 when full, closed, not yet open, or too late."""
    state: str
    """`open` or `closed`."""


@dataclass(frozen=True)
class Usual(SlotView):
    """What a citizen usually books, as the next slot of its kind that is free; for as many as usual."""

    persons: int


@dataclass(frozen=True)
class DayFree:
    """A local day with open slots ahead."""

    day: date
    capacity: int
    """What this channel may book of its slots, what is taken included."""
    taken: int
    free: int
    """The largest party, in units, that some slot of that day still has room for."""

    @property
    def per_cent(self) -> int:
        """How full, in whole per cent; 100 only when nothing is left."""
        return self.taken * 100 // self.capacity if self.capacity else 100


class Occupancy:
    """Slots and days with what is taken and free, each by one statement."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def slots_of(self, activity: Activity, day: date, channel: str) -> list[SlotView]:
        """Every slot of a local day, past and closed ones too, by hour and place."""
        zone = zone_of(activity)
        begin = datetime.combine(day, time(), zone).astimezone(UTC)
        end = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
        return await self.between(activity, channel, begin, end)

    async def ahead(self, activity: Activity, channel: str) -> list[SlotView]:
        """Every slot that it is not too late to book, by hour and place."""
        begin = _bookable_from(activity, self._clock.now()) + timedelta(milliseconds=1)
        return await self.between(activity, channel, begin, FAR_FUTURE)

    async def days(self, activity: Activity, channel: str) -> list[DayFree]:
        """The local days with slots ahead that are open, and may be booked by now."""
        zone, now = zone_of(activity), self._clock.now()
        statement = _days_statement(_others(channel), _offsets(zone, now.year))
        async with self._database.reading() as connection:
            rows = (await connection.execute(statement, _bounds(activity, now))).all()
        return [
            DayFree(date.fromordinal(_EPOCH_DAY + row.day), int(row.capacity), int(row.taken), int(row.free))
            for row in rows  # PostgreSQL sums integers to a Decimal
        ]

    async def between(
        self, activity: Activity, channel: str, begin: datetime, end: datetime
    ) -> list[SlotView]:
        """Every slot that starts from `begin` on and before `end`, past and closed ones too, by hour and place."""
        params = _bounds(activity, self._clock.now()) | {"begin": begin, "end": end}
        async with self._database.reading() as connection:
            rows = (await connection.execute(_slots_statement(_others(channel)), params)).all()
        return [slot_view(row, activity.key) for row in rows]


async def slots_near(
    connection: AsyncConnection,
    activity: Activity,
    channel: str,
    units: int,
    span: tuple[datetime, datetime],
    wanted_at: datetime,
    now: datetime,
) -> list[SlotView]:
    """The slots of a stretch of time with room for so many, nearest to `wanted_at` first; a few more than
    asked for by anyone, since some may be taken within the batch."""
    params = _bounds(activity, now) | {
        "begin": span[0],
        "end": span[1],
        "units": units,
        "wanted_at": to_milliseconds(wanted_at),
    }
    rows = await connection.execute(_near_statement(_others(channel)), params)
    return [slot_view(row, activity.key) for row in rows]


async def slots_at(
    connection: AsyncConnection, activity: Activity, place: str, starts: Sequence[datetime], now: datetime
) -> list[SlotView]:
    """The slots of a place that begin at these moments, as seen on a channel without a share of its own."""
    params = _bounds(activity, now) | {
        "begin": min(starts),
        "end": FAR_FUTURE,
        "place": place,
        "starts": starts,
    }
    rows = await connection.execute(_at_statement(_others("")), params)
    return [slot_view(row, activity.key) for row in rows]


def _bounds(activity: Activity, now: datetime) -> dict[str, Any]:
    return {
        "key": activity.key,
        "now": now,
        "bookable_from": _bookable_from(activity, now),
        "bookable_to": opens_before(activity, now) or FAR_FUTURE,
    }


def _bookable_from(activity: Activity, now: datetime) -> datetime:
    """Slots that start at or before this are closed for booking; the same rule as `rules.closes_at`."""
    return now + timedelta(minutes=activity.rules.closes_minutes_before)


def slot_view(row: Row[Any] | Any, key: str) -> SlotView:
    return SlotView(
        id=row.id,
        activity=key,
        place=row.place,
        occasion=row.occasion,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        sessions=sessions_of(row.sessions),
        capacity=row.capacity,
        taken=row.taken,
        free=row.free,
        state=row.state,
    )


def sessions_of(kept: list[list[int]]) -> tuple[tuple[datetime, datetime], ...]:
    """A term's sessions as kept in `slots.sessions`."""
    return tuple((from_milliseconds(start), from_milliseconds(end)) for start, end in kept)


def _others(channel: str) -> tuple[str, ...]:
    return tuple(name for name in _KEEPING if name != channel)


@lru_cache
def _slots_statement(others: tuple[str, ...]) -> Select[Any]:
    state = case((slots.c.state == "open", "open"), else_="closed")
    room = _room(others)
    return (
        select(
            slots.c.id,
            slots.c.place,
            slots.c.occasion,
            slots.c.starts_at,
            slots.c.ends_at,
            slots.c.sessions,
            slots.c.capacity,
            room.taken.label("taken"),
            case((room.bookable, room.free), else_=0).label("free"),
            state.label("state"),
        )
        .select_from(room.source)
        .where(
            activities.c.key == bindparam("key"),
            slots.c.starts_at >= bindparam("begin", type_=Instant),
            slots.c.starts_at < bindparam("end", type_=Instant),
        )
        .order_by(slots.c.starts_at, slots.c.place, slots.c.occasion)
    )


@lru_cache
def _at_statement(others: tuple[str, ...]) -> Select[Any]:
    return _slots_statement(others).where(
        slots.c.place == bindparam("place"),
        slots.c.starts_at.in_(bindparam("starts", expanding=True, type_=Instant)),
    )


@lru_cache
def _near_statement(others: tuple[str, ...]) -> Select[Any]:
    room = _room(others)
    distance = func.abs(type_coerce(slots.c.starts_at, BigInteger) - bindparam("wanted_at", type_=BigInteger))
    return (
        _slots_statement(others)
        .where(room.bookable, room.free >= bindparam("units"))
        .order_by(None)
        .order_by(distance, slots.c.starts_at.desc(), slots.c.place)
        .limit(_NEAREST)
    )


@lru_cache
def _days_statement(others: tuple[str, ...], offsets: tuple[tuple[int, int], ...]) -> Select[Any]:
    starts = type_coerce(slots.c.starts_at, BigInteger)
    ahead = [(starts < until, offset) for until, offset in offsets[:-1]]
    offset = case(*ahead, else_=offsets[-1][1]) if ahead else offsets[-1][1]
    day = ((starts + offset) // _DAY_MS).label("day")
    room = _room(others)
    each = (
        select(day, room.taken.label("taken"), room.free.label("free"))
        .select_from(room.source)
        .where(activities.c.key == bindparam("key"), room.bookable)
        .subquery()
    )
    return (
        select(
            each.c.day,
            func.sum(each.c.taken + each.c.free).label("capacity"),
            func.sum(each.c.taken).label("taken"),
            func.max(each.c.free).label("free"),
        )
        .group_by(each.c.day)
        .order_by(each.c.day)
    )


@dataclass(frozen=True)
class _Room:
    source: Any
    taken: ColumnElement[int]
    free: ColumnElement[int]
    bookable: ColumnElement[bool]


@lru_cache
def _room(others: tuple[str, ...]) -> _Room:
    """What is taken, lapsed holds not counted, and what is free beside what is kept for `others`."""
    now = bindparam("now", type_=Instant)
    lapsed = (
        select(
            bookings.c.slot_id,
            func.sum(bookings.c.units).label("units"),
            *(
                func.sum(case((bookings.c.channel == name, bookings.c.units), else_=0)).label(name)
                for name in others
            ),
        )
        .where(bookings.c.state == "held", bookings.c.held_until <= now)
        .group_by(bookings.c.slot_id)
        .subquery()
    )
    source = slots.join(activities, activities.c.id == slots.c.activity_id).outerjoin(
        lapsed, lapsed.c.slot_id == slots.c.id
    )
    taken: ColumnElement[int] = slots.c.taken - func.coalesce(lapsed.c.units, 0)
    free: ColumnElement[int] = slots.c.capacity - taken
    for name in others:
        share = func.coalesce(slots.c.reserved[name].as_integer(), 0) + func.coalesce(lapsed.c[name], 0)
        free = free - case((share > 0, share), else_=0)
    bookable = (
        (slots.c.state == "open")
        & (slots.c.starts_at > bindparam("bookable_from", type_=Instant))
        & (slots.c.starts_at < bindparam("bookable_to", type_=Instant))
    )
    return _Room(source, taken, case((free > 0, free), else_=0), bookable)


@lru_cache
def _offsets(zone: ZoneInfo, year: int) -> tuple[tuple[int, int], ...]:
    """(until, offset): the zone's offsets from UTC from January of the year before, for three years, in
    milliseconds; the last holds on. So the database can tell local days, on the nights of the clock changes
    too."""
    found: list[tuple[int, int]] = []
    day = datetime(year - 1, 1, 1, tzinfo=UTC)
    while day.year <= year + 2:
        for hour in range(24) if _offset(day, zone) != _offset(day + _DAY, zone) else ():
            moment = day + timedelta(hours=hour)
            if _offset(moment, zone) != _offset(moment + _HOUR, zone):
                found.append((to_milliseconds(moment + _HOUR), _offset(moment, zone)))
        day += _DAY
    return (*found, (0, _offset(day, zone)))


def _offset(moment: datetime, zone: ZoneInfo) -> int:
    offset = moment.astimezone(zone).utcoffset()
    assert offset is not None
    return offset // timedelta(milliseconds=1)


_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
