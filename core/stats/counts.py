"""Counts of applications, broken down: what is asked for, and how it is counted from records. Pure.

`queries` asks the database the same questions; a test holds the two against each other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from typing import Literal

from core.errors import Refused
from core.stats.definitions import Period, hide, whole_of
from core.stats.records import Application

Basis = Literal["confirmed", "slot"]
DIMENSIONS = (
    "activity",
    "category",
    "facility",
    "place",
    "occasion",
    "weekday",
    "hour",
    "day",
    "confirmed_on",
    "channel",
    "persons",
    "reason",
    "age",
    "resident",
)
TOLD = frozenset({"age", "resident"})
"""What a person told us: cells are masked wherever one of these divides or filters."""
LEADS = (("hour", timedelta(hours=1)), ("day", timedelta(days=1)), ("three_days", timedelta(days=3)))
"""Cancelled less than so long before the start; else `earlier`."""
LEAD_NAMES = (*(name for name, _ in LEADS), "earlier")
Cell = str | int | date | None


@dataclass(frozen=True)
class View:
    """Which applications: those of a period, with these values. What an address of the panel says."""

    period: Period
    basis: Basis = "confirmed"
    """The period is of dates of confirmation, or of the slots' own dates."""
    filters: Mapping[str, Cell] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_dimensions(self.filters)

    def includes(self, found: Application) -> bool:
        day = found.confirmed_on if self.basis == "confirmed" else found.day
        return day in self.period and all(
            getattr(found, name) == value for name, value in self.filters.items()
        )


@dataclass(frozen=True)
class Counts:
    """Of applications; `persons` of those accepted and not cancelled."""

    applications: int = 0
    accepted: int = 0
    refused: int = 0
    attended: int = 0
    no_shows: int = 0
    """Accepted, not cancelled, over, and nobody came."""
    cancelled: int = 0
    moved: int = 0
    persons: int = 0
    refused_persons: int = 0
    first_choices: int = 0
    """Accepted as wanted first."""
    full: int = 0
    """Refused, because nothing was left."""
    too_few: int = 0
    """Refused, because there was room, but not for the whole party."""
    cancelled_hour: int = 0
    """Cancelled by time before the start: these four together are `cancelled`."""
    cancelled_day: int = 0
    cancelled_three_days: int = 0
    cancelled_earlier: int = 0

    def __add__(self, other: Counts) -> Counts:
        names = (each.name for each in fields(Counts))
        return Counts(**{name: getattr(self, name) + getattr(other, name) for name in names})


@dataclass(frozen=True)
class Row:
    """One line of a table: where it stands in the dimensions asked for, and its counts."""

    cell: tuple[Cell, ...]
    counts: Counts


@dataclass(frozen=True)
class Shown:
    """A line as it may be shown: None stands for "fewer than 5"."""

    cell: tuple[Cell, ...]
    counts: Mapping[str, int | None]


@dataclass(frozen=True)
class Table:
    """A table as it may be shown: masked where people told us what divides it, and else exact."""

    by: Sequence[str]
    rows: Sequence[Shown]
    total: Mapping[str, int]
    masked: bool


def check_dimensions(names: Iterable[str]) -> None:
    """Raises `Refused("figures.no_such_dimension")` for what an address made up."""
    if not set(names) <= set(DIMENSIONS):
        raise Refused("figures.no_such_dimension")


def count(found: Application, now: datetime) -> tuple[int, ...]:
    """What one application adds, in the order of `Counts`."""
    stands = found.accepted and found.cancelled_at is None
    lead = None if found.cancelled_at is None else lead_of(found.starts_at - found.cancelled_at)
    return (
        1,
        int(found.accepted),
        int(not found.accepted),
        int(found.attended),
        int(stands and not found.attended and found.ends_at <= now),
        int(found.cancelled_at is not None),
        int(found.moves > 0),
        found.persons if stands else 0,
        0 if found.accepted else found.persons,
        int(found.accepted and found.first_starts_at is None),
        int(found.reason == "full"),
        int(found.reason == "too_few"),
        *(int(lead == name) for name in LEAD_NAMES),
    )


def tabulate(found: Iterable[Application], view: View, by: Sequence[str] = (), *, now: datetime) -> list[Row]:
    """The same as `Figures.rows`, from records."""
    check_dimensions(by)
    cells: dict[tuple[Cell, ...], list[int]] = defaultdict(lambda: [0] * len(fields(Counts)))
    if not by:
        cells[()] = [0] * len(fields(Counts))
    for each in found:
        if view.includes(each):
            sums = cells[tuple(getattr(each, name) for name in by)]
            for place, number in enumerate(count(each, now)):
                sums[place] += number
    return in_order([Row(cell, Counts(*sums)) for cell, sums in cells.items()])


def in_order(rows: Iterable[Row]) -> list[Row]:
    """By their cells; what was not told comes last."""
    return sorted(
        rows, key=lambda row: [(value is None, "" if value is None else value) for value in row.cell]
    )


def show(rows: Sequence[Row], view: View, by: Sequence[str]) -> Table:
    """With the masking of design.md 10: a filter by what people told us divides as well as a column does."""
    masked = bool(TOLD & {*by, *view.filters})
    total = Counts()
    for row in rows:
        total += row.counts
    whole = vars(total)
    if masked:
        whole = {name: whole_of([getattr(row.counts, name) for row in rows]) for name in whole}
    shown = [
        Shown(row.cell, {name: hide(n) if masked else n for name, n in vars(row.counts).items()})
        for row in rows
    ]
    return Table(tuple(by), shown, whole, masked)


def lead_of(before_start: timedelta) -> str:
    """How long before the start, in bands."""
    return next((name for name, limit in LEADS if before_start < limit), "earlier")
