"""Faults of type, places, people, rules and gate."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from core.activities.draft import Draft
from core.activities.faults import Fault
from core.activities.rules import GUARDIAN_BELOW, Rules
from core.activities.steps import DateStep, NumberStep, Step, TextStep

DAY = 24 * 60


def type_faults(draft: Draft) -> Iterator[Fault]:
    if not draft.has_rules and not draft.has_occasions:
        yield Fault("calendar", "nothing_planned")
    elif draft.type == "Event" and not draft.has_occasions:
        yield Fault("calendar.occasions", "event_without_occasions")
    elif draft.type in ("FacilityUse", "SessionSeries") and not draft.has_rules:
        yield Fault("calendar.rules", "series_without_rules")
    if draft.booked_as == "term" and draft.type != "SessionSeries":
        yield Fault("booked_as", "term_of_no_series")
    if draft.booked_as == "term" and draft.has_occasions:
        yield Fault("calendar.occasions", "term_with_occasions")


def place_faults(draft: Draft) -> Iterator[Fault]:
    if draft.facility is None or draft.capacity is None:
        return
    places = draft.facility.individual_facilities
    for what in ("key", "short"):
        values = [getattr(place, what) for place in places]
        for index, value in enumerate(values):
            if value is not None and value in values[:index]:
                yield Fault(f"facility.individual_facilities[{index}].{what}", "key_twice", {"key": value})
    divides = any(source.places for _, source in draft.sources)
    per_slot = draft.capacity.per_slot
    if per_slot is None and not places:
        yield Fault("capacity.per_slot", "no_capacity")
    if per_slot is not None and places and not divides:
        yield Fault("capacity.per_slot", "two_capacities")
    sizes = [place.capacity for place in places] if per_slot is None or divides else []
    sizes += [per_slot] if per_slot is not None else []
    if draft.reserved is not None and sizes:
        kept = draft.reserved.desk + draft.reserved.phone
        if kept > min(sizes):
            yield Fault("reserved", "reserved_above_capacity", {"kept": kept, "capacity": min(sizes)})
    most = draft.people.party.max if draft.people is not None and draft.capacity.unit == "persons" else 0
    if sizes and most > max(sizes):
        yield Fault("people.party.max", "party_above_capacity", {"most": most, "capacity": max(sizes)})


def people_faults(draft: Draft) -> Iterator[Fault]:
    people = draft.people
    if people is None:
        return
    if people.party.min > people.party.max:
        yield Fault("people.party.min", "least_above_most")
    age = people.participant_age
    if age is not None:
        if age.min > age.max:
            yield Fault("people.participant_age.min", "least_above_most")
        if age.min < GUARDIAN_BELOW and people.booker_takes_part == "yes":
            yield Fault("people.booker_takes_part", "children_do_not_book", {"n": GUARDIAN_BELOW})
        yield from _named(
            draft, "people.participant_age.step", age.step, NumberStep | DateStep, "age_step_kind"
        )
    if people.guardian_step is not None:
        yield from _named(draft, "people.guardian_step", people.guardian_step, TextStep, "guardian_step_kind")
        if people.booker_takes_part == "yes":
            yield Fault("people.guardian_step", "guardian_of_nobody")


def _named(draft: Draft, here: str, key: str, kinds: object, code: str) -> Iterator[Fault]:
    if key not in draft.step_keys:
        yield Fault(here, "unknown_step", {"step": key})
        return
    step: Step | None = next((step for _, step in draft.steps if step.key == key), None)
    if step is not None and not isinstance(step, kinds):  # type: ignore[arg-type]  # a class, or a union of some
        yield Fault(here, code, {"step": key})


def rule_faults(draft: Draft) -> Iterator[Fault]:
    rules = draft.rules
    if rules is None:
        return
    opens = rules.opens_days_before
    if opens is not None and draft.horizon_days is not None and opens > draft.horizon_days:
        yield Fault(
            "calendar.horizon_days", "horizon_too_near", {"opens": opens, "horizon": draft.horizon_days}
        )
    if opens is not None and rules.closes_minutes_before > opens * DAY:
        yield Fault("rules.closes_minutes_before", "closes_before_it_opens")
    if draft.booked_as == "session":
        for here, source in draft.sources:
            if -rules.closes_minutes_before > source.duration_minutes:
                yield Fault("rules.closes_minutes_before", "closes_after_the_end", {"where": here})
                break
    yield from _limit_faults(rules)
    if rules.draw is not None:
        drawn = rules.draw.drawn_minutes_before
        if drawn < rules.closes_minutes_before:
            yield Fault("rules.draw.drawn_minutes_before", "draw_after_closing")
        if opens is not None and drawn >= opens * DAY:
            yield Fault("rules.draw.drawn_minutes_before", "draw_before_opening")


def _limit_faults(rules: Rules) -> Iterator[Fault]:
    limits = [
        ("per_day", rules.limits.per_day),
        ("per_week", rules.limits.per_week),
        ("per_term", rules.limits.per_term),
    ]
    said = [(name, value) for name, value in limits if value is not None]
    for (shorter, few), (longer, many) in pairwise(said):
        if few > many:
            yield Fault(f"rules.limits.{shorter}", "limit_above_longer", {"longer": longer})
