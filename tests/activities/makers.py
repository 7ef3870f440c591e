"""A small activity to vary."""

from __future__ import annotations

import copy
from datetime import date
from typing import Any

from core.activities.definition import Activity
from core.activities.loading import load

TODAY = date(2026, 11, 24)


def both(text: str) -> dict[str, str]:
    return {"el": text, "en": text}


_HALL: dict[str, Any] = {
    "key": "hall",
    "type": "FacilityUse",
    "category": "sport",
    "name": both("Hall"),
    "summary": both("A hall."),
    "venue": {"name": both("Hall"), "address": both("Street 1")},
    "contact": {"name": both("Desk"), "phone": "+302999012345", "email": "hall@alkyona.example"},
    "facility": {"key": "hall", "number": 9, "name": both("Hall")},
    "capacity": {"unit": "persons", "per_slot": 10},
    "calendar": {
        "rules": [
            {"recurrence": "FREQ=DAILY", "from": "2026-11-01", "starts": ["10:00"], "duration_minutes": 60}
        ]
    },
    "steps": [{"key": "day", "kind": "day"}, {"key": "time", "kind": "time"}],
}


def hall(**changes: Any) -> dict[str, Any]:
    """A faultless document. `calendar__rules=[...]` sets `calendar.rules`, `calendar__rules__0__until` one
    field of it; `None` removes."""
    document = copy.deepcopy(_HALL)
    for name, value in changes.items():
        put(document, name.split("__"), value)
    return document


def put(document: Any, names: list[str], value: Any) -> None:
    *way, last = names
    for name in way:
        document = document[int(name)] if isinstance(document, list) else document.setdefault(name, {})
    if isinstance(document, list):
        document[int(last) : int(last) + 1] = [value]
    elif value is None:
        document.pop(last, None)
    else:
        document[last] = value


def rule(**changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(_HALL["calendar"]["rules"][0]), **changes}


def occasion(key: str, starts_at: str, **changes: Any) -> dict[str, Any]:
    return {"key": key, "name": both(key), "starts_at": starts_at, "duration_minutes": 60, **changes}


def loaded(**changes: Any) -> Activity:
    return load(hall(**changes), TODAY)


LANES = [{"key": f"lane-{n}", "name": both(f"Lane {n}"), "capacity": 6} for n in (1, 2)]
LANE_STEPS = [*_HALL["steps"], {"key": "lane", "kind": "lane"}]
