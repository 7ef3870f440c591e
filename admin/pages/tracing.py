"""Warnings: the newest orders, each with its releases and what became of it, live; and what cases reported."""

from __future__ import annotations

import asyncio
from itertools import groupby

import aiohttp_jinja2
from aiohttp import web
from aiohttp_sse import sse_response

from admin.fields import Line
from admin.forms import Filled, Form
from admin.orders import ORDERS
from admin.pages import tracing_group
from admin.routes import Entry, Routes
from admin.visit import Visit
from core.db.types import FAR_FUTURE
from core.dialog.words import Words, say
from core.errors import Duplicate, Refused
from core.passes.code import spaced
from core.people.staff_roles import Permission
from core.people.staff_throttle import Throttle, key_of
from core.tracing.finding import FEW
from core.tracing.groups import LEAST_MINUTES, LONGEST, MOST_MINUTES, AroundPass, ByEvent, Group
from core.tracing.panel import Progress

STREAM_S = 240.0
"""Then the browser asks again, and whether it still may."""
_PATIENCE_S = 5.0
_NEEDS = Permission.TRACING
CODE = Line("code", longest=40, inputmode="numeric", autocomplete="one-time-code")
CODE_FORM = Form("panel_tracing.code", CODE)
UNDER_WAY = ("drafted", "asked", "waiting")
STATES = ("queued", "sent", "delivered", "called", "heard", "failed", "unreachable")
_LIMITS = {
    "few": FEW,
    "hours": int(LONGEST.total_seconds() // 3600),
    "least": LEAST_MINUTES,
    "most": MOST_MINUTES,
}
"""What the sentences of the worker's reasons are filled with: of a reason the database keeps the code alone."""
routes = Routes(Entry("/tracing", _NEEDS, "panel_tracing"))


@routes.get("/tracing", needs=_NEEDS)
async def listed(visit: Visit) -> web.Response:
    side = visit.side
    orders = await side.tracing.newest()
    return visit.page(
        "tracing/list.html",
        orders=[(each, await group_words(visit, each.group)) for each in orders],
        logins=await side.staff.logins(),
        standing=await side.invitations.standing(visit.who.staff_id),
        reports=len({each.report_id for each in await side.reports.listed()}),
    )


@routes.get("/tracing/reports", needs=_NEEDS)
async def reports(visit: Visit) -> web.Response:
    """Passes that cases reported themselves."""
    side = visit.side
    return visit.page(
        "tracing/reports.html",
        reports=[list(each) for _, each in groupby(await side.reports.listed(), lambda one: one.report_id)],
        names={each.key: each.name.written() for each in await side.choosing.facilities()},
        inside=FAR_FUTURE,
        spaced=spaced,
    )


@routes.get("/tracing/order/{id}", needs=_NEEDS)
async def order(visit: Visit) -> web.Response:
    return await _page(visit, await _found(visit), CODE_FORM.empty())


@routes.post("/tracing/order/{id}/code", needs=_NEEDS)
async def type_code(visit: Visit) -> web.Response:
    """Hand a release code on to the worker, which alone can tell whether it is right."""
    found, form = await _found(visit), CODE_FORM.read(visit.fields)
    if form.is_right:
        side, work = visit.side, visit.work()
        try:
            if found.state != "asked":
                raise Refused("tracing.not_waiting")
            key = key_of("release", f"{visit.who.staff_id} {found.id}")
            Throttle(side.clock).charge(work, key, actor=visit.who.actor)
            side.tracing.type_code(work, found.id, visit.who.staff_id, form[CODE])
            await visit.commit(work, "panel_tracing.code_typed", warning=str(found.id))
            visit.request.config_dict[ORDERS].watch(found.id).kick()
            return visit.go(f"/tracing/order/{found.id}")
        except Refused as refused:
            form.blame(refused, CODE)
    return await _page(visit, found, form, status=422)


@routes.post("/tracing/order/{id}/cancel", needs=_NEEDS)
async def cancel(visit: Visit) -> web.Response:
    found, work = await _found(visit), visit.work()
    try:
        visit.side.tracing.cancel(work, found.id, visit.who.staff_id)
        await visit.side.writer.commit(work)
    except Refused as refused:
        return await _page(visit, await _found(visit), CODE_FORM.empty().blame(refused), status=422)
    except Duplicate:
        pass
    return visit.go(f"/tracing/order/{found.id}", done="panel_tracing.cancelled")


@routes.post("/tracing/order/{id}/edit", needs=_NEEDS)
async def edit(visit: Visit) -> web.Response:
    """Stop it, and begin again from what it had: whatever is changed needs fresh releases."""
    found, work = await _found(visit), visit.work()
    if found.group is None:
        raise web.HTTPNotFound
    try:
        if found.state in UNDER_WAY:
            visit.side.tracing.cancel(work, found.id, visit.who.staff_id)
        return await tracing_group.edit(visit, found.group, found.wording, work)
    except Refused as refused:
        return await _page(visit, await _found(visit), CODE_FORM.empty().blame(refused), status=422)
    except Duplicate:
        return visit.go(f"/tracing/order/{found.id}")


@routes.get("/tracing/order/{id}/stream", needs=_NEEDS)
async def stream(visit: Visit) -> web.StreamResponse:
    found = await _found(visit)
    watch = visit.request.config_dict[ORDERS].watch(found.id)
    loop = asyncio.get_running_loop()
    until, version = loop.time() + STREAM_S, 0
    logins = await visit.side.staff.logins()
    async with sse_response(visit.request) as response:
        while response.is_connected() and loop.time() < until and not watch.stopped:
            version, seen = await watch.next(version, _PATIENCE_S)
            if seen is not None:
                await response.send(_draw(visit, seen, logins), retry=1000)
    return response


async def _found(visit: Visit) -> Progress:
    try:
        return await visit.side.tracing.progress(visit.number("id"))
    except Refused:
        raise web.HTTPNotFound from None


async def _page(visit: Visit, found: Progress, form: Filled, status: int = 200) -> web.Response:
    return visit.page(
        "tracing/order.html",
        status=status,
        order=found,
        form=form,
        group=await group_words(visit, found.group),
        counts=_counts(found),
        drawn=_draw(visit, found, await visit.side.staff.logins()),
        is_under_way=found.state in UNDER_WAY,
    )


def _draw(visit: Visit, found: Progress, logins: dict[int, str]) -> str:
    """What changes of an order, for whoever looks: each sees what came of the code they typed themselves."""
    outcome = found.typed.get(visit.who.staff_id)
    facts = {
        "t": visit.t,
        "order": found,
        "logins": logins,
        "states": [(state, found.by_state[state]) for state in STATES if found.by_state.get(state)],
        "total": sum(found.by_state.values()),
        "typed": visit.who.staff_id in found.typed,
        "outcome": outcome,
        "outcome_words": _reason(visit, outcome),
        "reason": _reason(visit, found.reason),
    }
    return aiohttp_jinja2.render_string("tracing/now.html", visit.request, facts)


def _counts(found: Progress) -> dict[str, int]:
    """What the officers were told of an order."""
    names = ("people", "persons", "sms", "calls", "chats", "unreachable")
    counts = {name: int(found.counts.get(name, 0)) for name in names}
    return counts | {"segments": sum(found.counts.get("segments", {}).values())}


def _reason(visit: Visit, code: str | None) -> str:
    """The sentence of a reason that stands in the database; one that anybody made up says nothing."""
    area, _, name = (code or "").partition(".")
    key = f"tracing.refused.{name}"
    return (
        visit.t(key, **_LIMITS, since=visit.side.choosing.kept_since)
        if area == "tracing" and visit.has(key)
        else ""
    )


async def group_words(visit: Visit, group: Group | None) -> Words | str:
    """Who is meant, without the case's code."""
    if group is None:
        return ""
    if isinstance(group, AroundPass):
        return say("panel_tracing.group.pass", minutes=group.minutes)
    choosing = visit.side.choosing
    if isinstance(group, ByEvent):
        named = {each.key: each.name.written() for each in await choosing.events()}
        return say(
            "panel_tracing.group.event", what=named.get(group.activity, group.activity), start=group.start
        )
    facilities = {each.key: each for each in await choosing.facilities()}
    facility = facilities.get(group.facility)
    where = facility.name.written() if facility else group.facility
    lanes = {each.key: each.name.written() for each in facility.individual_facilities} if facility else {}
    places = tuple(lanes.get(each, each) for each in group.places)
    key = "hours_places" if places else "hours"
    return say(f"panel_tracing.group.{key}", where=where, start=group.start, end=group.end, places=places)
