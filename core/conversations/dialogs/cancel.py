"""Cancelling a booking: asked once."""

from __future__ import annotations

from typing import Any

from core.bookings.decisions import RefusedPlace
from core.conversations.dialogs.base import Dialog
from core.conversations.dialogs.own import activity_of, own_booking
from core.conversations.dialogs.questions import YES_NO
from core.conversations.naming import booking_words
from core.conversations.state import Frame, State
from core.conversations.talk import Talk
from core.dialog.definition import Definition, Step
from core.dialog.said import Problem, Said, Say
from core.dialog.words import Text, say


class Cancel(Dialog):
    name = "cancel"

    async def definition(self, talk: Talk, frame: Frame) -> Definition:
        booking = await own_booking(talk, frame)
        activity = await activity_of(talk, booking)
        return Definition(
            self.name,
            (
                Step(
                    "sure",
                    "yes_no",
                    booking_words("dialog.cancel.sure", activity, booking),
                    YES_NO,
                    columns=2,
                ),
            ),
        )

    async def finish(self, talk: Talk, frame: Frame, definition: Definition) -> None:
        talk.state.pop()
        if frame.answers["sure"] != "yes":
            talk.say("dialog.cancel.kept")
            return
        booking = await own_booking(talk, frame)
        citizen = talk.citizen_id
        assert citizen is not None

        def apply(decision: Any, state: State, said: list[Said]) -> None:
            if isinstance(decision, RefusedPlace):
                said.append(Problem(Text(decision.reason.text_key, decision.reason.params)))
            else:
                said.append(Say(say("dialog.cancel.done"), standing=True))

        talk.decide(lambda work, then: talk.house.bookings.cancel(work, booking, citizen, then), apply)
