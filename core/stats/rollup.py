"""Keeps what the event log amounts to, so that pages are quick. It can be thrown away and made anew at any time; both
ways give the same rows, because both read the log by the same fold (`records.Log`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, delete, func, insert, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.db.database import Database
from core.db.schema import events
from core.db.types import Instant
from core.db.work import Work
from core.db.writer import Writer
from core.stats.definitions import midnight
from core.stats.model import figures_applications, figures_days, figures_minutes, figures_state
from core.stats.presence import DayPeak, Shift, day_peaks, shifts_of
from core.stats.records import Application, Event, Log, Minute, bookings_of

BATCH = 5000
"""Events that one transaction reads."""
_FEW = 500
"""Names in one statement: SQLite had a limit of 999 once."""
_LONGEST_SLOT = timedelta(days=1)


class RollUp:
    """For every process that shows figures, and for the worker's chores."""

    def __init__(self, database: Database, writer: Writer, zone: ZoneInfo) -> None:
        self._database = database
        self._writer = writer
        self._zone = zone

    async def refresh(self) -> None:
        """Read what the log has told since; afterwards the figures are those of this moment."""
        while await self._behind():
            work = Work()
            work.job(self._continue)
            await self._writer.commit(work)

    async def rebuild(self) -> None:
        """Throw away what was kept, and read the whole log."""
        work = Work()

        async def forget(transaction: AsyncConnection, _work: Work) -> None:
            for table in (figures_state, figures_applications, figures_minutes, figures_days):
                await transaction.execute(delete(table))

        work.job(forget)
        await self._writer.commit(work)
        await self.refresh()

    async def _behind(self) -> bool:
        async with self._database.reading() as connection:
            newest = (await connection.execute(_NEWEST)).scalar_one_or_none() or 0
            return int(newest) > await _kept_until(connection)

    async def _continue(self, transaction: AsyncConnection, _work: Work) -> None:
        if transaction.dialect.name != "sqlite":
            # Ids are given before they are committed: wait for those who hold one, or theirs would be passed over.
            await transaction.execute(text("lock table events in share row exclusive mode"))
        last = await _kept_until(transaction)
        rows = await transaction.execute(_EVENTS, {"last": last})
        told = [Event(row.id, row.at, row.name, row.facts) for row in rows]
        if not told:
            return
        known = await _known(transaction, bookings_of(told))
        before = {found.event_id: shifts_of(found) for found in known.values()}
        log = Log(self._zone, known).read(told)
        await _write_applications(transaction, log.applications.values(), set(before))
        await _write_minutes(transaction, log.minutes)
        shifts = [shift for found in log.applications.values() for shift in shifts_of(found)]
        shifts += [shift for event_id in log.applications for shift in before.get(event_id, ())]
        await self._write_days(transaction, _dirty(log.minutes, shifts, self._zone))
        state = {"id": 1, "last_event": told[-1].id}
        await transaction.execute(delete(figures_state))
        await transaction.execute(insert(figures_state), state)

    async def _write_days(self, transaction: AsyncConnection, dirty: Mapping[str, date]) -> None:
        """Of each facility, from the first day that something has changed on: who stays overnight changes all that
        follow."""
        for facility, first in sorted(dirty.items()):
            begin = midnight(first, self._zone)
            opening = (
                await transaction.execute(_INSIDE, {"facility": facility, "begin": begin})
            ).scalar_one()
            since = {"facility": facility, "begin": begin}
            minutes = {
                (facility, row.at): Minute(row.entered, row.net)
                for row in await transaction.execute(_MINUTES, since)
            }
            rows = await transaction.execute(_SHIFTED, {**since, "begin": begin - _LONGEST_SLOT})
            shifts = [shift for row in rows for shift in shifts_of(application_of(row))]
            here = [shift for shift in shifts if shift.facility == facility]
            peaks = day_peaks(minutes, here, self._zone, {facility: opening})
            await transaction.execute(_FORGET_DAYS, {"the_facility": facility, "first": first})
            kept = [dict(vars(peak)) for peak in peaks if peak.day >= first]
            if kept:
                await transaction.execute(insert(figures_days), kept)


async def read_log(connection: AsyncConnection, zone: ZoneInfo) -> Log:
    """The whole log, read from its first event: what everything kept must agree with."""
    log, last = Log(zone), 0
    while True:
        rows = (await connection.execute(_EVENTS, {"last": last})).all()
        if not rows:
            return log
        log.read(Event(row.id, row.at, row.name, row.facts) for row in rows)
        last = rows[-1].id


def application_of(row: Any) -> Application:
    """From its row."""
    return Application(**row._mapping)


async def _kept_until(connection: AsyncConnection) -> int:
    return int((await connection.execute(select(figures_state.c.last_event))).scalar_one_or_none() or 0)


