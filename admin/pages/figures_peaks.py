"""The most people at the same time, by facility and day, and how many fewer than at first choices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from aiohttp import web

from admin.fields import Choice
from admin.pages.figures_asking import Asked
from admin.pages.figures_export import as_csv, as_json
from admin.routes import Routes
from admin.visit import Visit
from core.people.staff_roles import Permission
from core.stats.definitions import Reduction, decimal
from core.stats.presence import DayPeak, reduction_of

_SEE = Permission.FIGURES_SEE
CATEGORY = Choice("category", required=False, options=("sport", "culture"), as_list=True)
routes = Routes()


@dataclass(frozen=True)
class OfFacility:
    """One facility's days, and all of them together."""

    name: str
    days: Sequence[DayPeak]
    together: Reduction


@routes.get("/figures/peaks", needs=_SEE)
async def show(visit: Visit) -> web.Response:
    asked, found = await _find(visit)
    if found is None:
        return _again(visit, asked)
    return visit.page(
        "figures_peaks.html", form=asked.form, address=asked.address, found=found, exact=_exact(visit)
    )


@routes.get("/figures/peaks.csv", needs=_SEE)
async def csv_file(visit: Visit) -> web.Response:
    asked, found = await _find(visit)
    if found is None:
        return _again(visit, asked)
    columns = ("facility", "day", "peak", "first_choices", "reduction")
    heads = [visit.t(f"panel_figures.peaks.{name}") for name in columns]
    rows: list[list[str | int]] = [
        [each.name, day.day.isoformat(), day.peak, day.first_choices, "" if cent is None else cent]
        for each in found
        for day in each.days
        for cent in (day.reduction.per_cent,)
    ]
    return as_csv("peaks", heads, rows)


@routes.get("/figures/peaks.json", needs=_SEE)
async def json_file(visit: Visit) -> web.Response:
    """`reduction` in per cent, exact to two decimals; null where nobody would have come."""
    asked, found = await _find(visit)
    if found is None or asked.period is None:
        return _again(visit, asked)
    rows = [
        {
            "facility": day.facility,
            "day": day.day.isoformat(),
            "peak": day.peak,
            "first_choices": day.first_choices,
            "reduction": None if (exact := day.reduction.exact) is None else decimal(exact),
        }
        for each in found
        for day in each.days
    ]
    period = {"first": asked.period.first.isoformat(), "last": asked.period.last.isoformat()}
    return as_json("peaks", {**period, "rows": rows})


def _again(visit: Visit, asked: Asked) -> web.Response:
    return visit.page("figures_peaks.html", form=asked.form, found=None, status=422)


async def _find(visit: Visit) -> tuple[Asked, list[OfFacility] | None]:
    side = visit.side
    asked = Asked(visit, CATEGORY)
    if asked.period is None:
        return asked, None
    await side.rollup.refresh()
    category = asked.form[CATEGORY]
    facilities = await side.figures.facilities(category) if category else None
    by_facility: dict[str, list[DayPeak]] = {}
    for peak in await side.figures.peaks(asked.period, facilities):
        by_facility.setdefault(peak.facility, []).append(peak)
    named = {each.facility.key: each.facility.name.written() for each in await side.activities.published()}
    return asked, [
        OfFacility(visit.t(named[key]) if key in named else key, days, reduction_of(days))
        for key, days in by_facility.items()
    ]


def _exact(visit: Visit) -> object:
    """Per cent to two decimals, as the reader's language writes them."""

    def write(exact: Fraction) -> str:
        written = decimal(exact)
        return written.replace(".", ",") if visit.language == "el" else written

    return write
