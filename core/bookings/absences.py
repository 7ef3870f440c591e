"""The rule about those who do not come: mild, explained, and over by itself. Pure.

An *absence* is a booking that stood, whose hour is over, and to which nobody came although the gate was worked. Nothing
is kept of the rule's effect: it follows from the absences (`core.bookings.model.absences`), so it ends when its time is
over, and nobody has to lift it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.activities.definition import Activity
from core.activities.rules import NoShow
from core.bookings.rules import Citizen, Own, desk_of
from core.errors import Refused

OVERRULES = "desk"
"""The channel that may book all the same: staff have the person before them, and the reason."""


@dataclass(frozen=True)
class Standing:
    """What a citizen's absences in one activity come to. Times are UTC."""

    counted: int
    """Absences that count towards the next time; those that have led to a pause are spent."""
    until: datetime | None
    """Until when bookings are limited; None where they are not."""


def standing(rule: NoShow, absences: Iterable[datetime], now: datetime, times: int = 1) -> Standing:
    """`absences`: when each of the missed hours was over. `times`: how many a household on a landline counts for."""
    recent: list[datetime] = []
    until: datetime | None = None
    within = timedelta(days=rule.within_days)
    for at in sorted(absences):
        recent = [each for each in recent if each > at - within] + [at]
        if len(recent) >= rule.count * times:
            until, recent = at + timedelta(days=rule.pause_days), []
    recent = [each for each in recent if each > now - within]
    return Standing(len(recent), until if until is not None and until > now else None)


def check_absences(
    activity: Activity,
    activity_id: int,
    citizen: Citizen,
    absences: Iterable[datetime],
    own: Iterable[Own],
    starts_at: datetime,
    now: datetime,
    factor: int,
) -> None:
    """Raises `Refused` with the rule, until when it holds, and the desk. `own` without the booking that is being
    decided; only what is confirmed counts as ahead. `factor`: as for limits."""
    rule = activity.rules.no_show
    if rule is None:
        return
    times = factor if citizen.landline_only else 1
    until = standing(rule, absences, now, times).until
    if until is None:
        return
    facts: dict[str, object] = {
        "absences": rule.count * times,
        "days": rule.within_days,
        "until": until,
        "desk": desk_of(activity),
    }
    ahead = [
        each
        for each in own
        if each.activity_id == activity_id and each.confirmed and each.sessions[-1][1] > now
    ]
    if len(ahead) >= rule.most_ahead * times:
        raise Refused("fair.absent_ahead", n=rule.most_ahead * times, **facts)
    if rule.hours_before is not None:
        opens = starts_at - timedelta(hours=rule.hours_before)
        if now < opens:
            raise Refused("fair.absent_early", n=rule.hours_before, when=opens, **facts)
