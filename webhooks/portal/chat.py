"""The web chat: GET shows the question, POST answers it and leads back to GET. No script is needed."""

from __future__ import annotations

import re
from collections.abc import Mapping

from aiohttp import web

from core.conversations.reply import Reply
from core.conversations.service import IDLE
from core.dialog.heard import Command
from core.errors import Refused
from edge.bodies import URLENCODED, parsed
from webhooks.portal.hear import COMMANDS, hear, is_for_the_question
from webhooks.portal.pages import page
from webhooks.portal.say import show
from webhooks.portal.session import (
    CHAT,
    DESK,
    Place,
    Session,
    drop,
    keep,
    new_nonce,
    new_session,
    session_of,
    speaker_of,
)
from webhooks.side import LANGUAGE_COOKIE, SIDE, language_of

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
        return to_the_question(request, session, "begun")
    reply = await (conversations.hear(speaker, Command("start")) if begun else conversations.now(speaker))
    return await shown(request, session, reply)


@routes.post("/chat")
async def answer(request: web.Request) -> web.Response:
    return await take_answer(request, *await own_form(request))


@routes.post("/chat/language")
async def change_language(request: web.Request) -> web.Response:
    return await take_language(request, *await own_form(request))


@routes.post("/chat/stay")
async def stay(request: web.Request) -> web.Response:
    """Not ended yet: the page asked, and somebody answered."""
    session, _ = await own_form(request)
    await request.config_dict[SIDE].conversations.stay(speaker_of(request, session))
    return web.Response(status=204)


@routes.post("/chat/forget")
async def forget(request: web.Request) -> web.Response:
    """Finish: the conversation is erased, and the browser told to drop what it kept of us."""
    session, _ = await own_form(request)
    await request.config_dict[SIDE].conversations.forget(speaker_of(request, session))
    response = see_other("/chat/finished")
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
    return await pass_of(request, session)


# -- what the chat and the desk have in common


async def take_answer(request: web.Request, session: Session, form: Mapping[str, str]) -> web.Response:
    heard = hear(form)
    conversations = request.config_dict[SIDE].conversations
    speaker = speaker_of(request, session)
    if is_for_the_question(heard) and form.get("turn") != str((await conversations.now(speaker)).turn):
        return to_the_question(request, session, "late")
    await conversations.hear(speaker, heard, session.once(form.get("once", "")))
    return to_the_question(request, session)


async def take_language(request: web.Request, session: Session, form: Mapping[str, str]) -> web.Response:
    wanted = form.get("language", "")
    if wanted not in request.config_dict[SIDE].house.texts.languages:
        raise web.HTTPBadRequest
    speaker = session.speaker(wanted)
    once = session.once(form.get("once", ""))
    await request.config_dict[SIDE].conversations.hear(speaker, Command("language", wanted), once)
    return to_the_question(request, session)


async def pass_of(request: web.Request, session: Session) -> web.Response:
    """The file that the address names. Raises `HTTPNotFound` for a pass that is not theirs."""
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


async def form_of(request: web.Request) -> Mapping[str, str]:
    if request.content_type != URLENCODED:
        raise web.HTTPUnsupportedMediaType
    return dict(parsed(await request.read(), _MOST_FIELDS))


async def own_form(request: web.Request, place: Place = CHAT) -> tuple[Session, Mapping[str, str]]:
    """The session and the form it sent. A form without its session or its token is answered by a page."""
    form, session = await form_of(request), session_of(request, place)
    if session is None or not session.owns(form.get("csrf", "")):
        raise web.HTTPForbidden
    return session, form


async def shown(request: web.Request, session: Session, reply: Reply) -> web.Response:
    side = request.config_dict[SIDE]
    talk = await show(reply, speaker_of(request, session), side.conversations, side.house.texts)
    facts = {
        "talk": talk,
        "late": "late" in request.query,
        "csrf": session.csrf,
        "nonce": lambda: new_nonce(side.house.codes),
        "commands": COMMANDS,
        "idle": int(IDLE[session.place.channel].total_seconds()),
        "held_until": reply.held_until,
        "file": reply.file,
    }
    response = page(request, "chat.html", reply.language, facts)
    keep(request, response, session)
    if session.place is not DESK:  # there the next person speaks another
        remember_language(response, reply.language)
    return response


def remember_language(response: web.StreamResponse, language: str) -> None:
    """So that every page, errors too, speaks as the reader chose."""
    response.set_cookie(
        LANGUAGE_COOKIE, language, path="/", max_age=365 * 86400, httponly=True, samesite="Lax"
    )


def to_the_question(request: web.Request, session: Session, how: str = "") -> web.Response:
    path = session.place.path
    response = see_other(f"{path}?{how}=1#latest" if how else f"{path}#latest")
    keep(request, response, session)
    return response


def see_other(address: str) -> web.Response:
    return web.Response(status=303, headers={"Location": address})
