"""What Twilio asks and reports: the words of a call about a code, and what became of a message.

Nothing of a request is believed before its signature was checked. No answer depends on anything but the
token in the address, which is random, and a key that was pressed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web
from multidict import MultiDict
from twilio.request_validator import RequestValidator

from core.db.work import Work
from core.messages import twiml
from core.messages.callbacks import Callbacks
from edge.bodies import URLENCODED, parsed
from webhooks.side import SIDE

if TYPE_CHECKING:
    from core.bootstrap.citizen import CitizenSide

LARGEST_BODY = 64 * 1024
"""Bytes; Twilio's own requests have one or two thousand."""
_MOST_FIELDS = 100
_LONGEST_SID = 64
routes = web.RouteTableDef()


@routes.post("/twilio/voice/code/{token}")
async def greet(request: web.Request) -> web.Response:
    """Somebody, or an answering machine, picked up: greet, ask for a key, and keep the code to ourselves."""
    await signed_form(request)
    call = Call(request)
    if await call.side.house.verification.code_for_call(request.match_info["token"]) is None:
        return call.over()
    return call.answer(
        twiml.code_call_greeting(
            language=call.say("messages.call.language"),
            voice=call.voice,
            action=f"{request.path}/speak?language={call.language}",
            sentences=[call.say("messages.call.code.greeting"), call.say("messages.call.code.press")],
            goodbye=call.say("messages.call.code.not_pressed"),
        )
    )


@routes.post("/twilio/voice/code/{token}/speak")
async def speak(request: web.Request) -> web.Response:
    """A key was pressed, so a person listens: say the code, digit by digit."""
    form = await signed_form(request)
    call = Call(request)
    if not form.get("Digits"):
        return call.end("messages.call.code.not_pressed")
    found = await call.side.house.verification.code_for_call(request.match_info["token"])
    if found is None:
        return call.over()
    return call.answer(
        twiml.speak_code(
            language=call.say("messages.call.language"),
            voice=call.voice,
            code=found.code,
            before=call.say("messages.call.code.before"),
            again=call.say("messages.call.code.again"),
            goodbye=call.say("messages.call.code.goodbye"),
        )
    )


@routes.post("/twilio/status")
async def report(request: web.Request) -> web.Response:
    """What became of an SMS or a call. It may come twice, late, or in the wrong order."""
    form = await signed_form(request)
    reference = request.query.get("reference", "")
    provider_id = form.get("MessageSid") or form.get("CallSid") or ""
    status = form.get("MessageStatus") or form.get("CallStatus") or ""
    error = form.get("ErrorCode", "")
    if not (_is_number(reference, 19) and status and 0 < len(provider_id) <= _LONGEST_SID):
        raise web.HTTPBadRequest
    if error and not _is_number(error, 8):
        raise web.HTTPBadRequest
    side = request.config_dict[SIDE]
    work = Work()
    callbacks = Callbacks(side.house.clock, side.house.codes, side.origin)
    callbacks.report(work, order_id=int(reference), provider_id=provider_id, status=status, error=error)
    await side.house.writer.commit(work)
    return web.Response(status=204)


class Call:
    """One step of a call about a code, in the language that its address names."""

    def __init__(self, request: web.Request) -> None:
        self.side: CitizenSide = request.config_dict[SIDE]
        self._texts = self.side.house.texts
        self._settings = self.side.house.settings
        self.language = self._texts.choose(request.query.get("language"))
        greek = self.language == "el"
        self.voice = self._settings.twilio_voice_el if greek else self._settings.twilio_voice_en
        self._town = self._settings.municipality_el if greek else self._settings.municipality_en

    def say(self, key: str) -> str:
        return self._texts.say(key, self.language, town=self._town)

    def over(self) -> web.Response:
        return self.end("messages.call.code.over")

    def end(self, key: str) -> web.Response:
        language = self.say("messages.call.language")
        return self.answer(
            twiml.say_and_hang_up(language=language, voice=self.voice, sentences=[self.say(key)])
        )

    def answer(self, document: str) -> web.Response:
        return web.Response(text=document, content_type="application/xml")


async def signed_form(request: web.Request) -> MultiDict[str]:
    """The fields of a request that Twilio signed. 413 too large, 400 no form, 403 not signed by Twilio."""
    if request.content_type != URLENCODED:
        raise web.HTTPBadRequest
    body = await request.read()
    if len(body) > LARGEST_BODY:
        raise web.HTTPRequestEntityTooLarge(LARGEST_BODY, len(body))
    form = MultiDict(parsed(body, _MOST_FIELDS))
    settings = request.config_dict[SIDE].house.settings
    if settings.twilio_auth_token is None:
        raise web.HTTPForbidden
    validator = RequestValidator(settings.twilio_auth_token.get_secret_value())
    signature = request.headers.get("X-Twilio-Signature")
    try:
        genuine = twiml.verify(validator, settings.public_url, request.raw_path, form, signature)
    except ValueError:  # an address that is none
        genuine = False
    if not genuine:
        raise web.HTTPForbidden
    return form


def _is_number(text: str, longest: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= longest
