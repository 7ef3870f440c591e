"""Moving a booking to another slot of the same activity: the new place is won before the old one is given up."""

from __future__ import annotations

from core.bookings.decisions import Confirmed, RefusedPlace
from core.conversations.dialogs import slots
from core.conversations.dialogs.base import Dialog
from core.conversations.dialogs.own import activity_of, own_booking
from core.conversations.dialogs.questions import YES_NO, key_of, place_questions
from core.conversations.dialogs.reduce import after_change
from core.conversations.naming import slot_words
from core.conversations.state import Frame, State
from core.conversations.talk import Talk
from core.dialog.definition import Definition, Step
from core.dialog.journey import journey, without
from core.dialog.said import Option, Picture, Said
from core.dialog.words import Words, say

SURE = "sure"


class Move(Dialog):
    name = "move"

    async def definition(self, talk: Talk, frame: Frame) -> Definition:
        booking = await own_booking(talk, frame)
        asked = place_questions(await activity_of(talk, booking), frame.answers)
        return Definition(
            self.name, (*asked, Step(SURE, "yes_no", await self._sure(talk, frame, asked), YES_NO))
        )

    async def _sure(self, talk: Talk, frame: Frame, asked: tuple[Step, ...]) -> Words:
        if journey(Definition(self.name, asked), frame.answers).next is not None:
            return say("dialog.move.sure_soon")
        slot = await slots.chosen(talk, await self._choice(talk, frame))
        if slot is None:
            return say("dialog.move.sure_soon")
        return say(
            "dialog.move.sure", slot=slot_words(await activity_of(talk, await own_booking(talk, frame)), slot)
        )

    @staticmethod
    async def _choice(talk: Talk, frame: Frame) -> slots.Choice:
        booking = await own_booking(talk, frame)
        return slots.Choice(await activity_of(talk, booking), booking.units, frame.answers)

    async def prepare(self, talk: Talk, frame: Frame, definition: Definition) -> None:
        await slots.pass_over_lane(talk, await self._choice(talk, frame), frame.answers)

    async def options(self, talk: Talk, frame: Frame, step: Step) -> tuple[Option, ...]:
        choice = await self._choice(talk, frame)
        if step.source == "days":
            return await slots.days(talk, choice)
        if step.source == "times":
            return await slots.times(talk, choice)
        return await slots.lanes(talk, choice) if step.source == "lanes" else step.options

    async def nothing_to_choose(self, talk: Talk, frame: Frame, step: Step) -> None:
        choice = await self._choice(talk, frame)
        day = key_of(choice.activity, "day")
        if day in frame.answers:
            talk.say("dialog.full_there")
            asked = Definition(self.name, place_questions(choice.activity, frame.answers))
            frame.answers = without(asked, frame.answers, day)
            return
        talk.say("dialog.nothing_left")
        talk.state.pop()

    async def before(self, talk: Talk, frame: Frame, step: Step) -> None:
        activity = await activity_of(talk, await own_booking(talk, frame))
        if step.picture == "week":
            talk.show(Picture("week", activity.key), say("dialog.week_words"))
        elif step.picture == "day" and step.kind == "time":
            day = str(frame.answers[key_of(activity, "day")])
            talk.show(Picture("day", activity.key, {"day": day}), say("dialog.day_words"))

    async def finish(self, talk: Talk, frame: Frame, definition: Definition) -> None:
        booking = await own_booking(talk, frame)
        activity = await activity_of(talk, booking)
        slot = await slots.chosen(talk, await self._choice(talk, frame))
        if frame.answers[SURE] != "yes" or slot is None:
            talk.state.pop()
            talk.say("dialog.move.kept")
            return
        depth, citizen = talk.state.frames.index(frame), talk.citizen_id
        assert citizen is not None

        def apply(decision: Confirmed | RefusedPlace, state: State, said: list[Said]) -> None:
            del state.frames[depth:]
            said.extend(after_change("dialog.move.done", activity, decision))

        talk.decide(
            lambda work, then: talk.house.bookings.move(work, booking, activity, citizen, slot.id, then),
            apply,
        )
