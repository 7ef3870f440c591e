"""Calls that offer a place to who waits for one: 1 takes it, 2 declines it, 9 leaves every list.

Where the activity asks nothing more, 1 books it and the pass's code is spoken; else the place is kept until the offer
ends, and the rest is told at the desk or on the portal. A key that comes twice has one effect.
"""

from __future__ import annotations

from aiohttp import web

from core.bookings.decisions import Confirmed, Held, RefusedPlace
from core.bookings.waiting_service import WaitingView
from core.conversations.dialogs.resume import asks_more
from core.db.work import Work
from core.dialog.words import Text, say
from core.messages import twiml
from core.tracing.spoken import OFFERS, Spoken
from webhooks.twilio import Call, signed_form

TAKE, DECLINE, LEAVE_ALL = "1", "2", "9"
_HOLDER = b"phone"
"""Of a place that was taken by a key and is not booked yet."""
routes = web.RouteTableDef()


@routes.post(f"{OFFERS}{{token}}")
async def offer(request: web.Request) -> web.Response:
    await signed_form(request)
    call = Call(request)
    found = await _found(call, request.match_info["token"])
    if found is None or not found[2].is_offered:
        return call.end("waiting.call.over")
    return call.answer(
        twiml.code_call_greeting(
            language=call.say("messages.call.language"),
            voice=call.voice,
            action=f"{request.path}/answer?language={call.language}",
            sentences=[
                call.say("waiting.call.greeting"),
                *found[0].sentences,
                call.say("waiting.call.press"),
            ],
            goodbye=call.say("waiting.call.not_pressed"),
        )
    )


@routes.post(f"{OFFERS}{{token}}/answer")
async def answer(request: web.Request) -> web.Response:
    form = await signed_form(request)
    call, key = Call(request), form.get("Digits", "")
    found = await _found(call, request.match_info["token"])
    if found is None:
        return call.end("waiting.call.over")
    if key not in (TAKE, DECLINE, LEAVE_ALL):
        return call.end("waiting.call.not_pressed")
    words, citizen_id, entry = found
    work = Work()
    call.side.spoken.heard(work, words, request.match_info["token"])  # nobody is called again about it
    if key == TAKE:
        return await _take(call, work, citizen_id, entry)
    lists = call.side.house.bookings.waiting
    if key == DECLINE:
        lists.leave(work, entry, citizen_id, lambda _decision, _work: None)
    else:
        await lists.leave_all(work, citizen_id)
    await call.side.house.writer.commit(work)
    return call.end("waiting.call.declined" if key == DECLINE else "waiting.call.left")


async def _found(call: Call, token: str) -> tuple[Spoken, int, WaitingView] | None:
    """None for a call that is over, or never was."""
    words = await call.side.spoken.read(token)
    if words is None or words.waiting_id is None or words.citizen_id is None:
        return None
    entry = await call.side.house.bookings.waiting.one(words.citizen_id, words.waiting_id)
    return None if entry is None else (words, words.citizen_id, entry)


async def _take(call: Call, work: Work, citizen_id: int, entry: WaitingView) -> web.Response:
    house = call.side.house
    if not entry.is_offered:
        booked = await house.bookings.one(citizen_id, entry.id)
        code = booked.code if booked is not None else None
        return call.end("waiting.call.over") if code is None else _booked(call, code)
    activity = await house.bookings.waiting.activity_of(entry)
    decided: list[Confirmed | Held | RefusedPlace] = []
    if asks_more(activity, entry, house.settings.zone):
        house.bookings.waiting.accept(
            work, entry, citizen_id, _HOLDER, lambda decision, _: decided.append(decision)
        )
    else:
        house.bookings.confirm(
            work, entry.id, citizen_id, (), {}, lambda decision, _: decided.append(decision)
        )
    await house.writer.commit(work)
    match decided[-1]:
        case Confirmed() as confirmed:
            assert confirmed.booking.code is not None
            return _booked(call, confirmed.booking.code)
        case Held() as held:
            return _end(
                call, say("waiting.call.finish", until=held.until, phone=house.settings.contact_phone)
            )
        case RefusedPlace() as refused:
            return _end(call, Text(refused.reason.text_key, refused.reason.params))


def _booked(call: Call, code: str) -> web.Response:
    return call.answer(
        twiml.speak_code(
            language=call.say("messages.call.language"),
            voice=call.voice,
            code=code,
            before=call.say("waiting.call.booked"),
            again=call.say("waiting.call.code_again"),
            goodbye=call.say("waiting.call.goodbye"),
        )
    )


def _end(call: Call, words: Text) -> web.Response:
    sentence = call.side.house.texts.say(words, call.language)
    language = call.say("messages.call.language")
    return call.answer(twiml.say_and_hang_up(language=language, voice=call.voice, sentences=[sentence]))
