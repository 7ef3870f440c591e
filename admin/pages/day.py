"""The day: one page for each facility and day, its hours by its lanes; and closing what cannot take place."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from aiohttp import web

from admin.fields import Choice
from admin.forms import Filled, Form
from admin.pages.day_grid import grid_of
from admin.routes import Entry, Routes
from admin.visit import Visit
from core.activities.closing import REASONS
from core.activities.places import Facility
from core.dialog.words import say
from core.errors import Refused
from core.people.staff_roles import Permission
from core.visits.day import day_of
from core.visits.now import facilities_now

_SEE, _EDIT = Permission.DAY_SEE, Permission.ACTIVITIES_EDIT
REASON = Choice(
    "reason",
    words=tuple((reason, say(f"activities.closure.{reason}")) for reason in REASONS),
    as_list=True,
)
CLOSE_DAY = Form("panel_day.close_day", REASON)
_FARTHEST = timedelta(days=400)
routes = Routes(Entry("/day", _SEE, "panel_day"))


@routes.get("/day", needs=_SEE)
async def chosen(visit: Visit) -> web.Response:
    side = visit.side
    found = await facilities_now(side.database, side.clock, side.activities)
    return visit.page("day/facilities.html", facilities=found)


@routes.get("/day/at/{facility}", needs=_SEE)
async def show(visit: Visit) -> web.Response:
    response = await _page(visit, CLOSE_DAY.empty())
    response.enable_compression()  # nothing that was typed is repeated here, so nothing can be guessed from its size
    return response


@routes.get("/day/at/{facility}/list", needs=_SEE)
async def listed(visit: Visit) -> web.Response:
    """The bookings of the day, without names, an hour at a time or all."""
    facility, day = await facility_of(visit), day_asked(visit)
    expected = await visit.side.live.day(facility.key, *bounds(visit, day))
    hours = sorted({each.starts_at for each in expected})
    asked = visit.request.query.get("hour", "")
    hour = next(
        (each for each in hours if f"{each.astimezone(visit.side.settings.zone):%H:%M}" == asked), None
    )
    shown = [each for each in expected if hour is None or each.starts_at == hour]
    response = visit.page(
        "day/list.html",
        facility=facility,
        day=day,
        hours=hours,
        hour=hour,
        bookings=shown,
        places=place_names(facility),
        persons=sum(each.persons for each in shown if each.state not in ("cancelled", "moved")),
    )
    response.enable_compression()
    return response


@routes.post("/day/at/{facility}/close", needs=_EDIT)
async def close_day(visit: Visit) -> web.Response:
    facility, day, form = await facility_of(visit), day_asked(visit), CLOSE_DAY.read(visit.fields)
    if form.is_right:
        work = visit.work()
        try:
            begin, end = bounds(visit, day)
            await visit.side.closing.close_day(
                work, facility.key, begin, end, form[REASON], visit.who.staff_id
            )
            await visit.commit(
                work,
                "panel_day.day_closed",
                facility=facility.key,
                day=day.isoformat(),
                reason=form[REASON],
            )
            return visit.go(f"/day/at/{facility.key}?day={day}", done="panel_day.day_closed")
        except Refused as refused:
            form.blame(refused)
    return await _page(visit, form, status=422)


@routes.post("/day/closings/{id}/reopen", needs=_EDIT)
async def reopen(visit: Visit) -> web.Response:
    work = visit.work()
    closed = await visit.side.closing.reopen(work, visit.number("id"))
    await visit.commit(
        work, "panel_day.reopened", activity=closed.activity, closing=closed.id, reason=closed.reason
    )
    activity = await visit.side.activities.get(closed.activity)
    day = closed.begins_at.astimezone(visit.side.settings.zone).date()
    return visit.go(f"/day/at/{activity.facility.key}?day={day}", done="panel_day.reopened")


async def _page(visit: Visit, form: Filled, status: int = 200) -> web.Response:
    side = visit.side
    facility, day = await facility_of(visit), day_asked(visit)
    begin, end = bounds(visit, day)
    found = await day_of(side.database, side.clock, side.activities, facility.key, begin, end)
    now = side.clock.now()
    ahead = any(slot.state == "open" and slot.ends_at > now for each in found for slot in each.slots)
    return visit.page(
        "day/day.html",
        status=status,
        facility=facility,
        day=day,
        today=now.astimezone(side.settings.zone).date(),
        before=day - timedelta(days=1),
        after=day + timedelta(days=1),
        tables=[grid_of(visit, each, now) for each in found],
        inside=sum(slot.inside for each in found for slot in each.slots),
        closings=await side.closing.ahead(facility.key, begin, end),
        places=place_names(facility),
        may_close=ahead and visit.may(_EDIT),
        form=form,
    )


async def facility_of(visit: Visit) -> Facility:
    """The facility that the address names. Raises `HTTPNotFound`."""
    for activity in await visit.side.activities.in_use():
        if activity.facility.key == visit.path["facility"]:
            return activity.facility
    raise web.HTTPNotFound


def day_asked(visit: Visit) -> date:
    """The day that the address asks for; today where it asks for none that makes sense."""
    today = visit.side.clock.now().astimezone(visit.side.settings.zone).date()
    try:
        day = date.fromisoformat(visit.request.query.get("day", "")[:10])
    except ValueError:
        return today
    return day if abs(day - today) <= _FARTHEST else today


def bounds(visit: Visit, day: date) -> tuple[datetime, datetime]:
    """A local day in UTC."""
    zone = visit.side.settings.zone
    begin = datetime.combine(day, time(), zone)
    return begin.astimezone(UTC), datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)


def place_names(facility: Facility) -> dict[str, object]:
    return {place.key: place.name.written() for place in facility.individual_facilities}
