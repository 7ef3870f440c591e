"""One's own account: sessions, password, telephone, recovery codes."""

from __future__ import annotations

from aiohttp import web

from admin.devices import device_of
from admin.fields import Secret
from admin.forms import Filled, Form
from admin.pages.new_factor import CODE, NEW_PASSWORD, REPEATED, shown
from admin.routes import Entry, Routes
from admin.visit import Visit
from core.dialog.words import say
from core.errors import Refused
from core.people.staff import Proposal
from core.people.staff_passwords import weakness
from core.people.staff_roles import Permission
from core.people.staff_sessions import FULL

CURRENT = Secret("current", autocomplete="current-password")
PASSWORD_FORM = Form("staff.own_password", CURRENT, NEW_PASSWORD, REPEATED)
CONFIRM_FORM = Form("staff.confirm", CURRENT)
TELEPHONE_FORM = Form("staff.telephone", CURRENT, CODE)
routes = Routes(Entry("/account", Permission.OWN, "staff.account"))


@routes.get("/account", needs=Permission.OWN)
async def account(visit: Visit) -> web.Response:
    own = await visit.side.staff.get(visit.who.staff_id)
    sessions = await visit.side.sessions.of(visit.who.staff_id)
    traces = visit.may(Permission.TRACING)
    return visit.page(
        "account/account.html",
        own=own,
        sessions=sessions,
        moment=visit.side.clock.now(),
        standing=await visit.side.invitations.standing(visit.who.staff_id) if traces else None,
    )


@routes.post("/account/sessions/end", needs=Permission.OWN)
async def end_session(visit: Visit) -> web.Response:
    named = visit.fields.get("session", ("",))[0]
    if not (named.isascii() and named.isdigit() and len(named) < 20):
        raise web.HTTPBadRequest
    work = visit.work()
    visit.side.sessions.end(work, visit.who.staff_id, min(int(named), 2**63 - 1))
    await visit.commit(work, "staff.session_ended")
    return visit.go("/account", done="staff.session_ended")


@routes.post("/account/sessions/end-all", needs=Permission.OWN)
async def end_all(visit: Visit) -> web.Response:
    work = visit.work()
    visit.side.sessions.end_all(work, visit.who.staff_id)
    await visit.commit(work, "staff.signed_out_everywhere")
    visit.leave_session()
    return visit.go("/in", done="staff.signed_out_everywhere")


@routes.get("/account/password", needs=Permission.OWN)
async def password(visit: Visit) -> web.Response:
    return visit.page("account/password.html", form=PASSWORD_FORM.empty())


@routes.post("/account/password", needs=Permission.OWN)
async def change_password(visit: Visit) -> web.Response:
    form = PASSWORD_FORM.read(visit.fields)
    if NEW_PASSWORD.name not in form.faults:
        if weak := weakness(form[NEW_PASSWORD], visit.who.login):
            form.blame(weak, NEW_PASSWORD)
        elif REPEATED.name not in form.faults and form[REPEATED] != form[NEW_PASSWORD]:
            form.blame(say("staff.weak.differs"), REPEATED)
    if await _is_confirmed(visit, form):
        side, work = visit.side, visit.work()
        await side.staff.change_password(work, visit.who.staff_id, form[NEW_PASSWORD])
        side.sessions.end_all(work, visit.who.staff_id)
        token = side.sessions.open(work, visit.who.staff_id, FULL, device=device_of(visit.request))
        if await visit.commit(work, "staff.password_changed"):
            visit.take_session(token)
        return visit.go("/account", done="staff.password_changed")
    return visit.page("account/password.html", status=422, form=form)


@routes.get("/account/recovery", needs=Permission.OWN)
async def recovery(visit: Visit) -> web.Response:
    return visit.page("account/recovery.html", form=CONFIRM_FORM.empty())


@routes.post("/account/recovery", needs=Permission.OWN)
async def new_recovery(visit: Visit) -> web.Response:
    form = CONFIRM_FORM.read(visit.fields)
    if await _is_confirmed(visit, form):
        work = visit.work()
        codes = visit.side.staff.new_recovery_codes(work, visit.who.staff_id)
        if await visit.commit(work, "staff.recovery_renewed"):
            return visit.page("account/recovery_codes.html", codes=codes, fresh=False)
        return visit.go("/account")
    return visit.page("account/recovery.html", status=422, form=form)


@routes.get("/account/telephone", needs=Permission.OWN)
async def telephone(visit: Visit) -> web.Response:
    return _telephone_page(visit, TELEPHONE_FORM.empty(), visit.side.staff.propose(_whose(visit)))


@routes.post("/account/telephone", needs=Permission.OWN)
async def change_telephone(visit: Visit) -> web.Response:
    form = TELEPHONE_FORM.read(visit.fields)
    kept = visit.fields.get("proposal", ("",))[0]
    if await _is_confirmed(visit, form):
        work = visit.work()
        try:
            visit.side.staff.change_factor(work, visit.who.staff_id, kept, form[CODE])
            await visit.commit(work, "staff.telephone_changed")
            return visit.go("/account", done="staff.telephone_changed")
        except Refused as refused:
            form.blame(refused, CODE)
    return _telephone_page(visit, form, visit.side.staff.again(_whose(visit), kept), status=422)


async def _is_confirmed(visit: Visit, form: Filled) -> bool:
    """Whether the form is right, the password that it brings included."""
    if form.is_right:
        try:
            await visit.side.entry.confirm(visit.who, form[CURRENT])
        except Refused as refused:
            form.blame(refused, CURRENT)
    return form.is_right


def _telephone_page(visit: Visit, form: Filled, proposal: Proposal, status: int = 200) -> web.Response:
    facts = shown(visit, proposal, visit.who.login)
    return visit.page("account/telephone.html", status=status, form=form, **facts)


def _whose(visit: Visit) -> str:
    return f"staff:{visit.who.staff_id}"
