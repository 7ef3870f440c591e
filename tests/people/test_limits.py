from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.people.limits import (
    DAY,
    IN_DAY,
    IN_WINDOW,
    WINDOW,
    Traffic,
    earliest_next,
    judge,
)

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


def test_the_ladder_is_30_seconds_then_60_then_the_rest_of_the_window() -> None:
    sent = [NOON]
    assert earliest_next([]) is None
    assert earliest_next(sent) == NOON + timedelta(seconds=30)
    sent.append(NOON + timedelta(seconds=30))
    assert earliest_next(sent) == NOON + timedelta(seconds=90)
    sent.append(NOON + timedelta(seconds=90))
    assert earliest_next(sent) == NOON + WINDOW


@given(st.lists(st.integers(0, 90 * 60), max_size=40))
def test_whoever_asks_as_often_as_allowed_gets_three_in_ten_minutes_and_ten_a_day(waits: list[int]) -> None:
    sent: list[datetime] = []
    now = NOON
    for seconds in waits:
        now += timedelta(seconds=seconds)
        of_day = [moment for moment in sent if moment > now - DAY]
        until = earliest_next(of_day)
        if until is None or until <= now:
            sent.append(now)
    for moment in sent:
        assert sum(1 for other in sent if moment <= other < moment + WINDOW) <= IN_WINDOW
        assert sum(1 for other in sent if moment <= other < moment + DAY) <= IN_DAY


def test_shares_of_the_day_are_kept_for_landlines_and_for_citizens() -> None:
    cap = 100
    mobiles_used_up = Traffic(day=60, day_strangers=60, day_strangers_mobile=60)
    assert judge(mobiles_used_up, "mobile", cap).scarce
    assert not judge(mobiles_used_up, "landline", cap).scarce
    strangers_used_up = Traffic(day=80, day_strangers=80, day_strangers_mobile=60)
    assert judge(strangers_used_up, "landline", cap).scarce
    assert not judge(strangers_used_up, "landline", cap).stopped
    assert judge(Traffic(day=100), "mobile", cap).stopped
    assert not judge(Traffic(day=99), "mobile", cap).stopped


def test_a_prefix_waits_when_its_codes_are_many_or_hardly_ever_typed() -> None:
    busy = Traffic(day=30, day_strangers=30, prefix_hour=30, prefix_judged=30, prefix_used=20)
    assert not judge(busy, "mobile", 500).scarce
    pumped = Traffic(day=30, day_strangers=30, prefix_hour=30, prefix_judged=30, prefix_used=2)
    assert judge(pumped, "mobile", 500).why == "prefix"
    young = Traffic(day=30, day_strangers=30, prefix_hour=30, prefix_judged=5, prefix_used=0)
    assert not judge(young, "mobile", 500).scarce
    fast = Traffic(day=60, day_strangers=60, prefix_window=60, prefix_hour=60)
    assert judge(fast, "mobile", 500).why == "prefix"
