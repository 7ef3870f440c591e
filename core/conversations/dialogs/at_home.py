"""At the desk, for a landline that is at home: when to call it, and a place kept until it has answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from core.activities.definition import Activity
from core.bookings.decisions import Confirmed, RefusedPlace
from core.bookings.provisional import call_hours, kept_until
from core.bookings.queries import SlotView
from core.conversations.at_home import Person
from core.conversations.naming import booking_words, slot_words
from core.conversations.state import Frame, State
from core.conversations.talk import Talk
from core.db.work import Work
from core.dialog.definition import Step
from core.dialog.said import Option, Picture, Said, Say, Show
from core.dialog.words import Text, say
from core.errors import Refused
from core.people.numbers import LANDLINE, PhoneNumber, parse_number

WHERE, CALL_AT = "where", "call_at"
NOW, LATER, OTHER_NUMBER = "now", "later", "other_number"
_STARTS, _PROMISE = "starts", "at_home"
Apply = Callable[[Confirmed | RefusedPlace, State, list[Said]], None]


# -- registration


def registration(talk: Talk, slot: SlotView) -> Frame:
    """Registration on top of a booking; at the desk it may put the proof off, but not beyond the slot."""
    at_desk = talk.speaker.channel == "desk"
    return Frame("register", facts={_STARTS: slot.starts_at.timestamp()} if at_desk else {})


def may_be_away(talk: Talk, frame: Frame, number: PhoneNumber) -> bool:
    """Whether to ask first where the telephone is: only a landline is far from its owner."""
    return number.kind == LANDLINE and bool(_hours(talk, frame))


def questions(frame: Frame) -> list[Step]:
    """Where the telephone is and when to call it, once the number is known to be a landline."""
    if not frame.facts.get("away"):
        return []
    where = Step(
        WHERE,
        "choice",
        say("desk.where.ask"),
        (
            Option(NOW, say("desk.where.now")),
            Option(LATER, say("desk.where.later")),
            Option(OTHER_NUMBER, say("people.other_number")),
        ),
    )
    when = {WHERE: (LATER,)}
    return [where, Step(CALL_AT, "choice", say("desk.call_at.ask"), source=CALL_AT, when=when, columns=2)]


def is_later(frame: Frame) -> bool:
    return bool(frame.facts.get("away")) and frame.answers.get(WHERE) == LATER


def hour_options(talk: Talk, frame: Frame) -> tuple[Option, ...]:
    return tuple(
        Option(each.isoformat(), say("desk.call_at.option", when=each)) for each in _hours(talk, frame)
    )


async def hour_chosen(talk: Talk, frame: Frame) -> None:
    """Raises `Refused` where the hour has passed meanwhile, or the number is called too often."""
    if str(frame.answers[CALL_AT]) not in {each.isoformat() for each in _hours(talk, frame)}:
        raise Refused("desk.call_hour")
    await talk.house.verification.expect_call(talk.work, _number(talk, frame), talk.key, talk.language)


def promise(talk: Talk, frame: Frame, notice_version: int) -> None:
    """Registration ends without a citizen: what was told goes along with the booking."""
    told = frame.answers
    booking = next(each for each in reversed(talk.state.frames[:-1]) if each.dialog == "book")
    booking.facts[_PROMISE] = {
        "phone": told["phone"],
        "name": told["name"],
        "resident": told["resident"] == "yes",
        "reminders": told["reminders"] == "yes",
        "notice": notice_version,
        "at": told[CALL_AT],
    }


# -- booking


def is_promised(talk: Talk, frame: Frame, slot: SlotView) -> bool:
    """Whether a call is to come before this slot. One that would come too late is dropped, and said so."""
    told = frame.facts.get(_PROMISE)
    if told is None:
        return False
    at = datetime.fromisoformat(told["at"])
    if talk.now < at < kept_until(talk.now, at, slot.starts_at):
        return True
    del frame.facts[_PROMISE]
    talk.say("desk.call_at.no_longer")
    return False


def reserve(
    talk: Talk,
    frame: Frame,
    activity: Activity,
    slot: SlotView,
    told: tuple[Sequence[str], Mapping[str, Any]],
    refused: Apply,
) -> None:
    """Keep the place, with its pass, and order the call; `refused` says what follows where that cannot be."""
    given, depth = frame.facts[_PROMISE], talk.state.frames.index(frame)
    at = datetime.fromisoformat(given["at"])
    until, booking_id = kept_until(talk.now, at, slot.starts_at), frame.facts["booking"]
    person = Person(
        number=parse_number(str(given["phone"]), talk.house.settings.default_region),
        name=str(given["name"]),
        resident=given["resident"],
        reminders=given["reminders"],
        notice_version=given["notice"],
        language=talk.language,
        call_at=at,
    )
    names, own = told

    def place(work: Work, then: Callable[[Any, Work], None]) -> None:
        def decided(decision: Confirmed | RefusedPlace, work: Work) -> None:
            if isinstance(decision, Confirmed):
                talk.house.at_home.expect(work, person, decision.booking, activity, names, own)
            then(decision, work)

        talk.house.bookings.reserve(work, booking_id, talk.key, until, own, person.resident, decided)

    def apply(decision: Confirmed | RefusedPlace, state: State, said: list[Said]) -> None:
        if isinstance(decision, RefusedPlace):
            refused(decision, state, said)
            return
        del state.frames[depth:]
        booking = decision.booking
        slot_said, name = slot_words(activity, booking), activity.name.written()
        words = say("desk.provisional.booked", activity=name, slot=slot_said, at=at, until=until)
        said.append(Say(words, standing=True))
        pass_words = booking_words("desk.provisional.pass_words", activity, booking)
        pass_words = Text(pass_words.key, {**pass_words.params, "until": until})
        said.append(Show(Picture("pass", str(booking.id)), pass_words, standing=True))

    talk.decide(place, apply)


def _hours(talk: Talk, frame: Frame) -> list[datetime]:
    if _STARTS not in frame.facts:
        return []
    starts_at = datetime.fromtimestamp(frame.facts[_STARTS], UTC)
    return call_hours(talk.now, starts_at, talk.house.settings.zone)


def _number(talk: Talk, frame: Frame) -> PhoneNumber:
    return parse_number(str(frame.answers["phone"]), talk.house.settings.default_region)
