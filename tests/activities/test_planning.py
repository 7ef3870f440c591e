"""Calendar -> slots: recurrences, exceptions, holidays, closures, terms, and both changes of the clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.activities import recurrence
from core.activities.holidays import is_holiday
from core.activities.planning import PlannedSlot, plan, plan_ahead, to_utc
from tests.activities.makers import LANE_STEPS, LANES, TODAY, both, loaded, occasion, rule

ATHENS = ZoneInfo("Europe/Athens")
FORWARD = date(2027, 3, 28)  # 03:00 -> 04:00
BACK = date(2026, 10, 25)  # 04:00 -> 03:00


def local(slots: list[PlannedSlot]) -> list[str]:
    return [f"{slot.starts_at.astimezone(ATHENS):%d/%m %H:%M}" for slot in slots]


def starts(first: date, last: date, **changes: Any) -> list[str]:
    return local(plan(loaded(**changes), first, last))


def test_a_rule_gives_its_days_and_hours_in_utc() -> None:
    activity = loaded(calendar__rules=[rule(recurrence="FREQ=WEEKLY;BYDAY=MO,WE", starts=["07:00", "21:00"])])
    slots = plan(activity, date(2026, 11, 30), date(2026, 12, 2))
    assert [slot.starts_at for slot in slots] == [
        datetime(2026, 11, 30, 5, tzinfo=UTC),
        datetime(2026, 11, 30, 19, tzinfo=UTC),
        datetime(2026, 12, 2, 5, tzinfo=UTC),
        datetime(2026, 12, 2, 19, tzinfo=UTC),
    ]
    assert {slot.ends_at - slot.starts_at for slot in slots} == {timedelta(hours=1)}
    assert {
        (slot.place, slot.capacity, slot.sessions == ((slot.starts_at, slot.ends_at),)) for slot in slots
    } == {("", 10, True)}


def test_the_first_and_the_last_day_are_inclusive_everywhere() -> None:
    only = rule(until="2026-12-02", **{"from": "2026-12-01"})
    closed = {"from": "2026-12-02", "until": "2026-12-02", "reason": "cleaning"}
    assert starts(date(2026, 11, 1), date(2027, 1, 1), calendar__rules=[only]) == [
        "01/12 10:00",
        "02/12 10:00",
    ]
    assert starts(date(2026, 12, 2), date(2026, 12, 2), calendar__rules=[only]) == ["02/12 10:00"]
    assert starts(date(2026, 12, 1), date(2026, 12, 9), calendar={"rules": [only], "closures": [closed]}) == [
        "01/12 10:00"
    ]


def test_each_lane_has_slots_of_its_own() -> None:
    activity = loaded(facility__individual_facilities=LANES, capacity={"unit": "persons"}, steps=LANE_STEPS)
    slots = plan(activity, TODAY, TODAY)
    assert [(slot.place, slot.capacity) for slot in slots] == [("lane-1", 6), ("lane-2", 6)]


def test_one_concert_may_be_divided_while_the_other_is_one_whole() -> None:
    activity = loaded(
        type="Event",
        facility__individual_facilities=LANES,
        steps=LANE_STEPS,
        calendar={
            "occasions": [
                occasion("whole", "2026-12-01T21:00"),
                occasion("divided", "2026-12-02T21:00", places=["lane-2", "lane-1"]),
            ]
        },
    )
    slots = plan(activity, TODAY, date(2027, 1, 1))
    assert [(slot.occasion, slot.place, slot.capacity) for slot in slots] == [
        ("whole", "", 10),
        ("divided", "lane-1", 6),
        ("divided", "lane-2", 6),
    ]
    assert activity.occasion_name("divided") == activity.calendar.occasions[1].name
    assert [activity.short_name("lane-1"), activity.short_name("lane-2")] == ["1", "2"]


def test_a_closed_lane_leaves_the_others_open() -> None:
    closed = {"from": "2026-11-24", "until": "2026-11-24", "reason": "maintenance", "places": ["lane-1"]}
    activity = loaded(
        facility__individual_facilities=LANES,
        capacity={"unit": "persons"},
        steps=LANE_STEPS,
        calendar__closures=[closed],
    )
    assert [slot.place for slot in plan(activity, TODAY, TODAY)] == ["lane-2"]


def test_exceptions_remove_and_add_days_and_hours() -> None:
    calendar = {
        "rules": [rule(recurrence="FREQ=WEEKLY;BYDAY=MO", starts=["10:00", "12:00"])],
        "exceptions": [
            {"date": "2026-11-30", "change": "removed", "starts": ["12:00"]},
            {"date": "2026-12-07", "change": "removed"},
            {"date": "2026-12-08", "change": "added"},
            {"date": "2026-12-09", "change": "added", "starts": ["18:00"]},
        ],
    }
    assert starts(date(2026, 11, 30), date(2026, 12, 13), calendar=calendar) == [
        "30/11 10:00",
        "08/12 10:00",
        "08/12 12:00",
        "09/12 18:00",
    ]


def test_rules_rest_on_holidays_but_added_days_and_occasions_do_not() -> None:
    calendar = {
        "rules": [rule()],
        "closed_on_holidays": True,
        "exceptions": [{"date": "2026-12-26", "change": "added"}],
        "occasions": [occasion("carols", "2026-12-25T20:00")],
    }
    assert starts(date(2026, 12, 24), date(2026, 12, 27), calendar=calendar) == [
        "24/12 10:00",
        "25/12 20:00",
        "26/12 10:00",
        "27/12 10:00",
    ]


def test_a_closure_also_cancels_occasions() -> None:
    closed = {"from": "2026-12-25", "until": "2026-12-25", "reason": "weather"}
    calendar = {
        "rules": [rule()],
        "closures": [closed],
        "occasions": [occasion("carols", "2026-12-25T20:00")],
    }
    assert starts(date(2026, 12, 25), date(2026, 12, 25), calendar=calendar) == []


@pytest.mark.parametrize(("day", "before", "after"), [(FORWARD, 2, 3), (BACK, 3, 2)])
def test_the_same_hour_stays_the_same_on_the_wall_when_the_clocks_change(
    day: date, before: int, after: int
) -> None:
    slots = plan(loaded(calendar__rules=[rule(**{"from": "2026-10-01"})]), day - timedelta(days=1), day)
    assert [10 - slot.starts_at.hour for slot in slots] == [before, after]


def test_a_recurrence_leaves_out_the_hour_that_does_not_exist() -> None:
    nights = rule(starts=["02:30", "03:00", "03:30", "04:00"], duration_minutes=30)
    assert starts(FORWARD, FORWARD, calendar__rules=[nights]) == ["28/03 02:30", "28/03 04:00"]


def test_an_hour_that_happens_twice_means_the_first_and_lasts_its_minutes() -> None:
    nights = rule(starts=["02:30", "03:30", "04:30"], duration_minutes=45, **{"from": "2026-10-01"})
    slots = plan(loaded(calendar__rules=[nights]), BACK, BACK)
    assert [(slot.starts_at.hour, slot.starts_at.minute) for slot in slots] == [(23, 30), (0, 30), (2, 30)]
    assert {slot.ends_at - slot.starts_at for slot in slots} == {timedelta(minutes=45)}


def test_a_term_is_one_slot_with_all_its_sessions_whichever_days_are_asked_for() -> None:
    autumn = rule(
        key="autumn",
        name=both("Autumn"),
        recurrence="FREQ=WEEKLY;BYDAY=MO,WE",
        until="2026-12-31",
        **{"from": "2026-12-01"},
    )
    activity = loaded(
        type="SessionSeries",
        booked_as="term",
        calendar={
            "rules": [autumn],
            "exceptions": [{"date": "2026-12-02", "change": "removed"}],
            "closures": [{"from": "2026-12-30", "until": "2026-12-31", "reason": "cleaning"}],
        },
    )
    (slot,) = plan(activity, date(2026, 12, 14), date(2026, 12, 14))
    days = [start.astimezone(ATHENS).day for start, _ in slot.sessions]
    assert days == [7, 9, 14, 16, 21, 23, 28]
    assert (slot.starts_at, slot.ends_at) == (slot.sessions[0][0], slot.sessions[-1][1])
    assert (slot.occasion, slot.capacity) == ("autumn", 10)
    assert plan(activity, TODAY, date(2026, 12, 7)) == [slot]
    assert (
        plan(activity, TODAY, date(2026, 12, 6)) == plan(activity, date(2026, 12, 29), date(2027, 6, 1)) == []
    )


def test_the_horizon_says_how_far_ahead_is_planned() -> None:
    slots = plan_ahead(loaded(calendar__horizon_days=3), TODAY)
    assert local(slots) == ["24/11 10:00", "25/11 10:00", "26/11 10:00", "27/11 10:00"]


def test_interval_and_count_are_counted_from_the_beginning_whatever_is_asked_for() -> None:
    every_other = rule(recurrence="FREQ=DAILY;INTERVAL=2;COUNT=5", **{"from": "2026-11-24"})
    assert starts(date(2026, 11, 27), date(2027, 1, 1), calendar__rules=[every_other]) == [
        "28/11 10:00",
        "30/11 10:00",
        "02/12 10:00",
    ]


DAYS = st.dates(date(2026, 11, 1), date(2028, 12, 31))
WEEKDAYS = st.sets(st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"]), min_size=1)
NAMES = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


@given(weekdays=WEEKDAYS, hour=st.integers(0, 23), first=DAYS, length=st.integers(0, 40), rests=st.booleans())
def test_slots_are_just_the_matching_days_of_the_wall_clock(
    weekdays: set[str], hour: int, first: date, length: int, rests: bool
) -> None:
    weekly = rule(recurrence=f"FREQ=WEEKLY;BYDAY={','.join(sorted(weekdays))}", starts=[f"{hour:02}:30"])
    slots = plan(
        loaded(calendar={"rules": [weekly], "closed_on_holidays": rests}),
        first,
        first + timedelta(days=length),
    )
    walls = [slot.starts_at.astimezone(ATHENS) for slot in slots]
    assert {wall.time() for wall in walls} <= {time(hour, 30)}
    expected = [first + timedelta(days=ahead) for ahead in range(length + 1)]
    expected = [
        day for day in expected if NAMES[day.weekday()] in weekdays and not (rests and is_holiday(day))
    ]
    assert [wall.date() for wall in walls] == [
        day for day in expected if not (hour == 3 and to_utc(day, time(3, 30), ATHENS) is None)
    ]


@given(first=DAYS, middle=st.integers(0, 30), length=st.integers(1, 30))
def test_two_windows_side_by_side_give_what_one_does(first: date, middle: int, length: int) -> None:
    activity = loaded(calendar={"rules": [rule(starts=["00:00", "23:30"], duration_minutes=30)]})
    seam = first + timedelta(days=middle)
    last = seam + timedelta(days=length)
    whole = plan(activity, first, last)
    assert plan(activity, first, seam) + plan(activity, seam + timedelta(days=1), last) == whole
    assert len({slot.starts_at for slot in whole}) == len(whole)


@given(day=DAYS, at=st.times().map(lambda at: at.replace(second=0, microsecond=0)))
def test_a_local_time_comes_back_from_utc_as_it_went_or_is_refused(day: date, at: time) -> None:
    moment = to_utc(day, at, ATHENS)
    last_sunday = day.month == 3 and day.weekday() == 6 and day.day > 24
    assert (moment is None) == (last_sunday and at.hour == 3)
    if moment is not None:
        back = moment.astimezone(ATHENS)
        assert (back.date(), back.time(), back.fold) == (day, at, 0)


def test_a_rule_that_happens_only_in_leap_years_is_found() -> None:
    assert recurrence.ever("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", date(2096, 3, 1), None)
    assert not recurrence.ever("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", date(2096, 3, 1), date(2104, 2, 28))
