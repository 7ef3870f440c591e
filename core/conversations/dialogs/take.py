"""Taking the slot that was offered when one's own was closed: one button, no question."""

from __future__ import annotations

from core.bookings.closures import offered_slot
from core.bookings.decisions import Confirmed, RefusedPlace
from core.conversations.dialogs.base import Dialog
from core.conversations.dialogs.own import activity_of, own_booking
from core.conversations.dialogs.reduce import after_change
from core.conversations.state import Frame, State
from core.conversations.talk import Talk
from core.dialog.definition import Definition
from core.dialog.said import Said
from core.errors import Refused


class Take(Dialog):
    name = "take"

    async def definition(self, talk: Talk, frame: Frame) -> Definition:
        return Definition(self.name, ())

    async def finish(self, talk: Talk, frame: Frame, definition: Definition) -> None:
        booking = await own_booking(talk, frame)
        activity, citizen = await activity_of(talk, booking), talk.citizen_id
        offered = await offered_slot(talk.house.database, booking.id, talk.now)
        assert citizen is not None
        if offered is None:
            talk.state.pop()
            talk.problem(Refused("closures.nothing_offered"))
            return
        depth = talk.state.frames.index(frame)

        def apply(decision: Confirmed | RefusedPlace, state: State, said: list[Said]) -> None:
            del state.frames[depth:]
            said.extend(after_change("dialog.move.done", activity, decision))

        talk.decide(
            lambda work, then: talk.house.bookings.move(
                work, booking, activity, citizen, offered.slot_id, then, offered.hold_id
            ),
            apply,
        )
