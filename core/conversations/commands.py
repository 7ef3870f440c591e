"""Standing wishes, understood whatever dialog is open: commands, deep links, buttons on older messages."""

from __future__ import annotations

from core.bookings.views import BookingView
from core.conversations import by_keys, waiting
from core.conversations.my_data.beginning import begin_my_data
from core.conversations.naming import booking_words, pass_deeds
from core.conversations.state import Frame
from core.conversations.talk import Talk
from core.conversations.tracing import begin_enrolment, begin_report
from core.dialog.heard import Command, Deed
from core.dialog.said import Picture
from core.errors import Refused
from core.tracing.enrolling import PREFIX as LINK_PREFIX


async def obey(talk: Talk, heard: Command | Deed) -> None:
    """Begin what was asked for. What cannot be is said as a problem; the question under way comes again."""
    try:
        if isinstance(heard, Deed):
            await _deed(talk, heard)
        else:
            await _command(talk, heard)
    except Refused as why:
        talk.problem(why)


async def begin_booking(talk: Talk, key: str) -> Frame:
    """Begin to book an activity, at its current revision. Raises `Refused` for one that is not offered."""
    activity = await talk.house.activities.get(key)
    by_keys.check(talk.speaker, activity)
    revision = await talk.house.activities.revision(key)
    return talk.begin(Frame("book", subject=activity.key, revision=revision))


async def _command(talk: Talk, command: Command) -> None:
    match command.name:
        case "start":
            if talk.is_new or talk.expired:
                welcome = "desk.welcome" if talk.speaker.channel == "desk" else "dialog.welcome"
                talk.say(welcome, town=talk.house.town(), phone=talk.house.settings.contact_phone)
            if command.argument.startswith(LINK_PREFIX):
                await begin_enrolment(talk, command.argument)
            elif command.argument:
                await begin_booking(talk, command.argument)
            else:
                talk.go_home()
        case "menu":
            talk.go_home()
        case "cancel":
            nothing = len(talk.state.frames) == 1
            talk.go_home()
            talk.say("dialog.nothing_to_cancel" if nothing else "dialog.cancelled")
        case "help":
            talk.say("dialog.help", phone=talk.house.settings.contact_phone)
        case "language" if command.argument in talk.house.texts.languages:
            talk.language = command.argument
            if talk.citizen_id is not None:
                talk.house.people.set_language(talk.work, talk.citizen_id, talk.language)
        case "language":
            talk.push(Frame("language"))
        case "account":
            if talk.citizen_id is None:
                talk.begin(Frame("register", facts={"then": "account"}))
            else:
                talk.begin(Frame("account"))
        case "my_data" | "mydata":
            await begin_my_data(talk, command.argument)
        case "new_number":
            if talk.citizen_id is None:
                talk.begin(Frame("register", facts={"then": "account"}))
            else:
                talk.push(Frame("new_number"))
        case "forget_me" | "forget":
            if talk.citizen_id is None:
                raise Refused("dialog.nobody_to_forget")
            talk.push(Frame("forget"))
        case "report":
            await begin_report(talk)
        case "pass":
            await _next_pass(talk)
        case "lost_pass":
            await _passes_ahead(talk)
        case "my_bookings":
            if talk.citizen_id is None:
                talk.begin(Frame("register", facts={"then": "my_bookings"}))
            else:
                talk.begin(Frame("mine"))
        case _:
            raise Refused("dialog.unknown_command")


async def _next_pass(talk: Talk) -> None:
    if talk.citizen_id is None:
        talk.begin(Frame("register", facts={"then": "pass"}))
        return
    booking = await talk.house.bookings.next_pass(talk.citizen_id)
    if booking is None:
        raise Refused("dialog.no_pass")
    await show_pass(talk, booking.id)


async def _passes_ahead(talk: Talk) -> None:
    """For whoever lost theirs: all that are still to be used, once it is known who asks."""
    if talk.citizen_id is None:
        talk.begin(Frame("register", facts={"then": "lost_pass"}))
        return
    bookings = await talk.house.bookings.mine(talk.citizen_id)
    ahead = [each for each in bookings if each.state == "confirmed" and each.ends_at > talk.now]
    if not ahead:
        raise Refused("desk.nobody_known")
    talk.say("desk.lost_pass.found")
    for booking in ahead:
        await show_pass(talk, booking.id)


async def show_pass(talk: Talk, booking_id: int) -> None:
    """The pass as a picture, with what can be done with it. Raises `Refused` for somebody else's."""
    booking = await _own(talk, booking_id)
    activity = await talk.house.activities.get(booking.activity, booking.revision)
    talk.show(
        Picture("pass", str(booking.id)),
        booking_words("dialog.pass_words", activity, booking),
        deeds=pass_deeds(booking),
        standing=True,
    )


async def _deed(talk: Talk, deed: Deed) -> None:
    if not deed.subject.isascii() or not deed.subject.isdigit() or len(deed.subject) > 19:
        raise Refused("dialog.unknown_booking")
    if deed.name in waiting.DEEDS:
        await waiting.begin(talk, deed.name, int(deed.subject))
        return
    booking = await _own(talk, int(deed.subject))
    match deed.name:
        case "pass":
            await show_pass(talk, booking.id)
        case "cancel" | "move" | "reduce" | "take":
            if booking.state != "confirmed":
                raise Refused("dialog.booking_over")
            talk.push(Frame(deed.name, subject=str(booking.id)))
        case _:
            raise Refused("dialog.unknown_command")


async def _own(talk: Talk, booking_id: int) -> BookingView:
    if talk.citizen_id is not None:
        booking = await talk.house.bookings.one(talk.citizen_id, booking_id)
        if booking is not None:
            return booking
    raise Refused("dialog.unknown_booking")
