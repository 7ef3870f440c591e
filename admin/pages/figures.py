"""Statistics: applications and what became of them, by what the address asks; the same as CSV and JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from aiohttp import web

from admin.fields import Choice
from admin.pages.figures_asking import CATEGORY, CHANNEL, Asked, Offer, offer_of, period_facts
from admin.pages.figures_chart import MOST_BARS, charts
from admin.pages.figures_export import as_csv, as_json
from admin.routes import Entry, Routes
from admin.visit import Visit
from core.dialog.words import Words
from core.people.staff_roles import Permission
from core.stats.counts import LEAD_NAMES, Basis, Cell, Table, View
from core.stats.definitions import Period
from core.stats.queries import Users

COUNTED = ("applications", "accepted", "refused", "attended", "no_shows", "cancelled")
WHY = ("full", "too_few")
"""Refused, and why."""
WHEN = tuple(f"cancelled_{name}" for name in LEAD_NAMES)
"""Cancelled, by time before the start."""
DETAILS = (*WHY, *WHEN, "moved", "persons")
BREAKDOWNS: Mapping[str, tuple[str, ...]] = {
    "activity": ("activity",),
    "category": ("category",),
    "facility": ("facility",),
    "place": ("activity", "place"),
    "occasion": ("activity", "occasion"),
    "weekday": ("weekday",),
    "hour": ("hour",),
    "weekday_hour": ("weekday", "hour"),
    "day": ("day",),
    "confirmed_on": ("confirmed_on",),
    "channel": ("channel",),
    "persons": ("persons",),
    "age": ("age",),
    "resident": ("resident",),
}
_BASES: Mapping[str, Basis] = {"confirmed": "confirmed", "slot": "slot"}
BASIS = Choice("basis", options=tuple(_BASES), as_list=True)
BY = Choice("by", options=tuple(BREAKDOWNS), as_list=True)
_SEE = Permission.FIGURES_SEE
routes = Routes(Entry("/figures", _SEE, "panel_figures"))


@dataclass(frozen=True)
class Found:
    """What was asked for, and its table."""

    period: Period
    by: str
    basis: str
    filters: Mapping[str, str]
    table: Table
    labels: Sequence[str]
    """Of its rows."""


@routes.get("/figures", needs=_SEE)
async def show(visit: Visit) -> web.Response:
    asked, found = await _find(visit)
    if found is None:
        return _again(visit, asked)
    bars = [
        (label, [("one", row.counts["accepted"] or 0), ("two", row.counts["refused"] or 0)])
        for label, row in zip(found.labels, found.table.rows, strict=True)
    ]
    users: Users = await visit.side.figures.users(found.period.last)
    return visit.page(
        "figures.html",
        form=asked.form,
        address=asked.address,
        found=found,
        lines=list(zip(found.labels, found.table.rows, strict=True)),
        counted=COUNTED,
        details=DETAILS,
        why=WHY,
        when=WHEN,
        users=users,
        charts=charts(bars),
        left_out=max(0, len(bars) - MOST_BARS),
    )


@routes.get("/figures/statistics.csv", needs=_SEE)
async def csv_file(visit: Visit) -> web.Response:
    asked, found = await _find(visit)
    if found is None:
        return _again(visit, asked)
    heads = [visit.t(f"panel_figures.filter.by.{found.by}")]
    heads += [visit.t(f"figures.name.{name}") for name in (*COUNTED, *DETAILS)]
    hidden = visit.t("figures.masked.cell")
    rows: list[list[str | int]] = [
        [_cell(label, row.cell[-1]), *(hidden if n is None else n for n in _numbers(row.counts).values())]
        for label, row in zip(found.labels, found.table.rows, strict=True)
    ]
    rows.append([visit.t("panel_figures.total"), *(n or 0 for n in _numbers(found.table.total).values())])
    return as_csv("statistics", heads, rows)


@routes.get("/figures/statistics.json", needs=_SEE)
async def json_file(visit: Visit) -> web.Response:
    """A hidden count is null."""
    asked, found = await _find(visit)
    if found is None:
        return _again(visit, asked)
    return as_json(
        "statistics",
        {
            **period_facts(found.period),
            "basis": found.basis,
            "filters": found.filters,
            "by": list(found.table.by),
            "masked": found.table.masked,
            "rows": [
                {
                    "cell": [one.isoformat() if isinstance(one, date) else one for one in row.cell],
                    **_numbers(row.counts),
                }
                for row in found.table.rows
            ],
            "total": _numbers(found.table.total),
        },
    )


def _numbers(counts: Mapping[str, int | None]) -> dict[str, int | None]:
    return {name: counts[name] for name in (*COUNTED, *DETAILS)}


def _cell(label: str, value: Cell) -> str:
    """Days as programs sort them."""
    return value.isoformat() if isinstance(value, date) else label


def _again(visit: Visit, asked: Asked) -> web.Response:
    return visit.page("figures.html", form=asked.form, found=None, status=422)


async def _find(visit: Visit) -> tuple[Asked, Found | None]:
    side, offer = visit.side, await offer_of(visit)
    fields = (offer.facility, offer.activity, offer.place, CATEGORY, CHANNEL, BASIS, BY)
    asked = Asked(visit, *fields, by="activity", basis="confirmed")
    if asked.period is None:
        return asked, None
    await side.rollup.refresh()
    by, basis = asked.form[BY], _BASES[asked.form[BASIS]]
    view = View(asked.period, basis, filters=asked.filters)
    table = await side.figures.table(view, BREAKDOWNS[by])
    labels = [_label(visit, offer, by, row.cell) for row in table.rows]
    return asked, Found(asked.period, by, basis, asked.filters, table, labels)


def _label(visit: Visit, offer: Offer, by: str, cell: Sequence[Cell]) -> str:
    value = cell[-1]
    words: Words | str
    if value is None:
        return visit.t("panel_figures.not_told")
    if by in ("activity", "place"):
        words = offer.names.where(str(cell[0]), str(cell[1]) if by == "place" else "")
    elif by == "occasion":
        words = offer.names.what(str(cell[0]), str(value), "")
    elif by == "facility" and value in offer.facilities:
        words = offer.facilities[str(value)]
    elif by == "hour":
        return f"{int(str(value)):02}:00"
    elif by == "weekday_hour":
        return f"{visit.t(f'figures.weekday.{cell[0]}')} {int(str(value)):02}:00"
    elif isinstance(value, date):
        return visit.t("panel_figures.day", day=value)
    elif by == "resident":
        words = f"panel_figures.resident.{value}"
    elif by in ("weekday", "channel", "category"):
        words = f"figures.{by}.{value}"
    else:
        return str(value)
    return visit.t(words)
