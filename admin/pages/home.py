"""The first page: what one may do here."""

from __future__ import annotations

from aiohttp import web

from admin.routes import Entry, Routes
from admin.visit import Visit
from core.people.staff_roles import Permission

routes = Routes(Entry("/", Permission.OWN, "admin.home"))


@routes.get("/", needs=Permission.OWN)
async def home(visit: Visit) -> web.Response:
    return visit.page("home.html", cards=[entry for entry in visit.entries if entry.path != "/"])