async def _known(transaction: AsyncConnection, bookings: set[int]) -> dict[int, Application]:
    found: dict[int, Application] = {}
    for some in _pieces(sorted(bookings)):
        for row in await transaction.execute(_KNOWN, {"bookings": some}):
            found[row.booking_id] = application_of(row)
    return found


async def _write_applications(
    transaction: AsyncConnection, told: Iterable[Application], there: set[int]
) -> None:
    rows = [dict(vars(each)) for each in told]
    new = [row for row in rows if row["event_id"] not in there]
    changed = [
        {f"new_{name}": value for name, value in row.items()} for row in rows if row["event_id"] in there
    ]
    if new:
        await transaction.execute(insert(figures_applications), new)
    if changed:
        await transaction.execute(_CHANGE, changed)


async def _write_minutes(
    transaction: AsyncConnection, minutes: Mapping[tuple[str, datetime], Minute]
) -> None:
    by_facility: dict[str, dict[datetime, Minute]] = defaultdict(dict)
    for (facility, at), minute in minutes.items():
        by_facility[facility][at] = minute
    for facility, told in by_facility.items():
        there: set[datetime] = set()
        for some in _pieces(sorted(told)):
            rows = await transaction.execute(_THERE, {"facility": facility, "minutes": some})
            there.update(rows.scalars())
        rows_of = {
            at: {"more_entered": minute.entered, "more_net": minute.net} for at, minute in told.items()
        }
        more = [{"the_facility": facility, "minute": at, **row} for at, row in rows_of.items() if at in there]
        new = [
            {"facility": facility, "at": at, "entered": minute.entered, "net": minute.net}
            for at, minute in told.items()
            if at not in there
        ]
        if more:
            await transaction.execute(_ADD, more)
        if new:
            await transaction.execute(insert(figures_minutes), new)


def _dirty(
    minutes: Iterable[tuple[str, datetime]], shifts: Iterable[Shift], zone: ZoneInfo
) -> dict[str, date]:
    """Of each facility the first day on which anything has changed."""
    moments = [*minutes, *((shift.facility, shift.at) for shift in shifts)]
    first: dict[str, date] = {}
    for facility, at in moments:
        day = at.astimezone(zone).date()
        first[facility] = min(day, first.get(facility, day))
    return first


def _pieces(names: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (names[place : place + _FEW] for place in range(0, len(names), _FEW))


def peak_of(row: Any) -> DayPeak:
    """From its row."""
    return DayPeak(**row._mapping)


_BEGIN = bindparam("begin", type_=Instant)
_HERE = figures_minutes.c.facility == bindparam("facility")
_NEWEST = select(func.max(events.c.id))
_EVENTS = (
    select(events.c.id, events.c.at, events.c.name, events.c.facts)
    .where(events.c.id > bindparam("last"))
    .order_by(events.c.id)
    .limit(BATCH)
)
_KNOWN = select(figures_applications).where(
    figures_applications.c.booking_id.in_(bindparam("bookings", expanding=True))
)
_CHANGE = (
    update(figures_applications)
    .where(figures_applications.c.event_id == bindparam("new_event_id"))
    .values(
        {
            column.name: bindparam(f"new_{column.name}", type_=column.type)
            for column in figures_applications.c
            if column.name != "event_id"
        }
    )
)
_THERE = select(figures_minutes.c.at).where(
    _HERE, figures_minutes.c.at.in_(bindparam("minutes", expanding=True, type_=Instant))
)
_ADD = (
    update(figures_minutes)
    .where(
        figures_minutes.c.facility == bindparam("the_facility"),
        figures_minutes.c.at == bindparam("minute", type_=Instant),
    )
    .values(
        entered=figures_minutes.c.entered + bindparam("more_entered"),
        net=figures_minutes.c.net + bindparam("more_net"),
    )
)
_INSIDE = select(func.coalesce(func.sum(figures_minutes.c.net), 0)).where(
    _HERE, figures_minutes.c.at < _BEGIN
)
_MINUTES = select(figures_minutes).where(_HERE, figures_minutes.c.at >= _BEGIN)
_SHIFTED = select(figures_applications).where(
    figures_applications.c.attended,
    figures_applications.c.first_starts_at.is_not(None),
    or_(
        (figures_applications.c.facility == bindparam("facility"))
        & (figures_applications.c.starts_at >= _BEGIN),
        (figures_applications.c.first_facility == bindparam("facility"))
        & (figures_applications.c.first_starts_at >= _BEGIN),
    ),
)
_FORGET_DAYS = delete(figures_days).where(
    figures_days.c.facility == bindparam("the_facility"), figures_days.c.day >= bindparam("first")
)
