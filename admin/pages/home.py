"""The first page: what one may do here."""

from __future__ import annotations

from aiohttp import web

from admin.routes import Entry, Routes
from admin.visit import Visit
from core.people.staff_roles import Permission

routes = Routes(Entry("/", Permission.OWN, "admin.home"))


@routes.get("/", needs=Permission.OWN)
async def home(visit: Visit) -> web.Response:
    """With key figures that are off their path, for who may see them."""
    kpis = await visit.side.targets.kpis() if visit.may(Permission.FIGURES_SEE) else []
    cards = [entry for entry in visit.entries if entry.path != "/"]
    return visit.page("home.html", cards=cards, alerts=[alert for kpi in kpis if (alert := kpi.alert())])
