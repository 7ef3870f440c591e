"""Staff are told of a key figure that is off its path: once, in the day, and once more when it is back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from core.db.types import FAR_FUTURE
from core.db.work import Work
from core.messages.model import outbox
from core.messages.outbox import Order, Outbox
from core.messages.texts import Texts
from core.messages.to_staff import Colleague, StaffNews, TellStaff
from core.stats.alerting import watch_kpis
from core.stats.definitions import Period
from core.stats.kpi import Target
from core.stats.model import kpi_alerts
from tests.bookings.test_closures import PlainOrigin
from tests.fakes.clock import KnownCodes
from tests.makers import OpenSealer
from tests.stats.conftest import Desk
from tests.stats.makers import ATHENS, Story, at

DECEMBER = Period(date(2026, 12, 1), date(2026, 12, 30))
TEXTS = Texts(ATHENS)


class Watched:
    """A key figure, the worker's chore, and what it orders for the staff's group."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.story = desk, Story()

        async def nobody(_work: Work) -> Colleague | None:
            return None

        orders = Outbox(KnownCodes(), desk.clock, PlainOrigin(), OpenSealer())
        tell = TellStaff(orders, desk.clock, nobody, "-100")
        self.chore = watch_kpis(desk.database, desk.clock, ATHENS, desk.targets, tell)
        self._told = 0

    async def aim(self, number: int | None, period: Period = DECEMBER) -> None:
        work = Work()
        self.desk.targets.set(work, Target("sport", "applications", "sport", number, period, period), None)
        await self.desk.writer.commit(work)

    async def apply(self, day: int, count: int) -> None:
        since = len(self.story.events)
        for n in range(count):
            self.story.apply(at(day, 8, n), at(day, 20), since + n + 1)
        await self.story.tell(self.desk.database, since)
        await self.desk.rollup.refresh()

    async def news(self, day: int, hour: int = 10) -> list[str]:
        """What is told at that hour."""
        self.desk.clock.at = at(day, hour)
        work = Work()
        await self.chore.do(work)
        await self.desk.writer.commit(work)
        async with self.desk.database.reading() as connection:
            rows = (await connection.execute(select(outbox).order_by(outbox.c.created_at))).mappings().all()
        new, self._told = rows[self._told :], len(rows)
        names = Order.__dataclass_fields__.keys() - {"box_row"}
        orders = [Order(**{name: row[name] for name in names}, box_row=row["id"]) for row in new]
        return [StaffNews(TEXTS).text(order, {}) for order in orders]

    async def lasting(self) -> int:
        async with self.desk.database.reading() as connection:
            rows = await connection.execute(select(kpi_alerts).where(kpi_alerts.c.ended_at == FAR_FUTURE))
            return len(rows.all())


@pytest.fixture
def watched(desk: Desk) -> Watched:
    return Watched(desk)


async def test_falling_off_the_path_is_told_once_and_coming_back_once(watched: Watched) -> None:
    await watched.aim(30)
    await watched.apply(1, 4)
    assert await watched.news(4) == []  # 4 of 4
    assert await watched.news(5, hour=8) == []  # 4 of 5, but not before nine
    assert await watched.news(5) == [
        "Αιτήσεις για αθλητισμό: 4 έως τώρα, ενώ για τον στόχο 30 έως Τετάρτη 30 Δεκεμβρίου 2026 θα έπρεπε να είναι"
        " περίπου 5."
    ]
    assert await watched.news(5, hour=11) == []
    assert await watched.news(10) == []
    await watched.apply(10, 5)
    assert await watched.news(10, hour=12) == []  # 9 of 10: no longer off the path, but not back on it
    assert await watched.lasting() == 1
    await watched.apply(10, 1)
    assert await watched.news(10, hour=13) == [
        "Αιτήσεις για αθλητισμό: ξανά στην πορεία του στόχου. 10 έως τώρα, για τον στόχο 30 έως Τετάρτη 30 Δεκεμβρίου"
        " 2026."
    ]
    assert await watched.lasting() == 0
    assert len(await watched.news(20)) == 1  # and off it again


async def test_a_period_that_is_over_and_a_target_taken_away_end_an_alert_without_news(
    watched: Watched,
) -> None:
    await watched.aim(30)
    assert len(await watched.news(20)) == 1
    await watched.aim(None)
    assert await watched.news(21) == []
    assert await watched.lasting() == 0
    await watched.aim(30)
    assert len(await watched.news(22)) == 1
    assert await watched.news(31) == []
    assert await watched.lasting() == 0


async def test_what_is_said_fits_a_figure_of_any_kind(watched: Watched) -> None:
    period = Period(DECEMBER.first, DECEMBER.last + timedelta(days=30))
    for measure, category in (("new_users", ""), ("attended", "culture"), ("accepted", "")):
        work = Work()
        watched.desk.targets.set(work, Target(measure, measure, category, 50, period, period), None)
        await watched.desk.writer.commit(work)
    assert len(await watched.news(20)) == 3
