"""A citizen's own bookings, the next pass, and what is usual."""

from __future__ import annotations

from core.config import Settings
from tests.activities.makers import LANES
from tests.bookings.hours import at
from tests.makers import Town

TWO_WEEKS = {"calendar__horizon_days": 20}


async def test_those_ahead_come_first_and_past_ones_stay_as_long_as_tracing_lasts(town: Town) -> None:
    await town.make_activity(**TWO_WEEKS)
    citizen, stranger = await town.make_citizens(2)
    for day in (5, 2, 3):
        await town.make_booking(await town.slot_at(at(day, 10)), citizen)
    await town.make_booking(await town.slot_at(at(4, 10)), stranger)
    await town.hold(await town.slot_at(at(6, 10)), citizen)
    town.clock.at = at(4, 12)
    mine = await town.bookings.mine(citizen)
    assert [each.starts_at for each in mine] == [at(5, 10), at(3, 10), at(2, 10)]
    assert all(each.code for each in mine)
    town.clock.at = at(17, 12)
    assert [each.starts_at for each in await town.bookings.mine(citizen)] == [at(5, 10)]
    longer = Town(town.database, town.clock, town.codes, Settings(presence_days=28))
    assert len(await longer.bookings.mine(citizen)) == 3


async def test_only_ones_own_are_found(town: Town) -> None:
    await town.make_activity()
    citizen, stranger = await town.make_citizens(2)
    booking = await town.make_booking(await town.slot_at(at(2, 10)), citizen)
    assert await town.bookings.one(citizen, booking.id) == booking
    assert await town.bookings.one(stranger, booking.id) is None
    assert await town.bookings.one(citizen, 404) is None


async def test_the_next_pass_is_that_of_the_booking_that_is_on_or_begins_next(town: Town) -> None:
    await town.make_activity()
    citizen = await town.make_citizen()
    assert await town.bookings.next_pass(citizen) is None
    for day in (3, 2):
        await town.make_booking(await town.slot_at(at(day, 10)), citizen)
    town.clock.at = at(2, 10, 59)
    here = await town.bookings.next_pass(citizen)
    town.clock.at = at(2, 11)
    following = await town.bookings.next_pass(citizen)
    assert here is not None
    assert following is not None
    assert (here.starts_at, following.starts_at) == (at(2, 10), at(3, 10))


async def test_the_usual_is_the_weekday_hour_and_lane_booked_most_often(town: Town) -> None:
    await town.make_activity(
        capacity={"unit": "persons"},
        facility__individual_facilities=LANES,
        calendar__rules__0__starts=["10:00", "19:00"],
        **TWO_WEEKS,
    )
    citizen = await town.make_citizen()
    assert await town.bookings.usual(citizen) is None
    await town.make_booking(await town.slot_at(at(1, 19), "lane-2"), citizen, persons=2)
    await town.make_booking(await town.slot_at(at(8, 19), "lane-2"), citizen, persons=3)
    await town.make_booking(await town.slot_at(at(9, 10), "lane-1"), citizen)
    usual = await town.bookings.usual(citizen)
    assert usual is not None
    assert (usual.starts_at, usual.place, usual.persons) == (at(15, 19), "lane-2", 3)
    assert (usual.activity, usual.free) == ("hall", 6)


async def test_the_usual_skips_weeks_that_are_full_and_activities_no_longer_offered(town: Town) -> None:
    activity = await town.make_activity(**TWO_WEEKS)
    citizen = await town.make_citizen()
    await town.make_booking(await town.slot_at(at(2, 10)), citizen, persons=5)
    await town.make_booking(await town.slot_at(at(9, 10)), await town.make_citizen(), persons=6)
    usual = await town.bookings.usual(citizen)
    assert usual is not None
    assert usual.starts_at == at(16, 10)
    await town.write(lambda work: town.activities.archive(work, activity.key))
    assert await town.bookings.usual(citizen) is None
