"""A draft: its sections as forms, its faults beside their fields, and publishing it."""

from __future__ import annotations

from datetime import date

from aiohttp import web

from admin.pages.activities import download, today
from admin.pages.activities_form import Blamed, Document, Page, deed_of, done, page_of, read
from admin.pages.activities_month import month_asked, month_of, month_shown, preview, toggled
from admin.pages.activities_sections import SECTIONS, Section, section_of
from admin.pages.activities_when import say_conditions
from admin.routes import Routes
from admin.visit import Visit
from core.activities.definition import Activity
from core.activities.drafts import DraftView, misshapen
from core.activities.faults import Fault, Faults
from core.activities.loading import check, load
from core.bookings.revising import changes_for_booked
from core.dialog.words import Text
from core.people.staff_roles import Permission

_EDIT = Permission.ACTIVITIES_EDIT
routes = Routes()


@routes.get("/activities/drafts/{id}", needs=_EDIT)
async def overview(visit: Visit) -> web.Response:
    draft = await found(visit)
    faults = await visit.side.drafts.faults(draft, today(visit))
    activity = None if faults else load(draft.document, today(visit))
    return visit.page(
        "activities/draft.html",
        draft=draft,
        name=title(visit, draft),
        counts={name: sum(section_of(fault.path) == name for fault in faults) for name in SECTIONS},
        faults=[
            (name, where(visit, blamed), words(visit, blamed.fault), blamed.name)
            for name, section in SECTIONS.items()
            for blamed in page_of(section, draft.document, _mine(section, faults)).all_faults
        ],
        month=month_of(activity, month_shown(visit, activity)) if activity else None,
        url=f"/activities/drafts/{draft.id}",
    )


@routes.get("/activities/drafts/{id}/export", needs=_EDIT)
async def export(visit: Visit) -> web.Response:
    draft = await found(visit)
    return download(draft.document, str(draft.document.get("key", "")))


@routes.get("/activities/drafts/{id}/edit/{section}", needs=_EDIT)
async def edit(visit: Visit) -> web.Response:
    draft, section = await found(visit), _section(visit)
    faults = await visit.side.drafts.faults(draft, today(visit))
    return _page(visit, draft, draft.document, page_of(section, draft.document, _mine(section, faults)))


@routes.post("/activities/drafts/{id}/edit/{section}", needs=_EDIT)
async def save(visit: Visit) -> web.Response:
    """Saved unless it has a fault of its own that was not there before; buttons that change lists save nothing yet."""
    draft, section = await found(visit), _section(visit)
    document, day = read(section, draft.document, visit.fields), today(visit)
    if deed := deed_of(visit.fields):
        what, _, which = deed.partition(":")
        if section.name == "calendar" and what == "day" and _is_day(which):
            toggled(document, date.fromisoformat(which))
        elif not (section.name == "calendar" and what == "month") and not done(section, document, deed):
            raise web.HTTPBadRequest
        return _page(visit, draft, document, page_of(section, document, []), unsaved=True)
    changed = DraftView(draft.id, draft.revises, document, draft.version, draft.changed_at)
    faults = _mine(section, await visit.side.drafts.faults(changed, day))
    if visit.fields.get("version", ("",))[0] != str(draft.version):
        page = page_of(section, document, [Fault("", "saved_meanwhile"), *faults])
        return _page(visit, draft, document, page, unsaved=True, status=409)
    known = {(fault.path, fault.code) for fault in check(draft.document, day)}
    shapeless = misshapen(document)
    if any(fault.path in shapeless or (fault.path, fault.code) not in known for fault in faults):
        return _page(visit, draft, document, page_of(section, document, faults), unsaved=True, status=422)
    work = visit.work()
    visit.side.drafts.save(work, draft, document, visit.who.staff_id)
    await visit.commit(work, "panel_activities.draft_saved", draft=draft.id, section=section.name)
    return visit.go(f"/activities/drafts/{draft.id}", done="panel_activities.draft_saved")


@routes.get("/activities/drafts/{id}/publish", needs=_EDIT)
async def before_publishing(visit: Visit) -> web.Response:
    """What would change for those who are booked."""
    draft = await found(visit)
    activity = await _faultless(visit, draft)
    if activity is None:
        return visit.go(f"/activities/drafts/{draft.id}", done="panel_activities.not_yet")
    changes = await changes_for_booked(visit.side.database, activity, visit.side.clock.now())
    places = {each.key: each.name.written() for each in activity.facility.individual_facilities}
    return visit.page(
        "activities/publish.html", draft=draft, activity=activity, changes=changes, places=places
    )


