"""Gathers one period's figures for "what next" (`advice`), and the names that its sentences use."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from core.activities.calendar import Occasion, Rule
from core.activities.definition import Activity
from core.dialog.words import Words
from core.stats.advice import Names, Season
from core.stats.counts import Counts, View
from core.stats.definitions import Period
from core.stats.kpi import Kpi
from core.stats.queries import Figures


async def season_of(
    figures: Figures, activities: Sequence[Activity], kpis: Sequence[Kpi], period: Period, now: datetime
) -> Season:
    """By the slots' own dates: what to open, move or drop is about hours, not about when they were asked for. How
    full an hour is shows when it is over: one that is yet to come may still fill.
    """
    view = View(period, "slot")
    refused: dict[tuple[str, str, int, int], Counts] = defaultdict(Counts)
    for row in await figures.rows(view, ("activity", "place", "weekday", "hour")):
        if row.counts.refused:
            activity, place, weekday, hour = row.cell
            refused[str(activity), str(place), int(str(weekday)), int(str(hour))] += row.counts
    return Season(
        fills=await figures.fill(period, over_by=now),
        refused=refused,
        by_activity={str(row.cell[0]): row.counts for row in await figures.rows(view, ("activity",))},
        by_channel={str(row.cell[0]): row.counts for row in await figures.rows(view, ("channel",))},
        filled=await figures.filled(period),
        performances=await figures.performances(period),
        kpis=kpis,
        with_occasions=frozenset(each.key for each in activities if each.calendar.occasions),
    )


def names_of(activities: Sequence[Activity]) -> Names:
    """As their definitions call them."""
    places: dict[tuple[str, str], Words] = {}
    occasions: dict[tuple[str, str], Words] = {}
    for activity in activities:
        for place in activity.facility.individual_facilities:
            places[activity.key, place.key] = place.name.written()
        sources: tuple[Rule | Occasion, ...] = (*activity.calendar.occasions, *activity.calendar.rules)
        for source in sources:
            if source.key is not None and source.name is not None:
                occasions[activity.key, source.key] = source.name.written()
    return Names({each.key: each.name.written() for each in activities}, places, occasions)
