"""Signing in, in two steps, and out again."""

from __future__ import annotations

from urllib.parse import urlencode

from aiohttp import web

from admin.devices import device_of
from admin.fields import Line, Secret
from admin.forms import Form
from admin.routes import Open, Routes
from admin.visit import Visit, is_https, own_path
from core.errors import Refused
from core.people.staff_roles import Permission

LOGIN = Line("login", longest=80, autocomplete="username")
PASSWORD = Secret("password", autocomplete="current-password")
CODE = Line("code", longest=40, autocomplete="one-time-code")
FIRST = Form("staff.sign_in", LOGIN, PASSWORD)
SECOND = Form("staff.second", CODE)
_A_YEAR_S = 365 * 86400
routes = Routes()


@routes.get("/in", needs=Open.TO_ANYONE)
async def first(visit: Visit) -> web.Response:
    if visit.is_signed_in:
        return visit.go("/")
    return visit.page("signing_in.html", form=FIRST.empty(), to=_to(visit))


@routes.post("/in", needs=Open.TO_ANYONE)
async def take_password(visit: Visit) -> web.Response:
    form = FIRST.read(visit.fields)
    if form.is_right:
        try:
            token = await visit.side.entry.by_password(
                form[LOGIN],
                form[PASSWORD],
                device=device_of(visit.request),
                known_device=visit.request.cookies.get(_known_cookie(visit), ""),
            )
        except Refused as refused:
            form.blame(refused)
        else:
            visit.take_session(token)
            return visit.go(f"/in/code?{urlencode({'to': _to(visit)})}")
    return visit.page("signing_in.html", status=422, form=form, to=_to(visit))


@routes.get("/in/code", needs=Open.BETWEEN_FACTORS)
async def second(visit: Visit) -> web.Response:
    return visit.page("second_step.html", form=SECOND.empty(), to=_to(visit))


@routes.post("/in/code", needs=Open.BETWEEN_FACTORS)
async def take_code(visit: Visit) -> web.Response:
    form = SECOND.read(visit.fields)
    if form.is_right:
        try:
            entered = await visit.side.entry.by_factor(visit.who, form[CODE], device=device_of(visit.request))
        except Refused as refused:
            form.blame(refused, CODE)
        else:
            visit.take_session(entered.token)
            response = visit.go(_to(visit))
            response.set_cookie(
                _known_cookie(visit),
                entered.known_device,
                path="/",
                max_age=_A_YEAR_S,
                httponly=True,
                samesite="Strict",
                secure=is_https(visit.request),
            )
            return response
    return visit.page("second_step.html", status=422, form=form, to=_to(visit))


@routes.post("/out", needs=Permission.OWN)
async def sign_out(visit: Visit) -> web.Response:
    work = visit.work()
    visit.side.sessions.end(work, visit.who.staff_id, visit.who.session_id)
    await visit.commit(work, "staff.signed_out")
    visit.leave_session()
    response = visit.go("/in", done="staff.signed_out")
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def _to(visit: Visit) -> str:
    asked = visit.fields.get("to") or (visit.request.query.get("to", "/"),)
    return own_path(asked[0])


def _known_cookie(visit: Visit) -> str:
    return "__Host-panel-device" if is_https(visit.request) else "panel-device"
