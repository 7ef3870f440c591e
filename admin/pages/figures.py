"""Statistics: applications and what became of them, by what the address asks; the same as CSV and JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from aiohttp import web

from admin.fields import Choice
from admin.pages.figures_asking import Asked
from admin.pages.figures_chart import MOST_BARS, charts
from admin.pages.figures_export import as_csv, as_json
from admin.routes import Entry, Routes
from admin.visit import Visit
from core.dialog.words import Words
from core.people.staff_roles import Permission
from core.stats.advice import Names
from core.stats.counts import LEADS, Cell, Table, View
from core.stats.definitions import Period
from core.stats.planning import names_of

COUNTED = ("applications", "accepted", "refused", "attended", "no_shows", "cancelled")
BREAKDOWNS: Mapping[str, tuple[str, ...]] = {
    "activity": ("activity",),
    "category": ("category",),
    "place": ("activity", "place"),
    "weekday": ("weekday",),
    "hour": ("hour",),
    "confirmed_on": ("confirmed_on",),
    "channel": ("channel",),
    "persons": ("persons",),
    "age": ("age",),
    "resident": ("resident",),
}
CATEGORY = Choice("category", required=False, options=("sport", "culture"), as_list=True)
CHANNEL = Choice("channel", required=False, options=("telegram", "web", "phone", "desk"), as_list=True)
_SEE = Permission.FIGURES_SEE
routes = Routes(Entry("/figures", _SEE, "panel_figures"))


@dataclass(frozen=True)
class Found:
    """What was asked for, and its table."""

    period: Period
    by: str
    filters: Mapping[str, str]
    table: Table
    labels: Sequence[str]
    """Of its rows."""


@routes.get("/figures", needs=_SEE)
async def show(visit: Visit) -> web.Response:
    asked, found = await _find(visit)
    if found is None:
        return _again(visit, asked)
    figures, view = visit.side.figures, View(found.period, filters=found.filters)
    reasons = {str(row.cell[0]): row.counts.refused for row in await figures.rows(view, ("reason",))}
    cancelled = await figures.cancellations(view)
    bars = [
        (label, [("one", row.counts["accepted"] or 0), ("two", row.counts["refused"] or 0)])
        for label, row in zip(found.labels, found.table.rows, strict=True)
    ]
    return visit.page(
        "figures.html",
        form=asked.form,
        address=asked.address,
        found=found,
        lines=list(zip(found.labels, found.table.rows, strict=True)),
        counted=COUNTED,
        reasons=[(name, reasons.get(name, 0)) for name in ("full", "too_few")],
        leads=[(name, cancelled.get(name, 0)) for name in (*(name for name, _ in LEADS), "earlier")],
        charts=charts(bars),
        left_out=max(0, len(bars) - MOST_BARS),
    )


@routes.get("/figures/statistics.csv", needs=_SEE)
async def csv_file(visit: Visit) -> web.Response:
    asked, found = await _find(visit)
    if found is None:
        return _again(visit, asked)
    heads = [visit.t(f"panel_figures.filter.by.{found.by}")]
    heads += [visit.t(f"figures.name.{name}") for name in COUNTED]
    hidden = visit.t("figures.masked.cell")
    rows: list[list[str | int]] = [
        [_cell(label, row.cell[-1]), *(hidden if (n := row.counts[name]) is None else n for name in COUNTED)]
        for label, row in zip(found.labels, found.table.rows, strict=True)
    ]
    rows.append([visit.t("panel_figures.total"), *(found.table.total[name] for name in COUNTED)])
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
            "first": found.period.first.isoformat(),
            "last": found.period.last.isoformat(),
            "filters": found.filters,
            "by": list(found.table.by),
            "masked": found.table.masked,
            "rows": [
                {
                    "cell": [one.isoformat() if isinstance(one, date) else one for one in row.cell],
                    **{name: row.counts[name] for name in COUNTED},
                }
                for row in found.table.rows
            ],
            "total": {name: found.table.total[name] for name in COUNTED},
        },
    )


def _cell(label: str, value: Cell) -> str:
    """Days as programs sort them."""
    return value.isoformat() if isinstance(value, date) else label


def _again(visit: Visit, asked: Asked) -> web.Response:
    return visit.page("figures.html", form=asked.form, found=None, status=422)


async def _find(visit: Visit) -> tuple[Asked, Found | None]:
    side = visit.side
    names = names_of(await side.activities.published())
    activity = Choice("activity", required=False, words=tuple(names.activities.items()), as_list=True)
    by = Choice("by", options=tuple(BREAKDOWNS), as_list=True)
    asked = Asked(visit, activity, CATEGORY, CHANNEL, by, by="activity")
    if asked.period is None:
        return asked, None
    await side.rollup.refresh()
    filters = {field.name: asked.form[field] for field in (activity, CATEGORY, CHANNEL) if asked.form[field]}
    chosen = asked.form[by]
    table = await side.figures.table(View(asked.period, filters=filters), BREAKDOWNS[chosen])
    labels = [_label(visit, names, chosen, row.cell) for row in table.rows]
    return asked, Found(asked.period, chosen, filters, table, labels)


def _label(visit: Visit, names: Names, by: str, cell: Sequence[Cell]) -> str:
    value = cell[-1]
    words: Words | str
    if value is None:
        return visit.t("panel_figures.not_told")
    if by in ("activity", "place"):
        words = names.where(str(cell[0]), str(cell[1]) if by == "place" else "")
    elif by == "hour":
        return f"{int(str(value)):02}:00"
    elif isinstance(value, date):
        return visit.t("panel_figures.day", day=value)
    elif by == "resident":
        words = f"panel_figures.resident.{value}"
    elif by in ("weekday", "channel", "category"):
        words = f"figures.{by}.{value}"
    else:
        return str(value)
    return visit.t(words)
