"""Figures from the log, on both databases."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update

from core.db.schema import events
from core.db.work import Work
from core.errors import Refused
from core.stats import rollup
from core.stats.counts import Counts, View
from core.stats.definitions import Period
from core.stats.kpi import Target
from core.stats.model import figures_applications
from core.stats.queries import Users
from core.stats.verify import verify
from tests.stats.conftest import Desk
from tests.stats.makers import ATHENS, Story, at, wanted

MONTH = Period(date(2026, 11, 1), date(2026, 12, 31))
CHANNELS = ("web", "telegram", "phone", "desk")


def a_month(seed: int, applications: int = 150) -> Story:
    """Anything that can happen, in any mixture."""
    chance, story = random.Random(seed), Story()
    standing: list[tuple[int, Any]] = []
    for booking in range(1, applications + 1):
        when = at(1, 8, month=11) + timedelta(hours=booking * 3)
        starts = when + timedelta(hours=chance.randint(1, 72))
        told = {"age": chance.choice(("15-24", "25-44")), "resident": "yes"} if chance.random() < 0.7 else {}
        first = (
            wanted(starts - timedelta(hours=1), chance.choice(("full", "suggested")))
            if chance.random() < 0.3
            else {}
        )
        facts = {"channel": chance.choice(CHANNELS), "persons": chance.randint(1, 4), **told}
        if chance.random() < 0.1:
            story.apply(when, starts, reason=chance.choice(("full", "too_few")), **facts)
            continue
        story.happen(when, "citizen_registered", kind="mobile")
        story.apply(when, starts, booking, category=chance.choice(("sport", "culture")), **facts, **first)
        standing.append((booking, starts))
        if chance.random() < 0.1:
            booking, starts = standing.pop(chance.randrange(len(standing)))
            story.move(when, booking, booking + 10_000, starts + timedelta(hours=2))
            standing.append((booking + 10_000, starts + timedelta(hours=2)))
        if chance.random() < 0.1:
            story.cancel(when, standing.pop(chance.randrange(len(standing)))[0])
        if chance.random() < 0.6:
            story.visit(*standing.pop(chance.randrange(len(standing))), persons=chance.randint(1, 4))
        if chance.random() < 0.05:
            story.happen(when, "citizen_forgotten")
    return story


@pytest.mark.parametrize("seed", range(3))
async def test_what_pages_show_is_what_the_log_says_to_the_digit(
    desk: Desk, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollup, "_EVENTS", rollup._EVENTS.limit(40))  # many transactions
    story = a_month(seed)
    cut = random.Random(seed).randrange(len(story.events))
    await Story(story.events[:cut]).tell(desk.database)
    await desk.rollup.refresh()
    await story.tell(desk.database, since=cut)
    await desk.rollup.refresh()
    verified = await verify(desk.database, desk.clock, ATHENS)
    assert verified.wrong == ()
    assert verified.compared > 500
    before = await everything(desk)
    await desk.rollup.rebuild()
    assert await everything(desk) == before


async def everything(desk: Desk) -> list[Any]:
    rows = [await desk.figures.rows(View(MONTH), by) for by in ((), ("hour",), ("age", "channel"))]
    return [rows, await desk.figures.peaks(MONTH), await desk.figures.users(MONTH.last)]


async def test_a_figure_that_was_tampered_with_is_named(desk: Desk) -> None:
    await a_month(1, 40).tell(desk.database)
    await desk.rollup.refresh()
    async with desk.database.writing() as connection:
        await connection.execute(update(figures_applications).values(persons=9))
    wrong = (await verify(desk.database, desk.clock, ATHENS)).wrong
    assert any(each.what.startswith("confirmed by nothing") for each in wrong)
    async with desk.database.writing() as connection:
        await connection.execute(delete(events).where(events.c.id == 2))
    await desk.rollup.rebuild()
    assert (await verify(desk.database, desk.clock, ATHENS)).wrong == ()


async def test_applications_count_on_the_athens_date_they_were_confirmed(desk: Desk) -> None:
    story = Story()
    story.apply(at(1, 23, 59), at(5, 10), 1)
    story.apply(at(2, 0, 0), at(5, 10), 2)
    story.apply(at(2, 0, 1), at(5, 10))
    await story.tell(desk.database)
    await desk.rollup.refresh()
    rows = await desk.figures.rows(View(MONTH), ("confirmed_on",))
    assert [(row.cell[0], row.counts.applications, row.counts.refused) for row in rows] == [
        (date(2026, 12, 1), 1, 0),
        (date(2026, 12, 2), 2, 1),
    ]


async def test_attended_is_an_application_with_an_entry_however_many(desk: Desk) -> None:
    story = Story()
    story.apply(at(1, 9), at(2, 10), 1, persons=3)
    story.apply(at(1, 9), at(2, 10), 2)
    story.apply(at(1, 9), at(2, 10), 3)
    story.apply(at(1, 9), at(4, 10), 4)
    story.attend(at(2, 10), 1)
    story.attend(at(3, 10), 1)
    story.cancel(at(2, 9, 30), 3)
    await story.tell(desk.database)
    await desk.rollup.refresh()
    desk.clock.at = at(3, 12)
    assert await desk.figures.counts(View(MONTH)) == Counts(
        applications=4,
        accepted=4,
        attended=1,
        no_shows=1,
        cancelled=1,
        persons=5,
        first_choices=4,
        cancelled_hour=1,
    )
    assert await desk.figures.leads(View(MONTH)) == {"pool": {25: 3, 73: 1}}


async def test_a_move_is_the_same_application_at_its_new_hour(desk: Desk) -> None:
    story = Story()
    story.apply(at(1, 9), at(2, 10), 1)
    story.move(at(1, 10), 1, 2, at(3, 18))
    story.move(at(1, 11), 2, 3, at(4, 19))
    story.visit(3, at(4, 19))
    await story.tell(desk.database)
    await desk.rollup.refresh()
    (row,) = await desk.figures.rows(View(MONTH), ("hour",))
    assert row.cell == (19,)
    assert (row.counts.applications, row.counts.moved, row.counts.attended) == (1, 1, 1)


async def test_valid_users_are_those_verified_by_the_end_erased_ones_included(desk: Desk) -> None:
    story = Story()
    for day in (1, 2, 3):
        story.happen(at(day, 23, 30), "citizen_registered", kind="mobile")
    story.happen(at(3, 9), "citizen_forgotten")
    await story.tell(desk.database)
    assert await desk.figures.users(date(2026, 12, 2)) == Users(2, 0)
    assert await desk.figures.users(date(2026, 12, 3)) == Users(3, 1)


async def test_people_warned_of_a_case_are_counted_each_time(desk: Desk) -> None:
    story = Story()
    for day in (1, 2, 31):
        story.happen(at(day, 23, 59), "warning_sent", people=10 + day)
    await story.tell(desk.database)
    await desk.rollup.refresh()
    assert await desk.figures.warned(Period(date(2026, 12, 1), date(2026, 12, 2))) == 23
    assert await desk.figures.warned(MONTH) == 64
    assert (await verify(desk.database, desk.clock, ATHENS)).wrong == ()


async def test_only_what_people_told_us_is_masked(desk: Desk) -> None:
    story = Story()
    for booking in range(1, 13):
        age = {"age": "25-44"} if booking <= 7 else {"age": "15-24"} if booking <= 9 else {}
        story.apply(at(1, 9), at(2, 10 + booking % 3), booking, **age)
    await story.tell(desk.database)
    await desk.rollup.refresh()
    by_age = await desk.figures.table(View(MONTH), ("age",))
    assert by_age.masked
    assert [(row.cell, row.counts["applications"]) for row in by_age.rows] == [
        (("15-24",), None),
        (("25-44",), 5),
        ((None,), None),
    ]
    assert by_age.total["applications"] == 10
    filtered = await desk.figures.table(View(MONTH, "confirmed", {"age": "15-24"}), ("hour",))
    assert filtered.masked
    assert {row.counts["applications"] for row in filtered.rows} == {None}
    by_hour = await desk.figures.table(View(MONTH), ("hour",))
    assert not by_hour.masked
    assert [row.counts["applications"] for row in by_hour.rows] == [4, 4, 4]
    assert by_hour.total["applications"] == 12


async def test_a_breakdown_that_an_address_made_up_is_refused(desk: Desk) -> None:
    with pytest.raises(Refused):
        await desk.figures.rows(View(MONTH), ("box",))
    with pytest.raises(Refused):
        View(MONTH, "confirmed", {"booking_id": 1})


async def test_an_empty_town_has_figures_too(desk: Desk) -> None:
    await desk.rollup.refresh()
    assert await desk.figures.counts(View(MONTH)) == Counts()
    assert await desk.figures.peaks(MONTH) == []
    assert await desk.figures.fill(MONTH) == []
    assert (await verify(desk.database, desk.clock, ATHENS)).wrong == ()


async def test_targets_keep_their_history_and_the_latest_holds(desk: Desk) -> None:
    story = Story()
    for booking in range(1, 4):
        story.apply(at(booking, 9), at(9, 10), booking)
    await story.tell(desk.database)
    await desk.rollup.refresh()
    strict = Period(date(2026, 12, 2), date(2026, 12, 31))
    for number, staff in ((10, 1), (4, 2)):
        work = Work()
        desk.targets.set(work, Target("sport", "applications", "sport", number, strict, MONTH), staff)
        await desk.writer.commit(work)
    history = await desk.targets.history("sport")
    assert [(each.revision, each.target.target, each.set_by) for each in history] == [(2, 4, 2), (1, 10, 1)]
    desk.clock.at = at(31, 12)
    (kpi,) = await desk.targets.kpis()
    assert (kpi.value, kpi.strict_value) == (3, 2)
    assert kpi.reached is not None
    assert kpi.reached.per_cent == 75
    work = Work()
    desk.targets.set(work, Target("sport", "applications", "sport", None, strict, MONTH), 2)
    await desk.writer.commit(work)
    (kpi,) = await desk.targets.kpis()
    assert kpi.reached is None
