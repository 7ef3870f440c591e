"""A day's slots as a table: hours down, lanes across."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from admin.visit import Visit
from core.dialog.words import Words
from core.visits.day import DayOf, DaySlot


@dataclass(frozen=True)
class Column:
    short: str
    name: Words


@dataclass(frozen=True)
class Row:
    """An hour. `cells` stand as the columns do; None where there is no slot."""

    starts_at: datetime
    ends_at: datetime
    occasion: Words | None
    when: str
    """`now`, `over` or `ahead`."""
    cells: Sequence[DaySlot | None]


@dataclass(frozen=True)
class Grid:
    key: str
    name: Words
    unit: str
    """What is counted: `persons` or `bookings`."""
    columns: Sequence[Column]
    """Empty: a slot is one whole."""
    rows: Sequence[Row]
    capacity: int
    taken: int
    inside: int


def grid_of(visit: Visit, day: DayOf, now: datetime) -> Grid:
    activity = day.activity
    used = {slot.place for slot in day.slots}
    places = [place.key for place in activity.facility.individual_facilities if place.key in used]
    places += sorted(used - set(places))  # of a lane that a later revision no longer has, and of whole slots
    by_hour: dict[tuple[datetime, str], dict[str, DaySlot]] = {}
    for slot in day.slots:
        by_hour.setdefault((slot.starts_at, slot.occasion), {})[slot.place] = slot
    rows = []
    for (starts_at, occasion), here in sorted(by_hour.items()):
        ends_at = max(slot.ends_at for slot in here.values())
        name = activity.occasion_name(occasion) if occasion else None
        rows.append(
            Row(
                starts_at,
                ends_at,
                name.written() if name else None,
                "over" if ends_at <= now else "now" if starts_at <= now else "ahead",
                [here.get(place) for place in places],
            )
        )
    return Grid(
        key=activity.key,
        name=activity.name.written(),
        unit=activity.capacity.unit,
        columns=[_column(day, place) for place in places] if any(places) else [],
        rows=rows,
        capacity=sum(slot.capacity for slot in day.slots if slot.state == "open"),
        taken=sum(slot.taken for slot in day.slots),
        inside=sum(slot.inside for slot in day.slots),
    )


def _column(day: DayOf, place: str) -> Column:
    found = day.activity.place(place)
    if found is None:
        return Column(place or "–", day.activity.facility.name.written())
    return Column(day.activity.short_name(place), found.name.written())
