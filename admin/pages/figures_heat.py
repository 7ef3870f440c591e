"""The week by hours: how full they are, and who found no place; by facility, activity and lane, as the address asks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from admin.pages.figures_asking import CATEGORY, Asked, offer_of, period_facts
from admin.pages.figures_export import as_csv, as_json
from admin.pages.figures_grid import STEPS, grids, shade
from admin.routes import Routes
from admin.visit import Visit
from core.people.staff_roles import Permission
from core.stats.advice import Names
from core.stats.counts import Counts, View
from core.stats.definitions import Period, share
from core.stats.planned import Fill

_SEE = Permission.FIGURES_SEE
_MOST_LINES = 30
COLUMNS = ("slots", "capacity", "taken", "per_cent", "full", "refused", "refused_persons")
routes = Routes()


@dataclass
class Cell:
    """A weekday's hour, or one of its lanes."""

    slots: int = 0
    capacity: int = 0
    taken: int = 0
    full: int = 0
    refused: int = 0
    refused_persons: int = 0

    @property
    def per_cent(self) -> int | None:
        """None where no slot was open."""
        taken = share(self.taken, self.capacity)
        return None if taken is None else taken.per_cent

    def add(self, fill: Fill) -> None:
        self.slots += fill.slots
        self.capacity += fill.capacity
        self.taken += fill.taken
        self.full += fill.full

    def turn_away(self, counts: Counts) -> None:
        self.refused += counts.refused
        self.refused_persons += counts.refused_persons


@dataclass(frozen=True)
class Found:
    period: Period
    hours: dict[tuple[int, int], Cell]
    """By weekday and hour."""
    lanes: dict[tuple[str, str, int, int], Cell]
    """By activity, place, weekday and hour."""
    names: Names

    @property
    def unmet(self) -> list[tuple[tuple[str, str, int, int], Cell]]:
        """Where somebody found no place, the most first."""
        found = [each for each in self.lanes.items() if each[1].refused]
        return sorted(found, key=lambda each: (-each[1].refused, each[0]))


@routes.get("/figures/heat", needs=_SEE)
async def show(visit: Visit) -> web.Response:
    asked, found = await _find(visit)
    if found is None:
        return _again(visit, asked)
    most = max((cell.refused for cell in found.hours.values()), default=0)
    filled = {
        key: (shade(cell.taken, cell.capacity), f"{cell.per_cent} %")
        for key, cell in found.hours.items()
        if cell.per_cent is not None
    }
    refused = {
        key: (shade(cell.refused, most), str(cell.refused)) for key, cell in found.hours.items() if most
    }
    unmet = found.unmet
    return visit.page(
        "figures_heat.html",
        form=asked.form,
        address=asked.address,
        found=found,
        filled=grids(filled),
        refused=grids(refused),
        rows=sorted({hour for _, hour in found.hours}),
        steps=STEPS,
        unmet=[(_where(visit, found, key), cell) for key, cell in unmet[:_MOST_LINES]],
        left_out=max(0, len(unmet) - _MOST_LINES),
    )


@routes.get("/figures/heat.csv", needs=_SEE)
async def csv_file(visit: Visit) -> web.Response:
    """By lane, weekday and hour."""
    asked, found = await _find(visit)
    if found is None:
        return _again(visit, asked)
    heads = [visit.t(f"panel_figures.heat.{name}") for name in ("where", "weekday", "hour", *COLUMNS)]
    rows: list[Sequence[str | int]] = [
        [*_where(visit, found, key), *("" if n is None else n for n in _numbers(cell).values())]
        for key, cell in sorted(found.lanes.items())
    ]
    return as_csv("heat", heads, rows)


@routes.get("/figures/heat.json", needs=_SEE)
async def json_file(visit: Visit) -> web.Response:
    """By weekday (0 is Monday) and hour, and by lane as well; `per_cent` is null where no slot was open."""
    asked, found = await _find(visit)
    if found is None:
        return _again(visit, asked)
    names = ("activity", "place", "weekday", "hour")
    return as_json(
        "heat",
        {
            **period_facts(found.period),
            "filters": asked.filters,
            "hours": [
                {**dict(zip(names[2:], key, strict=True)), **_numbers(cell)}
                for key, cell in sorted(found.hours.items())
            ],
            "rows": [
                {**dict(zip(names, key, strict=True)), **_numbers(cell)}
                for key, cell in sorted(found.lanes.items())
            ],
        },
    )


def _numbers(cell: Cell) -> dict[str, int | None]:
    return {name: getattr(cell, name) for name in COLUMNS}


def _where(visit: Visit, found: Found, key: tuple[str, str, int, int]) -> list[str]:
    activity, place, weekday, hour = key
    where = visit.t(found.names.where(activity, place))
    return [where, visit.t(f"figures.weekday.{weekday}"), f"{hour:02}:00"]


def _again(visit: Visit, asked: Asked) -> web.Response:
    return visit.page("figures_heat.html", form=asked.form, found=None, status=422)


async def _find(visit: Visit) -> tuple[Asked, Found | None]:
    side, offer = visit.side, await offer_of(visit)
    asked = Asked(visit, offer.facility, offer.activity, offer.place, CATEGORY)
    if asked.period is None:
        return asked, None
    await side.rollup.refresh()
    hours: dict[tuple[int, int], Cell] = defaultdict(Cell)
    lanes: dict[tuple[str, str, int, int], Cell] = defaultdict(Cell)
    for fill in await side.figures.fill(asked.period, asked.filters):
        hours[fill.weekday, fill.hour].add(fill)
        lanes[fill.activity, fill.place, fill.weekday, fill.hour].add(fill)
    view = View(asked.period, "slot", asked.filters)
    for row in await side.figures.rows(view, ("activity", "place", "weekday", "hour")):
        if row.counts.refused:
            activity, place, weekday, hour = row.cell
            key = str(activity), str(place), int(str(weekday)), int(str(hour))
            hours[key[2:]].turn_away(row.counts)
            lanes[key].turn_away(row.counts)
    return asked, Found(asked.period, dict(hours), dict(lanes), offer.names)
