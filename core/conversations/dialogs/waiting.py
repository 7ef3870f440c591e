"""One entry on a waiting list: to leave it, or to take or decline what is offered.

Taking it goes on with the booking's own dialog, the place held, at the first question that is not answered yet.
"""

from __future__ import annotations

from core.bookings.clerk import Done
from core.bookings.decisions import Held, RefusedPlace
from core.bookings.waiting_service import WaitingView
from core.conversations.dialogs.base import Dialog
from core.conversations.dialogs.book import wanted
from core.conversations.dialogs.resume import answers_of, resumed
from core.conversations.state import Frame, State
from core.conversations.talk import Talk
from core.conversations.waiting import entry_words
from core.dialog.definition import Definition, Step
from core.dialog.said import Option, Problem, Said, Say
from core.dialog.words import Text, Words, say
from core.errors import Refused

_TAKE, _DECLINE, _LEAVE, _BACK = "take", "decline", "leave", "back"


class Waiting(Dialog):
    name = "waiting"

    async def definition(self, talk: Talk, frame: Frame) -> Definition:
        return Definition(
            self.name, (Step("deed", "choice", await self._words(talk, frame), source="deeds"),)
        )

    async def _words(self, talk: Talk, frame: Frame) -> Words:
        entry = await _entry(talk, frame)
        if entry is None or entry.is_over:
            return say("dialog.mine.what")
        activity = await talk.house.bookings.waiting.activity_of(entry)
        return entry_words(f"waiting.ask.{entry.state}", activity, entry)

    async def options(self, talk: Talk, frame: Frame, step: Step) -> tuple[Option, ...]:
        entry = await _entry(talk, frame)
        deeds = (_TAKE, _DECLINE) if entry is not None and entry.is_offered else (_LEAVE,)
        return tuple(Option(deed, say(f"waiting.buttons.{deed}")) for deed in (*deeds, _BACK))

    async def prepare(self, talk: Talk, frame: Frame, definition: Definition) -> None:
        entry = await _entry(talk, frame)
        if entry is None or entry.is_over:
            talk.state.pop()
            talk.problem(Refused("waiting.over"))

    async def finish(self, talk: Talk, frame: Frame, definition: Definition) -> None:
        deed, entry, citizen = str(frame.answers["deed"]), await _entry(talk, frame), talk.citizen_id
        talk.state.pop()
        if deed == _BACK or entry is None or citizen is None:
            return
        if deed == _TAKE:
            await self._take(talk, entry, citizen)
        else:
            self._leave(talk, entry, citizen, deed)

    @staticmethod
    async def _take(talk: Talk, entry: WaitingView, citizen: int) -> None:
        activity, zone = await talk.house.bookings.waiting.activity_of(entry), talk.house.settings.zone
        held_for = wanted(activity, answers_of(activity, entry, zone))

        def apply(decision: Held | RefusedPlace, state: State, said: list[Said]) -> None:
            if isinstance(decision, RefusedPlace):
                said.append(Problem(Text(decision.reason.text_key, decision.reason.params)))
                return
            state.frames.append(resumed(activity, entry, zone, decision.until, held_for))
            said.append(Say(say("waiting.said.held", until=decision.until)))

        talk.decide(
            lambda work, then: talk.house.bookings.waiting.accept(work, entry, citizen, talk.key, then), apply
        )

    @staticmethod
    def _leave(talk: Talk, entry: WaitingView, citizen: int, deed: str) -> None:
        def apply(decision: Done, state: State, said: list[Said]) -> None:
            if not decision.changed:
                said.append(Problem(Text(Refused("waiting.over").text_key)))
                return
            key = "declined" if deed == _DECLINE else "left"
            said.append(Say(say(f"waiting.said.{key}"), standing=True))

        talk.decide(lambda work, then: talk.house.bookings.waiting.leave(work, entry, citizen, then), apply)


async def _entry(talk: Talk, frame: Frame) -> WaitingView | None:
    if talk.citizen_id is None:
        return None
    return await talk.house.bookings.waiting.one(talk.citizen_id, int(frame.subject))
