"""Targets of key figures, with their history: a change is a new revision, and none is ever changed or deleted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.db.database import Database
from core.db.schema import events
from core.db.types import Instant
from core.db.work import Work
from core.ports import Clock, Codes
from core.stats.definitions import Period
from core.stats.kpi import TREND_DAYS, Kpi, Target, reckon
from core.stats.model import figures_applications, kpi_targets
from core.stats.records import REGISTERED


@dataclass(frozen=True)
class Revision:
    """A target as it was set, by whom and when (UTC)."""

    target: Target
    revision: int
    set_at: datetime
    set_by: int | None


class Targets:
    def __init__(self, database: Database, clock: Clock, codes: Codes, zone: ZoneInfo) -> None:
        self._database = database
        self._clock = clock
        self._codes = codes
        self._zone = zone

    def set(self, work: Work, target: Target, staff_id: int | None) -> None:
        """Add a revision to `work`; the first makes the key figure. Of two at once the later one holds."""
        new_id, now = self._codes.new_id(), self._clock.now()

        async def job(transaction: AsyncConnection, _work: Work) -> None:
            latest = (await transaction.execute(_LATEST, {"kpi": target.kpi})).scalar_one()
            row = {
                "id": new_id,
                "kpi": target.kpi,
                "revision": (latest or 0) + 1,
                "measure": target.measure,
                "category": target.category,
                "target": target.target,
                "target_first": target.target_period.first,
                "target_last": target.target_period.last,
                "counting_first": target.counting_period.first,
                "counting_last": target.counting_period.last,
                "set_at": now,
                "set_by": staff_id,
            }
            await transaction.execute(insert(kpi_targets), row)

        work.job(job)

    async def history(self, kpi: str) -> list[Revision]:
        """All that it ever was, the latest first."""
        async with self._database.reading() as connection:
            rows = (await connection.execute(_HISTORY, {"kpi": kpi})).all()
        return [_revision(row) for row in rows]

    async def current(self) -> list[Target]:
        """Those that hold, by period and name."""
        async with self._database.reading() as connection:
            rows = (await connection.execute(_CURRENT)).all()
        return [_revision(row).target for row in rows]

    async def kpis(self) -> list[Kpi]:
        """All of them, as of today."""
        today = self._clock.now().astimezone(self._zone).date()
        return [await self.kpi(target, today) for target in await self.current()]

    async def kpi(self, target: Target, today: date) -> Kpi:
        first = min(target.counting_period.first, target.target_period.first)
        last = max(target.counting_period.last, target.target_period.last)
        span = Period(first - timedelta(days=2 * TREND_DAYS), last)
        return reckon(target, await self._days(target, span), today)

    async def _days(self, target: Target, span: Period) -> Mapping[date, int]:
        async with self._database.reading() as connection:
            if target.measure == "new_users":
                begin, end = span.bounds(self._zone)
                told = await connection.execute(_REGISTERED, {"begin": begin, "end": end})
                return Counter(row.at.astimezone(self._zone).date() for row in told)
            c = figures_applications.c
            statement = (
                select(c.confirmed_on, func.count())
                .where(c.confirmed_on.between(span.first, span.last))
                .group_by(c.confirmed_on)
            )
            if target.category:
                statement = statement.where(c.category == target.category)
            if target.measure != "applications":
                statement = statement.where(c[target.measure])
            return {row[0]: row[1] for row in await connection.execute(statement)}


def _revision(row: Any) -> Revision:
    target = Target(
        kpi=row.kpi,
        measure=row.measure,
        category=row.category,
        target=row.target,
        target_period=Period(row.target_first, row.target_last),
        counting_period=Period(row.counting_first, row.counting_last),
    )
    return Revision(target, row.revision, row.set_at, row.set_by)


_t = kpi_targets.c
_LATEST = select(func.max(_t.revision)).where(_t.kpi == bindparam("kpi"))
_HISTORY = select(kpi_targets).where(_t.kpi == bindparam("kpi")).order_by(_t.revision.desc())
_newer = kpi_targets.alias()
_CURRENT = (
    select(kpi_targets)
    .where(~select(_newer.c.id).where(_newer.c.kpi == _t.kpi, _newer.c.revision > _t.revision).exists())
    .order_by(_t.target_first, _t.kpi)
)
_REGISTERED = select(events.c.at).where(
    events.c.name == REGISTERED,
    events.c.at >= bindparam("begin", type_=Instant),
    events.c.at < bindparam("end", type_=Instant),
)
