"""The desk: one button, which opens the citizens' side in a tab of its own for one person at the counter.

What is said there never passes the panel. The ticket goes from this page to the citizens' side in the body of a form, so
it stands in no address, no history and no log.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import web

from admin.protection import policy
from admin.routes import Entry, Routes
from admin.visit import Visit
from core.people.desk import TICKET_LASTS
from core.people.staff_roles import Permission

_OPEN = Permission.DESK_OPEN
routes = Routes(Entry("/desk", _OPEN, "desk.panel"))


@routes.get("/desk", needs=_OPEN)
async def desk(visit: Visit) -> web.Response:
    return visit.page("desk/desk.html")


@routes.get("/desk/open", needs=_OPEN)
async def again(visit: Visit) -> web.Response:
    """Whoever loads the page of a ticket again is led to the button."""
    return visit.go("/desk")


@routes.post("/desk/open", needs=_OPEN)
async def open_desk(visit: Visit) -> web.Response:
    """In the new tab: hands the ticket over at once where scripts run, else at one more press."""
    work = visit.work()
    ticket = visit.side.desk.make(work, visit.who.staff_id)
    if not await visit.commit(work, "desk.ticket_made"):
        return visit.go("/desk")
    address = visit.side.settings.public_url
    seconds = int(TICKET_LASTS.total_seconds())
    response = visit.page("desk/open.html", ticket=ticket, address=f"{address}/desk", seconds=seconds)
    found = urlsplit(address)
    response.headers["Content-Security-Policy"] = policy(
        form_action=f"'self' {found.scheme}://{found.netloc}"
    )
    return response
