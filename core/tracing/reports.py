"""A case tells of themselves: the passes of their visits, without a name, for the officer who traces.

No row says whose they are; the passes alone do, for as long as presence is kept. What is erased is not told. The
citizen chooses from which day on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.bookings.model import bookings
from core.config import Settings
from core.db import audit
from core.db.database import Database
from core.db.schema import events
from core.db.turns import take_turns
from core.db.work import Work
from core.dialog.words import say
from core.errors import Refused
from core.passes.model import passes
from core.ports import Clock, Codes
from core.tracing.model import reported
from core.visits.model import visits
from core.visits.retention import midnight_of

EVERY = timedelta(hours=24)
"""Between two reports of one citizen."""
_MOST_LISTED = 200


@dataclass(frozen=True)
class ReportedPass:
    """What the officer sees of one visit. Times are UTC."""

    report_id: int
    code: str
    facility: str
    entered_at: datetime
    left_at: datetime
    """Far in the future (`core.db.types.FAR_FUTURE`) for whoever is still inside."""
    reported_at: datetime


class Reports:
    def __init__(self, database: Database, clock: Clock, codes: Codes, settings: Settings) -> None:
        self._database = database
        self._clock = clock
        self._codes = codes
        self._zone = settings.zone
        self._kept_days = settings.presence_days

    async def days(self, citizen_id: int) -> dict[date, int]:
        """Days (on the town's clock) with visits that are still kept, the oldest first, and how many passes each.

        Raises `Refused`: `report.again` (`until`) within a day of the last one, `report.nothing`.
        """
        async with self._database.reading() as connection:
            await self._check(connection, citizen_id)
            rows = (await connection.execute(self._visited(citizen_id))).all()
        of_day: dict[date, set[int]] = {}
        for row in rows:
            day = row.entered_at.astimezone(self._zone).date()
            of_day.setdefault(day, set()).add(row.booking_id)
        if not of_day:
            raise self._nothing()
        return {day: len(found) for day, found in sorted(of_day.items())}

    def report(self, work: Work, citizen_id: int, since: date) -> None:
        """Tell the officers the passes of the visits from that day on. Those told before stay as they were told.

        Raises (at the commit) `Refused` as `days` does.
        """
        report_id, now = self._codes.new_id(), self._clock.now()

        async def job(transaction: AsyncConnection, work: Work) -> None:
            await take_turns(transaction, f"report {citizen_id}")
            await self._check(transaction, citizen_id)
            rows = (await transaction.execute(self._visited(citizen_id))).all()
            wanted = {row.booking_id for row in rows if row.entered_at.astimezone(self._zone).date() >= since}
            newest = {row.booking_id: row.pass_id for row in rows if row.booking_id in wanted}
            known = select(reported.c.pass_id).where(reported.c.pass_id.in_(newest.values()))
            new = set(newest.values()) - set((await transaction.execute(known)).scalars())
            if not newest:
                raise self._nothing()
            if not new:
                return
            told = [{"pass_id": each, "report_id": report_id, "reported_at": now} for each in sorted(new)]
            await transaction.execute(insert(reported), told)
            facts: audit.Facts = {"report": str(report_id), "passes": len(new)}
            await audit.append_now(
                transaction, at=now, actor="web", action="tracing.case_reported", facts=facts
            )
            work.insert(events, at=now, name="case_reported", facts={"passes": len(new)})

        work.job(job)

    async def listed(self) -> Sequence[ReportedPass]:
        """For the panel: the newest report first, its visits in their order."""
        query = (
            select(
                reported.c.report_id,
                passes.c.code,
                visits.c.facility,
                func.min(visits.c.entered_at).label("entered_at"),
                func.max(visits.c.left_at).label("left_at"),
                reported.c.reported_at,
            )
            .join(passes, passes.c.id == reported.c.pass_id)
            .join(visits, visits.c.booking_id == passes.c.booking_id)
            .group_by(reported.c.report_id, passes.c.code, visits.c.facility, reported.c.reported_at)
            .order_by(reported.c.reported_at.desc(), reported.c.report_id, func.min(visits.c.entered_at))
            .limit(_MOST_LISTED)
        )
        async with self._database.reading() as connection:
            return [ReportedPass(**row) for row in (await connection.execute(query)).mappings()]

    def _nothing(self) -> Refused:
        return Refused("report.nothing", kept=say("people.days", n=self._kept_days))

    async def _check(self, connection: AsyncConnection, citizen_id: int) -> None:
        last = (
            select(func.max(reported.c.reported_at))
            .join(passes, passes.c.id == reported.c.pass_id)
            .join(bookings, bookings.c.id == passes.c.booking_id)
            .where(bookings.c.citizen_id == citizen_id)
        )
        at = await connection.scalar(last)
        if at is not None and at > self._clock.now() - EVERY:
            raise Refused("report.again", until=at + EVERY)

    def _visited(self, citizen_id: int) -> Select[Any]:
        """Their visits that are kept; of a booking with several passes the newest comes last."""
        since = midnight_of(self._clock.now() - timedelta(days=self._kept_days), self._zone)
        return (
            select(visits.c.booking_id, visits.c.entered_at, passes.c.id.label("pass_id"))
            .join(bookings, bookings.c.id == visits.c.booking_id)
            .join(passes, passes.c.booking_id == bookings.c.id)
            .where(bookings.c.citizen_id == citizen_id, visits.c.entered_at >= since)
            .order_by(visits.c.entered_at, passes.c.issued_at, passes.c.id)
        )


def forget_reported(work: Work) -> None:
    """Those whose presence is erased."""
    there = select(visits.c.id).join(passes, passes.c.booking_id == visits.c.booking_id)
    work.run(delete(reported).where(~there.where(passes.c.id == reported.c.pass_id).exists()))
