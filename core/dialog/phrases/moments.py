"""Days and hours that words may stand for. Local days and local wall-clock hours; no clock of its own."""

from __future__ import annotations

from datetime import date, time, timedelta

WEEK = 7
_JUST_PASSED = timedelta(days=60)
_MINUTES_IN_DAY = 24 * 60
# The hours a part of the day may hold: «7 το απόγευμα» is 19:00, «8 το μεσημέρι» is nothing.
_PARTS: dict[str, frozenset[int]] = {
    "morning": frozenset(range(1, 12)),
    "noon": frozenset(range(11, 17)),
    "afternoon": frozenset(range(12, 22)),
    "evening": frozenset({*range(17, 24), *range(4)}),
    "am": frozenset(range(12)),
    "pm": frozenset(range(12, 24)),
}


class Impossible(Exception):
    """What was said does not exist or is over. `code` is one of the faults of a Phrase."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def day_of_year(day: int, month: int, year: int | None, today: date) -> date:
    """The day meant. Without a year the next such day; one that has passed within two months counts as past.

    Raises Impossible: no_such_day, past_day.
    """
    if year is not None:
        found = _calendar_day(day, month, year)
        if found is None:
            raise Impossible("no_such_day")
        if found < today:
            raise Impossible("past_day")
        return found
    near = [d for more in (-1, 0, 1) if (d := _calendar_day(day, month, today.year + more))]
    if any(timedelta() < today - d <= _JUST_PASSED for d in near):
        raise Impossible("past_day")
    for found in near:
        if found >= today:
            return found
    raise Impossible("no_such_day")


def day_of_month(day: int, today: date) -> date:
    """The next day with this number, today included: «στις 25». Raises Impossible: no_such_day."""
    for months in range(WEEK):  # two neighbouring months cannot both lack a day; seven are more than enough
        year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
        found = _calendar_day(day, month + 1, year)
        if found is not None and found >= today:
            return found
    raise Impossible("no_such_day")


def _calendar_day(day: int, month: int, year: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def next_weekday(weekday: int, today: date) -> date:
    """The next day with this name (0 is Monday), today included."""
    return today + timedelta(days=(weekday - today.weekday()) % WEEK)


def monday_of_next_week(today: date) -> date:
    """Weeks begin on Monday (ISO 8601)."""
    return today + timedelta(days=WEEK - today.weekday())


def readings(
    hour: int, minute: int, *, shift: int = 0, part: str | None = None, exact: bool = False
) -> frozenset[time]:
    """The times of day that an hour may mean.

    `shift` is in minutes (a quarter to: -15), `part` a part of the day; `exact` says that a small hour was
    written in full (`07:30`), so that without a part it is the morning's. Raises Impossible: no_such_time.
    """
    if not (0 <= hour <= 24 and 0 <= minute <= 59) or (hour == 24 and minute):
        raise Impossible("no_such_time")
    if hour == 24 or hour == 0:
        hours = {0}
    elif hour > 12 or (exact and part is None):
        hours = {hour}
    else:
        hours = {hour % 12, hour % 12 + 12}
    minutes = {(h * 60 + minute + shift) % _MINUTES_IN_DAY for h in hours}
    times = frozenset(time(*divmod(m, 60)) for m in minutes)
    if part is not None:
        times = frozenset(t for t in times if t.hour in _PARTS[part])
    if not times:
        raise Impossible("no_such_time")
    return times
