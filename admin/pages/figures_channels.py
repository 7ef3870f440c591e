"""Equity by channel: applications, refusals, and how much of the places kept for the desk and the phone was used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from admin.pages.figures_asking import CATEGORY, Asked, offer_of, period_facts
from admin.pages.figures_chart import charts
from admin.pages.figures_export import as_csv, as_json
from admin.routes import Routes
from admin.visit import Visit
from core.people.staff_roles import Permission
from core.stats.counts import View
from core.stats.definitions import Period
from core.stats.equity import WITH_A_SHARE, OfChannel, by_channel, sentences

_SEE = Permission.FIGURES_SEE
COLUMNS = (
    "applications",
    "accepted",
    "refused",
    "refused_per_cent",
    "attended",
    "kept",
    "kept_used",
    "kept_per_cent",
)
routes = Routes()


@dataclass(frozen=True)
class Found:
    period: Period
    channels: Sequence[OfChannel]


@routes.get("/figures/channels", needs=_SEE)
async def show(visit: Visit) -> web.Response:
    asked, found = await _find(visit)
    if found is None:
        return visit.page("figures_channels.html", form=asked.form, found=None, status=422)
    bars = [
        (
            visit.t(f"figures.channel.{each.channel}"),
            [("one", each.counts.accepted), ("two", each.counts.refused)],
        )
        for each in found.channels
    ]
    return visit.page(
        "figures_channels.html",
        form=asked.form,
        address=asked.address,
        found=found,
        columns=COLUMNS,
        rows=[(each.channel, _numbers(each)) for each in found.channels],
        sentences=sentences(found.channels),
        charts=charts(bars),
    )


@routes.get("/figures/channels.csv", needs=_SEE)
async def csv_file(visit: Visit) -> web.Response:
    asked, found = await _find(visit)
    if found is None:
        return visit.page("figures_channels.html", form=asked.form, found=None, status=422)
    heads = [visit.t("panel_figures.filter.channel.label")]
    heads += [visit.t(f"panel_figures.equity.{name}") for name in COLUMNS]
    rows = [
        [
            visit.t(f"figures.channel.{each.channel}"),
            *("" if n is None else n for n in _numbers(each).values()),
        ]
        for each in found.channels
    ]
    return as_csv("channels", heads, rows)


@routes.get("/figures/channels.json", needs=_SEE)
async def json_file(visit: Visit) -> web.Response:
    """Per cent are null where there is nothing to divide by."""
    asked, found = await _find(visit)
    if found is None:
        return visit.page("figures_channels.html", form=asked.form, found=None, status=422)
    rows = [{"channel": each.channel, **_numbers(each)} for each in found.channels]
    return as_json("channels", {**period_facts(found.period), "filters": asked.filters, "rows": rows})


def _numbers(each: OfChannel) -> dict[str, int | None]:
    counts, refused, used = each.counts, each.refused, each.used
    numbers = (
        counts.applications,
        counts.accepted,
        counts.refused,
        None if refused is None else refused.per_cent,
        counts.attended,
        each.kept.units,
        each.kept.used,
        None if used is None else used.per_cent,
    )
    return dict(zip(COLUMNS, numbers, strict=True))


async def _find(visit: Visit) -> tuple[Asked, Found | None]:
    side, offer = visit.side, await offer_of(visit)
    asked = Asked(visit, offer.facility, offer.activity, CATEGORY)
    if asked.period is None:
        return asked, None
    await side.rollup.refresh()
    rows = await side.figures.rows(View(asked.period, "slot", asked.filters), ("channel",))
    kept = {}
    for channel in WITH_A_SHARE:
        shares = {each.key: int(getattr(each.reserved, channel)) for each in offer.activities}
        kept[channel] = await side.figures.kept(asked.period, channel, shares, asked.filters)
    counts = {str(row.cell[0]): row.counts for row in rows}
    return asked, Found(asked.period, by_channel(counts, kept))
