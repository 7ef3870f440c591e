"""Choosing a group and its words, looking at what would be sent, and handing it to the worker."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from admin.forms import Filled
from admin.pages.tracing_forms import (
    PASS,
    EventForm,
    GroupForm,
    HoursForm,
    PassForm,
    blame,
    values_of,
    wording_of,
)
from admin.routes import Routes
from admin.visit import Visit
from core.db.work import Work
from core.dialog.words import Words, say
from core.errors import Duplicate, Refused
from core.people.staff_roles import Permission
from core.tracing.groups import AroundPass, ByEvent, Group
from core.tracing.panel import Preview
from core.tracing.wording import Wording

_NEEDS = Permission.TRACING
routes = Routes()


@dataclass(frozen=True)
class Compose:
    """A page on which a group is chosen: where it posts to, what it is about, and its form."""

    path: str
    about: Words
    form: GroupForm


@routes.get("/tracing/new", needs=_NEEDS)
async def new(visit: Visit) -> web.Response:
    choosing = visit.side.choosing
    return visit.page(
        "tracing/new.html", facilities=await choosing.facilities(), events=await choosing.events()
    )


@routes.get("/tracing/hours/{key}", needs=_NEEDS)
@routes.get("/tracing/event/{key}", needs=_NEEDS)
@routes.get("/tracing/pass", needs=_NEEDS)
async def begin(visit: Visit) -> web.Response:
    compose = await _compose(visit)
    return await page(
        visit, compose, compose.form.empty(**compose.form.values(None, visit.side.settings.zone))
    )


@routes.post("/tracing/pass/of", needs=_NEEDS)
async def around(visit: Visit) -> web.Response:
    """Around a pass that was reported: its code goes in the body, never in an address."""
    compose = await _compose(visit)
    found = compose.form.values(AroundPass(visit.fields.get(PASS.name, ("",))[0]), visit.side.settings.zone)
    return await page(visit, compose, compose.form.empty(**found))


@routes.post("/tracing/hours/{key}", needs=_NEEDS)
@routes.post("/tracing/event/{key}", needs=_NEEDS)
@routes.post("/tracing/pass", needs=_NEEDS)
async def preview(visit: Visit) -> web.Response:
    compose = await _compose(visit)
    form = compose.form.read(visit.fields)
    chosen = _chosen(visit, compose.form, form)
    if chosen is not None:
        try:
            found = await visit.side.tracing.preview(visit.who.staff_id, *chosen)
            return await page(visit, compose, form, found=found)
        except Refused as refused:
            blame(form, refused)
    return await page(visit, compose, form, status=422)


@routes.post("/tracing/hours/{key}/draft", needs=_NEEDS)
@routes.post("/tracing/event/{key}/draft", needs=_NEEDS)
@routes.post("/tracing/pass/draft", needs=_NEEDS)
async def draft(visit: Visit) -> web.Response:
    """Hand it to the worker, which asks the officers on their own telephones."""
    side, compose = visit.side, await _compose(visit)
    form = compose.form.read(visit.fields)
    chosen = _chosen(visit, compose.form, form)
    if chosen is not None:
        work = visit.work()
        try:
            if not (await side.invitations.standing(visit.who.staff_id)).enrolled_at:
                raise Refused("tracing.not_enrolled")
            warning_id = await side.tracing.draft(work, visit.who.staff_id, *chosen)
            await side.writer.commit(work)
            return visit.go(f"/tracing/order/{warning_id}", done="panel_tracing.drafted")
        except Refused as refused:
            blame(form, refused)
        except Duplicate:
            return visit.go("/tracing", done="panel_tracing.drafted")
    return await page(visit, compose, form, status=422)


async def edit(visit: Visit, group: Group, wording: Wording | None, work: Work) -> web.Response:
    """The form again with what an order had, once that order is stopped."""
    compose = await _of_group(visit, group)
    await visit.side.writer.commit(work)
    values = compose.form.values(group, visit.side.settings.zone) | values_of(wording)
    return await page(visit, compose, compose.form.empty(**values), stopped=True)


async def page(
    visit: Visit,
    compose: Compose,
    form: Filled,
    *,
    found: Preview | None = None,
    stopped: bool = False,
    status: int = 200,
) -> web.Response:
    price = visit.side.settings.sms_price
    segments = sum(found.segments.values()) if found else 0
    return visit.page(
        "tracing/compose.html",
        status=status,
        compose=compose,
        form=form,
        found=found,
        stopped=stopped,
        segments=segments,
        cost=None if price is None else segments * price,
        kept_since=visit.side.choosing.kept_since,
        standing=await visit.side.invitations.standing(visit.who.staff_id),
    )


def _chosen(visit: Visit, asked: GroupForm, form: Filled) -> tuple[Group, Wording] | None:
    """Group and words; or None, with each fault beside its field."""
    if not form.is_right:
        if "template" not in form.faults:
            wording_of(form)
        return None
    try:
        group = asked.group(form, visit.side.settings.zone)
    except Refused as refused:
        blame(form, refused)
        return None
    words = wording_of(form)
    return None if words is None else (group, words)


async def _compose(visit: Visit) -> Compose:
    """As the address says. Raises `HTTPNotFound`."""
    kind = visit.request.path.split("/")[2]
    return await _found(visit, kind, visit.path.get("key", ""))


async def _of_group(visit: Visit, group: Group) -> Compose:
    if isinstance(group, AroundPass):
        return await _found(visit, "pass", "")
    if isinstance(group, ByEvent):
        return await _found(visit, "event", group.activity)
    return await _found(visit, "hours", group.facility)


async def _found(visit: Visit, kind: str, key: str) -> Compose:
    choosing = visit.side.choosing
    if kind == "pass":
        return Compose("/tracing/pass", say("panel_tracing.compose.pass"), PassForm())
    if kind == "hours":
        facility = next((each for each in await choosing.facilities() if each.key == key), None)
        if facility is None:
            raise web.HTTPNotFound
        about = say("panel_tracing.compose.hours", where=facility.name.written())
        return Compose(f"/tracing/hours/{key}", about, HoursForm(facility))
    activity = next((each for each in await choosing.events() if each.key == key), None)
    if activity is None:
        raise web.HTTPNotFound
    form = EventForm(activity, await choosing.sessions(key))
    return Compose(
        f"/tracing/event/{key}", say("panel_tracing.compose.event", what=activity.name.written()), form
    )
