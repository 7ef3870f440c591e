"""What could be read of a definition, faulty or not, so that every check that still makes sense is made."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from pydantic import TypeAdapter, ValidationError

from core.activities.calendar import Closure, DayChange, Occasion, Rule
from core.activities.places import Capacity, Facility, Reserved
from core.activities.rules import People, Rules
from core.activities.steps import Step

T = TypeVar("T")

STEP: TypeAdapter[Step] = TypeAdapter(Step)
RULE, OCCASION = TypeAdapter(Rule), TypeAdapter(Occasion)
CHANGE, CLOSURE = TypeAdapter(DayChange), TypeAdapter(Closure)
FACILITY, CAPACITY, RESERVED = TypeAdapter(Facility), TypeAdapter(Capacity), TypeAdapter(Reserved)
PEOPLE, RULES = TypeAdapter(People), TypeAdapter(Rules)


@dataclass(frozen=True)
class Draft:
    """The parts of a document that have their shape; None, or left out of a list, where one has not.

    Items of lists keep their index in the document.
    """

    today: date
    type: str | None
    booked_as: str
    facility: Facility | None
    capacity: Capacity | None
    reserved: Reserved | None
    zone: ZoneInfo | None
    time_zone: str
    closed_on_holidays: bool
    horizon_days: int | None
    has_rules: bool
    has_occasions: bool
    rules_of_calendar: tuple[tuple[int, Rule], ...]
    occasions: tuple[tuple[int, Occasion], ...]
    changes: tuple[tuple[int, DayChange], ...]
    closures: tuple[tuple[int, Closure], ...]
    steps: tuple[tuple[int, Step], ...]
    step_keys: Mapping[str, int]
    """Key -> first index, of every step that has a key, well-formed or not."""
    step_kinds: frozenset[str]
    people: People | None
    rules: Rules | None

    @property
    def sources(self) -> Iterator[tuple[str, Rule | Occasion]]:
        """Rules and occasions with their paths."""
        for index, rule in self.rules_of_calendar:
            yield f"calendar.rules[{index}]", rule
        for index, occasion in self.occasions:
            yield f"calendar.occasions[{index}]", occasion


def draft(document: Mapping[str, Any], today: date) -> Draft:
    """Reads what can be read. Relative days must be resolved before."""
    calendar = _mapping(document.get("calendar"))
    time_zone = calendar.get("time_zone", "Europe/Athens")
    steps = document.get("steps")
    raw_steps = [_mapping(step) for step in steps] if isinstance(steps, list) else []
    keys: dict[str, int] = {}
    for index, step in enumerate(raw_steps):
        if isinstance(step.get("key"), str):
            keys.setdefault(step["key"], index)
    horizon = calendar.get("horizon_days", 14)
    return Draft(
        today=today,
        type=document.get("type") if isinstance(document.get("type"), str) else None,
        booked_as="term" if document.get("booked_as") == "term" else "session",
        facility=_read(FACILITY, document.get("facility")),
        capacity=_read(CAPACITY, document.get("capacity")),
        reserved=_read(RESERVED, document.get("reserved", {})),
        zone=ZoneInfo(time_zone)
        if isinstance(time_zone, str) and time_zone in available_timezones()
        else None,
        time_zone=time_zone if isinstance(time_zone, str) else "",
        closed_on_holidays=calendar.get("closed_on_holidays") is True,
        horizon_days=horizon if isinstance(horizon, int) else None,
        has_rules=bool(calendar.get("rules")),
        has_occasions=bool(calendar.get("occasions")),
        rules_of_calendar=_items(RULE, calendar.get("rules")),
        occasions=_items(OCCASION, calendar.get("occasions")),
        changes=_items(CHANGE, calendar.get("exceptions")),
        closures=_items(CLOSURE, calendar.get("closures")),
        steps=_items(STEP, steps),
        step_keys=keys,
        step_kinds=frozenset(str(step.get("kind")) for step in raw_steps),
        people=_read(PEOPLE, document.get("people", {})),
        rules=_read(RULES, document.get("rules", {})),
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _read(adapter: TypeAdapter[T], value: Any) -> T | None:
    try:
        return adapter.validate_json(json.dumps(value))
    except ValidationError:
        return None


def _items(adapter: TypeAdapter[T], value: Any) -> tuple[tuple[int, T], ...]:
    read = (
        (index, _read(adapter, item)) for index, item in enumerate(value if isinstance(value, list) else ())
    )
    return tuple((index, item) for index, item in read if item is not None)
