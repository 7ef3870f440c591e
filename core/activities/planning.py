"""Calendar -> slots. Pure: the same definition and days give the same slots, in the same order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.activities import recurrence
from core.activities.calendar import Calendar, Closure, DayChange, Occasion, Rule
from core.activities.definition import Activity
from core.activities.holidays import is_holiday


@dataclass(frozen=True)
class PlannedSlot:
    """A stretch of time that can be booked (OpenActive: Slot, ScheduledSession).

    `place` is the key of the individual facility, or empty when the slot is one whole. `capacity` counts the
    activity's unit. `sessions` are the (start, end) that a booking is for: one, or all of a term. Times are
    UTC. `occasion` is the key of the rule or occasion it comes from (for a film's name, or the group of a
    class), empty when that has none.
    """

    place: str
    starts_at: datetime
    ends_at: datetime
    capacity: int
    sessions: tuple[tuple[datetime, datetime], ...]
    occasion: str = ""


Session = tuple[datetime, datetime]


def plan(activity: Activity, first: date, last: date) -> list[PlannedSlot]:
    """Every slot with a session on a local day from `first` to `last` inclusive, by start, place and
    occasion.

    A term's slot carries all its sessions, also those outside these days, so that it is the same whichever
    days are asked for. The horizon is not applied: see `plan_ahead`.
    """
    calendar = activity.calendar
    slots: list[PlannedSlot] = []
    for rule in calendar.rules:
        if activity.booked_as == "term":
            slots += _term(activity, rule, first, last)
        else:
            for day, start in _starts(calendar, rule, first, last):
                slots += _slots(activity, rule, day, start)
    for occasion in calendar.occasions:
        day = occasion.starts_at.date()
        if first <= day <= last:
            slots += _slots(activity, occasion, day, occasion.starts_at.time())
    return sorted(slots, key=lambda slot: (slot.starts_at, slot.place, slot.occasion))


def plan_ahead(activity: Activity, today: date) -> list[PlannedSlot]:
    """The slots from today to the activity's horizon."""
    return plan(activity, today, today + timedelta(days=activity.calendar.horizon_days))


def to_utc(day: date, at: time, zone: ZoneInfo) -> datetime | None:
    """That moment of the wall clock in UTC; the first of two; None where the clocks jump over it."""
    local = datetime.combine(day, at, zone)  # fold=0: the first of an hour that happens twice (PEP 495)
    moment = local.astimezone(UTC)
    return moment if moment.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None) else None


def _slots(activity: Activity, source: Rule | Occasion, day: date, at: time) -> Iterator[PlannedSlot]:
    session = _session(activity.calendar, source, day, at)
    if session is None:
        return
    for place, capacity in _room(activity, source):
        if not _closed(activity.calendar.closures, day, place):
            yield PlannedSlot(place, *session, capacity, (session,), source.key or "")


def _term(activity: Activity, rule: Rule, first: date, last: date) -> Iterator[PlannedSlot]:
    if rule.until is None:  # refused by the check: a term has an end
        return
    calendar = activity.calendar
    held = list(_starts(calendar, rule, rule.from_day, rule.until))
    for place, capacity in _room(activity, rule):
        sessions: list[Session] = []
        asked_for = False
        for day, at in held:
            session = None if _closed(calendar.closures, day, place) else _session(calendar, rule, day, at)
            if session is not None:
                sessions.append(session)
                asked_for = asked_for or first <= day <= last
        if asked_for:
            ends_at = max(end for _, end in sessions)
            yield PlannedSlot(place, sessions[0][0], ends_at, capacity, tuple(sessions), rule.key or "")


def _room(activity: Activity, source: Rule | Occasion) -> Iterable[tuple[str, int]]:
    places = activity.places_of(source)
    if places:
        return [(place.key, place.capacity) for place in places]
    return [("", activity.capacity.per_slot)] if activity.capacity.per_slot else []


def _session(calendar: Calendar, source: Rule | Occasion, day: date, at: time) -> Session | None:
    start = to_utc(day, at, ZoneInfo(calendar.time_zone))
    return None if start is None else (start, start + timedelta(minutes=source.duration_minutes))


def _closed(closures: Iterable[Closure], day: date, place: str) -> bool:
    return any(
        closure.from_day <= day <= closure.until and (closure.places is None or place in closure.places)
        for closure in closures
    )


def rule_starts(
    rule: Rule, changes: Iterable[DayChange], closed_on_holidays: bool, first: date, last: date
) -> list[tuple[date, time]]:
    """The days and hours of a rule, its exceptions and holidays applied, closures not yet."""
    begins, ends = max(first, rule.from_day), min(last, rule.until or last)
    usual = {
        (day, at)
        for day in recurrence.days(rule.recurrence, rule.from_day, begins, ends)
        if not (closed_on_holidays and is_holiday(day))
        for at in rule.starts
    }
    meant = [change for change in changes if change.rule is None or change.rule == rule.key]
    for change in meant:
        if change.change == "removed":
            usual -= {(change.date, at) for at in change.starts or rule.starts}
    for change in meant:
        if change.change == "added" and first <= change.date <= last:
            usual |= {(change.date, at) for at in change.starts or rule.starts}
    return sorted(usual)


def _starts(calendar: Calendar, rule: Rule, first: date, last: date) -> list[tuple[date, time]]:
    return rule_starts(rule, calendar.exceptions, calendar.closed_on_holidays, first, last)
