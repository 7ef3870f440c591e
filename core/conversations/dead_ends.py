"""Where a definition's dialog leads nowhere: looked for by walking it, every condition both ways."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from core.activities.definition import Activity
from core.activities.steps import TAKES_PART
from core.conversations.by_keys import needs_words
from core.conversations.dialogs.questions import SKIP
from core.conversations.trial import Trial
from core.dialog.definition import Answer, Step
from core.dialog.said import Option

MOST_WALKS = 2_000
"""Steps of all walks together; a definition with more branches is looked at in part."""


@dataclass(frozen=True)
class DeadEnd:
    """`what`: `no_slots`, `reserved`, `party` (`n` persons fit nowhere), `age`, `never_asked` or `words` (at a `step`;
    the last for the telephone alone)."""

    what: str
    step: str = ""
    n: int = 0


async def dead_ends(trial: Trial) -> list[DeadEnd]:
    """All that were found; empty where every question can be asked and answered, and something can be booked."""
    activity = trial.activity
    if not trial.slots:
        return [DeadEnd("no_slots")]
    if not any(slot.free for slot in trial.slots):
        return [DeadEnd("reserved")]
    found = [*_parties(trial), *_ages(trial), *_words(trial)]
    asked = await _asked(trial)
    divided = any(slot.place for slot in trial.slots)
    for step in activity.steps:
        if step.key not in asked and (step.kind != "lane" or divided):
            found.append(DeadEnd("never_asked", step=step.key))
    return found


def _parties(trial: Trial) -> Iterator[DeadEnd]:
    party = trial.activity.people.party
    if trial.activity.capacity.unit != "persons":
        return
    largest = max(slot.free for slot in trial.slots)
    yield from (DeadEnd("party", n=n) for n in range(max(party.min, largest + 1), party.max + 1))


def _ages(trial: Trial) -> Iterator[DeadEnd]:
    """No answer that the question takes is of an age that is allowed on any day."""
    age = trial.activity.people.participant_age
    step = trial.activity.step(age.step) if age else None
    if age is None or step is None or step.kind not in ("number", "date"):
        return
    days = {slot.starts_at.astimezone(trial.zone).date() for slot in trial.slots}
    least, most = step.min, step.max
    years = [_year(least, 1), _year(most, 9999)]
    if not any(
        range(max(each.start, years[0]), min(each.stop, years[1] + 1)) for each in map(age.birth_years, days)
    ):
        yield DeadEnd("age", step=step.key)


def _words(trial: Trial) -> Iterator[DeadEnd]:
    """No end of the chat's, but of the telephone's: keys have no letters."""
    step = needs_words(trial.activity)
    if step is not None:
        yield DeadEnd("words", step=step.key)


def _year(told: int | date | None, otherwise: int) -> int:
    return told.year if isinstance(told, date) else otherwise if told is None else told


async def _asked(trial: Trial) -> set[str]:
    """The questions that some walk comes to."""
    told = _conditions(trial.activity)
    branching = {"people", "lane", *(("day", "time") if _places_differ(trial) else ())}
    asked: set[str] = set()
    waiting: list[dict[str, Answer]] = [{}]
    for _ in range(MOST_WALKS):
        if not waiting:
            break
        answers = waiting.pop()
        step, options = await trial.next(answers)
        asked |= set(answers)
        if step is None:
            continue
        asked.add(step.key)
        for answer in _answers(step, options, told.get(step.key, ()), step.kind in branching):
            waiting.append({**answers, step.key: answer})
    return asked


def _places_differ(trial: Trial) -> bool:
    """Whether some hours are divided otherwise than others: then it matters which is chosen."""
    places: dict[object, set[str]] = {}
    for slot in trial.slots:
        places.setdefault((slot.starts_at, slot.occasion), set()).add(slot.place)
    return len({frozenset(each) for each in places.values()}) > 1


def _conditions(activity: Activity) -> dict[str, list[str]]:
    """Step -> answers that some condition waits for."""
    found: dict[str, list[str]] = {}
    for step in activity.steps:
        for key, wanted in (step.when or {}).items():
            for each in wanted if isinstance(wanted, tuple) else (wanted,):
                plain = {True: "yes", False: "no"}[each] if isinstance(each, bool) else str(each)
                found.setdefault(key, []).append(plain)
    return found


def _answers(step: Step, options: Sequence[Option], wanted: Sequence[str], branching: bool) -> list[Answer]:
    """Those that make a difference; one where none does."""
    values: list[Answer] = [option.value for option in options if option.value != SKIP]
    if values:
        return values if wanted or branching or step.key == TAKES_PART else values[:1]
    if step.source:  # nothing is offered: this walk ends
        return []
    if step.kind == "number":
        return [*(int(each) for each in wanted if each.isdigit()), step.minimum or 0]
    return ["x"]
