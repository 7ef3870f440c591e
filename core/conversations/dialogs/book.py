"""Booking: the activity's own questions, a place held while they are answered, a review, and the pass."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

from core.activities.definition import Activity
from core.bookings.decisions import Confirmed, Held, RefusedPlace
from core.bookings.queries import SlotView
from core.bookings.requests import HoldRequest
from core.bookings.rules import desk_of
from core.bookings.suggestions import Wish
from core.conversations.dialogs import at_home, by_phone, slots, suggesting
from core.conversations.dialogs.base import Dialog
from core.conversations.dialogs.questions import (
    PLACE_KINDS,
    SKIP,
    holds_from,
    key_of,
    persons,
    questions,
    takes_part,
)
from core.conversations.dialogs.wait import ask_to_wait
from core.conversations.naming import booking_words, pass_deeds, slot_words
from core.conversations.shares import shares_words, with_shares
from core.conversations.state import Frame, State
from core.conversations.talk import Talk
from core.dialog.definition import Answer, Definition, Step
from core.dialog.engine import review
from core.dialog.journey import journey, without
from core.dialog.said import Option, Picture, Problem, Said, Say, Show
from core.dialog.words import Text, Words, say
from core.errors import Refused

_CHOSEN_AGAIN = {
    "fair.absent_early": "day",
    "bookings.limit_day": "day",
    "bookings.limit_week": "day",
    "bookings.overlap": "time",
}
"""Refusals that another lane would meet again, and what is chosen anew instead."""
_FOR_GOOD = frozenset(
    {"fair.absent_ahead", "bookings.limit_term", "bookings.residents_only", "bookings.unknown_citizen"}
)
REVIEW, CHANGE = "review", "change"
_CONFIRM, _CANCEL, _LONGER = "confirm", "cancel", "longer"


class Book(Dialog):
    name = "book"

    async def definition(self, talk: Talk, frame: Frame) -> Definition:
        activity = await _activity(talk, frame)
        asked = by_phone.asked_by_keys(talk, questions(activity, frame.answers))
        last = Step(REVIEW, "review", say("dialog.review.ask"), source="review")
        change = Step(CHANGE, "choice", say("dialog.review.what"), source="changes", when={REVIEW: (CHANGE,)})
        return Definition(activity.key, (*asked, last, change), frame.revision)

    async def options(self, talk: Talk, frame: Frame, step: Step) -> tuple[Option, ...]:
        if not step.source:
            return step.options
        activity = await _activity(talk, frame)
        if step.source == "review":
            return self._review_options(frame)
        if step.source == "changes":
            asked = Definition(activity.key, questions(activity, frame.answers))
            return tuple(Option(line.key, line.title) for line in review(asked, frame.answers))
        if step.source == "party":
            party = activity.people.party
            return tuple(
                Option(str(n), say("dialog.people_option", n=n)) for n in range(party.min, party.max + 1)
            )
        choice = _choice(activity, frame.answers)
        if step.source == "days":
            return await slots.days(talk, choice)
        return await (slots.times if step.source == "times" else slots.lanes)(talk, choice)

    async def nothing_to_choose(self, talk: Talk, frame: Frame, step: Step) -> None:
        activity = await _activity(talk, frame)
        earlier = next(
            (key for kind in ("time", "day") if (key := key_of(activity, kind)) in frame.answers), ""
        )
        if earlier and earlier != step.key:
            talk.say("dialog.full_there")
            asked = Definition(activity.key, questions(activity, frame.answers))
            frame.answers = without(asked, frame.answers, earlier)
            return
        talk.say("dialog.full_everywhere", activity=activity.name.written(), phone=activity.contact.phone)
        await self.leave(talk, frame)
        talk.state.pop()

    async def before(self, talk: Talk, frame: Frame, step: Step) -> None:
        activity = await _activity(talk, frame)
        kept = shares_words(activity) if step.key == next(_place_keys(activity), "") else None
        if step.key == REVIEW:
            by_phone.tell_of_names(talk, activity, frame)
            talk.said.append(Say(await self._review_words(talk, frame)))
        elif step.picture == "week":
            talk.show(Picture("week", frame.subject), with_shares(say("dialog.week_words"), kept))
        elif kept is not None:
            talk.said.append(Say(kept))
        if step.picture == "day":
            day = str(frame.answers.get(key_of(activity, "day"), talk.moment.today.isoformat()))
            if step.kind == "time" or not any(
                each.kind == "time" and each.show_occupancy for each in activity.steps
            ):
                talk.show(Picture("day", frame.subject, {"day": day}), say("dialog.day_words"))

    async def answered(self, talk: Talk, frame: Frame, step: Step) -> None:
        activity = await _activity(talk, frame)
        if step.key == REVIEW:
            await self._reviewed(talk, frame)
            return
        if step.key == CHANGE:
            asked = Definition(activity.key, questions(activity, frame.answers))
            changed = str(frame.answers[CHANGE])
            frame.answers = without(asked, frame.answers, changed)
            del frame.answers[REVIEW], frame.answers[CHANGE]
            return
        age = activity.people.participant_age
        if age is not None and age.step == step.key and frame.answers[step.key] != SKIP:
            told = frame.answers[step.key]
            slot = await slots.chosen(talk, _choice(activity, frame.answers))
            on = (slot.starts_at if slot else talk.now).astimezone(talk.house.settings.zone).date()
            if not age.allows(_born(told), on):
                raise Refused("dialog.age", least=age.min, most=age.max, desk=desk_of(activity))

    async def prepare(self, talk: Talk, frame: Frame, definition: Definition) -> None:
        """A place is held as soon as it is known which; then a person we do not know yet registers."""
        activity = await _activity(talk, frame)
        await slots.pass_over_lane(talk, _choice(activity, frame.answers), frame.answers)
        if not holds_from(activity, frame.answers, definition.steps):
            return
        held_for = wanted(activity, frame.answers)
        held = frame.facts.get("held") == held_for and frame.facts["until"] > talk.now.timestamp()
        if held and talk.citizen_id is not None:
            return
        slot = await slots.chosen(talk, _choice(activity, frame.answers))
        if slot is None:
            self._choose_again(frame, activity)
            talk.say("dialog.slot_gone")
        elif not held:
            if not await self._suggests(talk, frame, activity, slot):
                await self._hold(talk, frame, activity, slot, held_for)
        elif not at_home.is_promised(talk, frame, slot):
            talk.say("dialog.register_first", slot=slot_words(activity, slot))
            talk.push(at_home.registration(talk, slot))

    @staticmethod
    async def _suggests(talk: Talk, frame: Frame, activity: Activity, slot: SlotView) -> bool:
        if REVIEW in frame.answers:  # confirmed already, only the hold was over
            return False
        wish = Wish(
            activity,
            slot,
            persons(activity, frame.answers),
            takes_part(activity, frame.answers),
            talk.speaker.channel,
            talk.citizen_id,
            frame.facts.get("booking"),
        )
        hour = await slots.of_the_hour(talk, _choice(activity, frame.answers), slot)
        return await suggesting.suggest(talk, frame, wish, hour)

    async def _hold(
        self, talk: Talk, frame: Frame, activity: Activity, slot: SlotView, held_for: str
    ) -> None:
        self._release(talk, frame)
        count = persons(activity, frame.answers)
        booker = takes_part(activity, frame.answers)
        request = HoldRequest(
            slot_id=slot.id,
            activity=activity.key,
            revision=frame.revision,
            persons=count,
            booker_takes_part=booker,
            citizen_id=talk.citizen_id,
            holder=talk.key,
            channel=talk.speaker.channel,
        )
        depth = talk.state.frames.index(frame)

        def apply(decision: Held | RefusedPlace, state: State, said: list[Said]) -> None:
            here = state.frames[depth]
            if isinstance(decision, Held):
                until = decision.until.timestamp()
                here.facts.update(held=held_for, booking=decision.booking_id, until=until, slot=slot.id)
                return
            here.facts.pop("held", None)
            suggesting.was_full(here, activity, slot, decision.reason)
            self._refused(state, here, activity, decision.reason, said)
            ask_to_wait(state, here, activity, slot, (count, booker), decision)

        talk.decide(lambda work, then: talk.house.bookings.hold(work, request, then), apply)

    def _refused(
        self, state: State, frame: Frame, activity: Activity, why: Refused, said: list[Said]
    ) -> None:
        """Say why, and ask again what could be chosen otherwise; where nothing could, leave the dialog."""
        said.append(Problem(Text(why.text_key, why.params)))
        if why.code in _FOR_GOOD:
            del state.frames[state.frames.index(frame) :]
        else:
            self._choose_again(frame, activity, _CHOSEN_AGAIN.get(why.code, ""))

    @staticmethod
    def _choose_again(frame: Frame, activity: Activity, kind: str = "") -> None:
        """Drop the choice of that kind, or the last choice of place: it is asked again with what is free now."""
        last = [key for kind in reversed(PLACE_KINDS) if (key := key_of(activity, kind)) in frame.answers]
        dropped = key_of(activity, kind) if kind else ""
        if dropped not in frame.answers:
            dropped = last[0] if last else key_of(activity, "people")
        asked = Definition(activity.key, questions(activity, frame.answers))
        frame.answers = without(asked, frame.answers, dropped)

    @staticmethod
    async def _review_words(talk: Talk, frame: Frame) -> Words:
        activity = await _activity(talk, frame)
        asked = questions(activity, frame.answers)
        slot = await slots.chosen(talk, _choice(activity, frame.answers))
        assert slot is not None
        lines = [
            say("dialog.review.line", title=line.title, answer=_answer_words(asked, line.key, line.answer))
            for line in review(Definition(activity.key, asked), frame.answers)
            if next(step for step in asked if step.key == line.key).kind not in PLACE_KINDS
        ]
        return say(
            "dialog.review.words" if lines else "dialog.review.no_lines",
            activity=activity.name.written(),
            slot=slot_words(activity, slot),
            lines=tuple(lines),
            until=datetime.fromtimestamp(frame.facts["until"], UTC),
        )

    @staticmethod
    def _review_options(frame: Frame) -> tuple[Option, ...]:
        longer = () if frame.facts.get("longer") else (Option(_LONGER, say("dialog.review.longer")),)
        return (
            Option(_CONFIRM, say("dialog.review.confirm")),
            Option(CHANGE, say("dialog.review.change")),
            *longer,
            Option(_CANCEL, say("dialog.review.cancel")),
        )

    async def _reviewed(self, talk: Talk, frame: Frame) -> None:
        choice = str(frame.answers[REVIEW])
        if choice == _LONGER:
            until = talk.house.bookings.extend(talk.work, frame.facts["booking"], talk.key)
            frame.facts.update(until=until.timestamp(), longer=True)
            del frame.answers[REVIEW]
        elif choice == _CANCEL:
            await self.leave(talk, frame)
            talk.state.pop()
            talk.say("dialog.cancelled")

    async def finish(self, talk: Talk, frame: Frame, definition: Definition) -> None:
        activity = await _activity(talk, frame)
        depth = talk.state.frames.index(frame)
        names, own = _sealed_answers(activity, definition, frame.answers)
        slot = await slots.chosen(talk, _choice(activity, frame.answers))
        party = persons(activity, frame.answers), takes_part(activity, frame.answers)

        def apply(decision: Confirmed | RefusedPlace, state: State, said: list[Said]) -> None:
            here = state.frames[depth]
            if isinstance(decision, RefusedPlace):
                here.answers.pop(REVIEW, None)
                here.facts = suggesting.kept(here)
                suggesting.was_full(here, activity, slot, decision.reason)
                self._refused(state, here, activity, decision.reason, said)
                ask_to_wait(state, here, activity, slot, party, decision)
                return
            del state.frames[depth:]
            booking = decision.booking
            said.append(Say(booking_words("dialog.booked", activity, booking), standing=True))
            words = booking_words("dialog.pass_words", activity, booking)
            said.append(Show(Picture("pass", str(booking.id)), words, pass_deeds(booking), standing=True))

        if talk.citizen_id is None:
            assert slot is not None
            at_home.reserve(talk, frame, activity, slot, (names, own), apply)
            return
        citizen, booking_id = talk.citizen_id, frame.facts["booking"]
        first = suggesting.first_choice(frame)
        talk.decide(
            lambda work, then: talk.house.bookings.confirm(
                work, booking_id, citizen, names, own, then, first
            ),
            apply,
        )

    async def leave(self, talk: Talk, frame: Frame) -> None:
        self._release(talk, frame)

    @staticmethod
    def _release(talk: Talk, frame: Frame) -> None:
        if frame.facts.pop("held", None) is not None:
            talk.house.bookings.release(talk.work, frame.facts.pop("booking"), talk.key)


def _place_keys(activity: Activity) -> Iterator[str]:
    return (step.key for step in activity.steps if step.kind in PLACE_KINDS)


async def _activity(talk: Talk, frame: Frame) -> Activity:
    return await talk.house.activities.get(frame.subject, frame.revision)


def wanted(activity: Activity, answers: dict[str, Answer]) -> str:
    """What a hold is for: where, when, and for whom."""
    places = [str(answers.get(step.key, "")) for step in activity.steps if step.kind in PLACE_KINDS]
    return ":".join([*places, str(persons(activity, answers)), str(takes_part(activity, answers))])


def _choice(activity: Activity, answers: dict[str, Answer]) -> slots.Choice:
    people = key_of(activity, "people")
    known = not people or people in answers
    count = persons(activity, answers) if known else activity.people.party.min
    units = count if activity.capacity.unit == "persons" else 1
    return slots.Choice(activity, units, answers, full_too=activity.rules.waiting_list)


def _born(told: Answer) -> int | date:
    return told if isinstance(told, int) else date.fromisoformat(str(told))


def _answer_words(asked: tuple[Step, ...], key: str, answer: Answer) -> object:
    step = next(each for each in asked if each.key == key)
    if answer == SKIP:
        return say("dialog.skipped")
    if step.kind == "people":
        return say("dialog.people_option", n=int(str(answer)))
    label = next((option.label for option in step.options if option.value == str(answer)), None)
    return label if label is not None else tuple(answer) if isinstance(answer, list) else answer


def _sealed_answers(
    activity: Activity, definition: Definition, answers: dict[str, Answer]
) -> tuple[list[str], dict[str, Answer]]:
    """Names of companions, and the answers to the activity's own questions: what is sealed beside the booking."""
    here = journey(definition, answers).answers
    companions = here.get(key_of(activity, "companions"))
    own = {
        step.key: here[step.key]
        for step in activity.steps
        if step.key in here and step.kind not in (*PLACE_KINDS, "people", "companions", "notice")
    }
    return (list(companions) if isinstance(companions, list) else []), own
