"""A calendar month of an activity: on which days it takes place, when, and why not."""

from __future__ import annotations

from calendar import Calendar
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from admin.visit import Visit
from core.activities.definition import Activity
from core.activities.holidays import greek_holidays
from core.activities.planning import plan
from core.dialog.words import Words, say


@dataclass(frozen=True)
class MonthDay:
    day: date
    hours: Sequence[str]
    """When it begins, on the wall clock."""
    names: Sequence[Words]
    """Of its occasions: films, concerts, groups."""
    why: Sequence[Words]
    """A holiday, a closure, an exception."""


@dataclass(frozen=True)
class Month:
    first: date
    before: date
    after: date
    weeks: Sequence[Sequence[MonthDay | None]]


def month_asked(visit: Visit) -> date:
    """The first of the month that the address asks for (`?month=2026-12`), else of this one."""
    now = visit.side.clock.now().astimezone(visit.side.settings.zone).date()
    try:
        asked = date.fromisoformat(f"{visit.request.query.get('month', '')[:7]}-01")
    except ValueError:
        return now.replace(day=1)
    return asked if abs((asked - now).days) < 800 else now.replace(day=1)


def month_of(activity: Activity, first: date) -> Month:
    after = (first + timedelta(days=32)).replace(day=1)
    zone = ZoneInfo(activity.calendar.time_zone)
    hours: dict[date, dict[str, None]] = defaultdict(dict)
    names: dict[date, dict[str, None]] = defaultdict(dict)
    for slot in plan(activity, first, after - timedelta(days=1)):
        for start, _ in slot.sessions:
            local = start.astimezone(zone)
            hours[local.date()].setdefault(f"{local:%H:%M}")
            if slot.occasion:
                names[local.date()].setdefault(slot.occasion)
    weeks = [
        [
            MonthDay(
                day,
                list(hours[day]),
                [name.written() for key in names[day] if (name := activity.occasion_name(key))],
                _why(activity, day),
            )
            if day.month == first.month
            else None
            for day in week
        ]
        for week in Calendar().monthdatescalendar(first.year, first.month)
    ]
    return Month(first, (first - timedelta(days=1)).replace(day=1), after, weeks)


def _why(activity: Activity, day: date) -> list[Words]:
    calendar = activity.calendar
    found: list[Words] = []
    if calendar.closed_on_holidays and day in (feasts := greek_holidays(day.year)):
        found.append(say(f"activities.holiday.{feasts[day]}"))
    found += [
        say(f"activities.closure.{each.reason}")
        for each in calendar.closures
        if each.from_day <= day <= each.until
    ]
    found += [
        say(f"panel_activities.month.{each.change}") for each in calendar.exceptions if each.date == day
    ]
    return found
