"""Publishing, finding again, and slots that follow the calendar without dropping what is booked."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from core.activities.faults import Faults
from core.activities.loading import load
from core.activities.model import slots
from core.db.work import Work
from core.errors import Conflict, Refused
from tests.activities.makers import LANES, hall
from tests.makers import Town

CLOSED_ON_2 = [{"from": "2026-12-02", "until": "2026-12-02", "reason": "strike"}]


def at(day: int, hour: int) -> datetime:
    return datetime(2026, 12, day, hour - 2, tzinfo=UTC)


async def all_slots(town: Town) -> list[Any]:
    async with town.database.reading() as connection:
        return list(await connection.execute(select(slots).order_by(slots.c.starts_at, slots.c.place)))


async def test_a_published_activity_is_found_with_its_slots_up_to_the_horizon(town: Town) -> None:
    activity = await town.make_activity(calendar__horizon_days=3)
    assert await town.activities.get("hall") == activity
    assert await town.activities.revision("hall") == 1
    assert await town.activities.published() == [activity]
    rows = await all_slots(town)
    assert [row.starts_at for row in rows] == [at(day, 10) for day in (1, 2, 3, 4)]
    assert {(row.capacity, row.taken, row.state, tuple(row.sessions)) for row in rows} == {
        (10, 0, "open", ())
    }


async def test_another_process_finds_a_new_revision_at_once_and_the_old_one_stays(town: Town) -> None:
    first = await town.make_activity()
    other = Town(town.database, town.clock, town.codes)
    assert await other.activities.get("hall") == first
    second = await town.make_activity(capacity__per_slot=20)
    assert await other.activities.get("hall") == second
    assert await other.activities.get("hall", 1) == first
    assert {row.capacity for row in await all_slots(town)} == {20}


async def test_the_unknown_and_the_archived_are_refused(town: Town) -> None:
    await town.make_activity()
    for key, revision in (("nothing", None), ("hall", 7)):
        with pytest.raises(Refused, match=r"activities\.unknown"):
            await town.activities.get(key, revision)
    await town.write(lambda work: town.activities.archive(work, "hall"))
    with pytest.raises(Refused, match=r"activities\.unknown"):
        await town.activities.get("hall")
    assert await town.activities.published() == []
    assert (await town.activities.get("hall", 1)).key == "hall"
    await town.make_activity()
    assert await town.activities.revision("hall") == 2


async def test_of_two_who_publish_at_once_the_second_hears_of_the_conflict(town: Town) -> None:
    activity = await town.make_activity()
    works = [Work(), Work()]
    assert [await town.activities.publish(work, activity) for work in works] == [2, 2]
    outcomes = await asyncio.gather(*(town.writer.commit(work) for work in works), return_exceptions=True)
    assert [type(each) for each in outcomes] == [type(None), Conflict]
    assert await town.activities.revision("hall") == 2


async def test_a_facilitys_number_is_its_own(town: Town) -> None:
    await town.make_activity()
    with pytest.raises(Faults):
        await town.make_activity(key="other", facility__key="other")


async def test_planning_ahead_adds_the_new_days_and_repeating_it_changes_nothing(town: Town) -> None:
    await town.make_activity(calendar__horizon_days=1)
    before = await all_slots(town)
    await town.write(town.activities.plan_ahead)
    assert await all_slots(town) == before
    town.clock.move(days=2)
    await town.write(town.activities.plan_ahead)
    await town.write(town.activities.plan_ahead)
    after = await all_slots(town)
    assert after[:2] == before
    assert [row.starts_at for row in after[2:]] == [at(3, 10), at(4, 10)]


async def test_a_closure_closes_with_its_reason_keeps_bookings_and_opens_again(town: Town) -> None:
    await town.make_activity(calendar__horizon_days=2)
    slot = await town.slot_at(at(2, 10))
    booking = await town.make_booking(slot, await town.make_citizen())
    await town.make_activity(calendar__horizon_days=2, calendar__closures=CLOSED_ON_2)
    assert [(row.state, row.reason) for row in await all_slots(town)] == [
        ("open", None),
        ("closed", "strike"),
        ("open", None),
    ]
    row = await town.slot_row(slot)
    assert (row.taken, (await town.booking_row(booking.id)).state) == (1, "confirmed")
    await town.make_activity(calendar__horizon_days=2)
    assert {row.state for row in await all_slots(town)} == {"open"}


async def test_an_hour_that_is_no_longer_offered_is_closed_not_deleted(town: Town) -> None:
    await town.make_activity(calendar__horizon_days=1)
    slot = await town.slot_at(at(2, 10))
    await town.make_booking(slot, await town.make_citizen())
    await town.make_activity(calendar__horizon_days=1, calendar__rules__0__starts=["11:00"])
    row = await town.slot_row(slot)
    assert (row.state, row.reason, row.taken) == ("closed", "not_planned", 1)
    assert (await town.slot_row(await town.slot_at(at(2, 11)))).state == "open"


async def test_a_capacity_never_falls_below_what_is_booked(town: Town) -> None:
    await town.make_activity()
    slot = await town.slot_at(at(2, 10))
    await town.make_booking(slot, await town.make_citizen(), persons=7)
    await town.make_activity(capacity__per_slot=5)
    rows = {row.id: row for row in await all_slots(town)}
    assert rows[slot].capacity == 7
    assert {row.capacity for row in rows.values() if row.id != slot} == {5}


async def test_what_is_booked_keeps_its_hours_when_the_hours_change(town: Town) -> None:
    await town.make_activity()
    slot = await town.slot_at(at(2, 10))
    await town.make_booking(slot, await town.make_citizen())
    await town.make_activity(calendar__rules__0__duration_minutes=90)
    assert (await town.slot_row(slot)).ends_at == at(2, 11)
    assert (await town.slot_row(await town.slot_at(at(3, 10)))).ends_at.minute == 30


async def test_a_changed_share_for_the_desk_counts_what_the_desk_has_taken(town: Town) -> None:
    await town.make_activity(reserved={"desk": 2})
    slot = await town.slot_at(at(2, 10))
    await town.hold(slot, holder=b"a", channel="desk")
    assert (await town.slot_row(slot)).reserved == {"desk": 1}
    await town.make_activity(reserved={"desk": 4, "phone": 1})
    assert (await town.slot_row(slot)).reserved == {"desk": 3, "phone": 1}
    await town.make_activity()
    assert (await town.slot_row(slot)).reserved == {"desk": -1, "phone": 0}


async def test_a_term_is_one_slot_with_all_its_sessions(town: Town) -> None:
    activity = load(
        hall(
            type="SessionSeries",
            booked_as="term",
            calendar__rules__0={
                "key": "beginners",
                "name": {"el": "Αρχάριοι", "en": "Beginners"},
                "recurrence": "FREQ=WEEKLY;BYDAY=TU",
                "from": "2026-12-01",
                "until": "2026-12-15",
                "starts": ["18:00"],
                "duration_minutes": 60,
            },
            steps=[{"key": "time", "kind": "time"}],
        ),
        town.clock.now().date(),
    )
    await town.write(lambda work: town.activities.publish(work, activity))
    (row,) = await all_slots(town)
    assert (row.occasion, row.starts_at, row.ends_at) == ("beginners", at(1, 18), at(15, 19))
    assert len(row.sessions) == 3
    booking = await town.make_booking(row.id, await town.make_citizen())
    assert booking.sessions == tuple((at(day, 18), at(day, 19)) for day in (1, 8, 15))


async def test_lanes_have_each_their_own_slots(town: Town) -> None:
    await town.make_activity(
        capacity={"unit": "persons"}, facility__individual_facilities=LANES, calendar__horizon_days=1
    )
    assert [(row.starts_at, row.place, row.capacity) for row in await all_slots(town)] == [
        (at(day, 10), f"lane-{lane}", 6) for day in (1, 2) for lane in (1, 2)
    ]
