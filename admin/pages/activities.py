"""Activities: what is offered, what is being written, and what was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from admin.fields import Area, Choice, File
from admin.forms import Filled, Form
from admin.pages.activities_month import month_of, month_shown
from admin.routes import Entry, Routes
from admin.visit import Visit
from core.activities import demonstration
from core.activities.definition import Activity
from core.activities.faults import Fault, Faults
from core.activities.loading import check, dump, parse
from core.bookings.revising import Change, changes_for_booked
from core.dialog.words import say
from core.errors import Refused
from core.people.staff_roles import Permission

_SEE, _EDIT = Permission.ACTIVITIES_SEE, Permission.ACTIVITIES_EDIT
_FOLDER = Path(demonstration.__file__).parent
SCRATCH = "scratch"
KINDS: Final = ("pool", "tennis", "gym", "painting", "festival", "cinema")
"""Templates: the demonstration's activities."""
KIND = Choice("kind", options=(*KINDS, SCRATCH))
NEW = Form("panel_activities.new", KIND)
FILE = File("file", required=False, accept=".json,application/json")
TEXT = Area("text", required=False, longest=FILE.longest, rows=16)
IMPORT = Form("panel_activities.import", FILE, TEXT)
routes = Routes(Entry("/activities", _SEE, "panel_activities"))


@routes.get("/activities", needs=_SEE)
async def listed(visit: Visit) -> web.Response:
    drafts = visit.side.drafts
    return visit.page(
        "activities/list.html",
        published=[
            (each, await visit.side.activities.revision(each.key)) for each in await _published(visit)
        ],
        drafts=await drafts.all(),
        archived=await visit.side.activities.archived(),
    )


@routes.get("/activities/new", needs=_EDIT)
async def choosing(visit: Visit) -> web.Response:
    return visit.page("activities/new.html", form=NEW.empty())


@routes.post("/activities/new", needs=_EDIT)
async def create(visit: Visit) -> web.Response:
    form = NEW.read(visit.fields)
    if not form.is_right:
        return visit.page("activities/new.html", form=form, status=422)
    document = await _new_document(visit, form[KIND])
    return await _drafted(visit, document, "", "panel_activities.draft_begun")


@routes.get("/activities/import", needs=_EDIT)
async def importing(visit: Visit) -> web.Response:
    return _import_page(visit, IMPORT.empty(), [])


@routes.post("/activities/import", needs=_EDIT)
async def import_(visit: Visit) -> web.Response:
    """A file, or what was pasted, becomes a draft when it has no fault; else every fault is listed, and it stays in
    the page to be mended there."""
    form = IMPORT.read(visit.fields)
    if not form.is_right:
        return _import_page(visit, form, [], status=422)
    text = form[FILE] or form[TEXT]
    form = IMPORT.empty(text=text)
    if not text:
        return _import_page(visit, form.blame(say("admin.fault.missing"), TEXT), [], status=422)
    try:
        document: Any = parse(text)
        found = check(document, today(visit))
    except Faults as faults:
        found = list(faults.found)
    if found:
        form.blame(found[0].text, TEXT)
        return _import_page(visit, form, found, status=422)
    key = str(document["key"])
    revises = key if key in {each.key for each in await _published(visit)} else ""
    return await _drafted(visit, document, revises, "panel_activities.imported")


@routes.get("/activities/of/{key}", needs=_SEE)
async def one(visit: Visit) -> web.Response:
    activity = await found(visit)
    return visit.page(
        "activities/one.html",
        activity=activity,
        revision=await visit.side.activities.revision(activity.key),
        month=month_of(activity, month_shown(visit, activity)),
        url=f"/activities/of/{activity.key}",
        dialog_url=f"{visit.side.settings.public_url}/chat?start={activity.key}",
    )


@routes.get("/activities/of/{key}/export", needs=_SEE)
async def export(visit: Visit) -> web.Response:
    activity = await found(visit)
    return download(dump(activity), activity.key)


@routes.post("/activities/of/{key}/revise", needs=_EDIT)
async def revise(visit: Visit) -> web.Response:
    activity = await found(visit)
    return await _drafted(visit, dump(activity), activity.key, "panel_activities.revision_begun")


