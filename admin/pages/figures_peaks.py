"""The most people at the same time, by facility and day, and how many fewer than at first choices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from aiohttp import web

from admin.pages.figures_asking import CATEGORY, Asked, offer_of, period_facts
from admin.pages.figures_chart import MOST_BARS, Chart, charts
from admin.pages.figures_export import as_csv, as_json
from admin.routes import Routes
from admin.visit import Visit
from core.people.staff_roles import Permission
from core.stats.definitions import Reduction, decimal
from core.stats.presence import DayPeak, reduction_of

_SEE = Permission.FIGURES_SEE
routes = Routes()


@dataclass(frozen=True)
class OfFacility:
    """One facility's days, and all of them together."""

    name: str
    days: Sequence[DayPeak]
    together: Reduction
    empty: int
    """Days of the period on which nobody was inside."""
    charts: Sequence[Chart]
    left_out: int
    """Days that are not in the charts."""


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
    return as_json("peaks", {**period_facts(asked.period), "filters": asked.filters, "rows": rows})


def _again(visit: Visit, asked: Asked) -> web.Response:
    return visit.page("figures_peaks.html", form=asked.form, found=None, status=422)


async def _find(visit: Visit) -> tuple[Asked, list[OfFacility] | None]:
    side, offer = visit.side, await offer_of(visit)
    asked = Asked(visit, offer.facility, CATEGORY)
    if asked.period is None:
        return asked, None
    await side.rollup.refresh()
    by_facility: dict[str, list[DayPeak]] = {}
    for peak in await side.figures.peaks(asked.period, await _facilities(visit, asked)):
        by_facility.setdefault(peak.facility, []).append(peak)
    return asked, [
        OfFacility(
            visit.t(offer.facilities[key]) if key in offer.facilities else key,
            days,
            reduction_of(days),
            asked.period.days - sum(day.peak > 0 for day in days),
            charts([_bar(visit, day) for day in days]),
            max(0, len(days) - MOST_BARS),
        )
        for key, days in by_facility.items()
    ]


async def _facilities(visit: Visit, asked: Asked) -> set[str] | None:
    """None: all of them."""
    category, facility = asked.filters.get("category"), asked.filters.get("facility")
    found = None if category is None else await visit.side.figures.facilities(category)
    if facility is None:
        return found
    return {facility} if found is None else found & {facility}


def _bar(visit: Visit, day: DayPeak) -> tuple[str, list[tuple[str, int]]]:
    """What was, and how many more there would have been."""
    more = max(0, day.first_choices - day.peak)
    return visit.t("panel_figures.day", day=day.day), [("one", day.peak), ("two", more)]


def _exact(visit: Visit) -> object:
    """Per cent to two decimals, as the reader's language writes them."""

    def write(exact: Fraction) -> str:
        written = decimal(exact)
        return written.replace(".", ",") if visit.language == "el" else written

    return write
