"""Calls to a telephone at home: what was booked at the desk is said, and `1` makes it definitive.

Nothing secret is said: no name, and what an answering machine records is of no use without pressing a key.
"""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from core.bookings.provisional import PATH
from core.conversations.at_home import Ringing
from core.dialog.words import say
from core.errors import Refused
from core.messages import twiml
from webhooks.side import SIDE
from webhooks.twilio import Call, signed_form

_YES, _NO = "1", "2"
routes = web.RouteTableDef()


@routes.post(f"{PATH}{{token}}")
async def greet(request: web.Request) -> web.Response:
    await signed_form(request)
    call, ringing = Call(request), await _ringing(request)
    if ringing is None:
        return call.end("desk.call.over")
    if not ringing.is_open:
        return await _impossible(request, call, ringing, call.say("desk.call.closed"))
    texts = request.config_dict[SIDE].house.texts
    booked = say("desk.call.booked", activity=ringing.activity, venue=ringing.venue, when=ringing.starts_at)
    return call.answer(
        twiml.code_call_greeting(
            language=call.say("messages.call.language"),
            voice=call.voice,
            action=f"{request.path}/answer?language={call.language}",
            sentences=[
                call.say("desk.call.greeting"),
                texts.say(booked, call.language),
                call.say("desk.call.press"),
            ],
            goodbye=call.say("desk.call.not_pressed"),
        )
    )


@routes.post(f"{PATH}{{token}}/answer")
async def answer(request: web.Request) -> web.Response:
    form = await signed_form(request)
    call, ringing = Call(request), await _ringing(request)
    if ringing is None:
        return await _over(request, call, form)
    at_home, pressed = request.config_dict[SIDE].house.at_home, form.get("Digits")
    if pressed not in (_YES, _NO):
        return call.end("desk.call.not_pressed")
    try:
        if pressed == _NO:
            await at_home.refuse(ringing)
            return call.end("desk.call.refused")
        await at_home.confirm(ringing)
        return call.end("desk.call.confirmed")
    except Refused as why:
        if why.code == "desk.call_over":
            return await _over(request, call, form)
        texts = request.config_dict[SIDE].house.texts
        return _sorry(call, texts.say(say(why.text_key, **why.params), call.language))


async def _over(request: web.Request, call: Call, form: Mapping[str, str]) -> web.Response:
    """Nothing waits for this call. A provider may send one answer twice: who has confirmed hears that it stands."""
    at_home = request.config_dict[SIDE].house.at_home
    if form.get("Digits") == _YES and await at_home.is_confirmed(request.match_info["token"]):
        return call.end("desk.call.confirmed")
    return call.end("desk.call.over")


async def _ringing(request: web.Request) -> Ringing | None:
    return await request.config_dict[SIDE].house.at_home.ringing(request.match_info["token"])


async def _impossible(request: web.Request, call: Call, ringing: Ringing, why: str) -> web.Response:
    """The slot was closed meanwhile: nobody is asked to confirm what does not take place."""
    try:
        await request.config_dict[SIDE].house.at_home.refuse(ringing)
    except Refused:
        return call.end("desk.call.over")
    return _sorry(call, why)


def _sorry(call: Call, why: str) -> web.Response:
    words = call.side.house.texts.say("desk.call.impossible", call.language, why=why)
    return call.answer(
        twiml.say_and_hang_up(
            language=call.say("messages.call.language"), voice=call.voice, sentences=[words]
        )
    )
