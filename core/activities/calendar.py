"""When an activity takes place. All days and hours are those of the wall clock in `time_zone`; `until` is
inclusive.

Times may fall on a change of the clocks. A local time that does not exist (03:30 on the night the clocks go
forward) is a fault where it was written out, and is left out where a recurrence merely runs over it. A local
time that happens twice means the first. Durations are elapsed time, so a class of 60 minutes lasts 60
minutes on every night.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from core.activities.parts import Bilingual, Day, Key, Label, LocalMoment, LocalTime, Part

ClosureReason = Literal[
    "maintenance",
    "cleaning",
    "weather",
    "staff_shortage",
    "event",
    "elections",
    "strike",
    "public_health",
    "safety",
]
"""A closed list: citizens are told the reason in our words (design: orders name a template, never free
text)."""

Minutes = Annotated[int, Field(ge=5, le=24 * 60)]
Places = Annotated[tuple[Key, ...], Field(min_length=1)]


class Rule(Part):
    """A recurrence: on which days, at which hours, how long.

    `recurrence` is an RFC 5545 RRULE of whole days (DAILY to YEARLY) that begins at `from` and ends with
    `until`; it carries no UNTIL and no hours of its own.
    """

    key: Key | None = None
    """Names the class or group; needed where a term is booked as a whole, or an exception is meant for this
    rule."""
    name: Label | None = None
    recurrence: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    from_day: Day = Field(alias="from")
    until: Day | None = None
    starts: Annotated[tuple[LocalTime, ...], Field(min_length=1, max_length=96)]
    duration_minutes: Minutes
    places: Places | None = None
    """Only these individual facilities."""


class Occasion(Part):
    """A concert, a film: written out one by one, with a name of its own."""

    key: Key
    name: Label
    summary: Bilingual | None = None
    starts_at: LocalMoment
    duration_minutes: Minutes
    places: Places | None = None
    """Divide this occasion into these individual facilities (kinds of place)."""


class DayChange(Part):
    """One day on which the rules are not followed (RFC 5545: EXDATE, RDATE). An added day counts on a
    holiday too."""

    date: Day
    change: Literal["added", "removed"]
    rule: Key | None = None
    """Only this rule; without it, every rule."""
    starts: Annotated[tuple[LocalTime, ...], Field(min_length=1)] | None = None
    """Removed: only these hours. Added: these hours in place of the rule's own."""


class Closure(Part):
    """Nothing takes place from the first to the last of these days, on `places` or everywhere."""

    from_day: Day = Field(alias="from")
    until: Day
    reason: ClosureReason
    places: Places | None = None


class Calendar(Part):
    """Rules and occasions, less exceptions, holidays and closures."""

    time_zone: str = "Europe/Athens"
    rules: tuple[Rule, ...] = ()
    occasions: tuple[Occasion, ...] = ()
    exceptions: tuple[DayChange, ...] = ()
    closures: tuple[Closure, ...] = ()
    closed_on_holidays: bool = False
    """Rules rest on Greek public holidays, the movable ones included; occasions do not."""
    horizon_days: Annotated[int, Field(ge=1, le=400)] = 14
    """Slots are planned this many days ahead."""
