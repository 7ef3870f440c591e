"""How full it is: the same figures wherever they are shown, and the same that the box office goes by."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta

from core.activities.definition import Activity
from core.bookings.decisions import Held
from core.bookings.queries import DayFree
from tests.activities.makers import LANES
from tests.bookings.hours import at
from tests.makers import Town


async def pool(town: Town, **changes: object) -> Activity:
    return await town.make_activity(
        capacity={"unit": "persons"},
        facility__individual_facilities=LANES,
        calendar__rules__0__starts=["09:00", "18:00"],
        calendar__horizon_days=2,
        **changes,
    )


async def test_the_slots_of_a_day_by_hour_and_lane(town: Town) -> None:
    activity = await pool(town)
    await town.hold(await town.slot_at(at(1, 18), "lane-1"), holder=b"a", persons=2)
    seen = await town.occupancy.slots_of(activity, date(2026, 12, 1), "web")
    assert [(each.starts_at, each.place, each.taken, each.free) for each in seen] == [
        (at(1, 18), "lane-1", 2, 4),
        (at(1, 18), "lane-2", 0, 6),
    ]  # 09:00 was over before the activity was published
    assert {each.capacity for each in seen} == {6}
    assert {each.state for each in seen} == {"open"}
    assert await town.occupancy.slots_of(activity, date(2027, 1, 1), "web") == []


async def test_what_is_over_or_closed_is_not_free(town: Town) -> None:
    activity = await pool(town)
    town.clock.at = at(2, 9)
    closure = {"from": "2026-12-02", "until": "2026-12-02", "reason": "cleaning", "places": ["lane-2"]}
    activity = await pool(town, calendar__closures=[closure])
    seen = await town.occupancy.slots_of(activity, date(2026, 12, 2), "web")
    assert [(each.starts_at.hour + 2, each.place, each.free, each.state) for each in seen] == [
        (9, "lane-1", 0, "open"),
        (9, "lane-2", 0, "closed"),
        (18, "lane-1", 6, "open"),
        (18, "lane-2", 0, "closed"),
    ]
    ahead = await town.occupancy.ahead(activity, "web")
    assert ahead[0].starts_at == at(2, 18)


async def test_a_lapsed_hold_is_not_counted_even_before_anybody_met_it(town: Town) -> None:
    activity = await pool(town, reserved={"desk": 1})
    slot = await town.slot_at(at(1, 18), "lane-1")
    assert isinstance(await town.hold(slot, holder=b"a", persons=3), Held)
    assert isinstance(await town.hold(slot, holder=b"b", channel="desk"), Held)

    async def look(channel: str) -> tuple[int, int]:
        seen = await town.occupancy.slots_of(activity, date(2026, 12, 1), channel)
        return seen[0].taken, seen[0].free

    assert [await look("web"), await look("desk")] == [(4, 2), (4, 2)]
    town.clock.move(minutes=5)
    assert [await look("web"), await look("desk")] == [(0, 5), (0, 6)]
    assert (await town.slot_row(slot)).taken == 4
    await town.write(town.bookings.sweep)
    assert [await look("web"), await look("desk")] == [(0, 5), (0, 6)]


async def test_days_tell_how_full_they_are_and_the_largest_party_that_fits(town: Town) -> None:
    activity = await pool(town)
    await town.hold(await town.slot_at(at(2, 9), "lane-1"), holder=b"a", persons=6)
    await town.hold(await town.slot_at(at(2, 9), "lane-2"), holder=b"b", persons=5)
    assert await town.occupancy.days(activity, "web") == [
        DayFree(date(2026, 12, 1), 12, 0, 6),
        DayFree(date(2026, 12, 2), 24, 11, 6),
        DayFree(date(2026, 12, 3), 24, 0, 6),
    ]
    town.clock.at = at(2, 8, 59)
    for lane in ("lane-1", "lane-2"):
        await town.hold(await town.slot_at(at(2, 18), lane), holder=lane.encode(), persons=4)
    days = await town.occupancy.days(activity, "web")
    assert [(each.day.day, each.taken, each.free, each.per_cent) for each in days] == [
        (2, 8, 6, 33),
        (3, 0, 6, 0),
    ]


async def test_days_begin_only_when_booking_opens(town: Town) -> None:
    activity = await pool(town, rules={"opens_days_before": 1})
    assert [each.day.day for each in await town.occupancy.days(activity, "web")] == [1, 2]
    ahead = await town.occupancy.ahead(activity, "web")
    assert {each.starts_at.day: each.free for each in ahead} == {1: 6, 2: 6, 3: 0}


async def test_days_are_local_days_on_the_nights_of_the_clock_changes_too(town: Town) -> None:
    """A slot at 00:30 and one at 23:30 belong to their own day, whatever the offset from UTC."""
    for change in (date(2026, 10, 25), date(2027, 3, 28)):
        town.clock.at = datetime(change.year, change.month, change.day, 12, tzinfo=UTC) - timedelta(days=3)
        activity = await town.make_activity(
            calendar__rules__0__from=(change - timedelta(days=2)).isoformat(),
            calendar__rules__0__starts=["00:30", "12:00", "23:30"],
            calendar__rules__0__duration_minutes=20,
            calendar__horizon_days=5,
        )
        days = await town.occupancy.days(activity, "web")
        nearby = [each for each in days if abs(each.day - change) <= timedelta(days=1)]
        assert [(each.day, each.capacity) for each in nearby] == [
            (change + timedelta(days=n), 30) for n in (-1, 0, 1)
        ]
        slots = await town.occupancy.slots_of(activity, change, "web")
        assert [f"{each.starts_at.astimezone(town.settings.zone):%d %H:%M}" for each in slots] == [
            f"{change.day} {at}" for at in ("00:30", "12:00", "23:30")
        ]


async def test_days_and_slots_agree_with_each_other_and_with_the_box_office(town: Town) -> None:
    activity = await pool(town, reserved={"desk": 2})
    slots = await town.occupancy.ahead(activity, "web")
    await asyncio.gather(
        *(town.hold(slot.id, holder=b"%d" % n, persons=1 + n % 5) for n, slot in enumerate(slots * 3))
    )
    for channel in ("web", "desk"):
        ahead = await town.occupancy.ahead(activity, channel)
        zone = town.settings.zone
        for day in await town.occupancy.days(activity, channel):
            same = [each for each in ahead if each.starts_at.astimezone(zone).date() == day.day]
            assert (day.capacity, day.taken, day.free) == (
                sum(each.taken + each.free for each in same),
                sum(each.taken for each in same),
                max(each.free for each in same),
            )
        for each in ahead:
            if each.free:
                assert isinstance(
                    await town.hold(each.id, holder=b"x", persons=each.free, channel=channel), Held
                )
            again = await town.hold(each.id, holder=b"y", channel=channel)
            assert not isinstance(again, Held)
