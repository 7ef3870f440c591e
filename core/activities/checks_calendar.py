"""Faults of the calendar: rules that never happen, hours that do not exist, slots on top of each other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from core.activities import recurrence
from core.activities.calendar import Occasion, Rule
from core.activities.draft import Draft
from core.activities.faults import Fault
from core.activities.planning import rule_starts, to_utc

LOOK_AHEAD = timedelta(days=366)
"""Overlaps are looked for until the last rule has run for a year, which has both changes of the clocks in
it."""


def calendar_faults(draft: Draft) -> Iterator[Fault]:
    if draft.zone is None:
        yield Fault("calendar.time_zone", "unknown_time_zone", {"zone": draft.time_zone})
    yield from _sources(draft)
    yield from _places(draft)
    yield from _exceptions(draft)
    for index, closure in draft.closures:
        if closure.until < closure.from_day:
            yield Fault(f"calendar.closures[{index}].until", "until_before_from")
    yield from _on_top_of_each_other(draft)


def _sources(draft: Draft) -> Iterator[Fault]:
    keys: set[str] = set()
    for here, source in draft.sources:
        if source.key is not None and source.key in keys:
            yield Fault(f"{here}.key", "key_twice", {"key": source.key})
        keys.add(source.key or "")
        if isinstance(source, Rule):
            yield from _rule(here, source)
            if draft.booked_as == "term":
                yield from _term(here, source)
        elif draft.zone and to_utc(source.starts_at.date(), source.starts_at.time(), draft.zone) is None:
            yield Fault(f"{here}.starts_at", "no_such_hour", {"time": f"{source.starts_at:%H:%M}"})


def _rule(here: str, rule: Rule) -> Iterator[Fault]:
    wrong = recurrence.fault_in(rule.recurrence)
    if wrong is not None:
        yield Fault(f"{here}.recurrence", "not_a_recurrence", {"part": wrong})
    if rule.until is not None and rule.until < rule.from_day:
        yield Fault(f"{here}.until", "until_before_from")
    elif wrong is None and not recurrence.ever(rule.recurrence, rule.from_day, rule.until):
        yield Fault(f"{here}.recurrence", "never_happens")
    for index, start in enumerate(rule.starts):
        if start in rule.starts[:index]:
            yield Fault(f"{here}.starts[{index}]", "hour_twice", {"time": f"{start:%H:%M}"})


def _term(here: str, rule: Rule) -> Iterator[Fault]:
    for name, value in (("key", rule.key), ("name", rule.name), ("until", rule.until)):
        if value is None:
            yield Fault(f"{here}.{name}", "needed_for_a_term", {"field": name})
    if rule.until is not None and rule.until - rule.from_day > LOOK_AHEAD:
        yield Fault(f"{here}.until", "term_too_long", {"n": LOOK_AHEAD.days})


def _places(draft: Draft) -> Iterator[Fault]:
    if draft.facility is None:
        return
    known = {place.key for place in draft.facility.individual_facilities}
    closures = ((f"calendar.closures[{index}]", closure.places) for index, closure in draft.closures)
    for here, places in (*((here, source.places) for here, source in draft.sources), *closures):
        for index, place in enumerate(places or ()):
            if place not in known:
                yield Fault(f"{here}.places[{index}]", "unknown_place", {"place": place})


def _exceptions(draft: Draft) -> Iterator[Fault]:
    rules = [rule for _, rule in draft.rules_of_calendar]
    for index, change in draft.changes:
        here = f"calendar.exceptions[{index}]"
        meant = [rule for rule in rules if change.rule in (None, rule.key)]
        if change.rule is not None and not meant:
            yield Fault(f"{here}.rule", "unknown_rule", {"rule": change.rule})
        if change.change == "removed" or draft.zone is None:
            continue
        if len(meant) > 1:
            yield Fault(f"{here}.rule", "added_to_which_rule")
        starts = change.starts or tuple(start for rule in meant for start in rule.starts)
        for start in sorted(set(starts)):
            if to_utc(change.date, start, draft.zone) is None:
                yield Fault(here, "no_such_hour", {"time": f"{start:%H:%M}"})


def _on_top_of_each_other(draft: Draft) -> Iterator[Fault]:
    """Two slots of one place at one time. Of each pair of rules or occasions only the first clash is told."""
    if draft.facility is None or draft.capacity is None or draft.zone is None or draft.booked_as == "term":
        return  # groups of a term may meet at the same hour: they are different classes
    held: list[tuple[datetime, datetime, str, frozenset[str]]] = []
    every = frozenset(place.key for place in draft.facility.individual_facilities)
    begins = [rule.from_day for _, rule in draft.rules_of_calendar] or [draft.today]
    first = max(draft.today, min(begins))
    last = max(first, min(max(begins), first + 2 * LOOK_AHEAD)) + LOOK_AHEAD
    for here, source in draft.sources:
        whole = source.places is None and draft.capacity.per_slot is not None
        places = every if whole else frozenset(source.places or every)
        for day, at in _starts(draft, source, first, last):
            start = to_utc(day, at, draft.zone)
            if start is not None:
                held.append((start, start + timedelta(minutes=source.duration_minutes), here, places))
    held.sort(key=lambda slot: slot[:2])
    told: set[tuple[str, str]] = set()
    running: list[tuple[datetime, datetime, str, frozenset[str]]] = []
    for start, end, here, places in held:
        running = [slot for slot in running if slot[1] > start]
        for _, _, other, others_places in running:
            clash = bool(places & others_places) or not every
            if clash and (other, here) not in told:
                told.add((other, here))
                when = start.astimezone(draft.zone)
                yield Fault(
                    max(other, here), "on_top_of_each_other", {"when": when, "other": min(other, here)}
                )
        running.append((start, end, here, places))


def _starts(draft: Draft, source: Rule | Occasion, first: date, last: date) -> Iterator[tuple[date, time]]:
    if isinstance(source, Occasion):
        yield source.starts_at.date(), source.starts_at.time()
    elif recurrence.fault_in(source.recurrence) is None:
        several = (
            len(draft.rules_of_calendar) > 1
        )  # then an added day must name its rule, and has been told to
        changes = [
            change for _, change in draft.changes if change.change == "removed" or change.rule or not several
        ]
        yield from rule_starts(source, changes, draft.closed_on_holidays, first, last)
