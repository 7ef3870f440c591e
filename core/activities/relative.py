"""Days counted from the day of loading, so that the demonstration is never empty.

`{"in_days": 12, "weekday": "fri"}` is the first Friday that is at least 12 days away; with `"at": "21:00"`
it is that evening. They are resolved once, before anything is checked: a stored definition holds plain dates
only.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FARTHEST = 400


def resolve(document: Any, today: date) -> Any:
    """The same document with every relative day made plain. What is not quite one is left for the check to
    name."""
    if isinstance(document, Mapping):
        plain = _plain(document, today)
        return {key: resolve(value, today) for key, value in document.items()} if plain is None else plain
    if isinstance(document, list):
        return [resolve(item, today) for item in document]
    return document


def _plain(value: Mapping[str, Any], today: date) -> str | None:
    ahead, weekday, at = value.get("in_days"), value.get("weekday"), value.get("at")
    if not isinstance(ahead, int) or isinstance(ahead, bool) or abs(ahead) > FARTHEST:
        return None
    if not set(value) <= {"in_days", "weekday", "at"} or not isinstance(at, str | None):
        return None
    day = today + timedelta(days=ahead)
    if weekday is not None:
        if weekday not in WEEKDAYS:
            return None
        day += timedelta(days=(WEEKDAYS.index(weekday) - day.weekday()) % 7)
    return day.isoformat() if at is None else f"{day.isoformat()}T{at}"
