"""Faults of the questions: order, conditions, and whether they fit the places and the people."""

from __future__ import annotations

from collections.abc import Iterator

from core.activities.draft import Draft
from core.activities.faults import Fault
from core.activities.steps import (
    TAKES_PART,
    ChoiceStep,
    DateStep,
    LaneStep,
    NumberStep,
    PeopleStep,
    Step,
    TextStep,
    YesNoStep,
)

_ONCE = ("day", "time", "lane", "people", "companions")
_ORDER = (("day", "time"), ("time", "lane"), ("people", "companions"))


def step_faults(draft: Draft) -> Iterator[Fault]:
    yield from _keys_and_kinds(draft)
    for index, step in draft.steps:
        here = f"steps[{index}]"
        yield from _own_faults(here, step)
        for other, wanted in (step.when or {}).items():
            yield from _condition_faults(f"{here}.when.{other}", draft, index, other, wanted)
    yield from _needed(draft)


def _keys_and_kinds(draft: Draft) -> Iterator[Fault]:
    first_of_kind: dict[str, int] = {}
    for index, step in draft.steps:
        if draft.step_keys[step.key] != index:
            yield Fault(f"steps[{index}].key", "key_twice", {"key": step.key})
        if step.kind in _ONCE and step.kind in first_of_kind:
            yield Fault(f"steps[{index}].kind", "kind_twice", {"kind": step.kind})
        first_of_kind.setdefault(step.kind, index)
    for earlier, later in _ORDER:
        if first_of_kind.get(earlier, -1) > first_of_kind.get(later, len(draft.steps) + len(draft.step_keys)):
            place = f"steps[{first_of_kind[later]}]"
            yield Fault(place, "step_too_early", {"kind": later, "after": earlier})


def _own_faults(here: str, step: Step) -> Iterator[Fault]:
    if isinstance(step, ChoiceStep):
        values = [option.value for option in step.options]
        for place, value in enumerate(values):
            if value in values[:place]:
                yield Fault(f"{here}.options[{place}].value", "option_twice", {"value": value})
    if (
        isinstance(step, NumberStep | DateStep)
        and step.min is not None
        and step.max is not None
        and _above(step.min, step.max)
    ):
        yield Fault(f"{here}.min", "least_above_most")
    if isinstance(step, TextStep) and step.min_length > step.max_length:
        yield Fault(f"{here}.min_length", "least_above_most")
    if isinstance(step, YesNoStep) and step.prompt is None and step.key != TAKES_PART:
        yield Fault(f"{here}.prompt", "missing")
    if step.kind in ("day", "time", "lane", "people") and step.optional:
        yield Fault(f"{here}.optional", "never_optional", {"kind": step.kind})
    if step.kind in ("day", "time") and step.when:
        yield Fault(f"{here}.when", "never_skipped", {"kind": step.kind})


def _above(least: object, most: object) -> bool:
    return least > most  # type: ignore[operator,no-any-return]  # both numbers or both days


def _condition_faults(here: str, draft: Draft, index: int, other: str, wanted: object) -> Iterator[Fault]:
    if other not in draft.step_keys:
        yield Fault(here, "unknown_step", {"step": other})
        return
    if draft.step_keys[other] >= index:
        # Looking only backwards is what makes circles of conditions impossible.
        yield Fault(here, "condition_on_later_step", {"step": other})
        return
    step = next((step for place, step in draft.steps if place == draft.step_keys[other]), None)
    if step is None:
        return
    for value in wanted if isinstance(wanted, tuple) else (wanted,):
        if not _can_have(draft, step, value):
            yield Fault(here, "answer_that_cannot_be", {"step": other, "value": str(value)})


def _can_have(draft: Draft, step: Step, value: object) -> bool:
    if isinstance(step, ChoiceStep):
        return any(option.value == value for option in step.options)
    if isinstance(step, YesNoStep):
        return isinstance(value, bool)
    if isinstance(step, LaneStep):
        places = draft.facility.individual_facilities if draft.facility else ()
        return draft.facility is None or any(place.key == value for place in places)
    if isinstance(value, bool) or not isinstance(value, int):
        return False
    if isinstance(step, PeopleStep):
        return draft.people is None or draft.people.party.min <= value <= draft.people.party.max
    return isinstance(step, NumberStep) and _within(step, value)


def _needed(draft: Draft) -> Iterator[Fault]:
    kinds = draft.step_kinds
    if "time" not in kinds:
        yield Fault("steps", "no_time_step")
    if draft.facility is not None and draft.capacity is not None:
        divided = bool(draft.facility.individual_facilities)
        if divided and "lane" not in kinds:
            yield Fault("steps", "no_lane_step")
        if not divided and "lane" in kinds:
            yield Fault("steps", "lane_without_places")
    if draft.people is None:
        return
    party = draft.people.party
    if party.max > party.min and "people" not in kinds:
        yield Fault("steps", "no_people_step", {"least": party.min, "most": party.max})
    if party.max == party.min and "people" in kinds:
        yield Fault("people.party", "people_step_without_choice", {"n": party.max})
    if draft.people.companions_named != ("companions" in kinds):
        code = "no_companions_step" if draft.people.companions_named else "companions_not_named"
        yield Fault("people.companions_named", code)
    asks = TAKES_PART in draft.step_keys
    if asks != (draft.people.booker_takes_part == "ask"):
        yield Fault(
            "people.booker_takes_part", "takes_part_unasked" if not asks else "takes_part_asked_in_vain"
        )
    elif asks:
        step = next((step for _, step in draft.steps if step.key == TAKES_PART), None)
        if step is not None and not isinstance(step, YesNoStep):
            yield Fault(f"steps[{draft.step_keys[TAKES_PART]}].kind", "takes_part_is_yes_or_no")


def _within(step: NumberStep, value: int) -> bool:
    return (step.min is None or step.min <= value) and (step.max is None or value <= step.max)
