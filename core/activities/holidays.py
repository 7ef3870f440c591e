"""Greek public holidays.

The days on which public services rest all over the country; a town adds its patron saint's day as an
exception of the calendar. Easter is the Orthodox one. When 1 May falls within Holy Week a ministerial
decision moves it, each time to another day: write that as an exception too.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache

from dateutil.easter import EASTER_ORTHODOX, easter

_FIXED = {
    "new_year": (1, 1),
    "epiphany": (1, 6),
    "independence_day": (3, 25),
    "labour_day": (5, 1),
    "dormition": (8, 15),
    "ochi_day": (10, 28),
    "christmas": (12, 25),
    "synaxis": (12, 26),
}
_DAYS_FROM_EASTER = {
    "clean_monday": -48,
    "good_friday": -2,
    "easter_sunday": 0,
    "easter_monday": 1,
    "whit_monday": 50,
}


@lru_cache(maxsize=64)
def greek_holidays(year: int) -> Mapping[date, str]:
    """Day -> code; its name stands in the catalogues at `activities.holiday.<code>`."""
    sunday = easter(year, EASTER_ORTHODOX)
    movable = {sunday + timedelta(days=days): code for code, days in _DAYS_FROM_EASTER.items()}
    return {date(year, month, day): code for code, (month, day) in _FIXED.items()} | movable


def is_holiday(day: date) -> bool:
    return day in greek_holidays(day.year)
