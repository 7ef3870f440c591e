"""Greek public holidays, against the dates as they were published."""

from __future__ import annotations

from datetime import date

import pytest

from core.activities.holidays import greek_holidays, is_holiday
from core.messages.texts import keys


@pytest.mark.parametrize(
    ("easter", "clean_monday", "good_friday", "whit_monday"),
    [
        (date(2020, 4, 19), date(2020, 3, 2), date(2020, 4, 17), date(2020, 6, 8)),
        (date(2024, 5, 5), date(2024, 3, 18), date(2024, 5, 3), date(2024, 6, 24)),
        (date(2025, 4, 20), date(2025, 3, 3), date(2025, 4, 18), date(2025, 6, 9)),
        (date(2026, 4, 12), date(2026, 2, 23), date(2026, 4, 10), date(2026, 6, 1)),
        (date(2027, 5, 2), date(2027, 3, 15), date(2027, 4, 30), date(2027, 6, 21)),
    ],
)
def test_the_movable_ones_follow_orthodox_easter(
    easter: date, clean_monday: date, good_friday: date, whit_monday: date
) -> None:
    holidays = greek_holidays(easter.year)
    assert holidays[easter] == "easter_sunday"
    assert holidays[clean_monday] == "clean_monday"
    assert holidays[good_friday] == "good_friday"
    assert holidays[whit_monday] == "whit_monday"


def test_the_fixed_ones_are_there_and_ordinary_days_are_not() -> None:
    fixed = ["01-01", "01-06", "03-25", "05-01", "08-15", "10-28", "12-25", "12-26"]
    assert all(is_holiday(date.fromisoformat(f"2026-{day}")) for day in fixed)
    assert not is_holiday(date(2026, 11, 17))
    assert not is_holiday(date(2026, 4, 5))  # Easter of the others


@pytest.mark.parametrize("language", ["el", "en"])
def test_each_has_its_name(language: str) -> None:
    codes = {code for year in range(2020, 2040) for code in greek_holidays(year).values()}
    assert {key for key in keys(language) if key.startswith("activities.holiday.")} == {
        f"activities.holiday.{code}" for code in codes
    }
