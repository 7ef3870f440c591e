"""The link by which an officer brings a telephone for releases. The panel makes it; it enrols nobody."""

from __future__ import annotations

import segno
from aiohttp import web

from admin.routes import Routes
from admin.visit import Visit
from core.people.staff_roles import Permission

routes = Routes()


@routes.post("/account/release-link", needs=Permission.TRACING)
async def make(visit: Visit) -> web.Response:
    """Shown this once; one that was made before is void."""
    work = visit.work()
    argument = visit.side.invitations.invite(work, visit.who.staff_id)
    if not await visit.commit(work, "panel_tracing.link_made"):
        return visit.go("/account#release")
    link = f"{visit.side.settings.public_url}/chat?start={argument}"
    qr = segno.make(link, error="m", micro=False).svg_data_uri(scale=5, border=4, dark="#000", light="#fff")
    return visit.page("account/release_link.html", link=link, qr=qr, command=f"/start {argument}")
