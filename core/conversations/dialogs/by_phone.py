"""The channel `phone`: a caller with twelve keys and no letters.

Who calls is known only once we have called them back (`core.people.call_back`): the call that comes in chooses and
holds a place, the call that goes out registers and books. Names cannot be said with keys, so a booking by telephone
has none: companions are counted, optional questions of words are passed over, and an activity that needs words is
booked elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable

from core.activities.definition import Activity
from core.conversations.by_keys import PHONE
from core.conversations.dialogs.questions import YES_NO, key_of, persons
from core.conversations.state import Frame
from core.conversations.talk import Talk
from core.dialog.definition import Answer, Step
from core.dialog.said import Option
from core.dialog.words import say
from core.errors import Refused
from core.people.numbers import PhoneNumber, parse_number

CALL_BACK = "call_back"
"""The question that ends a call: nobody answers it, we call back."""
_RING, _PROVED = "ring", "proved"
_LONG_BY_KEYS = frozenset({"text", "name", "number", "date"})


def is_here(talk: Talk) -> bool:
    return talk.speaker.channel == PHONE


# -- what an activity asks


def asked_by_keys(talk: Talk, steps: Iterable[Step]) -> tuple[Step, ...]:
    """The questions of an activity, on the telephone without those that are left out there."""
    if not is_here(talk):
        return tuple(steps)
    return tuple(
        step
        for step in steps
        if step.kind != "companions" and not (step.optional and step.kind in _LONG_BY_KEYS)
    )


def tell_of_names(talk: Talk, activity: Activity, frame: Frame) -> None:
    """Before the review: companions are counted, and nobody is asked what they are called."""
    if is_here(talk) and key_of(activity, "companions") and persons(activity, frame.answers) > 1:
        talk.say("telephone.names_left_out")


# -- registration


async def questions(talk: Talk, frame: Frame) -> tuple[Step, ...]:
    """Of registration: none before the number is proved, and none for who is known."""
    if talk.speaker.reached and _PROVED not in frame.facts:
        await _recognise(talk, frame)
    if _PROVED not in frame.facts:
        return (Step(CALL_BACK, "notice", say("telephone.call_back.ask")),)
    if frame.facts.get("known") or frame.facts.get("then"):
        return ()
    return (
        Step("notice", "notice", say("people.go_on"), (Option("go_on", say("people.notice_read")),)),
        Step("resident", "yes_no", say("people.ask.resident"), YES_NO),
        Step("reminders", "yes_no", say("people.ask.reminders"), YES_NO),
    )


async def _recognise(talk: Talk, frame: Frame) -> None:
    """In the call that we made, after the key: the number is proved, and may be a citizen's."""
    number = parse_number(talk.speaker.reached, talk.house.settings.default_region)
    known = await talk.house.people.citizen_of_number(number.e164) is not None
    frame.facts.update({_PROVED: number.e164, "known": known})


async def call_back(talk: Talk, frame: Frame) -> None:
    """Order the call, once. Where it cannot be made the reason is said, and what was chosen is let go."""
    if _RING in frame.facts or _PROVED in frame.facts:
        return
    try:
        number = _claimed(talk)
        sent = await talk.house.call_backs.start(talk.work, number, talk.key, talk.language)
    except Refused as why:
        for each in talk.state.frames:
            if each.facts.pop("held", None) is not None:
                talk.house.bookings.release(talk.work, each.facts.pop("booking"), talk.key)
        talk.go_home()
        talk.dropped.clear()
        talk.problem(why)
        return
    frame.facts[_RING] = sent.id
    if sent.scarce:
        talk.say("people.sent.scarce", phone=talk.house.settings.contact_phone)


def _claimed(talk: Talk) -> PhoneNumber:
    """What the call says it comes from. Raises `Refused` for what we would not call, and for our own number."""
    settings = talk.house.settings
    try:
        number = parse_number(talk.speaker.claims, settings.default_region)
    except Refused:
        raise Refused("telephone.number", phone=settings.contact_phone) from None
    if number.e164 == settings.twilio_from:
        raise Refused("telephone.number", phone=settings.contact_phone)
    return number


def told(talk: Talk, frame: Frame) -> dict[str, Answer]:
    """The answers to registration: on the telephone with the number that we have called, and words for a name."""
    if not is_here(talk):
        return frame.answers
    name = talk.house.texts.say("telephone.no_name", talk.language)
    return {**frame.answers, "phone": frame.facts[_PROVED], "name": name}


def is_rung(frame: Frame, call_back_id: int) -> bool:
    """Whether this frame waits for that call."""
    return frame.dialog == "register" and frame.facts.get(_RING) == call_back_id
