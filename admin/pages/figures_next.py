"""What next: sentences that say what to open, move, repeat or drop, each with its figures; the same as CSV and JSON."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from admin.pages.figures_asking import Asked, period_facts
from admin.pages.figures_export import as_csv, as_json
from admin.routes import Routes
from admin.visit import Visit
from core.people.staff_roles import Permission
from core.stats.advice import Recommendation, what_next
from core.stats.planning import names_of, season_of

_SEE = Permission.FIGURES_SEE
routes = Routes()


@routes.get("/figures/next", needs=_SEE)
async def show(visit: Visit) -> web.Response:
    """Of the period in the address, by the dates of the slots themselves."""
    asked, found = await _find(visit)
    if found is None:
        return _again(visit, asked)
    return visit.page(
        "figures_next.html", form=asked.form, found=found, period=asked.period, address=asked.address
    )


@routes.get("/figures/next.csv", needs=_SEE)
async def csv_file(visit: Visit) -> web.Response:
    asked, found = await _find(visit)
    if found is None:
        return _again(visit, asked)
    heads = [visit.t("panel_figures.next.kind"), visit.t("panel_figures.next.sentence")]
    rows = [[visit.t(f"panel_figures.kind.{each.kind}"), visit.t(each.text)] for each in found]
    return as_csv("next", heads, rows)


@routes.get("/figures/next.json", needs=_SEE)
async def json_file(visit: Visit) -> web.Response:
    asked, found = await _find(visit)
    if found is None or asked.period is None:
        return _again(visit, asked)
    rows = [{"kind": each.kind, "sentence": visit.t(each.text)} for each in found]
    return as_json("next", {**period_facts(asked.period), "rows": rows})


def _again(visit: Visit, asked: Asked) -> web.Response:
    return visit.page("figures_next.html", form=asked.form, found=None, status=422)


async def _find(visit: Visit) -> tuple[Asked, Sequence[Recommendation] | None]:
    side, asked = visit.side, Asked(visit)
    if asked.period is None:
        return asked, None
    await side.rollup.refresh()
    activities = await side.activities.published()
    kpis = await side.targets.kpis()
    season = await season_of(side.figures, activities, kpis, asked.period, side.clock.now())
    return asked, what_next(season, names_of(activities))
