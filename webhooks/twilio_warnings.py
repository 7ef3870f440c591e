"""Calls that warn, and calls to officers: nothing is said before `1` was pressed, lest an answering machine hear it."""

from __future__ import annotations

from aiohttp import web

from core.db.work import Work
from core.messages import twiml
from core.tracing.spoken import KEY_TO_PRESS, PATH
from webhooks.twilio import Call, signed_form

routes = web.RouteTableDef()


@routes.post(f"{PATH}{{token}}")
async def greet(request: web.Request) -> web.Response:
    await signed_form(request)
    call = Call(request)
    if await call.side.spoken.read(request.match_info["token"]) is None:
        return call.end("tracing.call.over")
    return call.answer(
        twiml.code_call_greeting(
            language=call.say("messages.call.language"),
            voice=call.voice,
            action=f"{request.path}/speak?language={call.language}",
            sentences=[call.say("tracing.call.greeting"), call.say("tracing.call.press")],
            goodbye=call.say("tracing.call.not_pressed"),
        )
    )


@routes.post(f"{PATH}{{token}}/speak")
async def speak(request: web.Request) -> web.Response:
    form = await signed_form(request)
    call = Call(request)
    if form.get("Digits") != KEY_TO_PRESS:
        return call.end("tracing.call.not_pressed")
    token = request.match_info["token"]
    words = await call.side.spoken.read(token)
    if words is None:
        return call.end("tracing.call.over")
    work = Work()
    call.side.spoken.heard(work, words, token)
    await call.side.house.writer.commit(work)
    said = [
        *words.sentences,
        call.say("tracing.call.again"),
        *words.sentences,
        call.say("tracing.call.goodbye"),
    ]
    return call.answer(
        twiml.say_and_hang_up(language=call.say("messages.call.language"), voice=call.voice, sentences=said)
    )
