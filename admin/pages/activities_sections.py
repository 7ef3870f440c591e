"""The forms of a definition: which fields stand in which section, and where its faults belong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, get_args

from admin.pages import activities_leaves as leaf
from admin.pages.activities_leaves import Leaf, both, check, choice, many, number
from core.activities.closing import REASONS
from core.activities.definition import Activity
from core.activities.steps import Step

KINDS: Final = tuple(
    get_args(each.model_fields["kind"].annotation)[0] for each in get_args(get_args(Step)[0])
)
_PLACED = ("day", "time", "lane")
_ASKING = tuple(kind for kind in KINDS if kind not in (*_PLACED, "people", "companions"))


@dataclass(frozen=True)
class Rows:
    """A list of the document, each item with the same fields. `kinds`: what a new one may be."""

    path: str
    fields: Sequence[Leaf]
    most: int
    kinds: Sequence[str] = ()


@dataclass(frozen=True)
class Section:
    name: str
    roots: tuple[str, ...]
    """The parts of the document that it is about."""
    parts: Sequence[Leaf | Rows]


def _steps() -> Rows:
    return Rows(
        "steps",
        (
            Leaf("kind", show="hidden"),
            Leaf("key", needed=True),
            *both("prompt", long=True),
            Leaf("options", show="area", only_for=("choice",), read=leaf.options, write=leaf.optioned),
            Leaf("min", only_for=("date",), show="day"),
            Leaf("max", only_for=("date",), show="day"),
            number("min", only_for=("number",)),
            number("max", only_for=("number",)),
            number("min_length", only_for=("text",)),
            number("max_length", only_for=("text",)),
            choice("check", "any", "name", only_for=("text",)),
            check("show_occupancy", only_for=_PLACED),
            check("optional", only_for=_ASKING),
            Leaf("when", show="area", read=leaf.conditions, write=leaf.conditioned),
        ),
        40,
        KINDS,
    )


SECTIONS: Final[Mapping[str, Section]] = {
    section.name: section
    for section in (
        Section(
            "basics",
            (),
            (
                Leaf("key", needed=True),
                choice("type", "FacilityUse", "SessionSeries", "Event"),
                choice("category", "sport", "culture"),
                choice("booked_as", "session", "term"),
                *both("name", needed=True),
                *both("summary", long=True, needed=True),
                *both("venue.name", needed=True),
                *both("venue.address", needed=True),
                *both("venue.access", long=True),
                *both("contact.name", needed=True),
                Leaf("contact.phone", needed=True),
                Leaf("contact.email", needed=True),
                Leaf("picture.file"),
                *both("picture.spoken", long=True),
                check("tracing"),
            ),
        ),
        Section(
            "places",
            ("facility", "capacity", "reserved"),
            (
                Leaf("facility.key", needed=True),
                number("facility.number", needed=True),
                *both("facility.name", needed=True),
                choice("capacity.unit", "persons", "bookings"),
                number("capacity.per_slot"),
                Rows(
                    "facility.individual_facilities",
                    (
                        Leaf("key", needed=True),
                        *both("name", needed=True),
                        number("capacity", needed=True),
                        Leaf("short"),
                    ),
                    60,
                ),
                number("reserved.desk"),
                number("reserved.phone"),
            ),
        ),
        Section(
            "calendar",
            ("calendar",),
            (
                number("calendar.horizon_days"),
                check("calendar.closed_on_holidays"),
                Rows(
                    "calendar.rules",
                    (
                        Leaf("key"),
                        *both("name"),
                        Leaf("recurrence", show="recurrence", read=leaf.recurrence, write=leaf.recurred),
                        Leaf("from", show="day", needed=True),
                        Leaf("until", show="day"),
                        many("starts", needed=True),
                        number("duration_minutes", needed=True),
                        many("places"),
                    ),
                    20,
                ),
                Rows(
                    "calendar.occasions",
                    (
                        Leaf("key", needed=True),
                        *both("name", needed=True),
                        *both("summary", long=True),
                        Leaf("starts_at", show="moment", needed=True),
                        number("duration_minutes", needed=True),
                        many("places"),
                    ),
                    60,
                ),
                Rows(
                    "calendar.exceptions",
                    (
                        Leaf("date", show="day", needed=True),
                        choice("change", "removed", "added"),
                        Leaf("rule"),
                        many("starts"),
                    ),
                    100,
                ),
                Rows(
                    "calendar.closures",
                    (
                        Leaf("from", show="day", needed=True),
                        Leaf("until", show="day", needed=True),
                        choice("reason", *REASONS),
                        many("places"),
                    ),
                    60,
                ),
            ),
        ),
        Section(
            "questions",
            ("steps", "people"),
            (
                _steps(),
                choice("people.booker_takes_part", "yes", "no", "ask"),
                number("people.party.min"),
                number("people.party.max"),
                check("people.companions_named"),
                number("people.participant_age.min"),
                number("people.participant_age.max"),
                Leaf("people.participant_age.step"),
                Leaf("people.guardian_step"),
            ),
        ),
        Section(
            "rules",
            ("rules",),
            (
                number("rules.opens_days_before"),
                number("rules.closes_minutes_before"),
                number("rules.cancel_minutes_before"),
                number("rules.move_minutes_before"),
                number("rules.limits.per_day"),
                number("rules.limits.per_week"),
                number("rules.limits.per_term"),
                choice("rules.overlap_with_own", "refuse", "allow"),
                check("rules.residents_only"),
                check("rules.waiting_list"),
                check("rules.suggest_quieter"),
                number("rules.no_show.count"),
                number("rules.no_show.within_days"),
                number("rules.no_show.pause_days"),
                number("rules.no_show.most_ahead"),
                number("rules.no_show.hours_before"),
                number("rules.draw.drawn_minutes_before"),
            ),
        ),
        Section(
            "gate",
            ("gate",),
            (
                number("gate.early_minutes"),
                number("gate.late_minutes"),
                choice("gate.scan", "entry_and_exit", "entry"),
                check("gate.re_entry"),
                number("gate.assumed_exit_grace_minutes"),
            ),
        ),
    )
}
DEFAULTS: Final[Mapping[str, object]] = {
    "tracing": True,
    "booked_as": "session",
    "calendar.horizon_days": 14,
    "people.booker_takes_part": "yes",
    "people.party.min": 1,
    "people.party.max": 1,
    "rules.overlap_with_own": "refuse",
    "rules.suggest_quieter": True,
    "gate.scan": "entry_and_exit",
    "gate.early_minutes": Activity.model_fields["gate"].default.early_minutes,
    "gate.assumed_exit_grace_minutes": Activity.model_fields["gate"].default.assumed_exit_grace_minutes,
}
"""What stands in a field that the document leaves out."""


def section_of(path: str) -> str:
    """Where a fault at this path is mended."""
    root = path.split(".")[0].split("[")[0]
    return next((each.name for each in SECTIONS.values() if root in each.roots), "basics")
