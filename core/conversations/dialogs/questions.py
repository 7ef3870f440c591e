"""An activity's steps as questions of the engine."""

from __future__ import annotations

from collections.abc import Mapping

from core.activities.definition import Activity
from core.activities.steps import TAKES_PART
from core.activities.steps import Step as ActivityStep
from core.dialog.definition import Answer, Step
from core.dialog.journey import applies
from core.dialog.said import Option
from core.dialog.words import Words, say

PLACE_KINDS = ("day", "time", "lane")
_SOURCES = {"day": "days", "time": "times", "lane": "lanes", "people": "party"}
_COLUMNS = {"day": 2, "time": 2, "lane": 2, "people": 4, "yes_no": 2}
_LONGEST_IN_COLUMNS = 12
"""Characters of a name that still fit beside another on a phone."""
YES_NO = (Option("yes", say("dialog.yes")), Option("no", say("dialog.no")))
SKIP = "-"
"""The answer to an optional question that was passed over."""


def place_questions(activity: Activity, answers: Mapping[str, Answer]) -> tuple[Step, ...]:
    """Those that choose the slot: day, time, lane, as the activity asks them."""
    return tuple(step for step in questions(activity, answers) if step.kind in PLACE_KINDS)


def questions(activity: Activity, answers: Mapping[str, Answer]) -> tuple[Step, ...]:
    """All questions of an activity. How many companions are asked for follows from the answers; a lane that was
    passed over is no question, so that going back does not stop there."""
    return tuple(
        _question(activity, step, answers)
        for step in activity.steps
        if step.kind != "lane" or answers.get(step.key) != SKIP
    )


def takes_part(activity: Activity, answers: Mapping[str, Answer]) -> bool:
    """Whether the booker will walk in too."""
    rule = activity.people.booker_takes_part
    return rule == "yes" or (rule == "ask" and answers.get(TAKES_PART) == "yes")


def persons(activity: Activity, answers: Mapping[str, Answer]) -> int:
    """How many will walk in."""
    key = key_of(activity, "people")
    return int(str(answers[key])) if key and key in answers else activity.people.party.min


def key_of(activity: Activity, kind: str) -> str:
    """The key of the first step of that kind; empty when the activity has none."""
    return next((step.key for step in activity.steps if step.kind == kind), "")


def holds_from(activity: Activity, answers: Mapping[str, Answer], asked: tuple[Step, ...]) -> bool:
    """Whether enough is answered to hold a place: where, when, and for how many."""
    needed = {step.key for step in activity.steps if step.kind in (*PLACE_KINDS, "people")} | {TAKES_PART}
    return all(step.key in answers for step in asked if step.key in needed and applies(step, answers))


def _question(activity: Activity, step: ActivityStep, answers: Mapping[str, Answer]) -> Step:
    kind = "name" if step.kind == "text" and step.check == "name" else step.kind
    options = _options(step)
    minimum, maximum = _range(activity, step, answers)
    return Step(
        key=step.key,
        kind=kind,
        prompt=_prompt(step, minimum),
        options=options,
        source=_SOURCES.get(step.kind, ""),
        depends_on=_chosen_from(activity, step),
        when=_conditions(activity, step),
        minimum=minimum,
        maximum=maximum,
        optional=step.optional,
        picture={"day": "week", "time": "day", "lane": "day"}.get(step.kind, "")
        if step.kind in PLACE_KINDS and step.show_occupancy  # type: ignore[union-attr]
        else "",
        columns=_columns(activity, step),
        title=_title(step),
    )


def _columns(activity: Activity, step: ActivityStep) -> int:
    if step.kind == "time" and not key_of(activity, "day"):  # names of films, concerts, groups
        return 1
    if step.kind == "lane":
        names = [place.name.el for place in activity.facility.individual_facilities]
        return _COLUMNS["lane"] if max(map(len, names), default=0) <= _LONGEST_IN_COLUMNS else 1
    return _COLUMNS.get(step.kind, 1)


def _prompt(step: ActivityStep, minimum: int | None) -> Words:
    if step.prompt is not None:
        return step.prompt.written()
    if step.key == TAKES_PART:
        return say("dialog.ask.takes_part")
    return say(f"dialog.ask.{step.kind}", n=minimum or 0)


def _title(step: ActivityStep) -> Words | None:
    if step.kind == "notice":
        return None
    if step.kind in _SOURCES or step.kind == "companions":
        return say(f"dialog.titles.{step.kind}")
    return step.prompt.written() if step.prompt else say("dialog.titles.takes_part")


def _options(step: ActivityStep) -> tuple[Option, ...]:
    if step.kind == "choice":
        options = tuple(Option(option.value, option.text.written()) for option in step.options)
    elif step.kind == "yes_no":
        options = YES_NO
    elif step.kind == "notice":
        options = (Option("read", say("dialog.understood")),)
    else:
        options = ()
    return (*options, Option(SKIP, say("dialog.skip"))) if step.optional else options


def _range(
    activity: Activity, step: ActivityStep, answers: Mapping[str, Answer]
) -> tuple[int | None, int | None]:
    if step.kind == "number":
        return step.min, step.max
    if step.kind == "people":
        return activity.people.party.min, activity.people.party.max
    if step.kind == "companions":
        others = persons(activity, answers) - takes_part(activity, answers)
        return others, others
    return None, None


def _chosen_from(activity: Activity, step: ActivityStep) -> tuple[str, ...]:
    """A time follows from the day, a lane from both, names from how many there are."""
    before = {"time": ("day",), "lane": ("day", "time"), "companions": ("people",)}.get(step.kind, ())
    keys = tuple(key for kind in before if (key := key_of(activity, kind)))
    return (*keys, TAKES_PART) if step.kind == "companions" else keys


def _conditions(activity: Activity, step: ActivityStep) -> dict[str, tuple[str, ...]]:
    conditions: dict[str, tuple[str, ...]] = {}
    for key, wanted in (step.when or {}).items():
        values = wanted if isinstance(wanted, tuple) else (wanted,)
        conditions[key] = tuple(_plain(value) for value in values)
    people = key_of(activity, "people")
    if step.kind == "companions" and people and activity.people.booker_takes_part == "yes":
        party = activity.people.party
        conditions[people] = tuple(str(n) for n in range(max(2, party.min), party.max + 1))
    return conditions


def _plain(value: bool | int | str) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
