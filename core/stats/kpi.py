"""Key figures: a count beside its target, in per cent. Pure.

A target has a *target period*, which is its name, and a *counting period*, by default the same. The model counts from
1 June against targets for 1 July to 30 October; the strict figure (both periods the target's) stands beside it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from core.dialog.words import Text, say
from core.errors import Refused
from core.stats.definitions import Period, Share, share

MEASURES = ("applications", "accepted", "attended", "new_users")
"""`new_users`: valid users added in the period."""
CATEGORIES = ("sport", "culture", "")
LARGEST_TARGET = 100_000_000
OFF_PATH_BELOW = Fraction(9, 10)
"""Of what the path asks for by now."""
BACK_FROM = Fraction(95, 100)
"""Of the same: from there on a key figure that was off its path is back on it, so that no alert comes and goes daily."""
PATH_FROM = Fraction(1, 10)
"""Of the target period: before that nothing is said."""
TREND_DAYS = 28
_NUMBER = re.compile(r"-?([0-9]{1,20}|[0-9]{1,3}([., \u00a0\u202f][0-9]{3}){1,6})")
"""Digits, perhaps in threes as Greek (2.100) or English (2,100) writes them."""


@dataclass(frozen=True)
class Target:
    """What is counted, when, and against what."""

    kpi: str
    """Names it through all its revisions."""
    measure: str
    category: str
    """Empty: both together."""
    target: int | None
    target_period: Period
    counting_period: Period

    def __post_init__(self) -> None:
        """Raises `Refused` for a measure or category there is not."""
        if self.measure not in MEASURES:
            raise Refused("figures.no_such_measure")
        if self.category not in CATEGORIES or (self.measure == "new_users" and self.category):
            raise Refused("figures.no_such_category")
        if self.target is not None:
            check_target(self.target)


def read_target(text: str) -> int | None:
    """A target as it is typed; None when left empty: no target. Raises `Refused`."""
    typed = text.strip()
    if not typed:
        return None
    if not _NUMBER.fullmatch(typed):
        raise Refused("figures.target_not_a_number")
    return check_target(int(re.sub(r"[^0-9-]", "", typed)))


def check_target(number: int) -> int:
    if number < 0:
        raise Refused("figures.target_negative")
    if number == 0:
        raise Refused("figures.target_zero")
    if number > LARGEST_TARGET:
        raise Refused("figures.target_too_large")
    return number


@dataclass(frozen=True)
class Kpi:
    """A key figure as a page shows it: value, target, per cent, both periods, the strict value, trend, path."""

    target: Target
    value: int
    """Counted in the counting period."""
    strict_value: int
    """Counted in the target period."""
    recent: int
    """In the last 28 days of the counting period that are over, today included."""
    before: int
    """In the 28 days before those."""
    expected: Fraction | None
    """Where the straight path stands today; None without a target, or before its period."""
    running: bool = True
    """Whether the counting period is not over: afterwards there is nothing left to be told in time."""

    @property
    def reached(self) -> Share | None:
        """None where there is no target: nothing is divided by it."""
        return None if self.target.target is None else share(self.value, self.target.target)

    @property
    def strict(self) -> Share | None:
        return None if self.target.target is None else share(self.strict_value, self.target.target)

    @property
    def trend(self) -> int:
        """More (or, below 0, fewer) than in the four weeks before."""
        return self.recent - self.before

    @property
    def off_path(self) -> bool:
        """Clearly less than the path asks for, in the counting period's own count, while it runs."""
        return self.running and self.expected is not None and self.value < OFF_PATH_BELOW * self.expected

    @property
    def is_back(self) -> bool:
        """Close enough to the path for an alert to end."""
        return self.expected is None or self.value >= BACK_FROM * self.expected

    def alert(self) -> Text | None:
        """The sentence that warns; None while all is well."""
        if not self.off_path or self.expected is None or self.target.target is None:
            return None
        return say(
            "figures.kpi.off_path",
            what=say(f"figures.kpi.what.{self.target.measure}_{self.target.category or 'all'}"),
            value=self.value,
            expected=int(self.expected),
            target=self.target.target,
            last=self.target.target_period.last,
        )


def reckon(target: Target, days: Mapping[date, int], today: date) -> Kpi:
    """From counts by local day (of the two periods and four weeks more)."""
    period = target.counting_period
    end = min(period.last, today)
    month = timedelta(days=TREND_DAYS)

    def total(first: date, last: date) -> int:
        return sum(number for day, number in days.items() if first <= day <= last)

    return Kpi(
        target=target,
        value=total(period.first, period.last),
        strict_value=total(target.target_period.first, target.target_period.last),
        recent=total(end - month + timedelta(days=1), end),
        before=total(end - 2 * month + timedelta(days=1), end - month),
        expected=expected(target, today),
        running=today <= period.last,
    )


def expected(target: Target, today: date) -> Fraction | None:
    """Along a straight line over the counting period, by the end of `today`; the whole target afterwards."""
    if target.target is None:
        return None
    period = target.counting_period
    gone = Fraction(min((today - period.first).days + 1, period.days), period.days)
    return None if gone < PATH_FROM else target.target * gone
