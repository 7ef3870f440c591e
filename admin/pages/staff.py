"""The accounts of staff: who may do what, invitations, and what to do about a lost telephone."""

from __future__ import annotations

from aiohttp import web

from admin.fields import Choices, Line
from admin.forms import Filled, Form
from admin.routes import Entry, Routes
from admin.visit import Visit
from core.errors import Refused
from core.people.staff import StaffView, login_fault
from core.people.staff_roles import Permission, Role

_MANAGE = Permission.STAFF_MANAGE
LOGIN = Line("login", longest=40, check=login_fault)
ROLES = Choices("roles", options=tuple(Role))
INVITE = Form("staff.invite", LOGIN, ROLES)
CHANGE = Form("staff.change", ROLES)
routes = Routes(Entry("/staff", _MANAGE, "staff.list"))


@routes.get("/staff", needs=_MANAGE)
async def listed(visit: Visit) -> web.Response:
    everyone = await visit.side.staff.all()
    return visit.page("staff/list.html", everyone=everyone, links=await visit.side.staff.links())


@routes.get("/staff/invite", needs=_MANAGE)
async def inviting(visit: Visit) -> web.Response:
    return visit.page("staff/invite.html", form=INVITE.empty())


@routes.post("/staff/invite", needs=_MANAGE)
async def invite(visit: Visit) -> web.Response:
    form = INVITE.read(visit.fields)
    if form.is_right:
        work = visit.work()
        roles = [Role(name) for name in form[ROLES]]
        try:
            token = visit.side.staff.invite(work, form[LOGIN], roles)
            if not await visit.commit(
                work, "staff.invited", login=form[LOGIN].lower(), roles=" ".join(roles)
            ):
                return visit.go("/staff", done="staff.link_made")
            return _link_page(visit, token, form[LOGIN].lower())
        except Refused as refused:
            form.blame(refused, LOGIN)
    return visit.page("staff/invite.html", status=422, form=form)


@routes.post("/staff/links/{id}/take-back", needs=_MANAGE)
async def take_back(visit: Visit) -> web.Response:
    work = visit.work()
    visit.side.staff.take_back(work, visit.number("id"))
    await visit.commit(work, "staff.link_taken_back", link=visit.number("id"))
    return visit.go("/staff", done="staff.link_taken_back")


@routes.get("/staff/{id}", needs=_MANAGE)
async def one(visit: Visit) -> web.Response:
    found = await _found(visit)
    return _page(visit, found, CHANGE.empty(roles=found.roles))


@routes.post("/staff/{id}/roles", needs=_MANAGE)
async def change_roles(visit: Visit) -> web.Response:
    found, form = await _found(visit), CHANGE.read(visit.fields)
    if form.is_right:
        work = visit.work()
        roles = [Role(name) for name in form[ROLES]]
        try:
            visit.side.staff.set_roles(work, found.id, roles)
            await visit.commit(work, "staff.roles_changed", staff=found.id, roles=" ".join(roles))
            return visit.go(f"/staff/{found.id}", done="staff.roles_changed")
        except Refused as refused:
            form.blame(refused, ROLES)
    return _page(visit, found, form, status=422)


@routes.post("/staff/{id}/close", needs=_MANAGE)
async def close(visit: Visit) -> web.Response:
    return await _set_active(visit, False, "closed")


@routes.post("/staff/{id}/open", needs=_MANAGE)
async def open_again(visit: Visit) -> web.Response:
    return await _set_active(visit, True, "opened")


@routes.post("/staff/{id}/renew", needs=_MANAGE)
async def renew(visit: Visit) -> web.Response:
    found, work = await _found(visit), visit.work()
    token = await visit.side.staff.renew(work, found.id)
    if not await visit.commit(work, "staff.renewal_offered", staff=found.id):
        return visit.go("/staff", done="staff.link_made")
    return _link_page(visit, token, found.login)


async def _set_active(visit: Visit, active: bool, done: str) -> web.Response:
    found, work = await _found(visit), visit.work()
    try:
        visit.side.staff.set_active(work, found.id, active)
        await visit.commit(work, f"staff.{done}", staff=found.id)
    except Refused as refused:
        return _page(visit, found, CHANGE.empty(roles=found.roles).blame(refused), status=422)
    return visit.go(f"/staff/{found.id}", done=f"staff.{done}")


async def _found(visit: Visit) -> StaffView:
    found = await visit.side.staff.get(visit.number("id"))
    if found is None:
        raise web.HTTPNotFound
    return found


def _page(visit: Visit, found: StaffView, form: Filled, status: int = 200) -> web.Response:
    return visit.page("staff/one.html", status=status, found=found, form=form)


def _link_page(visit: Visit, token: str, login: str) -> web.Response:
    """The link, shown this once."""
    return visit.page("staff/link.html", link=f"{visit.side.settings.admin_url}/join/{token}", login=login)
