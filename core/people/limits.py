"""How often a code may be asked for, and to whom one is sent when too many are: pure rules.

A code costs money. Who asks for thousands, to numbers that pay him a share (traffic pumping), shows in two
ways: many codes to one operator's numbers, and few of them ever typed. Then strangers' numbers of that
operator wait, while numbers that belong to a citizen are served as ever; the same when the day's share for
strangers is used up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.people.numbers import LANDLINE

WINDOW = timedelta(minutes=10)
DAY = timedelta(hours=24)
IN_WINDOW, IN_DAY = 3, 10
LADDER = (timedelta(seconds=30), timedelta(seconds=60))

HOUR = timedelta(hours=1)
TYPING_TIME = timedelta(minutes=2)
"""Codes younger than this say nothing yet about whether they are typed."""
FAST = 60
"""Codes to strangers of one prefix within `WINDOW` that are too many, whatever became of them."""
JUDGED_FROM, LEAST_USED = 20, 0.25
"""Conversion is judged from this many codes in an hour; below this share used, the prefix waits."""

STRANGERS_MOBILE, STRANGERS = 0.6, 0.8
"""Shares of the day's cap for mobiles, and for all numbers, that belong to no citizen. The rest is kept."""


def earliest_next(sent: Sequence[datetime]) -> datetime | None:
    """When another code may be sent to a number, after those at `sent` (ascending, of the last day)."""
    if not sent:
        return None
    last = sent[-1]
    in_window = sum(1 for moment in sent if moment > last - WINDOW)
    if in_window < IN_WINDOW:
        earliest = last + LADDER[in_window - 1]
    else:
        earliest = max(sent[-IN_WINDOW] + WINDOW, last + LADDER[-1])
    if len(sent) >= IN_DAY:
        earliest = max(earliest, sent[-IN_DAY] + DAY)
    return earliest


@dataclass(frozen=True)
class Traffic:
    """Codes sent so far. Those of the day: all, and those to numbers of no citizen; and of the number's
    prefix.
    """

    day: int = 0
    day_strangers: int = 0
    day_strangers_mobile: int = 0
    prefix_window: int = 0
    prefix_hour: int = 0
    prefix_judged: int = 0
    """Of the hour's, those that have had time to be typed."""
    prefix_used: int = 0


@dataclass(frozen=True)
class Verdict:
    """`stopped`: nobody gets a code any more today. `scarce`: strangers get none; the same is answered to
    all.
    """

    stopped: bool = False
    scarce: bool = False
    why: str = ""
    """For the alert: `cap`, `share` or `prefix`."""


def judge(traffic: Traffic, kind: str, cap: int) -> Verdict:
    """What holds for a number of this kind, citizen's or not. `cap` is the town's codes in 24 hours."""
    if traffic.day >= cap:
        return Verdict(stopped=True, why="cap")
    if _pumped(traffic):
        return Verdict(scarce=True, why="prefix")
    if traffic.day_strangers >= cap * STRANGERS:
        return Verdict(scarce=True, why="share")
    if kind != LANDLINE and traffic.day_strangers_mobile >= cap * STRANGERS_MOBILE:
        return Verdict(scarce=True, why="share")
    return Verdict()


def _pumped(traffic: Traffic) -> bool:
    if traffic.prefix_window >= FAST:
        return True
    typed_rarely = traffic.prefix_used < LEAST_USED * traffic.prefix_judged
    return traffic.prefix_hour >= JUDGED_FROM and traffic.prefix_judged >= JUDGED_FROM // 2 and typed_rarely
