"""The engine: plain functions from what was heard to the next question. No clock, no database, no network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from core.dialog.definition import Answer, Answers, Definition, Step
from core.dialog.heard import GoBack, Picked, Shared, Typed
from core.dialog.journey import journey, without
from core.dialog.kinds import LONGEST_TEXT, READERS, Moment, Offered, hint
from core.dialog.said import Ask, Option
from core.dialog.words import Words
from core.errors import Refused


@dataclass(frozen=True)
class Offer:
    """What was offered, remembered: a key press means what the person heard, not what would be offered now."""

    id: str
    step: str
    options: tuple[Offered, ...]


@dataclass(frozen=True)
class Advance:
    """What an answer led to. Exactly one of: `answered`, `problem`, `stale`, `left`."""

    answers: Answers
    answered: str = ""
    """The step that has a (new) answer."""
    problem: Refused | None = None
    stale: bool = False
    left: bool = False
    """Back was asked at the first question: the dialog is left."""
    wishes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Step kind -> possible answers that the same phrase told, for a later question."""


def advance(
    definition: Definition,
    answers: Answers,
    offer: Offer | None,
    heard: Typed | Picked | Shared | GoBack,
    moment: Moment,
) -> Advance:
    """Take one answer, or one step back. Nothing changes when it is not understood."""
    here = journey(definition, answers)
    if isinstance(heard, GoBack):
        if heard.offer and (offer is None or heard.offer != offer.id):
            return Advance(answers, stale=True)
        if not here.taken:
            return Advance(answers, left=True)
        return Advance(without(definition, here.answers, here.taken[-1].key), answered=here.taken[-1].key)
    if here.next is None or offer is None or offer.step != here.next.key:
        return Advance(answers, stale=True)
    step = here.next
    if isinstance(heard, Picked):
        if heard.offer != offer.id or not 0 <= heard.place < len(offer.options):
            return Advance(answers, stale=True)
        return accept(definition, here.answers, step, offer.options[heard.place].value)
    text = heard.phone if isinstance(heard, Shared) else heard.text
    if isinstance(heard, Shared) and step.kind != "phone":
        return Advance(answers, problem=Refused("dialog.contact_not_asked"))
    if len(text) > LONGEST_TEXT:
        return Advance(answers, problem=Refused("dialog.too_long", most=LONGEST_TEXT))
    try:
        reading = READERS[step.kind](step, text, offer.options, moment)
    except Refused as why:
        return Advance(answers, problem=why)
    if reading.answer is None:
        return Advance(answers, wishes=reading.wishes)
    return replace(accept(definition, here.answers, step, reading.answer), wishes=reading.wishes)


def accept(definition: Definition, answers: Answers, step: Step, answer: Answer) -> Advance:
    """The answers with this one; later answers that were chosen from an older one are dropped."""
    kept = without(definition, answers, step.key) if step.key in answers else dict(answers)
    return Advance({**kept, step.key: answer}, answered=step.key)


def present(
    definition: Definition, answers: Answers, options: tuple[Option, ...], offer_id: str, can_leave: bool
) -> Ask | None:
    """The next question, with the options that its source found; None when all is answered."""
    here = journey(definition, answers)
    if here.next is None:
        return None
    step = here.next
    return Ask(
        step=step.key,
        prompt=step.prompt,
        options=options or step.options,
        hint=hint(step),
        offer=offer_id,
        can_go_back=can_leave or bool(here.taken),
        columns=step.columns,
    )


@dataclass(frozen=True)
class ReviewLine:
    """One line of the review: what was asked, and what was answered."""

    key: str
    title: Words
    answer: Answer


def review(definition: Definition, answers: Answers) -> tuple[ReviewLine, ...]:
    """What was answered, in order, for the person to look over before confirming."""
    here = journey(definition, answers)
    return tuple(
        ReviewLine(step.key, step.title, here.answers[step.key])
        for step in here.taken
        if step.title is not None
    )
