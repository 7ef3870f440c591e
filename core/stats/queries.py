"""Figures as pages ask for them, from what is kept of the log (`rollup`). The same on SQLite and PostgreSQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, ColumnElement, Select, and_, case, func, select, type_coerce

from core.activities.model import activities, slots
from core.db.database import Database
from core.db.schema import events
from core.ports import Clock
from core.stats.counts import LEADS, Counts, Row, Table, View, check_dimensions, in_order, show
from core.stats.definitions import Period, midnight
from core.stats.model import figures_applications, figures_days
from core.stats.presence import DayPeak
from core.stats.records import ERASED, REGISTERED, WARNED
from core.stats.rollup import peak_of

_a = figures_applications.c
_HOUR_MS = 3_600_000


@dataclass(frozen=True)
class Users:
    """*Valid users*: whose number was verified by the end of the period, erased ones included."""

    valid: int
    erased: int
    """Of these, at most: who asked to be forgotten by then."""


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


class Figures:
    """Reads only. Call `RollUp.refresh` first for the figures of this moment."""

    def __init__(self, database: Database, clock: Clock, zone: ZoneInfo) -> None:
        self._database = database
        self._clock = clock
        self._zone = zone

    async def rows(self, view: View, by: Sequence[str] = ()) -> list[Row]:
        """Counts of every cell that has an application, unmasked: for reckoning. Pages show `table`."""
        check_dimensions(by)
        columns = [_a[name] for name in by]
        statement = select(*columns, *_sums(self._clock.now())).where(*_where(view)).group_by(*columns)
        rows = await self._all(statement)
        n = len(by)
        return in_order(Row(tuple(row[:n]), Counts(*(int(value or 0) for value in row[n:]))) for row in rows)

    async def counts(self, view: View) -> Counts:
        """Of all together. Where the view is by what people told, show `table` instead."""
        (row,) = await self.rows(view)
        return row.counts

    async def table(self, view: View, by: Sequence[str] = ()) -> Table:
        """As it may be shown."""
        return show(await self.rows(view, by), view, by)

    async def leads(self, view: View) -> Mapping[str, Mapping[int, int]]:
        """By activity: whole hours from confirmation to start -> accepted applications, the shortest first."""
        hours = ((_milliseconds(_a.starts_at) - _milliseconds(_a.confirmed_at)) // _HOUR_MS).label("hours")
        statement = (
            select(_a.activity, hours, func.count().label("n"))
            .where(*_where(view), _a.accepted)
            .group_by(_a.activity, hours)
            .order_by(_a.activity, hours)
        )
        found: dict[str, dict[int, int]] = defaultdict(dict)
        for row in await self._all(statement):
            found[row.activity][int(row.hours)] = int(row.n)
        return found

    async def users(self, end: date) -> Users:
        """By the end of that local day."""
        until = midnight(end + timedelta(days=1), self._zone)
        statement = (
            select(events.c.name, func.count())
            .where(events.c.name.in_((REGISTERED, ERASED)), events.c.at < until)
            .group_by(events.c.name)
        )
        found: dict[str, int] = {row[0]: row[1] for row in await self._all(statement)}
        return Users(found.get(REGISTERED, 0), found.get(ERASED, 0))

    async def warned(self, period: Period) -> int:
        """People who were warned of a case, each as often as it was."""
        begin, end = period.bounds(self._zone)
        statement = select(events.c.facts).where(
            events.c.name == WARNED, events.c.at >= begin, events.c.at < end
        )
        return sum(int(row.facts["people"]) for row in await self._all(statement))

    async def peaks(self, period: Period, facilities: Collection[str] | None = None) -> list[DayPeak]:
        """Each facility's days with anybody inside, by facility and day."""
        statement = (
            select(figures_days)
            .where(figures_days.c.day.between(period.first, period.last))
            .order_by(figures_days.c.facility, figures_days.c.day)
        )
        if facilities is not None:
            statement = statement.where(figures_days.c.facility.in_(sorted(facilities)))
        return [peak_of(row) for row in await self._all(statement)]

    async def facilities(self, category: str) -> set[str]:
        """Where activities of a category take place."""
        statement = select(activities.c.facility).where(activities.c.category == category)
        return {row.facility for row in await self._all(statement.distinct())}

    async def fill(self, period: Period, filters: Mapping[str, str] | None = None) -> list[Fill]:
        """The heat map: slots of the period that were open, by activity, place, weekday and hour of the wall clock.

        Capacity and what is taken are the plan's (`slots`), which erasures leave as it is.
        """
        begin, end = period.bounds(self._zone)
        statement = (
            select(
                activities.c.key,
                slots.c.place,
                slots.c.starts_at,
                func.count().label("slots"),
                func.sum(slots.c.capacity).label("capacity"),
                func.sum(slots.c.taken).label("taken"),
                func.sum(case((slots.c.taken >= slots.c.capacity, 1), else_=0)).label("full"),
            )
            .join(activities, activities.c.id == slots.c.activity_id)
            .where(slots.c.starts_at >= begin, slots.c.starts_at < end, slots.c.state == "open")
            .group_by(activities.c.key, slots.c.place, slots.c.starts_at)
        )
        statement = statement.where(*_planned(filters or {}))
        sums: dict[tuple[str, str, int, int], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        local: dict[datetime, tuple[int, int]] = {}
        for row in await self._all(statement):
            if row.starts_at not in local:
                wall = row.starts_at.astimezone(self._zone)
                local[row.starts_at] = wall.weekday(), wall.hour
            of_cell = sums[(row.key, row.place, *local[row.starts_at])]
            for place, value in enumerate((row.slots, row.capacity, row.taken, row.full)):
                of_cell[place] += int(value)
        return [Fill(*cell, *numbers) for cell, numbers in sorted(sums.items())]

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


def _planned(filters: Mapping[str, str]) -> list[ColumnElement[bool]]:
    """Of slots, joined to their activities."""
    named = {
        "activity": activities.c.key,
        "category": activities.c.category,
        "facility": activities.c.facility,
        "place": slots.c.place,
    }
    return [named[name] == value for name, value in filters.items()]


def _milliseconds(moment: ColumnElement[Any]) -> ColumnElement[int]:
    return type_coerce(moment, BigInteger)


def _where(view: View) -> list[ColumnElement[bool]]:
    day = _a.confirmed_on if view.basis == "confirmed" else _a.day
    return [
        day.between(view.period.first, view.period.last),
        *(_a[name].is_(None) if value is None else _a[name] == value for name, value in view.filters.items()),
    ]


def _sums(now: datetime) -> list[ColumnElement[int]]:
    """In the order of `Counts`."""
    stands = and_(_a.accepted, _a.cancelled_at.is_(None))

    def number(condition: ColumnElement[bool], of: ColumnElement[int] | int = 1) -> ColumnElement[int]:
        return func.sum(case((condition, of), else_=0))

    return [
        func.count(),
        number(_a.accepted),
        number(~_a.accepted),
        number(_a.attended),
        number(and_(stands, ~_a.attended, _a.ends_at <= now)),
        number(_a.cancelled_at.is_not(None)),
        number(_a.moves > 0),
        number(stands, _a.persons),
        number(~_a.accepted, _a.persons),
        number(and_(_a.accepted, _a.first_starts_at.is_(None))),
        number(_a.reason == "full"),
        number(_a.reason == "too_few"),
        *_cancelled(number),
    ]


def _cancelled(number: Callable[[ColumnElement[bool]], ColumnElement[int]]) -> Iterator[ColumnElement[int]]:
    """By time before the start, in the order of `LEAD_NAMES`."""
    before = _milliseconds(_a.starts_at) - _milliseconds(_a.cancelled_at)
    above: ColumnElement[bool] = _a.cancelled_at.is_not(None)
    for _, limit in LEADS:
        milliseconds = limit // timedelta(milliseconds=1)
        yield number(and_(above, before < milliseconds))
        above = and_(_a.cancelled_at.is_not(None), before >= milliseconds)
    yield number(above)
