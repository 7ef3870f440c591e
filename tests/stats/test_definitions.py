"""The examples of docs/figures.md, and what must hold of any numbers."""

from __future__ import annotations

from collections import Counter
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Refused
from core.messages.texts import Texts
from core.stats.definitions import (
    Period,
    Reduction,
    decimal,
    half_up,
    hide,
    median,
    median_of,
    read_day,
    read_period,
    share,
    whole_of,
)
from core.stats.kpi import Target, check_target, read_target, reckon
from tests.stats.makers import ATHENS

numbers = st.integers(0, 10**9)


@pytest.mark.parametrize(
    ("part", "whole", "per_cent", "exact"),
    [
        (1654, 2100, 79, "78.76"),
        (4658, 3500, 133, "133.09"),
        (1, 8, 13, "12.50"),
        (1, 200, 1, "0.50"),
        (1, 201, 0, "0.50"),
        (0, 7, 0, "0.00"),
    ],
)
def test_per_cent_is_rounded_half_up_with_the_exact_value_beside_it(
    part: int, whole: int, per_cent: int, exact: str
) -> None:
    found = share(part, whole)
    assert found is not None
    assert (found.per_cent, found.written) == (per_cent, exact)
    assert found.exact == Fraction(100 * part, whole)


@settings(deadline=None)
@given(numbers, st.integers(1, 10**9))
def test_rounding_is_never_off_by_more_than_a_half_and_a_half_goes_up(part: int, whole: int) -> None:
    found = share(part, whole)
    assert found is not None
    assert Fraction(-1, 2) < found.per_cent - found.exact <= Fraction(1, 2)


@settings(deadline=None)
@given(st.fractions(), st.integers(0, 4))
def test_a_written_decimal_is_what_was_rounded(exact: Fraction, places: int) -> None:
    assert Fraction(decimal(exact, places)) == half_up(exact, places)
    assert abs(half_up(exact, places) - exact) <= Fraction(1, 2 * 10**places)


@pytest.mark.parametrize("whole", [0, -1])
def test_nothing_is_divided_by_nothing(whole: int) -> None:
    assert share(3, whole) is None
    assert Reduction(3, whole).per_cent is None
    assert median([]) is None


def test_the_median_of_an_even_count_lies_between_the_two_in_the_middle() -> None:
    assert median([4, 1, 3]) == 3
    assert median([4, 1, 3, 2]) == Fraction(5, 2)


@given(st.lists(st.integers(0, 50), min_size=1))
def test_the_median_of_counted_values_is_that_of_the_values(values: list[int]) -> None:
    assert median_of(Counter(values)) == median(values)


def test_fewer_at_the_same_time_is_the_share_that_is_gone() -> None:
    assert Reduction(26, 30).per_cent == 13
    assert Reduction(30, 30).per_cent == 0
    assert Reduction(33, 30).per_cent == -10


@given(st.integers(0, 10_000))
def test_no_count_below_five_is_shown_and_no_other_exactly(count: int) -> None:
    shown = hide(count)
    assert (shown is None) == (count < 5)
    assert shown is None or (shown % 5 == 0 and 0 <= count - shown < 5)


@given(st.lists(st.integers(0, 40), max_size=7))
def test_a_total_is_a_multiple_of_five_and_close(counts: list[int]) -> None:
    whole = whole_of(counts)
    assert whole % 5 == 0
    assert 0 <= sum(counts) - whole <= 5


