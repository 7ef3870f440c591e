"""Rules about time and citizens, each on a real database."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from core.bookings.decisions import Confirmed, Held, RefusedPlace
from tests.bookings.hours import at
from tests.makers import Town

HOURS = {"calendar__rules__0__starts": ["10:00", "12:00", "14:00", "16:00"]}


def outcome(decision: Any) -> str:
    return decision.reason.code if isinstance(decision, RefusedPlace) else "yes"


async def slots_at(town: Town, *moments: tuple[int, int]) -> list[int]:
    return [await town.slot_at(at(day, hour)) for day, hour in moments]


async def test_booking_opens_at_midnight_so_many_days_before(town: Town) -> None:
    await town.make_activity(rules={"opens_days_before": 2})
    (slot,) = await slots_at(town, (4, 10))
    citizen = await town.make_citizen()
    town.clock.at = at(1, 23) + timedelta(minutes=59)
    refused = await town.hold(slot, citizen)
    assert outcome(refused) == "bookings.not_open_yet"
    assert isinstance(refused, RefusedPlace)
    assert refused.reason.params["when"] == at(1, 23) + timedelta(hours=1)
    town.clock.move(minutes=1)
    assert outcome(await town.hold(slot, citizen)) == "yes"


@pytest.mark.parametrize(("minutes", "last"), [(0, at(2, 10)), (60, at(2, 9)), (-15, at(2, 10, 15))])
async def test_booking_closes_before_or_after_the_start(town: Town, minutes: int, last: Any) -> None:
    await town.make_activity(rules={"closes_minutes_before": minutes})
    (slot,) = await slots_at(town, (2, 10))
    citizen = await town.make_citizen()
    town.clock.at = last
    assert outcome(await town.hold(slot, citizen)) == "bookings.closed_for_booking"
    town.clock.move(minutes=-1)
    assert outcome(await town.hold(slot, citizen)) == "yes"


async def test_residents_only(town: Town) -> None:
    await town.make_activity(rules={"residents_only": True})
    (slot,) = await slots_at(town, (2, 10))
    stranger = await town.make_citizen(resident=False)
    assert outcome(await town.hold(slot, stranger)) == "bookings.residents_only"
    assert outcome(await town.hold(slot, await town.make_citizen())) == "yes"
    held = await town.hold(slot, holder=b"not registered yet")
    assert isinstance(held, Held)
    assert outcome(await town.confirm(held.booking_id, stranger)) == "bookings.residents_only"


@pytest.mark.parametrize(
    ("limit", "allowed", "refused"),
    [
        ("day", [(2, 10), (3, 10)], [(2, 12), (3, 12)]),
        ("week", [(6, 10), (7, 10)], [(1, 12), (6, 12), (13, 10)]),
    ],
)
async def test_so_many_a_day_or_week(
    town: Town, limit: str, allowed: list[tuple[int, int]], refused: list[tuple[int, int]]
) -> None:
    await town.make_activity(**HOURS, rules={"limits": {f"per_{limit}": 1}})
    citizen = await town.make_citizen()
    for slot in await slots_at(town, *allowed):
        await town.make_booking(slot, citizen)
    for slot in await slots_at(town, *refused):
        assert outcome(await town.hold(slot, citizen)) == f"bookings.limit_{limit}"
    assert outcome(await town.hold((await slots_at(town, *refused))[0], await town.make_citizen())) == "yes"


async def test_so_many_a_term(town: Town) -> None:
    await town.make_activity(calendar__rules__0__until="2026-12-10", rules={"limits": {"per_term": 2}})
    citizen = await town.make_citizen()
    first, second, third = await slots_at(town, (2, 10), (5, 10), (9, 10))
    await town.make_booking(first, citizen)
    await town.make_booking(second, citizen)
    assert outcome(await town.hold(third, citizen)) == "bookings.limit_term"


async def test_a_household_on_a_landline_may_book_twice_as_often_and_be_in_two_places(town: Town) -> None:
    await town.make_activity(**HOURS, rules={"limits": {"per_day": 1}})
    household = await town.make_citizen(kind="landline")
    first, second, third = await slots_at(town, (2, 10), (2, 10), (2, 12))
    await town.make_booking(first, household)
    await town.make_booking(second, household)
    assert outcome(await town.hold(third, household)) == "bookings.limit_day"


async def test_nobody_is_in_two_places_at_once(town: Town) -> None:
    await town.make_activity()
    await town.make_activity(
        key="other",
        facility__key="other",
        facility__number=10,
        calendar__rules__0__starts=["09:30", "11:00"],
        calendar__rules__0__duration_minutes=60,
    )
    citizen = await town.make_citizen()
    (first,) = await slots_at(town, (2, 10))
    await town.make_booking(first, citizen)
    overlapping = await town.slot_at(at(2, 9, 30))
    following = await town.slot_at(at(2, 11))
    assert outcome(await town.hold(overlapping, citizen, activity="other")) == "bookings.overlap"
    assert outcome(await town.hold(following, citizen, activity="other")) == "yes"


async def test_a_parent_may_book_for_a_child_while_being_elsewhere(town: Town) -> None:
    await town.make_activity(**HOURS, people__booker_takes_part="no")
    citizen = await town.make_citizen()
    (slot,) = await slots_at(town, (2, 10))
    await town.make_booking(slot, citizen, booker_takes_part=False)
    assert outcome(await town.hold(slot, citizen, booker_takes_part=True)) == "yes"


async def test_an_activity_may_allow_overlaps(town: Town) -> None:
    await town.make_activity(rules={"overlap_with_own": "allow"})
    citizen = await town.make_citizen()
    (slot,) = await slots_at(town, (2, 10))
    await town.make_booking(slot, citizen)
    assert outcome(await town.hold(slot, citizen)) == "yes"


async def test_limits_hold_when_one_citizen_asks_many_times_at_once(town: Town) -> None:
    """Over two processes, and whether the batch holds the requests together or not."""
    await town.make_activity(**HOURS, rules={"limits": {"per_day": 1}})
    citizen = await town.make_citizen()
    other = Town(town.database, town.clock, town.codes)
    slots = await slots_at(town, (2, 10), (2, 12), (2, 14), (2, 16))
    decisions = await asyncio.gather(
        *(each.hold(slot, citizen) for slot in slots for each in (town, other) for _ in range(3))
    )
    await other.writer.close()
    assert [outcome(each) for each in decisions].count("yes") == 1
    assert {outcome(each) for each in decisions} <= {"yes", "bookings.limit_day", "bookings.overlap"}


async def test_limits_hold_when_several_unregistered_holds_turn_out_to_be_one_citizens(town: Town) -> None:
    await town.make_activity(**HOURS, rules={"limits": {"per_day": 1}})
    citizen = await town.make_citizen()
    holds = [
        await town.hold(slot, holder=str(slot).encode())
        for slot in await slots_at(town, (2, 10), (2, 12), (2, 14))
    ]
    other = Town(town.database, town.clock, town.codes)
    confirmed = await asyncio.gather(
        *(
            each.confirm(hold.booking_id, citizen)
            for hold, each in zip(holds, (town, other, town), strict=True)
            if isinstance(hold, Held)
        )
    )
    await other.writer.close()
    assert sorted(outcome(each) for each in confirmed) == ["bookings.limit_day", "bookings.limit_day", "yes"]


async def test_a_participant_must_be_of_the_right_age(town: Town) -> None:
    people = {"participant_age": {"min": 6, "max": 12, "step": "born"}, "booker_takes_part": "no"}
    names = [{"key": "day", "kind": "day"}, {"key": "time", "kind": "time"}]
    both = {"el": "Έτος γέννησης", "en": "Year of birth"}
    born = {"key": "born", "kind": "number", "prompt": both, "min": 1900, "max": 2100}
    who = {"key": "who", "kind": "text", "prompt": {"el": "Κηδεμόνας", "en": "Guardian"}}
    await town.make_activity(people={**people, "guardian_step": "who"}, steps=[*names, born, who])
    citizen = await town.make_citizen()
    (slot,) = await slots_at(town, (2, 10))
    held = await town.hold(slot, citizen, booker_takes_part=False)
    assert isinstance(held, Held)
    refused = await town.confirm(held.booking_id, citizen, answers={"born": 2010})
    assert outcome(refused) == "bookings.age"
    assert isinstance(await town.confirm(held.booking_id, citizen, answers={"born": "2016"}), Confirmed)
