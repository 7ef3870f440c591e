"""Where a person is in a dialog: computed from definition and answers, never stored.

So going back, changing an answer, resuming tomorrow and reviewing come for free, and nothing can disagree.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.dialog.definition import Answer, Answers, Definition, Step


@dataclass(frozen=True)
class Journey:
    """The steps answered so far, in order, and the one to ask next (None: all is answered)."""

    taken: tuple[Step, ...]
    next: Step | None
    answers: Answers
    """Only those of steps on this journey: a leftover answer of a skipped step is never acted upon."""


def journey(definition: Definition, answers: Answers) -> Journey:
    """Follow the steps as far as they are answered."""
    taken: list[Step] = []
    relevant: dict[str, Answer] = {}
    for step in definition.steps:
        if not applies(step, relevant):
            continue
        if step.key not in answers:
            return Journey(tuple(taken), step, relevant)
        taken.append(step)
        relevant[step.key] = answers[step.key]
    return Journey(tuple(taken), None, relevant)


def applies(step: Step, answers: Answers) -> bool:
    """Whether the step is asked, in view of the answers before it. All conditions must hold."""
    return all(str(answers.get(key)) in wanted for key, wanted in step.when.items())


def without(definition: Definition, answers: Answers, key: str) -> dict[str, Answer]:
    """The answers less `key` and less all that were chosen from it, however far down."""
    dropped = {key}
    for step in definition.steps:
        if dropped.intersection(step.depends_on):
            dropped.add(step.key)
    return {name: answer for name, answer in answers.items() if name not in dropped}
