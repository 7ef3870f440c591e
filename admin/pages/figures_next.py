"""What next: sentences that say what to open, move, repeat or drop, each with its figures."""

from __future__ import annotations

from aiohttp import web

from admin.pages.figures_asking import Asked
from admin.routes import Routes
from admin.visit import Visit
from core.people.staff_roles import Permission
from core.stats.advice import what_next
from core.stats.planning import names_of, season_of

routes = Routes()


@routes.get("/figures/next", needs=Permission.FIGURES_SEE)
async def show(visit: Visit) -> web.Response:
    """Of the period in the address, by the dates of the slots themselves."""
    side, asked = visit.side, Asked(visit)
    if asked.period is None:
        return visit.page("figures_next.html", form=asked.form, found=None, status=422)
    await side.rollup.refresh()
    activities = await side.activities.published()
    season = await season_of(side.figures, activities, await side.targets.kpis(), asked.period)
    found = what_next(season, names_of(activities))
    return visit.page("figures_next.html", form=asked.form, found=found, period=asked.period)
