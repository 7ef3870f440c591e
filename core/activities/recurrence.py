"""The part of RFC 5545's RRULE that we take: whole days, no end of its own.

UNTIL and hours are written beside the rule (`until`, `starts`), where people can read them. Everything
dateutil would accept beyond the RFC, or would search for until the year 9999, is refused by `fault_in`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from dateutil.rrule import rrulestr

_ONE_TO = r"0*[1-9]\d{0,2}"
_PARTS = {
    "FREQ": r"DAILY|WEEKLY|MONTHLY|YEARLY",
    "INTERVAL": _ONE_TO,
    "COUNT": r"0*[1-9]\d{0,3}",
    "BYDAY": r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)(,([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU))*",
    "BYMONTH": r"(0?[1-9]|1[0-2])(,(0?[1-9]|1[0-2]))*",
    "BYMONTHDAY": r"[+-]?(0?[1-9]|[12]\d|3[01])(,[+-]?(0?[1-9]|[12]\d|3[01]))*",
    "BYSETPOS": r"[+-]?(0*[1-9]\d?)(,[+-]?(0*[1-9]\d?))*",
    "WKST": r"MO|TU|WE|TH|FR|SA|SU",
}


def fault_in(recurrence: str) -> str | None:
    """The part that is wrong, missing or not taken; None when all is well."""
    named: set[str] = set()
    for part in recurrence.removeprefix("RRULE:").split(";"):
        name, _, value = part.partition("=")
        if name not in _PARTS or name in named or not re.fullmatch(_PARTS[name], value, re.ASCII):
            return part or recurrence
        named.add(name)
    if "FREQ" not in named:
        return "FREQ"
    try:
        rrulestr(recurrence, dtstart=datetime(2000, 1, 1))  # noqa: DTZ001 (a day of the calendar)
    except ValueError:
        return recurrence
    return None


def days(recurrence: str, begins: date, first: date, last: date) -> Iterator[date]:
    """The days of a rule that begins on `begins`, from `first` to `last` inclusive, in order.

    As RFC 5545 has it, INTERVAL and COUNT count from `begins`; `begins` itself is a day of the rule only if
    it matches.
    """
    if last < max(first, begins):
        return
    rule = rrulestr(recurrence, dtstart=datetime.combine(begins, time()))
    until = datetime.combine(last, time())
    for moment in rule.xafter(datetime.combine(first, time()), inc=True):
        if moment > until:
            return
        yield moment.date()


def ever(recurrence: str, begins: date, until: date | None) -> bool:
    """Whether the rule has any day at all, looked for in eight years (29 February comes in every eight)."""
    last = min(until or date.max, begins + timedelta(days=8 * 366))
    return next(days(recurrence, begins, begins, last), None) is not None
