"""The rule about those who do not come, as pure figures."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.activities.rules import NoShow
from core.bookings.absences import Standing, standing
from tests.bookings.hours import at

RULE = NoShow(count=3, within_days=30, pause_days=14)
NOW = at(31, 10)


def ago(*days: float) -> list[datetime]:
    return [NOW - timedelta(days=each) for each in days]


def test_so_many_within_so_many_days_lead_to_a_pause_that_ends_by_itself() -> None:
    assert standing(RULE, ago(20, 10), NOW) == Standing(2, None)
    assert standing(RULE, ago(20, 10, 1), NOW) == Standing(0, NOW + timedelta(days=13))
    assert standing(RULE, ago(31.5, 10, 1), NOW) == Standing(2, None)
    assert standing(RULE, ago(30, 20, 14), NOW) == Standing(0, None)


def test_those_that_led_to_a_pause_are_spent() -> None:
    assert standing(RULE, ago(20, 18, 15, 1), NOW) == Standing(1, None)


def test_on_a_landline_a_household_shares_it() -> None:
    assert standing(RULE, ago(5, 4, 3, 2, 1), NOW, 2) == Standing(5, None)
    assert standing(RULE, ago(6, 5, 4, 3, 2, 1), NOW, 2).until == NOW + timedelta(days=13)


@given(st.lists(st.integers(0, 24 * 120).map(lambda hours: NOW - timedelta(hours=hours)), max_size=12))
def test_it_is_always_over_when_nobody_has_missed_anything_for_the_pause(missed: list[datetime]) -> None:
    found = standing(RULE, missed, NOW)
    assert 0 <= found.counted < RULE.count
    if found.until is not None:
        assert NOW < found.until <= max(missed) + timedelta(days=RULE.pause_days)
        assert len([each for each in missed if each > found.until - timedelta(days=44)]) >= RULE.count
    later = NOW + timedelta(days=RULE.pause_days + RULE.within_days)
    assert standing(RULE, missed, later) == Standing(0, None)
