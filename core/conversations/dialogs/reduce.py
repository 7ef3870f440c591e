"""Coming with fewer: the rest of the party keeps its places, with a new pass."""

from __future__ import annotations

from core.activities.definition import Activity
from core.bookings.decisions import Confirmed, RefusedPlace
from core.conversations.dialogs.base import Dialog
from core.conversations.dialogs.own import activity_of, own_booking
from core.conversations.naming import booking_words, pass_deeds
from core.conversations.state import Frame, State
from core.conversations.talk import Talk
from core.dialog.definition import Definition, Step
from core.dialog.said import Option, Picture, Problem, Said, Say, Show
from core.dialog.words import Text, say


class Reduce(Dialog):
    name = "reduce"

    async def definition(self, talk: Talk, frame: Frame) -> Definition:
        booking = await own_booking(talk, frame)
        activity = await activity_of(talk, booking)
        least = activity.people.party.min
        options = tuple(
            Option(str(n), say("dialog.people_option", n=n)) for n in range(least, booking.persons)
        )
        prompt = say("dialog.reduce.how_many", n=booking.persons)
        return Definition(
            self.name, (Step("persons", "people", prompt, options, minimum=least, columns=4, source="fewer"),)
        )

    async def options(self, talk: Talk, frame: Frame, step: Step) -> tuple[Option, ...]:
        return step.options

    async def finish(self, talk: Talk, frame: Frame, definition: Definition) -> None:
        booking = await own_booking(talk, frame)
        activity = await activity_of(talk, booking)
        depth = talk.state.frames.index(frame)
        persons, citizen = int(str(frame.answers["persons"])), talk.citizen_id
        assert citizen is not None

        def apply(decision: Confirmed | RefusedPlace, state: State, said: list[Said]) -> None:
            del state.frames[depth:]
            said.extend(after_change("dialog.reduce.done", activity, decision))

        talk.decide(
            lambda work, then: talk.house.bookings.reduce(work, booking, activity, citizen, persons, then),
            apply,
        )


def after_change(key: str, activity: Activity, decision: Confirmed | RefusedPlace) -> list[Said]:
    """The new pass, or why there is none."""
    if isinstance(decision, RefusedPlace):
        return [Problem(Text(decision.reason.text_key, decision.reason.params))]
    booking = decision.booking
    words = booking_words("dialog.pass_words", activity, booking)
    return [
        Say(booking_words(key, activity, booking), standing=True),
        Show(Picture("pass", str(booking.id)), words, pass_deeds(booking), standing=True),
    ]
