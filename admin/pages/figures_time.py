"""How long before its hour people book (lead time), and how long a slot took to fill."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import Any

from aiohttp import web

from admin.pages.figures_asking import CATEGORY, Asked, offer_of, period_facts
from admin.pages.figures_chart import charts
from admin.pages.figures_export import as_csv, as_json
from admin.routes import Routes
from admin.visit import Visit
from core.people.staff_roles import Permission
from core.stats.advice import Names
from core.stats.counts import View
from core.stats.definitions import Period, decimal, median, median_of
from core.stats.planned import Filled

_SEE = Permission.FIGURES_SEE
_MOST_LINES = 20
BANDS = (("hour", 1), ("day", 24), ("three_days", 72), ("week", 168))
"""Booked less than so many hours before; else `earlier`."""
BAND_NAMES = (*(name for name, _ in BANDS), "earlier")
routes = Routes()


@dataclass(frozen=True)
class Lead:
    """Of one activity: accepted applications by band, and their median in hours."""

    activity: str
    bands: Mapping[str, int]
    middle: Fraction


@dataclass(frozen=True)
class Filling:
    """Of one activity: its slots that filled up."""

    activity: str
    slots: int
    quickest: timedelta
    middle: timedelta


@dataclass(frozen=True)
class Found:
    period: Period
    leads: Sequence[Lead]
    filled: Sequence[Filled]
    fillings: Sequence[Filling]
    names: Names


def band_of(hours: int) -> str:
    return next((name for name, limit in BANDS if hours < limit), "earlier")


def written(took: timedelta) -> str:
    """Hours and minutes: `5:40`."""
    hours, minutes = divmod(took // timedelta(minutes=1), 60)
    return f"{hours}:{minutes:02}"


@routes.get("/figures/time", needs=_SEE)
async def show(visit: Visit) -> web.Response:
    asked, found = await _find(visit)
    if found is None:
        return _again(visit, asked)
    bars = [
        (visit.t(f"panel_figures.band.{name}"), [("one", sum(each.bands[name] for each in found.leads))])
        for name in BAND_NAMES
    ]
    return visit.page(
        "figures_time.html",
        form=asked.form,
        address=asked.address,
        found=found,
        bands=BAND_NAMES,
        charts=charts(bars),
        quickest=[(_what(visit, found, each), each) for each in found.filled[:_MOST_LINES]],
        left_out=max(0, len(found.filled) - _MOST_LINES),
        written=written,
        decimal=lambda exact: _decimal(visit, exact),
    )


@routes.get("/figures/leads.csv", needs=_SEE)
async def leads_csv(visit: Visit) -> web.Response:
    asked, found = await _find(visit)
    if found is None:
        return _again(visit, asked)
    heads = [visit.t("panel_figures.heat.where"), *(visit.t(f"panel_figures.band.{n}") for n in BAND_NAMES)]
    heads.append(visit.t("panel_figures.time.median_hours"))
    rows: list[Sequence[str | int]] = [
        [
            visit.t(found.names.where(each.activity, "")),
            *(each.bands[name] for name in BAND_NAMES),
            decimal(each.middle, 1),
        ]
        for each in found.leads
    ]
    return as_csv("leads", heads, rows)


@routes.get("/figures/leads.json", needs=_SEE)
async def leads_json(visit: Visit) -> web.Response:
    asked, found = await _find(visit)
    if found is None:
        return _again(visit, asked)
    rows = [
        {"activity": each.activity, **each.bands, "median_hours": decimal(each.middle, 1)}
        for each in found.leads
    ]
    return as_json("leads", {**period_facts(found.period), "filters": asked.filters, "rows": rows})


@routes.get("/figures/filled.csv", needs=_SEE)
async def filled_csv(visit: Visit) -> web.Response:
    asked, found = await _find(visit)
    if found is None:
        return _again(visit, asked)
    heads = [visit.t(f"panel_figures.time.{name}") for name in ("what", "starts", "minutes")]
    rows: list[Sequence[str | int]] = [
        [_what(visit, found, each), _local(visit, each), each.took // timedelta(minutes=1)]
        for each in found.filled
    ]
    return as_csv("filled", heads, rows)


@routes.get("/figures/filled.json", needs=_SEE)
async def filled_json(visit: Visit) -> web.Response:
    asked, found = await _find(visit)
    if found is None:
        return _again(visit, asked)
    rows = [
        {
            "activity": each.activity,
            "place": each.place,
            "occasion": each.occasion,
            "starts_at": _local(visit, each),
            "minutes": each.took // timedelta(minutes=1),
        }
        for each in found.filled
    ]
    return as_json("filled", {**period_facts(found.period), "filters": asked.filters, "rows": rows})


def _local(visit: Visit, filled: Filled) -> str:
    return filled.starts_at.astimezone(visit.side.settings.zone).isoformat()


def _what(visit: Visit, found: Found, filled: Filled) -> str:
    return visit.t(found.names.what(filled.activity, filled.occasion, filled.place))


def _decimal(visit: Visit, exact: Fraction) -> str:
    """Only where it is no whole number, as the reader's language writes it."""
    text = decimal(exact, 1).removesuffix(".0")
    return text.replace(".", ",") if visit.language == "el" else text


def _again(visit: Visit, asked: Asked) -> web.Response:
    return visit.page("figures_time.html", form=asked.form, found=None, status=422)


async def _find(visit: Visit) -> tuple[Asked, Found | None]:
    side, offer = visit.side, await offer_of(visit)
    asked = Asked(visit, offer.facility, offer.activity, offer.place, CATEGORY)
    if asked.period is None:
        return asked, None
    await side.rollup.refresh()
    leads = [
        _lead(activity, hours)
        for activity, hours in (await side.figures.leads(View(asked.period, "slot", asked.filters))).items()
    ]
    filled = await side.figures.filled(asked.period, asked.filters)
    by_activity: dict[str, list[Filled]] = defaultdict(list)
    for each in filled:
        by_activity[each.activity].append(each)
    fillings = [_filling(activity, slots) for activity, slots in sorted(by_activity.items())]
    return asked, Found(asked.period, leads, filled, fillings, offer.names)


def _lead(activity: str, hours: Mapping[int, int]) -> Lead:
    bands = dict.fromkeys(BAND_NAMES, 0)
    for each, number in hours.items():
        bands[band_of(each)] += number
    return Lead(activity, bands, median_of(hours))


def _filling(activity: str, slots: Sequence[Any]) -> Filling:
    took = [each.took // timedelta(minutes=1) for each in slots]
    middle = median(took)
    assert middle is not None
    return Filling(activity, len(slots), slots[0].took, timedelta(minutes=int(middle)))
