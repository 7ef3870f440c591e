"""Trying a definition out: its dialog over the slots that it would have, all of them free, without booking.

The questions, the options and the reading of answers are those of citizens (`dialogs.questions`, `dialogs.slots`, the
engine); only the slots are planned here instead of read, and nothing is held at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from types import SimpleNamespace
from typing import cast
from zoneinfo import ZoneInfo

from core.activities.definition import Activity
from core.activities.planning import plan_ahead
from core.bookings import rules
from core.bookings.queries import DayFree, SlotView
from core.conversations.dialogs import slots
from core.conversations.dialogs.questions import SKIP, key_of, persons, questions
from core.conversations.talk import Talk
from core.dialog.definition import Answer, Definition, Step
from core.dialog.engine import Offer, advance, present
from core.dialog.heard import Picked, Typed
from core.dialog.journey import journey
from core.dialog.kinds import Moment, Offered
from core.dialog.said import Ask, Option
from core.dialog.words import Text, Words, say
from core.errors import Refused
from core.messages.texts import Texts

_OFFER = "trial"
Heard = tuple[str, str]
"""(`pick`, place) or (`type`, words)."""


@dataclass
class Tried:
    """How far it went."""

    lines: list[tuple[str, Words | str]] = field(default_factory=list)
    """(`city` or `person`, what was said)."""
    heard: list[Heard] = field(default_factory=list)
    """What was taken; a stale press is not."""
    ask: Ask | None = None
    """The question it has come to; None at the end."""
    nothing: bool = False
    """The question has options, and there is none: a dead end."""
    problem: Words | None = None
    """Why the last answer was not taken."""


class Trial:
    """One definition at one moment (UTC). `channel` as in bookings: shares kept for others are not offered."""

    def __init__(self, activity: Activity, now: datetime, texts: Texts, language: str) -> None:
        self._texts = texts
        self._language = language
        self.activity = activity
        self.now = now
        self.zone: ZoneInfo = rules.zone_of(activity)
        self.slots = planned_slots(activity, now)
        house = SimpleNamespace(
            occupancy=_Planned(self.slots, self.zone), settings=SimpleNamespace(zone=self.zone)
        )
        speaker = SimpleNamespace(channel="web")
        # The option sources ask a turn for no more than this.
        self._talk = cast(Talk, SimpleNamespace(house=house, speaker=speaker, slots_read={}))

    async def run(self, heard: Sequence[Heard]) -> Tried:
        """Go through it from the beginning; what makes no sense is passed over."""
        tried, answers = Tried(), dict[str, Answer]()
        for each in heard:
            step, options = await self.next(answers)
            if step is None or not self._can_answer(step, options):
                break
            said = await self._hear(tried, answers, step, options, each)
            if said is None:
                continue
            answers = said
            tried.heard.append(each)
        step, options = await self.next(answers)
        if step is not None:
            tried.ask = present(self.definition(answers), answers, options, _OFFER, can_leave=False)
            tried.nothing = not self._can_answer(step, options)
        return tried

    def definition(self, answers: dict[str, Answer]) -> Definition:
        return Definition(self.activity.key, questions(self.activity, answers))

    async def next(self, answers: dict[str, Answer]) -> tuple[Step | None, tuple[Option, ...]]:
        """The question that follows these answers, with what can be chosen. A lane that nobody is asked for is
        passed over in `answers`."""
        await slots.pass_over_lane(self._talk, self._choice(answers), answers)
        step = journey(self.definition(answers), answers).next
        return step, (await self._options(step, answers) if step else ())

    def _can_answer(self, step: Step, options: tuple[Option, ...]) -> bool:
        return bool(options) or not step.source

    async def _options(self, step: Step, answers: dict[str, Answer]) -> tuple[Option, ...]:
        choice = self._choice(answers)
        match step.source:
            case "days":
                return await slots.days(self._talk, choice)
            case "times":
                return await slots.times(self._talk, choice)
            case "lanes":
                return await slots.lanes(self._talk, choice)
            case "party":
                party = self.activity.people.party
                numbers = range(party.min, party.max + 1)
                return tuple(Option(str(n), say("dialog.people_option", n=n)) for n in numbers)
        return step.options

    async def _hear(
        self,
        tried: Tried,
        answers: dict[str, Answer],
        step: Step,
        options: tuple[Option, ...],
        heard: Heard,
    ) -> dict[str, Answer] | None:
        how, what = heard
        offered = tuple(Offered(each.value, self._texts.say(each.label, self._language)) for each in options)
        place = int(what) if how == "pick" and what.isascii() and what.isdigit() and len(what) < 5 else -1
        if how == "pick" and not 0 <= place < len(offered):
            return None
        local = self.now.astimezone(self.zone)
        taken = advance(
            self.definition(answers),
            answers,
            Offer(_OFFER, step.key, offered),
            Picked(_OFFER, place) if how == "pick" else Typed(what),
            Moment(local.date(), local.time()),
        )
        problem = taken.problem
        if problem is None and taken.answered:
            problem = await self._age_fault(step, dict(taken.answers))
        tried.problem = Text(problem.text_key, problem.params) if problem else None
        if problem is not None or not taken.answered:
            return None
        tried.lines.append(("city", step.prompt))
        tried.lines.append(("person", options[place].label if how == "pick" else what))
        return dict(taken.answers)

    async def _age_fault(self, step: Step, answers: dict[str, Answer]) -> Refused | None:
        age = self.activity.people.participant_age
        if age is None or age.step != step.key or answers[step.key] == SKIP:
            return None
        slot = await slots.chosen(self._talk, self._choice(answers))
        on = (slot.starts_at if slot else self.now).astimezone(self.zone).date()
        told = answers[step.key]
        born = told if isinstance(told, int) else date.fromisoformat(str(told))
        if age.allows(born, on):
            return None
        return Refused("dialog.age", least=age.min, most=age.max, desk=rules.desk_of(self.activity))

    def _choice(self, answers: dict[str, Answer]) -> slots.Choice:
        people = key_of(self.activity, "people")
        known = not people or people in answers
        count = persons(self.activity, answers) if known else self.activity.people.party.min
        return slots.Choice(self.activity, count if self.activity.capacity.unit == "persons" else 1, answers)


class _Planned:
    """What `Occupancy` is to the option sources, over slots that are only planned."""

    def __init__(self, planned: list[SlotView], zone: ZoneInfo) -> None:
        self._planned = planned
        self._zone = zone

    async def days(self, _activity: Activity, _channel: str) -> list[DayFree]:
        days: dict[date, list[SlotView]] = {}
        for slot in self._planned:
            days.setdefault(slot.starts_at.astimezone(self._zone).date(), []).append(slot)
        return [
            DayFree(day, sum(each.capacity for each in here), 0, max(each.free for each in here))
            for day, here in sorted(days.items())
        ]

    async def slots_of(self, _activity: Activity, day: date, _channel: str) -> list[SlotView]:
        return [slot for slot in self._planned if slot.starts_at.astimezone(self._zone).date() == day]

    async def ahead(self, _activity: Activity, _channel: str) -> list[SlotView]:
        return self._planned


def planned_slots(activity: Activity, now: datetime) -> list[SlotView]:
    """The slots that could be booked at that moment, if nothing were booked yet."""
    kept = activity.reserved.desk + activity.reserved.phone
    latest = rules.opens_before(activity, now)
    found: list[SlotView] = []
    for number, slot in enumerate(plan_ahead(activity, now.astimezone(rules.zone_of(activity)).date()), 1):
        closes = rules.closes_at(activity, slot.starts_at)
        if closes <= now or (latest is not None and slot.starts_at >= latest):
            continue
        free = max(0, slot.capacity - kept)
        found.append(
            SlotView(
                id=number,
                activity=activity.key,
                place=slot.place,
                occasion=slot.occasion,
                starts_at=slot.starts_at,
                ends_at=slot.ends_at,
                sessions=slot.sessions if len(slot.sessions) > 1 else (),
                capacity=slot.capacity,
                taken=0,
                free=free,
                state="open",
            )
        )
    return found
