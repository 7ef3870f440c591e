"""Figures of the plan, from what the box office has booked, on both databases; also after everybody was forgotten."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, insert, select

from core.activities.model import activities, slots
from core.bookings.decisions import RefusedPlace
from core.conversations.forgetting import forget_citizen
from core.db.database import Database
from core.db.types import from_milliseconds, to_milliseconds
from core.people.model import citizens
from core.stats.counts import View
from core.stats.definitions import Period
from core.stats.planned import Fill, Kept, offsets
from core.stats.queries import Figures
from core.stats.rollup import RollUp
from core.stats.verify import verify
from tests.activities.makers import LANES, occasion, rule
from tests.fakes.clock import StoppedClock
from tests.makers import Town
from tests.stats.makers import ATHENS, at

FIRST, LAST = date(2026, 12, 2), date(2026, 12, 8)
WEEK = Period(FIRST, LAST)
DAYS = View(WEEK, "slot")


class Season:
    def __init__(self, town: Town) -> None:
        self.town = town
        self.figures = Figures(town.database, town.clock, ATHENS)
        self.rollup = RollUp(town.database, town.writer, ATHENS)

    async def forget_everybody(self) -> None:
        async with self.town.database.reading() as connection:
            everybody = (await connection.execute(select(citizens.c.id))).scalars().all()
        for citizen_id in everybody:
            await self.town.write(
                lambda work, one=citizen_id: forget_citizen(
                    work, self.town.bookings, one, self.town.clock.now()
                )
            )
        async with self.town.database.reading() as connection:
            assert await connection.scalar(select(func.count()).select_from(citizens)) == 0


@pytest.fixture
async def season(database: Database, clock: StoppedClock) -> AsyncIterator[Season]:
    town = Town(database, clock)
    yield Season(town)
    await town.writer.close()


async def with_lanes(town: Town, **changes: Any) -> None:
    lanes = [{**lane, "capacity": 2} for lane in LANES]
    await town.make_activity(facility__individual_facilities=lanes, capacity={"unit": "persons"}, **changes)


async def test_an_hour_that_is_yet_to_come_is_no_empty_one(season: Season) -> None:
    town = season.town
    await with_lanes(town)
    town.clock.at = at(3, 10, 30)
    over = await season.figures.fill(WEEK, {"place": "lane-1"}, over_by=town.clock.now())
    assert [(each.weekday, each.hour, each.slots) for each in over] == [(2, 10, 1)]


async def test_fill_counts_what_is_taken_by_weekday_and_hour_of_each_lane(season: Season) -> None:
    town = season.town
    await with_lanes(town)
    slot = await town.slot_at(at(2, 10), "lane-1")
    for citizen in await town.make_citizens(2):
        await town.make_booking(slot, citizen)
    fills = await season.figures.fill(WEEK, {"place": "lane-1", "facility": "hall", "category": "sport"})
    assert [(each.weekday, each.hour, each.taken) for each in fills] == [
        (day, 10, 2 if day == 2 else 0) for day in range(7)
    ]
    assert fills[2] == Fill("hall", "lane-1", 2, 10, slots=1, capacity=2, taken=2, full=1)
    assert await season.figures.fill(WEEK, {"activity": "none"}) == []
    assert len(await season.figures.fill(WEEK)) == 14


async def test_the_hours_are_those_of_the_wall_clock_on_both_sides_of_a_change(season: Season) -> None:
    town = season.town
    await town.make_activity(calendar__rules=[rule(**{"from": "2027-03-20", "until": "2027-04-05"})])
    async with town.database.writing() as connection:
        activity = await connection.scalar(select(activities.c.id))
        rows = [
            {
                "id": 9000 + day,
                "activity_id": activity,
                "place": "",
                "occasion": "late",
                "starts_at": datetime(2027, 3, day, 23, 0, tzinfo=ATHENS).astimezone(UTC),
                "ends_at": datetime(2027, 3, day, 23, 59, tzinfo=ATHENS).astimezone(UTC),
                "capacity": 10,
                "taken": 1,
                "reserved": {},
                "state": "open",
                "reason": None,
                "sessions": [],
            }
            for day in range(22, 32)
        ]
        await connection.execute(insert(slots), rows)
    period = Period(date(2027, 3, 22), date(2027, 3, 31))
    fills = [each for each in await season.figures.fill(period) if each.taken]
    assert [(each.weekday, each.hour, each.slots) for each in fills] == [
        (day, 23, 2 if day < 3 else 1) for day in range(7)
    ]


@settings(deadline=None)
@given(st.integers(0, 5 * 366 * 24), st.integers(1, 900), st.floats(0, 1))
def test_the_offset_of_the_wall_clock_is_right_at_any_moment(hours: int, days: int, where: float) -> None:
    begin = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
    end = begin + timedelta(days=days)
    moment = to_milliseconds(begin) + int(where * (to_milliseconds(end) - to_milliseconds(begin) - 1))
    *changes, (_, last) = offsets(begin, end, ATHENS)
    offset = next((offset for until, offset in changes if moment < until), last)
    assert from_milliseconds(moment).astimezone(ATHENS).utcoffset() == timedelta(milliseconds=offset)


async def test_time_to_fill_is_from_the_first_booking_that_stands_to_the_last(season: Season) -> None:
    town = season.town
    await with_lanes(town)
    slot = await town.slot_at(at(4, 10), "lane-2")
    first, gone, last = await town.make_citizens(3)
    booked = await town.make_booking(slot, gone)
    town.clock.move(hours=1)
    await town.make_booking(slot, first)
    await town.cancel(booked, gone)
    town.clock.move(hours=5, minutes=40)
    await town.make_booking(slot, last)
    await season.rollup.refresh()
    (filled,) = await season.figures.filled(WEEK)
    assert (filled.place, filled.took) == ("lane-2", timedelta(hours=5, minutes=40))
    assert await season.figures.filled(WEEK, {"place": "lane-1"}) == []
    assert await season.figures.leads(DAYS) == {"hall": {65: 1, 71: 1, 72: 1}}


async def test_of_a_share_it_is_known_how_much_was_used(season: Season) -> None:
    town = season.town
    await town.make_activity(capacity__per_slot=4, reserved={"desk": 2, "phone": 1})
    for day, desk in ((2, 1), (3, 3)):
        slot = await town.slot_at(at(day, 10))
        for citizen in await town.make_citizens(desk):
            await town.make_booking(slot, citizen, channel="desk")
    kept = season.figures.kept
    assert await kept(WEEK, "desk", {"hall": 2}, {}) == Kept(
        7, 14, 3
    )  # of three at the desk one was no share
    assert await kept(WEEK, "phone", {"hall": 1}, {"category": "sport"}) == Kept(7, 7, 0)
    assert await kept(WEEK, "phone", {"hall": 0}, {}) == Kept(0, 0, 0)
    assert await kept(WEEK, "phone", {"hall": 1}, {"category": "culture"}) == Kept(0, 0, 0)


async def test_of_an_event_it_is_known_who_found_no_place(season: Season) -> None:
    town = season.town
    await town.make_activity(
        type="Event",
        category="culture",
        capacity__per_slot=1,
        calendar={
            "occasions": [occasion("opening", "2026-12-05T21:00"), occasion("end", "2026-12-06T21:00")]
        },
    )
    slot = await town.slot_at(at(5, 21))
    first, *others = await town.make_citizens(3)
    await town.make_booking(slot, first)
    for citizen in others:
        assert isinstance(await town.hold(slot, citizen), RefusedPlace)
    await season.rollup.refresh()
    shown = await season.figures.performances(WEEK)
    assert [(each.occasion, each.weekday, each.capacity, each.taken) for each in shown] == [
        ("opening", 5, 1, 1),
        ("end", 6, 1, 0),
    ]
    refused = (await season.figures.counts(DAYS)).refused
    assert [each.refused for each in shown] == [refused, 0]


async def test_figures_stay_when_everybody_was_forgotten(season: Season) -> None:
    town = season.town
    await with_lanes(town)
    for lane in ("lane-1", "lane-2"):
        slot = await town.slot_at(at(2, 10), lane)
        for citizen in await town.make_citizens(2):
            await town.make_booking(slot, citizen)
    full = await town.make_citizen()
    await town.hold(await town.slot_at(at(2, 10), "lane-1"), full)
    town.clock.at = at(3, 12)
    await season.rollup.refresh()
    rows = ("activity", "place", "weekday", "hour")

    async def everything() -> list[Any]:
        figures = season.figures
        return [
            await figures.rows(DAYS, rows),
            await figures.leads(DAYS),
            await figures.fill(WEEK),
            await figures.filled(WEEK),
        ]

    before = await everything()
    assert (await verify(town.database, town.clock, ATHENS)).wrong == ()
    await season.forget_everybody()
    await season.rollup.refresh()
    assert await everything() == before
    await season.rollup.rebuild()
    assert await everything() == before
    verified = await verify(town.database, town.clock, ATHENS)
    assert (verified.wrong, verified.compared > 50) == ((), True)
