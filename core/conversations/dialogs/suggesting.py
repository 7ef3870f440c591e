"""Quieter hours, offered once in a booking before the place is held; and what was wanted first, for the figures.

The question is a dialog of its own on top of the booking's: at most one tap more, and the person may insist.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from core.activities.definition import Activity
from core.bookings.queries import SlotView
from core.bookings.quieter import HOUR, PROGRAMME, Hour, Offer
from core.bookings.requests import FirstChoice
from core.bookings.suggestions import Suggestions, Wish
from core.conversations.dialogs.base import Dialog
from core.conversations.dialogs.questions import SKIP, key_of, place_questions
from core.conversations.dialogs.slots import time_value
from core.conversations.naming import place_words
from core.conversations.state import Frame
from core.conversations.talk import Talk
from core.dialog.definition import Definition, Step
from core.dialog.journey import without
from core.dialog.phrases import understand
from core.dialog.said import Option
from core.dialog.words import Text, Words, say
from core.errors import Refused

NAME = "quieter"
_KEEP = "keep"
_ASKED = "asked_quieter"
_FIRST = "first"
_FULL = frozenset({"bookings.full", "bookings.too_few"})


def usual(frame: Frame) -> None:
    """The person said they come as usual: nothing else is offered."""
    frame.facts[_ASKED] = True


async def suggest(talk: Talk, frame: Frame, wish: Wish, hour: list[SlotView]) -> bool:
    """Begin the question where something is clearly quieter; once in a booking. `hour`: all slots that begin with
    the wanted one, as the person saw them."""
    if frame.facts.get(_ASKED):
        return False
    house = talk.house
    suggestions = Suggestions(
        house.database, house.clock, house.activities, house.occupancy, house.settings.landline_factor
    )
    offers = await suggestions.instead_of(wish, hour)
    if not offers:
        return False
    frame.facts[_ASKED] = True
    crowd = Hour([slot for slot in hour if slot.state == "open"])
    facts = {
        "first": _first(wish.activity, wish.slot, "suggested"),
        "at": wish.slot.starts_at.timestamp(),
        "taken": crowd.taken,
        "capacity": crowd.capacity,
        "offers": [await _offered(talk, wish, offer) for offer in offers],
    }
    talk.push(Frame(NAME, subject=frame.subject, revision=frame.revision, facts=facts))
    return True


def was_full(frame: Frame, activity: Activity, slot: SlotView | None, why: Refused) -> None:
    """There was no room where the person wanted to go: that was their first choice, unless there was one before."""
    if slot is None or why.code not in _FULL:
        return
    if _FIRST in frame.facts:
        frame.facts[_FIRST]["instead"] = None
    else:
        frame.facts[_FIRST] = _first(activity, slot, "full")


def first_choice(frame: Frame) -> FirstChoice | None:
    """What was wanted first, where another slot is booked now. Who was led to a slot, and then chose quite another
    by themselves, has changed their mind: that tells nothing."""
    first, booked = frame.facts.get(_FIRST), frame.facts.get("slot")
    if first is None or booked == first["slot"] or first["instead"] not in (None, booked):
        return None
    return FirstChoice(
        slot_id=first["slot"],
        activity=first["activity"],
        facility=first["facility"],
        place=first["place"],
        starts_at=datetime.fromtimestamp(first["starts"], UTC),
        ends_at=datetime.fromtimestamp(first["ends"], UTC),
        why=first["why"],
    )


def kept(frame: Frame) -> dict[str, Any]:
    """What stays known of a booking that begins anew: it is not asked again, and the first choice stays the first."""
    return {key: frame.facts[key] for key in (_ASKED, _FIRST) if key in frame.facts}


class Quieter(Dialog):
    name = NAME

    async def definition(self, talk: Talk, frame: Frame) -> Definition:
        facts = frame.facts
        prompt = say(
            "fair.quieter.ask",
            when=datetime.fromtimestamp(facts["at"], UTC),
            taken=facts["taken"],
            capacity=facts["capacity"],
        )
        return Definition(NAME, (Step(NAME, "choice", prompt, source="quieter"),))

    async def options(self, talk: Talk, frame: Frame, step: Step) -> tuple[Option, ...]:
        offered = [Option(str(place), await _words(talk, offer)) for place, offer in _numbered(frame)]
        when = datetime.fromtimestamp(frame.facts["at"], UTC)
        return (*offered, Option(_KEEP, say("fair.quieter.keep", when=when)))

    async def hears(self, talk: Talk, frame: Frame, text: str) -> bool:
        """«Ναι» takes the first that is offered, «όχι» insists; an hour or a day means what begins then."""
        phrase = understand(text, today=talk.moment.today, now=talk.moment.now)
        if phrase.days or phrase.times:
            days, hours = set(phrase.days), {f"{at:%H:%M}" for at in phrase.times}
            zone, wanted = talk.house.settings.zone, frame.facts["at"]
            fitting = []
            for value, at in [*((str(n), each["starts"]) for n, each in _numbered(frame)), (_KEEP, wanted)]:
                local = datetime.fromtimestamp(at, zone)
                same_day = local.date() == datetime.fromtimestamp(wanted, zone).date()
                if (local.date() in days if days else same_day) and (not hours or f"{local:%H:%M}" in hours):
                    fitting.append(value)
            if len(fitting) == 1:
                frame.answers[NAME] = fitting[0]
        elif phrase.yes is not None:
            frame.answers[NAME] = "0" if phrase.yes else _KEEP
        talk.moved = NAME in frame.answers
        return NAME in frame.answers

    async def finish(self, talk: Talk, frame: Frame, definition: Definition) -> None:
        choice = str(frame.answers[NAME])
        talk.state.pop()
        if choice == _KEEP:
            return
        offer, booking = frame.facts["offers"][int(choice)], talk.state.top
        if offer["activity"] != booking.subject:
            _let_go(talk, booking)
            talk.state.frames[-1] = booking = Frame(
                "book", subject=offer["activity"], revision=offer["revision"], facts={_ASKED: True}
            )
            booking.answers = dict(offer["people"])
        booking.answers.update(offer["answers"])
        booking.facts[_FIRST] = frame.facts["first"] | {"instead": offer["slot"]}

    async def leave(self, talk: Talk, frame: Frame) -> None:
        """Back: the hour is chosen anew."""
        frames = talk.state.frames
        if frame not in frames:
            return
        booking = frames[frames.index(frame) - 1]
        activity = await talk.house.activities.get(booking.subject, booking.revision)
        dropped = next(key for kind in ("time", "day", "lane") if (key := key_of(activity, kind)))
        asked = Definition(activity.key, place_questions(activity, booking.answers))
        booking.answers = without(asked, booking.answers, dropped)


def _numbered(frame: Frame) -> list[tuple[int, dict[str, Any]]]:
    return list(enumerate(frame.facts["offers"]))


def _first(activity: Activity, slot: SlotView, why: str) -> dict[str, Any]:
    begin, end = (slot.sessions or ((slot.starts_at, slot.ends_at),))[0]
    return {
        "slot": slot.id,
        "activity": activity.key,
        "facility": activity.facility.key,
        "place": slot.place,
        "starts": begin.timestamp(),
        "ends": end.timestamp(),
        "why": why,
        "instead": None,
    }


async def _offered(talk: Talk, wish: Wish, offer: Offer[SlotView]) -> dict[str, Any]:
    """As the frame keeps it: what to say of it, and the answers that mean it."""
    slot = offer.slot
    activity = wish.activity
    people: dict[str, str] = {}
    revision = 0
    if offer.how == PROGRAMME:
        activity = await talk.house.activities.get(slot.activity)
        revision = await talk.house.activities.revision(slot.activity)
        if key := key_of(activity, "people"):
            people[key] = str(wish.persons)
    local = slot.starts_at.astimezone(talk.house.settings.zone)
    known = {
        "day": local.date().isoformat(),
        "time": time_value(talk, activity, slot),
        "lane": slot.place or SKIP,
    }
    return {
        "how": offer.how,
        "slot": slot.id,
        "activity": activity.key,
        "revision": revision,
        "starts": slot.starts_at.timestamp(),
        "occasion": slot.occasion,
        "place": slot.place if slot.place != wish.slot.place else "",
        "taken": offer.hour.taken,
        "capacity": offer.hour.capacity,
        "people": people,
        "answers": {key: value for kind, value in known.items() if (key := key_of(activity, kind))},
    }


async def _words(talk: Talk, offer: dict[str, Any]) -> Words:
    """«Αύριο 19:00 · 3 από 12»."""
    activity = await talk.house.activities.get(offer["activity"])
    when = datetime.fromtimestamp(offer["starts"], UTC)
    occasion = activity.occasion_name(offer["occasion"]) if offer["occasion"] else None
    params: dict[str, object] = {"when": when}
    if occasion is not None:
        key, params["name"] = "occasion", occasion.written()
    elif offer["how"] == PROGRAMME:
        key, params["name"] = "programme", activity.name.written()
    elif offer["how"] == HOUR:
        key = "hour"
    else:
        ahead = when.astimezone(talk.house.settings.zone).date() - talk.moment.today
        key = {0: "today", 1: "tomorrow"}.get(ahead.days, "day")
    place = place_words(activity, offer["place"])
    at = Text(f"fair.quieter.at.{key}", params)
    facts: dict[str, object] = {"at": at, "taken": offer["taken"], "capacity": offer["capacity"]}
    if place is not None:
        return Text("fair.quieter.option_place", {**facts, "place": place})
    return Text("fair.quieter.option", facts)


def _let_go(talk: Talk, booking: Frame) -> None:
    if booking.facts.pop("held", None) is not None:
        talk.house.bookings.release(talk.work, booking.facts.pop("booking"), talk.key)
