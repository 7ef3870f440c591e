"""What the groups of a phrase add up to, and a group: the tokens of one turn of phrase."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, time

from core.dialog.phrases.tokens import Token


@dataclass
class Heard:
    """What the groups of a phrase add up to; reading.py weighs it."""

    today: date
    weekdays: set[date] = field(default_factory=set)
    dates: set[date] = field(default_factory=set)
    alternatives: bool = False  # "or", "and" between days: a weekday and a date need not agree
    times: set[time] = field(default_factory=set)
    parts: set[str] = field(default_factory=set)
    dotted: list[tuple[int, int]] = field(default_factory=list)
    bare: list[int] = field(default_factory=list)  # numbers of nothing in particular
    counted: set[tuple[int, str | None]] = field(default_factory=set)  # numbers, and of what: person, place
    perhaps_counted: set[int] = field(default_factory=set)  # "for 2"
    ordinals: list[int] = field(default_factory=list)  # "the 2nd": a day, a lane
    large_hours: list[int] = field(default_factory=list)  # «στις 25»: the 25th
    night: bool = False  # an hour of the evening or the night was named
    answers: set[bool] = field(default_factory=set)
    commands: set[str] = field(default_factory=set)
    faults: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Group:
    """The tokens of one turn of phrase."""

    tokens: list[Token]

    def all(self, *kinds: str) -> list[Token]:
        """Its tokens of these kinds, in order."""
        return [token for token in self.tokens if token.kind in kinds]

    def number(self, *kinds: str) -> int:
        """The first number among its tokens of these kinds."""
        return self.all(*kinds)[0].number

    @property
    def part(self) -> str | None:
        """The part of the day it names, if any."""
        return next((str(token.value) for token in self.tokens if token.kind == "part"), None)
