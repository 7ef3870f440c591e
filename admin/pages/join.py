"""A one-time link: choose a password, take a telephone into use, and be signed in."""

from __future__ import annotations

import re

from aiohttp import web

from admin.devices import device_of
from admin.forms import Filled, Form
from admin.pages.new_factor import CODE, NEW_PASSWORD, REPEATED, shown
from admin.routes import Open, Routes
from admin.visit import Visit
from core.db import audit
from core.dialog.words import say
from core.errors import Duplicate, Refused
from core.people.staff import Link, Proposal
from core.people.staff_passwords import weakness
from core.people.staff_sessions import FULL

FORM = Form("staff.join", NEW_PASSWORD, REPEATED, CODE)
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
routes = Routes()


@routes.get("/join/{token}", needs=Open.TO_ANYONE)
async def show(visit: Visit) -> web.Response:
    link = await _link(visit)
    if link is None:
        return visit.page("join_over.html", status=410)
    return _page(visit, link, FORM.empty(), visit.side.staff.propose(f"link:{link.id}"))


@routes.post("/join/{token}", needs=Open.TO_ANYONE)
async def join(visit: Visit) -> web.Response:
    link = await _link(visit)
    if link is None:
        return visit.page("join_over.html", status=410)
    kept = visit.fields.get("proposal", ("",))[0]
    form = FORM.read(visit.fields)
    if NEW_PASSWORD.name not in form.faults:
        if weak := weakness(form[NEW_PASSWORD], link.login):
            form.blame(weak, NEW_PASSWORD)
        elif REPEATED.name not in form.faults and form[REPEATED] != form[NEW_PASSWORD]:
            form.blame(say("staff.weak.differs"), REPEATED)
    if form.is_right:
        try:
            return await _joined(visit, link, form[NEW_PASSWORD], kept, form[CODE])
        except Refused as refused:
            form.blame(refused, CODE if refused.code == "staff.wrong_code" else None)
        except Duplicate:
            return visit.page("join_over.html", status=410)
    return _page(visit, link, form, visit.side.staff.again(f"link:{link.id}", kept), status=422)


async def _joined(visit: Visit, link: Link, password: str, kept: str, code: str) -> web.Response:
    side, work = visit.side, visit.work()
    joined = await side.staff.join(work, link, password, kept, code)
    token = side.sessions.open(work, joined.staff_id, FULL, device=device_of(visit.request))
    action = "staff.joined" if link.staff_id is None else "staff.renewed"
    audit.append(work, at=side.clock.now(), actor=f"staff:{joined.staff_id}", action=action, facts={})
    await side.writer.commit(work)
    visit.take_session(token)
    visit.seen = await side.sessions.find(token)
    return visit.page("account/recovery_codes.html", codes=joined.recovery_codes, fresh=True)


def _page(visit: Visit, link: Link, form: Filled, proposal: Proposal, status: int = 200) -> web.Response:
    return visit.page("join.html", status=status, link=link, form=form, **shown(visit, proposal, link.login))


async def _link(visit: Visit) -> Link | None:
    token = visit.path["token"]
    return await visit.side.staff.link(token) if _TOKEN.fullmatch(token) else None
