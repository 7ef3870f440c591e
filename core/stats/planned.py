"""Figures of the plan: how full slots are, how quickly they filled, and what is kept for a channel.

Capacity and what is taken are the slots' own, which erasures leave as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, ColumnElement, Select, and_, case, func, literal, select, type_coerce

from core.activities.model import activities, slots
from core.db.database import Database
from core.db.types import to_milliseconds
from core.stats.definitions import Period
from core.stats.model import figures_applications

_a = figures_applications.c
HOUR_MS = 3_600_000
_WEEK = 7 * 24
_DAY = timedelta(days=1)
_MONDAY = 3 * 24
"""The epoch was a Thursday."""


@dataclass(frozen=True)
class Fill:
    """How full an activity's place is at a weekday's hour, over the slots of a period."""

    activity: str
    place: str
    weekday: int
    hour: int
    slots: int
    capacity: int
    """In the activity's unit, of all these slots together."""
    taken: int
    full: int
    """Slots without a place left."""


@dataclass(frozen=True)
class Filled:
    """A slot that filled up: how long it took from its first application to its last."""

    slot_id: int
    activity: str
    place: str
    occasion: str
    starts_at: datetime
    took: timedelta


@dataclass(frozen=True)
class Performance:
    """One occasion of a programme: a concert, a film."""

    activity: str
    place: str
    occasion: str
    starts_at: datetime
    weekday: int
    capacity: int
    taken: int
    refused: int
    """Applications that found no place."""


@dataclass(frozen=True)
class Kept:
    """Of the units of slots that were kept for one channel: how many, and how many of them it has used."""

    slots: int
    units: int
    used: int


