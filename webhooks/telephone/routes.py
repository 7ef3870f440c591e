"""What Twilio asks during a call by keys: when it comes in, for every key, and when we have called back.

Nothing is believed before its signature was checked. A call is known by its id at Twilio, which is random and in no
address; a key means what was asked when it was pressed, so one that comes late or twice changes nothing.
"""

from __future__ import annotations

from aiohttp import web
from multidict import MultiMapping
from twilio.twiml.voice_response import VoiceResponse

from core.conversations.by_keys import PHONE
from core.conversations.dialogs.by_phone import CALL_BACK
from core.conversations.reply import Reply, Speaker
from core.messages.aloud import Aloud
from core.people.call_back import PATH as BACK
from webhooks.side import SIDE
from webhooks.telephone.hear import Again, Asked, understood
from webhooks.telephone.say import DIALOG, Voice
from webhooks.twilio import signed_form

INCOMING = "/twilio/voice/incoming"
BEGIN = f"{DIALOG}/begin"
_ENGLISH, _YES = "2", "1"
_GREETING_SECONDS = 3
_LONGEST_SID = 64
_OUTGOING = "outbound-api"
routes = web.RouteTableDef()


@routes.post(INCOMING)
async def greet(request: web.Request) -> web.Response:
    """Says what answers, names a person's telephone, and asks for the language; silence means Greek."""
    _speaker(await signed_form(request))
    greek, english = _voice(request, "el"), _voice(request, "en")
    response = VoiceResponse()
    gather = response.gather(
        num_digits=1, action=BEGIN, method="POST", timeout=_GREETING_SECONDS, finish_on_key=""
    )
    greek.say(gather, "telephone.greeting.welcome")
    greek.say(gather, "telephone.greeting.language")
    english.speak(
        gather, request.config_dict[SIDE].house.texts.say("telephone.greeting.other_language", "el")
    )
    response.redirect(BEGIN, method="POST")
    return _answer(str(response))


@routes.post(BEGIN)
async def begin(request: web.Request) -> web.Response:
    form = await signed_form(request)
    language = "en" if form.get("Digits") == _ENGLISH else "el"
    reply = await request.config_dict[SIDE].conversations.now(_speaker(form, language))
    return _spoken(request, reply)


@routes.post(DIALOG)
async def take(request: web.Request) -> web.Response:
    """Keys were pressed, or none."""
    form = await signed_form(request)
    speaker, asked = _speaker(form), Asked.of(request.query)
    conversations = request.config_dict[SIDE].conversations
    if not await conversations.knows(speaker):
        return _answer(_voice(request, "el").end("telephone.goodbye.over"))
    reply = await conversations.now(speaker)
    ask = reply.question
    assert ask is not None
    if asked.offer != ask.offer or asked.turn != reply.turn or ask.step == CALL_BACK:
        return _spoken(request, reply)
    digits = form.get("Digits", "")
    if not digits:
        if not asked.silent:
            return _spoken(request, reply, before="telephone.silence", level=asked.level, silent=True)
        await conversations.forget(speaker)
        goodbye = "telephone.goodbye.held" if reply.held_until else "telephone.goodbye.plain"
        return _answer(_voice(request, reply.language).end(goodbye))
    heard = understood(ask, asked, digits)
    if isinstance(heard, Again):
        return _spoken(request, reply, before=heard.why, level=heard.level)
    reply = await conversations.hear(speaker, heard, f"phone:{speaker.address}:{asked.turn}")
    return _spoken(request, reply)


@routes.post(f"{BACK}{{token}}")
async def called(request: web.Request) -> web.Response:
    """Somebody, or an answering machine, picked up our call: a key is asked for, and nothing else is said."""
    await signed_form(request)
    side = request.config_dict[SIDE]
    voice = _voice(request, side.house.texts.choose(request.query.get("language")))
    if await side.house.call_backs.ringing(request.match_info["token"]) is None:
        return _answer(voice.end("telephone.call_back.over"))
    response = VoiceResponse()
    for _ in range(2):
        gather = response.gather(
            num_digits=1,
            action=f"{request.path}/answer?language={voice.language}",
            method="POST",
            timeout=_GREETING_SECONDS * 2,
            finish_on_key="",
        )
        voice.say(gather, "telephone.call_back.greeting")
        voice.say(gather, "telephone.call_back.press")
    voice.say(response, "telephone.call_back.not_pressed")
    response.hangup()
    return _answer(str(response))


@routes.post(f"{BACK}{{token}}/answer")
async def answered(request: web.Request) -> web.Response:
    form = await signed_form(request)
    side = request.config_dict[SIDE]
    voice = _voice(request, side.house.texts.choose(request.query.get("language")))
    if form.get("Digits") != _YES:
        return _answer(voice.end("telephone.call_back.not_pressed"))
    reply = await side.conversations.called_back(_speaker(form), request.match_info["token"])
    if reply is None:
        return _answer(voice.end("telephone.call_back.over"))
    return _spoken(request, reply)


def _speaker(form: MultiMapping[str], language: str | None = None) -> Speaker:
    """The call. What it claims is where to call back; what we have called ourselves is the number it reached."""
    sid = form.get("CallSid", "")
    if not sid or len(sid) > _LONGEST_SID:
        raise web.HTTPBadRequest
    if form.get("Direction") == _OUTGOING:
        return Speaker(PHONE, sid, language, reached=form.get("To", ""))
    return Speaker(PHONE, sid, language, claims=form.get("From", ""))


def _voice(request: web.Request, language: str) -> Voice:
    settings = request.config_dict[SIDE].house.settings
    return Voice(Aloud(settings.zone), settings, language)


def _spoken(
    request: web.Request, reply: Reply, *, before: str = "", level: int = 0, silent: bool = False
) -> web.Response:
    voice = _voice(request, reply.language)
    return _answer(voice.reply(reply, before=before, level=level, silent=silent))


def _answer(document: str) -> web.Response:
    return web.Response(text=document, content_type="application/xml")
