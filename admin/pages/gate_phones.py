"""Telephones for gates: a link shown as a QR code on an officer's screen lets one in, once, to the gate alone."""

from __future__ import annotations

import re

import segno
from aiohttp import web

from admin.devices import device_of
from admin.routes import Open, Routes
from admin.visit import Visit
from core.db import audit
from core.errors import Refused
from core.people.gate_phones import LINK_LASTS
from core.people.staff_roles import Permission
from core.people.staff_sessions import SignedIn

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
routes = Routes()


@routes.get("/gate/phones", needs=Permission.GATE_DEVICES)
async def phones(visit: Visit) -> web.Response:
    return visit.page("gate/phones.html", phones=await visit.side.gate_phones.all(), link=None)


@routes.post("/gate/phones", needs=Permission.GATE_DEVICES)
async def invite(visit: Visit) -> web.Response:
    work = visit.work()
    token = visit.side.gate_phones.invite(work, visit.who.staff_id)
    if not await visit.commit(work, "gate.link_made"):
        return visit.go("/gate/phones")
    address = f"{visit.side.settings.admin_url}/gate/enter/{token}"
    return visit.page(
        "gate/phones.html",
        phones=await visit.side.gate_phones.all(),
        link=address,
        picture=segno.make(address, error="m", micro=False).svg_data_uri(border=2, light="#fff"),
        minutes=int(LINK_LASTS.total_seconds() // 60),
    )


@routes.post("/gate/phones/{id}/end", needs=Permission.GATE_DEVICES)
async def end(visit: Visit) -> web.Response:
    work, phone = visit.work(), visit.number("id")
    visit.side.gate_phones.end(work, phone)
    await visit.commit(work, "gate.phone_ended", phone=phone)
    return visit.go("/gate/phones", done="gate.phone_ended")


@routes.get("/gate/enter/{token}", needs=Open.TO_ANYONE)
async def door(visit: Visit) -> web.Response:
    """Asks once more: whatever looks at links before people do must not use them up."""
    link = await _link(visit)
    return visit.page("gate/enter.html", link=link, status=200 if link else 404)


@routes.post("/gate/enter/{token}", needs=Open.TO_ANYONE)
async def enter(visit: Visit) -> web.Response:
    link, side = await _link(visit), visit.side
    if link is None:
        return visit.page("gate/enter.html", link=None, status=404)
    work = visit.work()
    token = side.gate_phones.begin(work, visit.path["token"], link, device=device_of(visit.request))
    audit.append(work, at=side.clock.now(), actor=link.actor, action="gate.phone_began", facts={})
    try:
        await side.writer.commit(work)
    except Refused:  # another telephone was faster
        return visit.page("gate/enter.html", link=None, status=404)
    visit.take_session(token)
    return visit.go("/gate")


async def _link(visit: Visit) -> SignedIn | None:
    token = visit.path["token"]
    return await visit.side.gate_phones.invited(token) if _TOKEN.fullmatch(token) else None
