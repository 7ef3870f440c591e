"""My bookings: those ahead first, then what one waits for; past ones with their codes as long as tracing lasts."""

from __future__ import annotations

from core.activities.definition import Activity
from core.bookings.closures import Offered, offered_slot
from core.bookings.views import BookingView
from core.conversations.absences import tell_of_absences
from core.conversations.commands import show_pass
from core.conversations.dialogs.base import Dialog
from core.conversations.naming import booking_words, short_booking_words
from core.conversations.state import Frame
from core.conversations.talk import Talk
from core.conversations.waiting import entry_button
from core.dialog.definition import Definition, Step
from core.dialog.said import Option, Say
from core.dialog.words import say

_BACK, _WAITING = "back", "waiting:"


def _line(key: str, activity: Activity, booking: BookingView) -> Say:
    return Say(booking_words(key, activity, booking))


class Mine(Dialog):
    name = "mine"

    async def definition(self, talk: Talk, frame: Frame) -> Definition:
        return Definition(
            self.name,
            (
                Step("booking", "choice", say("dialog.mine.which"), source="bookings"),
                Step("deed", "choice", say("dialog.mine.what"), source="deeds", depends_on=("booking",)),
            ),
        )

    async def options(self, talk: Talk, frame: Frame, step: Step) -> tuple[Option, ...]:
        assert talk.citizen_id is not None
        if step.source == "deeds":
            booking = await self._booking(talk, frame)
            kept = await self._kept(talk, booking)
            take = (Option("take", say("closures.deeds.take")),) if kept else ()
            return (*take, *self._deeds(booking))
        options = []
        for booking in await talk.house.bookings.mine(talk.citizen_id):
            if booking.state == "confirmed" and booking.ends_at > talk.now:
                activity = await talk.house.activities.get(booking.activity, booking.revision)
                options.append(Option(str(booking.id), short_booking_words(activity, booking)))
        for entry in await talk.house.bookings.waiting.mine(talk.citizen_id):
            activity = await talk.house.bookings.waiting.activity_of(entry)
            options.append(Option(f"{_WAITING}{entry.id}", entry_button(activity, entry)))
        return (*options, Option(_BACK, say("dialog.mine.menu")))

    @staticmethod
    def _deeds(booking: BookingView) -> tuple[Option, ...]:
        fewer = (Option("reduce", say("dialog.deeds.reduce")),) if booking.persons > 1 else ()
        return (
            Option("pass", say("dialog.deeds.pass")),
            Option("move", say("dialog.deeds.move")),
            *fewer,
            Option("cancel", say("dialog.deeds.cancel")),
            Option(_BACK, say("dialog.mine.menu")),
        )

    async def before(self, talk: Talk, frame: Frame, step: Step) -> None:
        assert talk.citizen_id is not None
        if step.key == "deed":
            booking = await self._booking(talk, frame)
            activity = await talk.house.activities.get(booking.activity, booking.revision)
            talk.said.append(_line("dialog.mine.one", activity, booking))
            kept = await self._kept(talk, booking)
            if kept is not None:
                talk.say("closures.held", when=kept.starts_at, until=kept.until)
            return
        await tell_of_absences(talk)
        past = [each for each in await talk.house.bookings.mine(talk.citizen_id) if each.ends_at <= talk.now]
        for booking in past:
            activity = await talk.house.activities.get(booking.activity, booking.revision)
            talk.said.append(_line("dialog.mine.past", activity, booking))

    @staticmethod
    async def _kept(talk: Talk, booking: BookingView) -> Offered | None:
        """The slot that is kept for them because theirs was closed, while it is."""
        offered = await offered_slot(talk.house.database, booking.id, talk.now)
        return offered if offered is not None and offered.until is not None else None

    async def _booking(self, talk: Talk, frame: Frame) -> BookingView:
        assert talk.citizen_id is not None
        booking = await talk.house.bookings.one(talk.citizen_id, int(str(frame.answers["booking"])))
        assert booking is not None
        return booking

    async def finish(self, talk: Talk, frame: Frame, definition: Definition) -> None:
        deed = str(frame.answers["deed"])
        booking_id = int(str(frame.answers["booking"]))
        talk.state.pop()
        if deed == "pass":
            await show_pass(talk, booking_id)
        elif deed != _BACK:
            talk.push(Frame(deed, subject=str(booking_id)))

    async def prepare(self, talk: Talk, frame: Frame, definition: Definition) -> None:
        chosen = str(frame.answers.get("booking", ""))
        if chosen == _BACK:
            talk.state.pop()
        elif chosen.startswith(_WAITING):
            talk.state.pop()
            talk.push(Frame("waiting", subject=chosen.removeprefix(_WAITING)))