class Planned:
    """Reads only."""

    def __init__(self, database: Database, zone: ZoneInfo) -> None:
        self._database = database
        self._zone = zone

    async def fill(
        self, period: Period, filters: Mapping[str, str] | None = None, *, over_by: datetime | None = None
    ) -> list[Fill]:
        """The heat map: slots of the period that were open, by activity, place, weekday and hour of the wall clock.

        `over_by`: only those that had ended by then.
        """
        begin, end = period.bounds(self._zone)
        hour = ((milliseconds(slots.c.starts_at) + self._offset(begin, end)) // HOUR_MS + _MONDAY) % _WEEK
        there = (
            select(activities.c.key, slots.c.place, hour.label("hour"), slots.c.capacity, slots.c.taken)
            .join(activities, activities.c.id == slots.c.activity_id)
            .where(slots.c.starts_at >= begin, slots.c.starts_at < end, slots.c.state == "open")
            .where(*_planned(filters or {}))
            .where(*(() if over_by is None else (slots.c.ends_at <= over_by,)))
            .subquery()
        )
        of_cell = (there.c.key, there.c.place, there.c.hour)
        statement = select(
            *of_cell,
            func.count().label("slots"),
            func.sum(there.c.capacity).label("capacity"),
            func.sum(there.c.taken).label("taken"),
            func.sum(case((there.c.taken >= there.c.capacity, 1), else_=0)).label("full"),
        ).group_by(*of_cell)
        return sorted(
            (
                Fill(
                    row.key,
                    row.place,
                    *divmod(int(row.hour), 24),
                    int(row.slots),
                    int(row.capacity),
                    int(row.taken),
                    int(row.full),
                )
                for row in await self._all(statement)
            ),
            key=lambda each: (each.activity, each.place, each.weekday, each.hour),
        )

    def _offset(self, begin: datetime, end: datetime) -> ColumnElement[int]:
        """Of the town's wall clock from UTC at a slot's start, in milliseconds, for starts in this stretch."""
        *changes, (_, last) = offsets(begin, end, self._zone)
        if not changes:
            return literal(last, BigInteger)
        return case(
            *((milliseconds(slots.c.starts_at) < until, offset) for until, offset in changes), else_=last
        )

    async def filled(self, period: Period, filters: Mapping[str, str] | None = None) -> list[Filled]:
        """Slots of the period without a place left, the quickest first."""
        begin, end = period.bounds(self._zone)
        stands = and_(_a.accepted, _a.cancelled_at.is_(None))
        first, last = func.min(_a.confirmed_at), func.max(_a.confirmed_at)
        of_slot = (_a.slot_id, _a.activity, _a.place, _a.occasion, _a.starts_at)
        statement = (
            select(*of_slot, first.label("f"), last.label("l"))
            .join(slots, slots.c.id == _a.slot_id)
            .join(activities, activities.c.id == slots.c.activity_id)
            .where(slots.c.starts_at >= begin, slots.c.starts_at < end, slots.c.taken >= slots.c.capacity)
            .where(stands, _a.day.between(period.first, period.last), *_planned(filters or {}))
            .group_by(*of_slot)
        )
        found = [
            Filled(row.slot_id, row.activity, row.place, row.occasion, row.starts_at, row.l - row.f)
            for row in await self._all(statement)
        ]
        return sorted(found, key=lambda each: (each.took, each.starts_at, each.slot_id))

    async def performances(self, period: Period) -> list[Performance]:
        """Occasions of the period that were open, in the order of their hours."""
        begin, end = period.bounds(self._zone)
        refused = (
            select(_a.slot_id, func.count().label("n"))
            .where(~_a.accepted, _a.day.between(period.first, period.last))
            .group_by(_a.slot_id)
            .subquery()
        )
        columns = (slots.c.place, slots.c.occasion, slots.c.starts_at, slots.c.capacity, slots.c.taken)
        statement = (
            select(activities.c.key, *columns, func.coalesce(refused.c.n, 0).label("refused"))
            .join(activities, activities.c.id == slots.c.activity_id)
            .outerjoin(refused, refused.c.slot_id == slots.c.id)
            .where(slots.c.starts_at >= begin, slots.c.starts_at < end, slots.c.state == "open")
            .where(slots.c.occasion != "")
            .order_by(slots.c.starts_at, activities.c.key, slots.c.place)
        )
        return [
            Performance(
                row.key,
                row.place,
                row.occasion,
                row.starts_at,
                row.starts_at.astimezone(self._zone).weekday(),
                row.capacity,
                row.taken,
                row.refused,
            )
            for row in await self._all(statement)
        ]

    async def kept(
        self, period: Period, channel: str, shares: Mapping[str, int], filters: Mapping[str, str]
    ) -> Kept:
        """Over the open slots of the period; `shares`: by activity, what is kept of each of its slots.

        A slot knows what is left of the share; what is gone of it was used by the channel.
        """
        begin, end = period.bounds(self._zone)
        left = (
            select(activities.c.key, slots.c.reserved[channel].as_integer().label("left"))
            .join(activities, activities.c.id == slots.c.activity_id)
            .where(slots.c.starts_at >= begin, slots.c.starts_at < end, slots.c.state == "open")
            .where(*_planned(filters))
            .subquery()
        )
        statement = (
            select(left.c.key, left.c.left, func.count().label("n"))
            .where(left.c.left.is_not(None))
            .group_by(left.c.key, left.c.left)
        )
        found = Kept(0, 0, 0)
        for row in await self._all(statement):
            share = shares.get(row.key, 0)
            if share:
                used = min(share, max(0, share - row.left))
                found = Kept(found.slots + row.n, found.units + share * row.n, found.used + used * row.n)
        return found

    async def _all(self, statement: Select[Any]) -> Sequence[Any]:
        async with self._database.reading() as connection:
            rows: Sequence[Any] = (await connection.execute(statement)).all()
        return rows


def offsets(begin: datetime, end: datetime, zone: ZoneInfo) -> list[tuple[int, int]]:
    """(until, offset from UTC): the wall clock's, both in milliseconds, from `begin` to `end`; the last one holds on.
    Clocks change on the hour."""
    found: list[tuple[int, int]] = []
    moment, offset = begin, _offset_of(begin, zone)
    while moment < end:
        if _offset_of(moment + _DAY, zone) != offset:
            while _offset_of(moment, zone) == offset:
                moment += timedelta(hours=1)
            found.append((to_milliseconds(moment), offset))
            offset = _offset_of(moment, zone)
        else:
            moment += _DAY
    return [*found, (0, offset)]


def _offset_of(moment: datetime, zone: ZoneInfo) -> int:
    offset = moment.astimezone(zone).utcoffset()
    assert offset is not None
    return offset // timedelta(milliseconds=1)


def _planned(filters: Mapping[str, str]) -> list[ColumnElement[bool]]:
    """Of slots, joined to their activities."""
    named = {
        "activity": activities.c.key,
        "category": activities.c.category,
        "facility": activities.c.facility,
        "place": slots.c.place,
    }
    return [named[name] == value for name, value in filters.items()]


def milliseconds(moment: ColumnElement[Any]) -> ColumnElement[int]:
    return type_coerce(moment, BigInteger)
