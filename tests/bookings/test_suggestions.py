"""Quieter slots for one person, on both databases: free, open, and allowed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from core.activities.definition import Activity
from core.activities.model import slots
from core.bookings.queries import SlotView
from core.bookings.suggestions import Suggestions, Wish
from tests.bookings.hours import at
from tests.makers import Town

HOURS = {"calendar__rules__0__starts": ["10:00", "11:00", "12:00", "13:00"]}
TWELVE = at(3, 12)


async def seen_at(town: Town, activity: Activity, moment: datetime) -> list[SlotView]:
    return await town.occupancy.between(activity, "web", moment, moment + timedelta(seconds=1))


async def fill(town: Town, moment: datetime, taken: int) -> None:
    async with town.database.writing() as connection:
        await connection.execute(update(slots).where(slots.c.starts_at == moment).values(taken=taken))


async def offered(
    town: Town, activity: Activity, citizen_id: int | None = None, **changes: Any
) -> list[tuple[str, str, datetime]]:
    hour = await seen_at(town, activity, TWELVE)
    wish = replace(Wish(activity, hour[0], 1, True, "web", citizen_id), **changes)
    suggestions = Suggestions(town.database, town.clock, town.activities, town.occupancy, 2)
    offers = await suggestions.instead_of(wish, hour)
    return [(offer.how, offer.slot.activity, offer.slot.starts_at) for offer in offers]


async def test_the_nearest_quieter_hour_and_the_same_hour_of_a_day_beside(town: Town) -> None:
    activity = await town.make_activity(**HOURS)
    await fill(town, TWELVE, 4)
    assert await offered(town, activity) == [("hour", "hall", at(3, 11)), ("day", "hall", at(2, 12))]
    await fill(town, at(3, 11), 4)
    await fill(town, at(2, 12), 3)
    assert await offered(town, activity) == [("hour", "hall", at(3, 13)), ("day", "hall", at(4, 12))]


async def test_nothing_is_said_where_it_is_not_crowded_or_the_town_does_not_want_it(town: Town) -> None:
    activity = await town.make_activity(**HOURS)
    await fill(town, TWELVE, 3)
    assert await offered(town, activity) == []
    quiet = await town.make_activity(**HOURS, rules={"suggest_quieter": False})
    await fill(town, TWELVE, 9)
    assert await offered(town, quiet) == []


async def test_what_is_closed_past_or_not_yet_open_is_not_offered(town: Town) -> None:
    activity = await town.make_activity(**HOURS, rules={"opens_days_before": 2})
    await fill(town, TWELVE, 9)
    async with town.database.writing() as connection:
        closing = update(slots).where(slots.c.starts_at.in_((at(3, 11), at(2, 12))))
        await connection.execute(closing.values(state="closed", reason="weather"))
    assert await offered(town, activity) == [("hour", "hall", at(3, 13))]  # the 4th is not open yet
    town.clock.at = at(3, 11, 50)
    assert await offered(town, activity) == [("hour", "hall", at(3, 13)), ("day", "hall", at(4, 12))]


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ({}, [("hour", at(3, 13)), ("day", at(2, 12))]),
        ({"limits": {"per_day": 1}}, []),  # the third day is used up, the wish itself would be refused
        ({"limits": {"per_week": 2}}, [("hour", at(3, 13)), ("day", at(2, 12))]),
        ({"limits": {"per_week": 1}}, []),
    ],
)
async def test_what_the_rules_forbid_is_not_offered(
    town: Town, rules: dict[str, Any], expected: list[tuple[str, datetime]]
) -> None:
    """She has eleven o'clock of that day already."""
    activity = await town.make_activity(**HOURS, rules=rules)
    citizen = await town.make_citizen()
    await town.make_booking(await town.slot_at(at(3, 11)), citizen)
    await fill(town, TWELVE, 9)
    assert [(how, when) for how, _, when in await offered(town, activity, citizen)] == expected


async def test_a_day_on_which_she_has_something_already_is_not_offered(town: Town) -> None:
    activity = await town.make_activity(**HOURS, rules={"limits": {"per_day": 1}})
    citizen = await town.make_citizen()
    await town.make_booking(await town.slot_at(at(2, 10)), citizen)
    await fill(town, TWELVE, 9)
    await fill(town, at(3, 11), 9)
    assert await offered(town, activity, citizen) == [("hour", "hall", at(3, 13)), ("day", "hall", at(4, 12))]
    assert ("day", "hall", at(2, 12)) in await offered(town, activity)  # nothing is known of a stranger


async def test_her_own_hold_that_is_let_go_does_not_stand_in_the_way(town: Town) -> None:
    activity = await town.make_activity(**HOURS)
    citizen = await town.make_citizen()
    held: Any = await town.hold(await town.slot_at(at(3, 11)), citizen)
    await fill(town, TWELVE, 9)
    await fill(town, at(3, 13), 4)
    assert ("hour", "hall", at(3, 11)) not in await offered(town, activity, citizen)
    assert ("hour", "hall", at(3, 11)) in await offered(town, activity, citizen, held=held.booking_id)


async def test_another_programme_like_it_is_offered_where_the_own_has_nothing_quieter(town: Town) -> None:
    alone = {"calendar__rules__0__starts": ["12:00"]}
    activity = await town.make_activity(**alone)
    other = {
        "key": "gymnasium",
        "facility": {"key": "gymnasium", "number": 10, "name": {"el": "Γυμναστήριο", "en": "Gym"}},
    }
    for day in (2, 3, 4):
        await fill(town, at(day, 12), 9)
    assert await offered(town, activity) == []
    starts = {"calendar__rules__0__starts": ["12:30"]}
    await town.make_activity(**other, **starts)
    assert await offered(town, activity) == [("programme", "gymnasium", at(3, 12, 30))]
    assert await offered(town, activity, persons=3) == []  # 9 and 3 more: no room where she wanted to go
    await town.make_activity(**other, **starts, rules={"residents_only": True})
    assert await offered(town, activity) == []
    assert await offered(town, activity, await town.make_citizen()) == [
        ("programme", "gymnasium", at(3, 12, 30))
    ]
    assert await offered(town, activity, await town.make_citizen(resident=False)) == []
    for change in (
        {"category": "culture"},
        {"rules": {"suggest_quieter": False}},
        {"capacity__unit": "bookings"},
    ):
        await town.make_activity(**{**other, **starts, **change})
        assert await offered(town, activity) == []


async def test_of_a_festival_only_the_same_concert_is_offered(town: Town) -> None:
    def night(key: str, name: str, when: str) -> dict[str, Any]:
        return {"key": key, "name": {"el": name, "en": name}, "starts_at": when, "duration_minutes": 60}

    activity = await town.make_activity(
        type="Event",
        calendar__rules=[],
        calendar__occasions=[
            night("one", "Tosca", "2026-12-03T12:00"),
            night("two", "Carmen", "2026-12-03T13:00"),
            night("three", "Tosca", "2026-12-04T12:00"),
        ],
        steps=[{"key": "time", "kind": "time"}, {"key": "people", "kind": "people"}],
    )
    await fill(town, TWELVE, 9)
    assert await offered(town, activity) == [("day", "hall", at(4, 12))]
