"""A calendar month of an activity: on which days it takes place, when, and why not."""

from __future__ import annotations

import json
from calendar import Calendar as Weeks
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from admin.visit import Visit
from core.activities import recurrence
from core.activities.calendar import Closure, DayChange, Occasion, Rule
from core.activities.definition import Activity
from core.activities.holidays import greek_holidays
from core.activities.planning import plan
from core.dialog.words import Words, say

_LOOK_AHEAD = 12
"""Months in which something is looked for."""


@dataclass(frozen=True)
class MonthDay:
    day: date
    hours: Sequence[str]
    """When it begins, on the wall clock."""
    names: Sequence[Words]
    """Of its occasions: films, concerts, groups."""
    why: Sequence[Words]
    """A holiday, a closure, an exception."""
    changed: bool
    """An exception stands for it."""


@dataclass(frozen=True)
class Month:
    first: date
    before: date
    after: date
    weeks: Sequence[Sequence[MonthDay | None]]

    @property
    def is_empty(self) -> bool:
        return not any(day.hours or day.why for week in self.weeks for day in week if day)


def month_asked(visit: Visit, wanted: str | None = None) -> date:
    """The first of the month that the address asks for (`?month=2026-12`), or a form (`wanted`); else of this one."""
    now = visit.side.clock.now().astimezone(visit.side.settings.zone).date()
    wanted = visit.request.query.get("month", "") if wanted is None else wanted
    try:
        asked = date.fromisoformat(f"{wanted[:7]}-01")
    except ValueError:
        return now.replace(day=1)
    return asked if abs((asked - now).days) < 800 else now.replace(day=1)


def month_shown(visit: Visit, activity: Activity) -> date:
    """As `month_asked`; where the address names none, the first month from now in which something takes place."""
    first = month_asked(visit)
    if "month" in visit.request.query:
        return first
    month = first
    for _ in range(_LOOK_AHEAD):
        after = (month + timedelta(days=32)).replace(day=1)
        if plan(activity, month, after - timedelta(days=1)):
            return month
        month = after
    return first


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
                any(each.date == day for each in activity.calendar.exceptions),
            )
            if day.month == first.month
            else None
            for day in week
        ]
        for week in Weeks().monthdatescalendar(first.year, first.month)
    ]
    return Month(first, (first - timedelta(days=1)).replace(day=1), after, weeks)


def preview(document: Mapping[str, Any]) -> Activity | None:
    """The calendar of a draft as far as it makes sense, whatever the rest of it lacks: one place, session by session.

    None where nothing can be shown.
    """
    whole = document.get("calendar")
    calendar = dict(whole) if isinstance(whole, Mapping) else {}
    for name, model in _PARTS.items():
        items = calendar.get(name)
        calendar[name] = [
            each for each in map(_placeless, items if isinstance(items, list) else ()) if _fits(model, each)
        ]
    try:
        return Activity.model_validate_json(json.dumps({**_FRAME, "calendar": calendar}))
    except ValueError:
        return None


def toggled(document: dict[str, Any], day: date) -> None:
    """Take the exceptions of a day away; where there is none, make one: closed if it takes place, else added."""
    calendar = document.get("calendar")
    calendar = dict(calendar) if isinstance(calendar, Mapping) else {}
    had = calendar.get("exceptions")
    before = had if isinstance(had, list) else []
    kept = [each for each in before if not isinstance(each, Mapping) or each.get("date") != day.isoformat()]
    if len(kept) == len(before):
        activity = preview(document)
        takes_place = activity is not None and bool(plan(activity, day, day))
        kept.append({"date": day.isoformat(), "change": "removed" if takes_place else "added"})
    calendar["exceptions"] = kept
    document["calendar"] = calendar


def _placeless(item: object) -> object:
    return (
        {name: value for name, value in item.items() if name != "places"}
        if isinstance(item, Mapping)
        else item
    )


def _fits(model: type[BaseModel], item: object) -> bool:
    try:
        found = model.model_validate_json(json.dumps(item))
    except ValueError:
        return False
    # Also what would be searched for until the year 9999.
    return not isinstance(found, Rule) or recurrence.fault_in(found.recurrence) is None


_PARTS: Mapping[str, type[BaseModel]] = {
    "rules": Rule,
    "occasions": Occasion,
    "exceptions": DayChange,
    "closures": Closure,
}
_TEXT = {"el": "-", "en": "-"}
_FRAME: Mapping[str, Any] = {
    "key": "preview",
    "type": "FacilityUse",
    "category": "sport",
    "name": _TEXT,
    "summary": _TEXT,
    "venue": {"name": _TEXT, "address": _TEXT},
    "contact": {"name": _TEXT, "phone": "+302100000000", "email": "a@b.example"},
    "facility": {"key": "preview", "number": 1, "name": _TEXT},
    "capacity": {"unit": "persons", "per_slot": 1},
    "steps": [{"key": "time", "kind": "time"}],
}


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