@routes.post("/activities/drafts/{id}/publish", needs=_EDIT)
async def publish(visit: Visit) -> web.Response:
    draft = await found(visit)
    activity = await _faultless(visit, draft)
    if activity is None:
        return visit.go(f"/activities/drafts/{draft.id}", done="panel_activities.not_yet")
    work = visit.work()
    try:
        revision = await visit.side.activities.publish(work, activity)
    except Faults:  # another activity was published meanwhile
        return visit.go(f"/activities/drafts/{draft.id}", done="panel_activities.not_yet")
    visit.side.drafts.drop(work, draft.id)
    await visit.commit(work, "panel_activities.published", activity=activity.key, revision=revision)
    return visit.go(f"/activities/of/{activity.key}", done="panel_activities.published")


@routes.post("/activities/drafts/{id}/drop", needs=_EDIT)
async def drop(visit: Visit) -> web.Response:
    draft, work = await found(visit), visit.work()
    visit.side.drafts.drop(work, draft.id)
    await visit.commit(work, "panel_activities.draft_dropped", draft=draft.id)
    return visit.go("/activities", done="panel_activities.draft_dropped")


async def found(visit: Visit) -> DraftView:
    """The draft that the address names. Raises `HTTPNotFound`."""
    draft = await visit.side.drafts.get(visit.number("id"))
    if draft is None:
        raise web.HTTPNotFound
    return draft


def title(visit: Visit, draft: DraftView) -> str:
    """Its name in the reader's language, as far as it has one."""
    name = draft.document.get("name")
    texts = name if isinstance(name, dict) else {}
    return str(texts.get(visit.language) or texts.get("el") or visit.t("panel_activities.draft.nameless"))


def words(visit: Visit, fault: Fault) -> str:
    """A fault's sentence: for forms where the one for files would not fit."""
    key = f"panel_activities.fault.{fault.code}"
    return visit.t(Text(key, fault.params) if visit.has(key) else fault.text)


def where(visit: Visit, blamed: Blamed) -> str:
    """«Κανόνας 2, Ώρες έναρξης»."""
    named = []
    if blamed.rows:
        one = f"panel_activities.rows.{blamed.rows}.{'one' if blamed.number else 'title'}"
        named.append(visit.t(one, n=blamed.number))
    if blamed.field:
        path = f"{blamed.rows}.{blamed.field}" if blamed.rows else blamed.field
        stem, _, language = path.rpartition(".")
        if language in ("el", "en"):
            label = visit.t(f"panel_activities.field.{stem}.label")
            named.append(f"{label} ({visit.t(f'panel_activities.in_{language}')})")
        else:
            named.append(visit.t(f"panel_activities.field.{path}.label"))
    return ", ".join(named)


async def _faultless(visit: Visit, draft: DraftView) -> Activity | None:
    if await visit.side.drafts.faults(draft, today(visit)):
        return None
    return load(draft.document, today(visit))


def _section(visit: Visit) -> Section:
    section = SECTIONS.get(visit.path["section"])
    if section is None:
        raise web.HTTPNotFound
    return section


def _mine(section: Section, faults: list[Fault]) -> list[Fault]:
    return [fault for fault in faults if section_of(fault.path) == section.name]


def _is_day(text: str) -> bool:
    try:
        return 2000 <= date.fromisoformat(text).year <= 2100
    except ValueError:
        return False


def _month(visit: Visit) -> date:
    """That of the button which was pressed, of the day that was changed, or the one that was shown."""
    if visit.request.method != "POST":
        return month_asked(visit)
    what, _, which = deed_of(visit.fields).partition(":")
    shown = visit.fields.get("month", ("",))[0]
    return month_asked(visit, which if what in ("month", "day") else shown)


def _page(
    visit: Visit,
    draft: DraftView,
    document: Document,
    page: Page,
    *,
    unsaved: bool = False,
    status: int = 200,
) -> web.Response:
    steps = draft.document.get("steps")
    say_conditions(visit, page, document)
    month = None
    if page.section.name == "calendar" and (activity := preview(document)) is not None:
        month = month_of(activity, _month(visit))
    return visit.page(
        "activities/section.html",
        status=status,
        month=month,
        draft=draft,
        name=title(visit, draft),
        page=page,
        faults=page.all_faults,
        words=lambda fault: words(visit, fault),
        where=lambda blamed: where(visit, blamed),
        unsaved=unsaved,
        sections=SECTIONS,
        step_keys=[str(each.get("key", "")) for each in steps or () if isinstance(each, dict)],
    )
