"""Recomputes every figure from the event log, by another way than pages do, and holds the two against each other.

Pages ask SQL of what is kept; here the whole log is read once more and counted in Python. They must agree to the
digit, also after citizens were erased: the log has never known who they were.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from core.db.database import Database
from core.ports import Clock
from core.stats.counts import DIMENSIONS, Basis, View, tabulate
from core.stats.definitions import Period
from core.stats.model import figures_applications, figures_minutes
from core.stats.presence import day_peaks, shifts_of
from core.stats.queries import Figures
from core.stats.records import Log
from core.stats.rollup import application_of, read_log


@dataclass(frozen=True)
class Disagreement:
    """A figure that differs: what pages show, and what the log says."""

    what: str
    shown: str
    recomputed: str


@dataclass(frozen=True)
class Verified:
    """How many figures were held against each other, and those that differ."""

    compared: int
    wrong: tuple[Disagreement, ...]


async def verify(database: Database, clock: Clock, zone: ZoneInfo) -> Verified:
    """Call `RollUp.refresh` first. Nothing may happen meanwhile, or what happened is told as a difference."""
    async with database.reading() as connection:
        log = await read_log(connection, zone)
        kept = (await connection.execute(select(figures_applications))).all()
        minutes = (await connection.execute(select(figures_minutes))).all()
    comparing = _Comparing()
    comparing.all(
        "application",
        {row.event_id: application_of(row) for row in kept},
        log.applications,
    )
    comparing.all(
        "minute",
        {(row.facility, row.at): (row.entered, row.net) for row in minutes},
        {key: (minute.entered, minute.net) for key, minute in log.minutes.items()},
    )
    figures = Figures(database, clock, zone)
    days = _days(log)
    if days:
        period = Period(min(days), max(days))
        await _compare_counts(comparing, figures, log, period, clock.now())
        peaks = await figures.peaks(period)
        shifts = [shift for found in log.applications.values() for shift in shifts_of(found)]
        comparing.all(
            "peak",
            {(peak.facility, peak.day): peak for peak in peaks},
            {(peak.facility, peak.day): peak for peak in day_peaks(log.minutes, shifts, zone)},
        )
        comparing.all("lead time", *await _leads(figures, log, period))
        users = await figures.users(max(days))
        told = (log.registered.total(), log.erased.total())
        comparing.one("warned", await figures.warned(period), log.warned.total())
        comparing.one("valid users", (users.valid, users.erased), told)
    return Verified(comparing.compared, tuple(comparing.wrong))


async def _compare_counts(
    comparing: _Comparing, figures: Figures, log: Log, period: Period, now: datetime
) -> None:
    bases: tuple[Basis, ...] = ("confirmed", "slot")
    views = [View(period, basis, {}) for basis in bases]
    views += [View(period, "confirmed", {"category": name}) for name in ("sport", "culture")]
    for view in views:
        of_view = f"{view.basis} {' '.join(str(value) for value in view.filters.values())}".strip()
        for by in ((), *((name,) for name in DIMENSIONS), ("weekday", "hour"), ("activity", "place", "hour")):
            shown = {row.cell: row.counts for row in await figures.rows(view, by)}
            told = tabulate(log.applications.values(), view, by, now=now)
            comparing.all(
                f"{of_view} by {' and '.join(by) or 'nothing'}", shown, {row.cell: row.counts for row in told}
            )


async def _leads(figures: Figures, log: Log, period: Period) -> tuple[dict[Any, int], dict[Any, int]]:
    """By activity and whole hours: as shown, and by the log."""
    shown = {
        (activity, hours): number
        for activity, by_hours in (await figures.leads(View(period))).items()
        for hours, number in by_hours.items()
    }
    told = Counter(
        (each.activity, (each.starts_at - each.confirmed_at) // timedelta(hours=1))
        for each in log.applications.values()
        if each.accepted
    )
    return shown, told


class _Comparing:
    def __init__(self) -> None:
        self.compared = 0
        self.wrong: list[Disagreement] = []

    def all(self, what: str, shown: dict[Any, Any], told: dict[Any, Any]) -> None:
        for key in {*shown, *told}:
            self.one(f"{what} {key}", shown.get(key), told.get(key))

    def one(self, what: str, shown: object, told: object) -> None:
        self.compared += 1
        if shown != told:
            self.wrong.append(Disagreement(what, str(shown), str(told)))


def _days(log: Log) -> set[date]:
    """Every local day that the log tells of; days of passing too."""
    found: Iterable[date] = (
        day for each in log.applications.values() for day in (each.confirmed_on, each.day)
    )
    firsts = (
        each.first_starts_at.astimezone(log.zone).date()
        for each in log.applications.values()
        if each.first_starts_at is not None
    )
    passed = (at.astimezone(log.zone).date() for _, at in log.minutes)
    return {*found, *firsts, *passed, *log.registered, *log.erased, *log.warned}
