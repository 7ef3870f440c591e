"""Said things as JSON and back, so that a page loaded again, or an update delivered again, shows the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time
from typing import Any

from core.dialog.said import DeedButton, Picture, Problem, Say, Show
from core.dialog.words import Text, Written

_CLASSES: dict[str, type] = {
    each.__name__: each for each in (DeedButton, Picture, Problem, Say, Show, Text, Written)
}
_MOMENTS: dict[str, type[datetime] | type[date] | type[time]] = {
    "datetime": datetime,
    "date": date,
    "time": time,
}


def pack(value: Any) -> Any:
    """Dataclasses of `core.dialog.said`, words, moments, tuples, and what JSON has of itself."""
    if is_dataclass(value) and not isinstance(value, type):
        name = type(value).__name__
        return {"_": name, **{field.name: pack(getattr(value, field.name)) for field in fields(value)}}
    if isinstance(value, datetime | date | time):
        return {"_": type(value).__name__, "at": value.isoformat()}
    if isinstance(value, Mapping):
        return {"_": "map", "items": [[key, pack(each)] for key, each in value.items()]}
    if isinstance(value, tuple | list):
        return [pack(each) for each in value]
    return value


def unpack(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(unpack(each) for each in value)
    if not isinstance(value, dict):
        return value
    name = value["_"]
    if name in _MOMENTS:
        return _MOMENTS[name].fromisoformat(value["at"])
    if name == "map":
        return {key: unpack(each) for key, each in value["items"]}
    return _CLASSES[name](**{key: unpack(each) for key, each in value.items() if key != "_"})
