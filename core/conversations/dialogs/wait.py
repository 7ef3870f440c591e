"""Joining a waiting list, asked where a place was refused: one button."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from core.activities.definition import Activity
from core.bookings.decisions import Joined, RefusedPlace
from core.bookings.queries import SlotView
from core.bookings.waiting_service import Wish
from core.conversations.dialogs.base import Dialog
from core.conversations.naming import slot_words
from core.conversations.state import Frame, State
from core.conversations.talk import Talk
from core.conversations.waiting import leave_button
from core.dialog.definition import Definition, Step
from core.dialog.said import Option, Problem, Said, Say
from core.dialog.words import Text, Words, say

_JOIN, _OTHER = "join", "other"
_NO_ROOM = ("bookings.full", "bookings.too_few")


@dataclass(frozen=True)
class _Place:
    """A slot as a frame remembers it."""

    place: str
    occasion: str
    starts_at: datetime


def ask_to_wait(
    state: State,
    booking: Frame,
    activity: Activity,
    slot: SlotView | None,
    party: tuple[int, bool],
    decision: RefusedPlace,
) -> None:
    """After a refusal for lack of places: whether to wait for one, upon the booking's dialog, which goes on with
    other places where they would rather not. `party`: how many, and whether the booker is one of them."""
    if slot is None or decision.waiting is None or decision.reason.code not in _NO_ROOM:
        return
    facts = {
        "slot": slot.id,
        "place": slot.place,
        "occasion": slot.occasion,
        "starts": slot.starts_at.timestamp(),
        "persons": party[0],
        "takes_part": party[1],
        "position": decision.waiting,
    }
    state.frames.append(Frame("wait", subject=activity.key, revision=booking.revision, facts=facts))


class Wait(Dialog):
    name = "wait"

    async def definition(self, talk: Talk, frame: Frame) -> Definition:
        return Definition(self.name, (Step("join", "choice", await self._words(talk, frame), source="join"),))

    @staticmethod
    async def _words(talk: Talk, frame: Frame) -> Words:
        activity = await talk.house.activities.get(frame.subject, frame.revision)
        slot = _slot(activity, frame)
        position = frame.facts["position"]
        return say("waiting.ask.join", activity=activity.name.written(), slot=slot, n=position)

    async def options(self, talk: Talk, frame: Frame, step: Step) -> tuple[Option, ...]:
        return (
            Option(_JOIN, say("waiting.buttons.join")),
            Option(_OTHER, say("waiting.buttons.other")),
        )

    async def prepare(self, talk: Talk, frame: Frame, definition: Definition) -> None:
        """Somebody we do not know yet registers first; who would rather not is asked again."""
        if frame.answers.get("join") != _JOIN or talk.citizen_id is not None:
            return
        if frame.facts.pop("registering", False):
            frame.answers.pop("join")
            return
        frame.facts["registering"] = True
        talk.say("waiting.said.register_first")
        talk.push(Frame("register"))

    async def finish(self, talk: Talk, frame: Frame, definition: Definition) -> None:
        citizen = talk.citizen_id
        if frame.answers["join"] != _JOIN or citizen is None:
            talk.state.pop()
            return
        activity = await talk.house.activities.get(frame.subject, frame.revision)
        depth = talk.state.frames.index(frame)
        wish = Wish(
            slot_id=frame.facts["slot"],
            activity=activity.key,
            revision=frame.revision,
            persons=frame.facts["persons"],
            booker_takes_part=frame.facts["takes_part"],
        )

        def apply(decision: Joined | RefusedPlace, state: State, said: list[Said]) -> None:
            if isinstance(decision, RefusedPlace):
                del state.frames[depth:]
                said.append(Problem(Text(decision.reason.text_key, decision.reason.params)))
                return
            del state.frames[depth - 1 :]  # the booking's dialog, too
            key = "waiting.said.already" if decision.again else "waiting.said.joined"
            words = say(
                key, activity=activity.name.written(), slot=_slot(activity, frame), n=decision.position
            )
            said.append(Say(words, (leave_button(decision.waiting_id),), standing=True))

        channel = talk.speaker.channel
        talk.decide(
            lambda work, then: talk.house.bookings.waiting.join(work, wish, citizen, channel, then), apply
        )


def _slot(activity: Activity, frame: Frame) -> Words:
    facts = frame.facts
    starts_at = datetime.fromtimestamp(facts["starts"], UTC)
    return slot_words(activity, _Place(facts["place"], facts["occasion"], starts_at))
