"""Turns of phrase that name a day: each function adds what its group says to what was heard."""

from __future__ import annotations

from datetime import timedelta

from core.dialog.phrases import moments
from core.dialog.phrases.groups import Group, Heard
from core.dialog.phrases.moments import WEEK, Impossible
from core.dialog.phrases.tokens import Unclear

_FARTHEST_DAYS = 366


def date(heard: Heard, group: Group) -> None:
    day, month, *year = group.all("date")[0].parts
    heard.dates.add(moments.day_of_year(day, month, year[0] if year else None, heard.today))


def date_in_words(heard: Heard, group: Group) -> None:
    years = group.all("year")
    year = years[0].number if years else None
    heard.dates.add(
        moments.day_of_year(group.number("number", "ordinal"), group.number("month"), year, heard.today)
    )


def day_of_month(heard: Heard, group: Group) -> None:
    for weekday in group.all("weekday"):
        heard.weekdays.add(moments.next_weekday(weekday.number, heard.today))
    heard.dates.add(moments.day_of_month(group.number("number", "ordinal"), heard.today))


def weekday(heard: Heard, group: Group) -> None:
    heard.weekdays.add(moments.next_weekday(group.number("weekday"), heard.today))


def next_weekday(heard: Heard, group: Group) -> None:
    # The coming one, or the one of the week after: people differ, so both.
    weekday(heard, group)
    heard.weekdays.add(moments.next_weekday(group.number("weekday"), heard.today) + timedelta(days=WEEK))


def weekday_of_next_week(heard: Heard, group: Group) -> None:
    heard.dates.add(moments.monday_of_next_week(heard.today) + timedelta(days=group.number("weekday")))


def weekday_and_number(heard: Heard, group: Group) -> None:
    """«Τρίτη 8»: the 8th, if that is a Tuesday, or at 8; several readings of the day are asked back."""
    number = group.number("number")
    weekday(heard, group)
    try:
        numbered = moments.day_of_month(number, heard.today)
    except Impossible:
        numbered = None
    if numbered is not None and numbered.weekday() == group.number("weekday"):
        heard.weekdays.add(numbered)
    else:
        heard.bare.append(number)


def next_week(heard: Heard, _: Group) -> None:
    monday = moments.monday_of_next_week(heard.today)
    heard.dates |= {monday + timedelta(days=n) for n in range(WEEK)}


def this_week(heard: Heard, _: Group) -> None:
    heard.dates |= {heard.today + timedelta(days=n) for n in range(WEEK - heard.today.weekday())}


def weekend(heard: Heard, _: Group) -> None:
    sunday = moments.next_weekday(6, heard.today)
    heard.dates |= {max(heard.today, sunday - timedelta(days=1)), sunday}


def next_weekend(heard: Heard, group: Group) -> None:
    weekend(heard, group)
    sunday = moments.next_weekday(6, heard.today) + timedelta(days=WEEK)
    heard.dates |= {sunday - timedelta(days=1), sunday}


def from_today(heard: Heard, group: Group) -> None:
    days = group.number("from_today")
    if days < 0:
        raise Impossible("past_day")
    heard.dates.add(heard.today + timedelta(days=days))


def in_days(heard: Heard, group: Group) -> None:
    days = group.number("number") * (WEEK if group.all("week") else 1)
    if not 0 <= days <= _FARTHEST_DAYS:
        raise Unclear
    heard.dates.add(heard.today + timedelta(days=days))


def part_of_today(heard: Heard, group: Group) -> None:
    heard.dates.add(heard.today)
    heard.parts.add(group.part or "evening")


def past(_: Heard, __: Group) -> None:
    raise Impossible("past_day")
