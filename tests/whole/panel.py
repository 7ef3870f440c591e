"""Somebody at the real panel, with every right in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from admin.app import make_panel
from core.bootstrap.staff import StaffSide, staff_side
from core.db.work import Work
from core.people.staff_model import staff
from core.people.staff_roles import Role
from core.people.staff_sessions import FULL
from tests.admin.pages import Browser
from tests.whole.processes import Processes

LEAST = 12
"""Pages of the panel without a parameter in their address; there are more."""


@asynccontextmanager
async def own_side(town: Processes) -> AsyncIterator[StaffSide]:
    side = staff_side(town.settings)
    try:
        yield side
    finally:
        await side.close()


@asynccontextmanager
async def sign_in(town: Processes) -> AsyncIterator[Browser]:
    """A browser in which somebody with every role is signed in."""
    async with own_side(town) as side:
        work, staff_id = Work(), side.codes.new_id()
        work.insert(
            staff, id=staff_id, login="everybody", password="x", factor=b"x", factor_step=0,
            roles=[str(role) for role in Role], active=True, joined_at=side.clock.now(),
        )  # fmt: skip
        await side.writer.commit(work)
        work = Work()
        token = side.sessions.open(work, staff_id, FULL, device="Firefox, Linux")
        await side.writer.commit(work)
    async with Browser(town.settings.admin_url, "el") as browser:
        browser.set_cookie(token)
        yield browser


async def visit_everything(town: Processes, browser: Browser) -> list[tuple[str, int]]:
    """Every page whose address has no parameter; those that did not answer as they should."""
    async with own_side(town) as side:
        paths = _without_parameters(make_panel(side))
    seen = {path: (await browser.visit(path)).status for path in paths}
    assert len([path for path, status in seen.items() if status == 200]) >= LEAST, seen
    return [(path, status) for path, status in seen.items() if status >= 500 or status in (401, 403)]


def _without_parameters(panel: web.Application) -> list[str]:
    found = {
        route.resource.canonical
        for route in panel.router.routes()
        if route.method == "GET" and route.resource is not None
    }
    return sorted(path for path in found if "{" not in path and not path.endswith("/stream"))
