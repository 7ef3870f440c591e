"""Who may take part, what is allowed, and what happens at the gate."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from core.activities.parts import Part, ShortKey

NoLess = Annotated[int, Field(ge=0)]
AtLeastOne = Annotated[int, Field(ge=1)]
GUARDIAN_BELOW = 15
"""Younger ones have no account: a guardian books for them (design.md 3; Greek law 4624/2019, article 21)."""


class Party(Part):
    """How many people walk in on one booking, the booker included if he or she takes part."""

    min: AtLeastOne = 1
    max: AtLeastOne = 1


class ParticipantAge(Part):
    """Ages, in whole years, at which one may take part. They are checked on the participant, never on a
    guardian."""

    min: NoLess = 0
    max: Annotated[int, Field(le=130)] = 130
    step: ShortKey
    """Where the age is told: a `number` step asks for the year of birth, a `date` step for the day."""

    def allows(self, told: int | date, on: date) -> bool:
        """Whether somebody born in that year, or on that day, may take part on the local day `on`.

        By year of birth the age is the one reached in that calendar year, as schools and clubs count; by day
        of birth it is exact, and who was born on 29 February is a year older on 1 March.
        """
        if isinstance(told, date):
            age = on.year - told.year - ((on.month, on.day) < (told.month, told.day))
        else:
            age = on.year - told
        return self.min <= age <= self.max

    def birth_years(self, on: date) -> range:
        """The years of birth that are allowed on that day."""
        return range(on.year - self.max, on.year - self.min + 1)


class People(Part):
    """Who walks in. "Persons" always means those."""

    booker_takes_part: Literal["yes", "no", "ask"] = "yes"
    participant_age: ParticipantAge | None = None
    guardian_step: ShortKey | None = None
    """The `text` step that asks for the guardian's first name."""
    party: Party = Party()
    companions_named: bool = False


class Limits(Part):
    """Bookings that one citizen may have in this activity. On a landline they count for a household and are
    multiplied by a setting."""

    per_day: AtLeastOne | None = None
    per_week: AtLeastOne | None = None
    """Monday to Sunday."""
    per_term: AtLeastOne | None = None
    """From the rule's `from` to its `until`."""


class NoShow(Part):
    """After `count` bookings without an entry within `within_days`, one books with less reach until `pause_days` after
    the last of them. Nobody is shut out, and it ends by itself."""

    count: AtLeastOne
    within_days: AtLeastOne
    pause_days: AtLeastOne
    most_ahead: AtLeastOne = 1
    """Meanwhile: so many bookings ahead at a time, in this activity."""
    hours_before: AtLeastOne | None = None
    """Meanwhile: booked no earlier than so many hours before the start. Without it as early as by everybody."""


class Draw(Part):
    """Places go by lot instead of first come first served: requests gather until the draw."""

    drawn_minutes_before: AtLeastOne
    """Before the slot's start. What is left after it is booked as usual."""


class Rules(Part):
    """When one may book, how often, and until when one may change one's mind. Minutes count back from the
    start."""

    opens_days_before: NoLess | None = None
    """Without it a slot may be booked as soon as it is planned."""
    closes_minutes_before: Annotated[int, Field(ge=-60 * 24 * 60)] = 0
    """Negative: so long after the start (late comers to a term, to a film)."""
    limits: Limits = Limits()
    residents_only: bool = False
    overlap_with_own: Literal["refuse", "allow"] = "refuse"
    cancel_minutes_before: NoLess = 0
    move_minutes_before: NoLess = 0
    no_show: NoShow | None = None
    waiting_list: bool = False
    suggest_quieter: bool = True
    """Where the chosen hour is crowded and another is clearly emptier, that one is offered first."""
    draw: Draw | None = None


class Gate(Part):
    """What a pass opens, and when."""

    early_minutes: NoLess = 15
    late_minutes: NoLess | None = None
    """After the start; without it, until the end."""
    re_entry: bool = False
    scan: Literal["entry", "entry_and_exit"] = "entry_and_exit"
    assumed_exit_grace_minutes: NoLess = 15
    """Who was not scanned out is taken to have left this long after the end; such an exit is flagged."""
