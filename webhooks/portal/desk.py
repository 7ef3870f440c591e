"""The desk: the citizens' side, opened by staff for one person at the counter.

A ticket from the panel, taken once, begins a session of its own: the same dialog under the channel `desk`, with its own
cookie. It ends by «finish», after ten minutes of silence, or after an hour; then only another ticket begins another.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime, timedelta

from aiohttp import web

from core.db.work import Work
from core.dialog.heard import Command
from core.errors import Refused
from webhooks.portal.chat import (
    form_of,
    own_form,
    pass_of,
    see_other,
    shown,
    take_answer,
    take_language,
    to_the_question,
)
from webhooks.portal.pages import page
from webhooks.portal.session import DESK, Session, drop, new_session, session_of, speaker_of
from webhooks.side import SIDE, language_of

WRONG_TICKETS = 20
"""From one address in a minute; from then on it is told to wait. A right ticket is taken all the same: behind a proxy
one address is everybody's."""
_MINUTE = timedelta(minutes=1)
_MOST_ADDRESSES = 1000
routes = web.RouteTableDef()


class Tries:
    """Counts wrong tickets by address, for a minute, in this process."""

    def __init__(self) -> None:
        self._counts: OrderedDict[str, tuple[datetime, int]] = OrderedDict()

    def too_many(self, address: str, now: datetime) -> bool:
        """Count one more; whether it is one too many."""
        since, count = self._counts.pop(address, (now, 0))
        if now - since >= _MINUTE:
            since, count = now, 0
        self._counts[address] = (since, count + 1)
        while len(self._counts) > _MOST_ADDRESSES:
            self._counts.popitem(last=False)
        return count >= WRONG_TICKETS


TRIES: web.AppKey[Tries] = web.AppKey("tries", Tries)


def mount(application: web.Application) -> None:
    application[TRIES] = Tries()
    application.add_routes(routes)


@routes.get(DESK.path)
async def question(request: web.Request) -> web.Response:
    session = await _open_session(request)
    if session is None:
        return _over(request, 403)
    reply = await request.config_dict[SIDE].conversations.now(speaker_of(request, session))
    if reply.expired:
        return await _ended(request, session)
    return await shown(request, session, reply)


@routes.post(DESK.path)
async def take(request: web.Request) -> web.Response:
    """A ticket begins; anything else answers the question."""
    form = await form_of(request)
    if "ticket" in form:
        return await _begin(request, form)
    session, form = await _own_form(request)
    if (await request.config_dict[SIDE].conversations.now(speaker_of(request, session))).expired:
        return await _ended(request, session)
    return await take_answer(request, session, form)


@routes.post(f"{DESK.path}/language")
async def change_language(request: web.Request) -> web.Response:
    return await take_language(request, *await _own_form(request))


@routes.post(f"{DESK.path}/stay")
async def stay(request: web.Request) -> web.Response:
    session, _ = await _own_form(request)
    await request.config_dict[SIDE].conversations.stay(speaker_of(request, session))
    return web.Response(status=204)


@routes.post(f"{DESK.path}/forget")
async def finish(request: web.Request) -> web.Response:
    session, _ = await own_form(request, DESK)
    return await _ended(request, session)


@routes.get(f"{DESK.path}/finished")
async def finished(request: web.Request) -> web.Response:
    return page(request, "desk_finished.html", language_of(request))


@routes.get(DESK.path + "/pass/{booking:[0-9]{1,19}}.{kind:pdf|ics|png}")
async def pass_file(request: web.Request) -> web.Response:
    session = await _open_session(request)
    if session is None:
        raise web.HTTPNotFound
    return await pass_of(request, session)


async def _begin(request: web.Request, form: Mapping[str, str]) -> web.Response:
    side = request.config_dict[SIDE]
    before = session_of(request, DESK)
    session, work = new_session(side.house.codes, DESK), Work()
    try:
        await side.desk.begin(work, form["ticket"], session.id)
        await side.house.writer.commit(work)
    except Refused:
        wait = request.app[TRIES].too_many(request.remote or "", side.house.clock.now())
        return _over(request, 429 if wait else 403)
    if before is not None:  # the person before has gone, and nobody pressed the button
        await _erase(request, before)
    language = form.get("language", "")
    known = language if language in side.house.texts.languages else language_of(request)
    await side.conversations.hear(session.speaker(known), Command("start"))
    return to_the_question(request, session)


async def _open_session(request: web.Request) -> Session | None:
    """The browser's session of the desk, where a ticket began it and it has not ended."""
    session = session_of(request, DESK)
    if session is None or not await request.config_dict[SIDE].desk.is_open(session.id):
        return None
    return session


async def _own_form(request: web.Request) -> tuple[Session, Mapping[str, str]]:
    session, form = await own_form(request, DESK)
    if not await request.config_dict[SIDE].desk.is_open(session.id):
        raise web.HTTPForbidden
    return session, form


async def _ended(request: web.Request, session: Session) -> web.Response:
    await _erase(request, session)
    response = see_other(f"{DESK.path}/finished")
    drop(request, response, DESK)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


async def _erase(request: web.Request, session: Session) -> None:
    side, work = request.config_dict[SIDE], Work()
    await side.conversations.forget(speaker_of(request, session))
    side.desk.end(work, session.id)
    await side.house.writer.commit(work)


def _over(request: web.Request, status: int) -> web.Response:
    """Why nothing is shown, and nothing else."""
    response = page(request, "desk_over.html", language_of(request), status=status)
    if status == 429:
        response.headers["Retry-After"] = "60"
    drop(request, response, DESK)
    return response
