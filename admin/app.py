"""The panel's application: pages that name their permission, behind one door."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from admin.broadcast import BROADCAST, Broadcast
from admin.orders import ORDERS, Orders
from admin.pages import PAGES
from admin.protection import dress, explained, guarded
from admin.routes import NEEDS, open_to_machines
from admin.side import ASSETS, SIDE
from admin.visit import ENTRIES
from core.bootstrap.staff import StaffSide, staff_side
from core.commands.processes import ADMIN, check_wall
from core.config import Settings
from core.db.revision import newest, revision_of
from edge.assets import Assets
from edge.bodies import LARGEST_BODY, bounded
from edge.health import Readiness, add_health, measured
from edge.templates import set_up_templates

_HERE = Path(__file__).parent


async def make_application(settings: Settings) -> web.Application:
    """The process's own. Raises `ConfigurationFault` where it was handed anything that belongs to another."""
    check_wall(ADMIN, settings)
    side = staff_side(settings)
    application = make_panel(side)

    async def close(_: web.Application) -> None:
        await side.close()

    application.on_cleanup.append(close)
    return application


def make_panel(side: StaffSide) -> web.Application:
    """All pages over a staff's side; the caller closes it."""
    application = web.Application(
        middlewares=[measured, explained, guarded, bounded], client_max_size=LARGEST_BODY
    )
    application[SIDE] = side
    application[NEEDS] = {}
    application[ASSETS] = Assets(_HERE / "static")
    application[ENTRIES] = tuple(entry for page in PAGES for entry in page.routes.entries)
    application[BROADCAST] = Broadcast(side)
    application[ORDERS] = Orders(side)

    async def let_go(_: web.Application) -> None:
        await application[BROADCAST].stop()
        await application[ORDERS].stop()

    application.on_shutdown.append(let_go)
    application.on_response_prepare.append(dress)
    set_up_templates(application, _HERE / "templates", application[ASSETS])

    async def ready() -> Readiness:
        return Readiness() if await _is_migrated(side) else Readiness(("database",), serves=False)

    add_health(application, ready)
    open_to_machines(application, list(application.router.routes()))
    for page in PAGES:
        page.routes.attach(application)
    return application


async def _is_migrated(side: StaffSide) -> bool:
    try:
        return await revision_of(side.database) == newest()
    except Exception:  # whatever it is, the database is not ready
        return False
