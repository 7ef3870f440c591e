"""Cancelling a booking: asked once."""

from __future__ import annotations

from core.conversations.dialogs.base import Dialog
from core.conversations.dialogs.own import activity_of, own_booking
from core.conversations.dialogs.questions import YES_NO
from core.conversations.naming import booking_words
from core.conversations.state import Frame
from core.conversations.talk import Talk
from core.dialog.definition import Definition, Step
from core.errors import Refused


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
        activity = await activity_of(talk, booking)
        assert talk.citizen_id is not None
        try:
            talk.house.bookings.cancel(talk.work, booking, activity, talk.citizen_id)
        except Refused as why:
            talk.problem(why)
            return
        talk.say("dialog.cancel.done", standing=True)
