"""The web chat: GET shows the question, POST answers it and leads back to GET. No script is needed."""

from __future__ import annotations

import re
from collections.abc import Mapping

from aiohttp import web

from core.conversations.reply import Reply
from core.dialog.heard import Command
from core.errors import Refused
from edge.bodies import URLENCODED, parsed
from webhooks.portal.hear import COMMANDS, hear, is_for_the_question
from webhooks.portal.pages import page
from webhooks.portal.say import show
from webhooks.portal.session import Session, drop, keep, new_nonce, new_session, session_of, speaker_of
from webhooks.side import LANGUAGE_COOKIE, SIDE, language_of

IDLE_S = 15 * 60
"""After how many seconds of silence core ends a web conversation; the page warns before that."""
_MOST_FIELDS = 40
_START = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_FILES = {"pdf": "application/pdf", "ics": "text/calendar; charset=utf-8", "png": "image/png"}
routes = web.RouteTableDef()


@routes.get("/chat")
async def question(request: web.Request) -> web.Response:
    """The current question; `?start=<activity key>` begins a booking first."""
    conversations = request.config_dict[SIDE].conversations
    session = session_of(request)
    wanted = request.query.get("start", "")
    if request.method == "HEAD":  # nobody is there to talk to
        return web.Response(content_type="text/html")
    begun = session is None
    if session is None:
        if "begun" in request.query:  # the browser does not bring our cookie: say so, instead of going round
            raise web.HTTPForbidden
        session = new_session(request.config_dict[SIDE].house.codes)
    speaker = speaker_of(request, session)
    if wanted:
        await conversations.hear(speaker, Command("start", wanted if _START.fullmatch(wanted) else ""))
        return _to_the_question(request, session, "begun")
    reply = await (conversations.hear(speaker, Command("start")) if begun else conversations.now(speaker))
    return await _shown(request, session, reply)


@routes.post("/chat")
async def answer(request: web.Request) -> web.Response:
    session, form = await _own_form(request)
    heard = hear(form)
    conversations = request.config_dict[SIDE].conversations
    speaker = speaker_of(request, session)
    if is_for_the_question(heard) and form.get("turn") != str((await conversations.now(speaker)).turn):
        return _to_the_question(request, session, "late")
    await conversations.hear(speaker, heard, session.once(form.get("once", "")))
    return _to_the_question(request, session)


@routes.post("/chat/language")
async def change_language(request: web.Request) -> web.Response:
    session, form = await _own_form(request)
    wanted = form.get("language", "")
    if wanted not in request.config_dict[SIDE].house.texts.languages:
        raise web.HTTPBadRequest
    speaker = session.speaker(wanted)
    once = session.once(form.get("once", ""))
    await request.config_dict[SIDE].conversations.hear(speaker, Command("language", wanted), once)
    return _to_the_question(request, session)


@routes.post("/chat/stay")
async def stay(request: web.Request) -> web.Response:
    """Not ended yet: the page asked, and somebody answered."""
    session, _ = await _own_form(request)
    await request.config_dict[SIDE].conversations.stay(speaker_of(request, session))
    return web.Response(status=204)


@routes.post("/chat/forget")
async def forget(request: web.Request) -> web.Response:
    """Finish: the conversation is erased, and the browser told to drop what it kept of us."""
    session, _ = await _own_form(request)
    await request.config_dict[SIDE].conversations.forget(speaker_of(request, session))
    response = _see_other("/chat/finished")
    drop(request, response)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@routes.get("/chat/finished")
async def finished(request: web.Request) -> web.Response:
    return page(request, "finished.html", language_of(request))


@routes.get("/chat/pass/{booking:[0-9]{1,19}}.{kind:pdf|ics|png}")
async def pass_file(request: web.Request) -> web.Response:
    """A pass to print or to put in the calendar; only for whose it is."""
    session = session_of(request)
    if session is None:
        raise web.HTTPNotFound
    speaker = speaker_of(request, session)
    try:
        files = await request.config_dict[SIDE].conversations.pass_files(
            speaker, int(request.match_info["booking"])
        )
    except Refused:
        raise web.HTTPNotFound from None
    kind = request.match_info["kind"]
    body = {"pdf": files.pdf, "ics": files.ics, "png": files.png}[kind]
    headers = {"Content-Type": _FILES[kind], "Content-Disposition": f'attachment; filename="paso.{kind}"'}
    return web.Response(body=body, headers=headers)


async def _own_form(request: web.Request) -> tuple[Session, Mapping[str, str]]:
    """The session and the form it sent. A form without its session or its token is answered by a page."""
    if request.content_type != URLENCODED:
        raise web.HTTPUnsupportedMediaType
    form = dict(parsed(await request.read(), _MOST_FIELDS))
    session = session_of(request)
    if session is None or not session.owns(form.get("csrf", "")):
        raise web.HTTPForbidden
    return session, form


async def _shown(request: web.Request, session: Session, reply: Reply) -> web.Response:
    side = request.config_dict[SIDE]
    talk = await show(reply, speaker_of(request, session), side.conversations, side.house.texts)
    facts = {
        "talk": talk,
        "late": "late" in request.query,
        "csrf": session.csrf,
        "nonce": lambda: new_nonce(side.house.codes),
        "commands": COMMANDS,
        "idle": IDLE_S,
        "held_until": reply.held_until,
    }
    response = page(request, "chat.html", reply.language, facts)
    keep(request, response, session)
    remember_language(response, reply.language)
    return response


def remember_language(response: web.StreamResponse, language: str) -> None:
    """So that every page, errors too, speaks as the reader chose."""
    response.set_cookie(
        LANGUAGE_COOKIE, language, path="/", max_age=365 * 86400, httponly=True, samesite="Lax"
    )


def _to_the_question(request: web.Request, session: Session, how: str = "") -> web.Response:
    response = _see_other(f"/chat?{how}=1#latest" if how else "/chat#latest")
    keep(request, response, session)
    return response


def _see_other(address: str) -> web.Response:
    return web.Response(status=303, headers={"Location": address})