def test_a_total_leaves_a_doubt_where_every_cell_is_a_four() -> None:
    assert [whole_of([4] * n) for n in (0, 1, 2, 5)] == [0, 0, 5, 15]


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("2100", 2100),
        (" 2.100 ", 2100),
        ("2,100", 2100),
        ("2 100", 2100),
        ("1.000.000", 1_000_000),
        ("", None),
    ],
)
def test_a_target_is_read_as_people_write_it(typed: str, number: int | None) -> None:
    assert read_target(typed) == number


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("0", "figures.target_zero"),
        ("-5", "figures.target_negative"),
        ("πολλές", "figures.target_not_a_number"),
        ("1.5", "figures.target_not_a_number"),
        ("12.34", "figures.target_not_a_number"),
        ("1e3", "figures.target_not_a_number"),
        ("²", "figures.target_not_a_number"),
        ("9" * 400, "figures.target_not_a_number"),
        ("9" * 15, "figures.target_too_large"),
    ],
)
def test_what_is_no_target_is_refused_with_a_sentence(typed: str, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        read_target(typed)
    assert refusal.value.code == code
    for language in ("el", "en"):
        assert Texts(ATHENS).say(refusal.value.text_key, language, **refusal.value.params)


@settings(deadline=None)
@given(st.text(max_size=30))
def test_any_text_is_a_target_or_refused(typed: str) -> None:
    try:
        number = read_target(typed)
    except Refused:
        return
    assert number is None or check_target(number) > 0


@pytest.mark.parametrize(
    "typed", ["2020-06-31", "2019-02-29", "1/6/2020", "", "20200601", "0001-01-01", "2020-W01-1"]
)
def test_a_day_that_does_not_exist_is_refused(typed: str) -> None:
    with pytest.raises(Refused) as refusal:
        read_day(typed)
    assert refusal.value.code == "figures.no_such_day"


def test_a_range_that_ends_before_it_starts_is_refused_with_both_days() -> None:
    with pytest.raises(Refused) as refusal:
        read_period("2020-10-30", "2020-06-01")
    assert refusal.value.code == "figures.range_reversed"
    sentence = Texts(ATHENS).say(refusal.value.text_key, "en", **refusal.value.params)
    assert "2020-06-01" in sentence
    with pytest.raises(Refused) as refusal:
        read_period("2000-01-01", "2100-01-01")
    assert refusal.value.code == "figures.range_too_long"


def test_a_day_of_the_clock_change_lasts_as_long_as_it_does() -> None:
    begin, end = Period(date(2020, 10, 25), date(2020, 10, 25)).bounds(ATHENS)
    assert (end - begin).total_seconds() == 25 * 3600


TARGET = Target(
    "culture-2020",
    "applications",
    "culture",
    2100,
    Period(date(2020, 7, 1), date(2020, 10, 30)),
    Period(date(2020, 6, 1), date(2020, 10, 30)),
)


def test_the_model_counts_a_month_more_than_its_target_and_the_strict_figure_stands_beside_it() -> None:
    days = {date(2020, 6, 15): 400, date(2020, 8, 1): 1000, date(2020, 10, 30): 254, date(2020, 10, 31): 9}
    kpi = reckon(TARGET, days, date(2020, 12, 31))
    assert kpi.reached is not None
    assert (kpi.value, kpi.reached.per_cent, kpi.reached.written) == (1654, 79, "78.76")
    assert kpi.strict is not None
    assert (kpi.strict_value, kpi.strict.per_cent) == (1254, 60)
    assert kpi.expected == 2100
    assert kpi.alert() is None  # its period is over
    late = reckon(TARGET, days, date(2020, 10, 30))
    assert late.off_path
    assert not late.is_back


def test_without_a_target_nothing_is_said_of_reaching_it() -> None:
    target = Target("x", "attended", "", None, TARGET.target_period, TARGET.target_period)
    kpi = reckon(target, {date(2020, 8, 1): 5}, date(2020, 9, 1))
    assert (kpi.value, kpi.reached, kpi.strict, kpi.alert()) == (5, None, None, None)


@pytest.mark.parametrize(
    ("value", "today", "off"),
    [
        (75, date(2020, 1, 50 - 19), False),  # nothing is asked for yet on the 31st of 365 days
        (329, date(2020, 12, 30), False),
        (100, date(2020, 7, 1), True),
        (170, date(2020, 7, 1), False),
    ],
)
def test_a_key_figure_is_off_its_path_below_nine_tenths_of_it(value: int, today: date, off: bool) -> None:
    year = Period(date(2020, 1, 1), date(2020, 12, 31))
    kpi = reckon(Target("x", "applications", "", 365, year, year), {date(2020, 1, 20): value}, today)
    assert kpi.off_path == off
    if off:
        alert = kpi.alert()
        assert alert is not None
        assert "365" in Texts(ATHENS).say(alert, "el")


def test_the_trend_compares_four_weeks_with_the_four_before() -> None:
    days = {
        date(2020, 9, 30): 7,
        date(2020, 9, 3): 2,
        date(2020, 9, 2): 4,
        date(2020, 8, 6): 1,
        date(2020, 8, 5): 50,
    }
    kpi = reckon(TARGET, days, date(2020, 9, 30))
    assert (kpi.recent, kpi.before, kpi.trend) == (9, 5, 4)


@pytest.mark.parametrize(("measure", "category"), [("new_users", "sport"), ("applications", "food")])
def test_a_category_that_cannot_be_counted_is_refused(measure: str, category: str) -> None:
    period = Period(date(2020, 1, 1), date(2020, 1, 2))
    with pytest.raises(Refused) as refusal:
        Target("x", measure, category, 1, period, period)
    assert refusal.value.code == "figures.no_such_category"
