"""Key figures: each beside its target, and the targets, which are edited with their history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from aiohttp import web

from admin.fields import Choice, Day, Field, Wrong
from admin.forms import Filled, Form
from admin.pages.figures_asking import local_today
from admin.pages.figures_export import as_csv, as_json
from admin.routes import Routes
from admin.visit import Visit
from core.dialog.words import Text
from core.errors import Refused
from core.people.staff_roles import Permission
from core.stats.definitions import Period
from core.stats.kpi import CATEGORIES, MEASURES, Kpi, Target, read_target

_SEE, _SET = Permission.FIGURES_SEE, Permission.FIGURES_SET
COLUMNS = (
    "what",
    "value",
    "target",
    "per_cent",
    "exact",
    "target_first",
    "target_last",
    "counting_first",
    "counting_last",
    "strict_value",
    "strict_exact",
    "trend",
    "alert",
)
"""Of the file for spreadsheets."""
_BOTH = "all"
"""How the form writes the category of both together."""
routes = Routes()


@dataclass(frozen=True)
class Goal(Field[int | None]):
    """A target: a whole number above zero, or nothing: no target."""

    kind: ClassVar[str] = "number"
    required: bool = False

    def read(self, typed: Sequence[str]) -> int | None:
        try:
            return read_target(typed[0] if typed else "")
        except Refused as refused:
            raise Wrong(Text(refused.text_key, refused.params)) from None


MEASURE = Choice("measure", options=MEASURES, as_list=True)
CATEGORY = Choice("category", options=tuple(name or _BOTH for name in CATEGORIES), as_list=True)
TARGET = Goal("target")
FIRST, LAST = Day("first"), Day("last")
COUNTING_FIRST, COUNTING_LAST = Day("counting_first", required=False), Day("counting_last", required=False)
_PERIODS = (FIRST, LAST, COUNTING_FIRST, COUNTING_LAST)
NEW = Form("panel_figures.kpi", MEASURE, CATEGORY, TARGET, *_PERIODS)
CHANGE = Form("panel_figures.kpi", TARGET, *_PERIODS)


@routes.get("/figures/kpis", needs=_SEE)
async def show(visit: Visit) -> web.Response:
    return await _listed(visit, NEW.empty())


@routes.get("/figures/kpis.csv", needs=_SEE)
async def csv_file(visit: Visit) -> web.Response:
    await visit.side.rollup.refresh()
    heads = [visit.t(f"panel_figures.kpi.file.{name}") for name in COLUMNS]
    rows = [
        [
            visit.t(f"figures.kpi.what.{kpi.target.measure}_{kpi.target.category or _BOTH}"),
            *("" if value is None else value for value in list(_facts(kpi).values())[3:-1]),
            "" if (alert := kpi.alert()) is None else visit.t(alert),
        ]
        for kpi in await visit.side.targets.kpis()
    ]
    return as_csv("kpis", heads, rows)


@routes.get("/figures/kpis.json", needs=_SEE)
async def json_file(visit: Visit) -> web.Response:
    """Per cent exact to two decimals, and null where there is no target."""
    await visit.side.rollup.refresh()
    return as_json("kpis", {"rows": [_facts(kpi) for kpi in await visit.side.targets.kpis()]})


def _facts(kpi: Kpi) -> dict[str, str | int | bool | None]:
    target, reached, strict = kpi.target, kpi.reached, kpi.strict
    return {
        "kpi": target.kpi,
        "measure": target.measure,
        "category": target.category,
        "value": kpi.value,
        "target": target.target,
        "per_cent": None if reached is None else reached.per_cent,
        "exact": None if reached is None else reached.written,
        "target_first": target.target_period.first.isoformat(),
        "target_last": target.target_period.last.isoformat(),
        "counting_first": target.counting_period.first.isoformat(),
        "counting_last": target.counting_period.last.isoformat(),
        "strict_value": kpi.strict_value,
        "strict_exact": None if strict is None else strict.written,
        "trend": kpi.trend,
        "off_path": kpi.off_path,
    }


@routes.post("/figures/kpis", needs=_SET)
async def add(visit: Visit) -> web.Response:
    form = NEW.read(visit.fields)
    if form.is_right and (periods := _periods(form)):
        category = "" if form[CATEGORY] == _BOTH else form[CATEGORY]
        kpi = f"kpi-{visit.side.codes.new_id()}"
        try:
            await _set(visit, Target(kpi, form[MEASURE], category, form[TARGET], *periods))
            return visit.go("/figures/kpis", done="panel_figures.kpi_added")
        except Refused as refused:
            form.blame(refused, CATEGORY)
    return await _listed(visit, form, status=422)


@routes.get("/figures/kpis/{id}", needs=_SEE)
async def one(visit: Visit) -> web.Response:
    target = await _target(visit)
    counting = target.counting_period
    form = CHANGE.empty(
        target=target.target,
        first=target.target_period.first,
        last=target.target_period.last,
        counting_first=counting.first,
        counting_last=counting.last,
    )
    return await _shown(visit, target, form)


@routes.post("/figures/kpis/{id}", needs=_SET)
async def change(visit: Visit) -> web.Response:
    target = await _target(visit)
    form = CHANGE.read(visit.fields)
    if form.is_right and (periods := _periods(form)):
        await _set(visit, Target(target.kpi, target.measure, target.category, form[TARGET], *periods))
        return visit.go(f"/figures/kpis/{target.kpi}", done="panel_figures.target_set")
    return await _shown(visit, target, form, status=422)


async def _set(visit: Visit, target: Target) -> None:
    work = visit.work()
    visit.side.targets.set(work, target, visit.who.staff_id)
    facts: dict[str, str | int | bool] = {"kpi": target.kpi}
    if target.target is not None:
        facts["target"] = target.target
    await visit.commit(work, "panel_figures.target_set", **facts)


def _periods(form: Filled) -> tuple[Period, Period] | None:
    """Of the target, and of counting (the same where it is left out); None: the form says what is wrong."""
    first, last, counting_first, counting_last = (form[field] for field in _PERIODS)
    assert first is not None
    assert last is not None
    found = []
    for begin, end, field in (
        (first, last, LAST),
        (counting_first or first, counting_last or last, COUNTING_LAST),
    ):
        try:
            found.append(Period(begin, end))
        except Refused as refused:
            form.blame(refused, field)
    return (found[0], found[1]) if len(found) == 2 else None


async def _target(visit: Visit) -> Target:
    """As it holds. Raises `HTTPNotFound`."""
    for target in await visit.side.targets.current():
        if target.kpi == visit.path["id"]:
            return target
    raise web.HTTPNotFound


async def _listed(visit: Visit, form: Filled, status: int = 200) -> web.Response:
    await visit.side.rollup.refresh()
    kpis = await visit.side.targets.kpis()
    return visit.page("figures_kpis.html", kpis=kpis, form=form, may_set=visit.may(_SET), status=status)


async def _shown(visit: Visit, target: Target, form: Filled, status: int = 200) -> web.Response:
    await visit.side.rollup.refresh()
    return visit.page(
        "figures_kpi.html",
        kpi=await visit.side.targets.kpi(target, local_today(visit)),
        history=await visit.side.targets.history(target.kpi),
        logins=await visit.side.staff.logins(),
        form=form,
        may_set=visit.may(_SET),
        status=status,
    )
