"""Figures as pages ask for them, from what is kept of the log (`rollup`). The same on SQLite and PostgreSQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, case, func, select

from core.activities.model import activities
from core.db.database import Database
from core.db.schema import events
from core.ports import Clock
from core.stats.counts import LEADS, Counts, Row, Table, View, check_dimensions, in_order, show
from core.stats.definitions import Period, midnight
from core.stats.model import figures_applications, figures_days
from core.stats.planned import HOUR_MS, Planned, milliseconds
from core.stats.presence import DayPeak
from core.stats.records import ERASED, REGISTERED, WARNED
from core.stats.rollup import peak_of

_a = figures_applications.c


@dataclass(frozen=True)
class Users:
    """*Valid users*: whose number was verified by the end of the period, erased ones included."""

    valid: int
    erased: int
    """Of these, at most: who asked to be forgotten by then."""


class Figures(Planned):
    """Reads only. Call `RollUp.refresh` first for the figures of this moment."""

    def __init__(self, database: Database, clock: Clock, zone: ZoneInfo) -> None:
        super().__init__(database, zone)
        self._clock = clock

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
        hours = ((milliseconds(_a.starts_at) - milliseconds(_a.confirmed_at)) // HOUR_MS).label("hours")
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
    before = milliseconds(_a.starts_at) - milliseconds(_a.cancelled_at)
    above: ColumnElement[bool] = _a.cancelled_at.is_not(None)
    for _, limit in LEADS:
        least = limit // timedelta(milliseconds=1)
        yield number(and_(above, before < least))
        above = and_(_a.cancelled_at.is_not(None), before >= least)
    yield number(above)