@routes.get("/activities/of/{key}/archive", needs=_EDIT)
async def archiving(visit: Visit) -> web.Response:
    activity = await found(visit)
    return visit.page("activities/archive.html", activity=activity, booked=await _booked(visit, activity))


@routes.post("/activities/of/{key}/archive", needs=_EDIT)
async def archive(visit: Visit) -> web.Response:
    activity, work = await found(visit), visit.work()
    await visit.side.activities.archive(work, activity.key)
    await visit.commit(work, "panel_activities.archived", activity=activity.key)
    return visit.go("/activities", done="panel_activities.archived")


@routes.post("/activities/archived/{key}/bring-back", needs=_EDIT)
async def bring_back(visit: Visit) -> web.Response:
    key, work = visit.path["key"][:60], visit.work()
    try:
        revision = await visit.side.activities.bring_back(work, key)
    except Refused:
        raise web.HTTPNotFound from None
    except Faults:  # its facility's number was given to another
        return visit.go("/activities", done="panel_activities.number_taken")
    await visit.commit(work, "panel_activities.brought_back", activity=key, revision=revision)
    return visit.go(f"/activities/of/{key}", done="panel_activities.brought_back")


async def found(visit: Visit) -> Activity:
    """The published activity that the address names. Raises `HTTPNotFound`."""
    try:
        return await visit.side.activities.get(visit.path["key"][:60])
    except Refused:
        raise web.HTTPNotFound from None


def today(visit: Visit) -> Any:
    return visit.side.clock.now().astimezone(visit.side.settings.zone).date()


def download(document: dict[str, Any], name: str) -> web.Response:
    text = json.dumps(document, ensure_ascii=False, indent=2)
    safe = "".join(letter for letter in name if letter.isascii() and (letter.isalnum() or letter in "-_"))
    return web.Response(
        text=text,
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{safe or "activity"}.json"'},
    )


async def _published(visit: Visit) -> list[Activity]:
    return await visit.side.activities.published()


async def _booked(visit: Visit, activity: Activity) -> tuple[int, int]:
    """Bookings and persons ahead."""
    nothing = activity.model_copy(
        update={"calendar": activity.calendar.model_copy(update={"rules": (), "occasions": ()})}
    )
    ahead: list[Change] = await changes_for_booked(visit.side.database, nothing, visit.side.clock.now())
    return sum(each.bookings for each in ahead), sum(each.persons for each in ahead)


async def _drafted(visit: Visit, document: dict[str, Any], revises: str, action: str) -> web.Response:
    work = visit.work()
    draft_id = visit.side.drafts.create(work, document, revises, today(visit), visit.who.staff_id)
    if not await visit.commit(work, action, draft=draft_id, activity=str(document.get("key", ""))):
        return visit.go("/activities")
    return visit.go(f"/activities/drafts/{draft_id}", done=action)


async def _new_document(visit: Visit, kind: str) -> dict[str, Any]:
    """A template under a key of its own; or hardly anything."""
    taken = await visit.side.drafts.keys()
    taken |= {str(each.document.get("key")) for each in await visit.side.drafts.all()}
    name = "activity" if kind == SCRATCH else kind
    key = next(
        each for each in (name, *(f"{name}-{n}" for n in range(2, len(taken) + 3))) if each not in taken
    )
    if kind != SCRATCH:
        document: dict[str, Any] = parse((_FOLDER / f"{kind}.json").read_bytes())
        return {**document, "key": key}
    return {
        "key": key,
        "type": "FacilityUse",
        "category": "sport",
        "facility": {"key": key, "number": await visit.side.drafts.free_number()},
        "capacity": {"unit": "persons"},
        "calendar": {"rules": [{"from": today(visit).isoformat()}], "closed_on_holidays": True},
        "steps": [{"key": "day", "kind": "day"}, {"key": "time", "kind": "time"}],
    }


def _import_page(visit: Visit, form: Filled, faults: list[Fault], status: int = 200) -> web.Response:
    return visit.page("activities/import.html", form=form, faults=faults, status=status)
