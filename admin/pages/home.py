"""The first page: what one may do here."""

from __future__ import annotations

from aiohttp import web

from admin.routes import Entry, Routes
from admin.visit import Visit
from core.conversations.retention import PROCESS as RETENTION
from core.conversations.retention import is_late
from core.messages.worker import last_seen
from core.people.staff_roles import Permission

routes = Routes(Entry("/", Permission.OWN, "admin.home"))


@routes.get("/", needs=Permission.OWN)
async def home(visit: Visit) -> web.Response:
    """With key figures that are off their path, for who may see them; for administrators with the news that old data
    were not erased last night."""
    kpis = await visit.side.targets.kpis() if visit.may(Permission.FIGURES_SEE) else []
    cards = [entry for entry in visit.entries if entry.path != "/"]
    erased = await last_seen(visit.side.database, RETENTION)
    late = visit.may(Permission.STAFF_MANAGE) and is_late(erased, visit.side.clock.now())
    alerts = [alert for kpi in kpis if (alert := kpi.alert())]
    return visit.page("home.html", cards=cards, alerts=alerts, late=late, erased=erased)
