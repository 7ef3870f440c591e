"""One hour of one lane: who-less bookings, walk-ins in two taps, closing it."""

from __future__ import annotations

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from admin.broadcast import BROADCAST
from admin.fields import Number
from admin.forms import Filled, Form
from admin.pages.day import REASON, bounds, place_names
from admin.routes import Routes
from admin.visit import Visit
from core.activities.definition import Activity
from core.bookings.waiting_service import how_many_wait
from core.db.work import Work
from core.errors import Refused
from core.people.staff_roles import Permission
from core.visits.day import DaySlot, channels_of, slot_of
from core.visits.scans import MOST_PERSONS, Seen, WalkIn

PERSONS = Number("persons", least=1, most=MOST_PERSONS)
WALK_IN = Form("panel_day.walk_in", PERSONS)
CLOSE = Form("panel_day.close", REASON)
PANEL = "panel"
"""The gate that is none: somebody at the panel."""
_MOST_BUTTONS = 6
routes = Routes()


@routes.get("/day/slot/{id}", needs=Permission.DAY_SEE)
async def show(visit: Visit) -> web.Response:
    return await _page(visit)


@routes.post("/day/slot/{id}/walk-in", needs=Permission.DAY_CHANGE)
async def walk_in(visit: Visit) -> web.Response:
    """Persons without a booking come in, counted against the capacity."""
    (activity, slot), form = await _found(visit), WALK_IN.read(visit.fields)
    if form.is_right:
        now, persons = visit.side.clock.now(), form[PERSONS] or 1
        work = visit.work()
        seen = Seen(
            visit.side.codes.token(16).hex(), activity.facility.key, PANEL, visit.who.staff_id, now, now
        )
        answer = visit.side.visits.scan(work, WalkIn(seen, slot.id, persons))

        async def insist(_transaction: AsyncConnection, _work: Work) -> None:
            if answer.verdict.reason is not None:
                raise answer.verdict.reason

        work.job(insist)
        try:
            await visit.commit(work, "panel_day.walked_in", slot=slot.id, persons=persons)
            visit.request.config_dict[BROADCAST].kick()
            return visit.go(f"/day/slot/{slot.id}", done="panel_day.walked_in")
        except Refused as refused:
            form.blame(refused, PERSONS)
    return await _page(visit, walk_in=form, status=422)


@routes.post("/day/slot/{id}/close", needs=Permission.ACTIVITIES_EDIT)
async def close(visit: Visit) -> web.Response:
    (_, slot), form = await _found(visit), CLOSE.read(visit.fields)
    if form.is_right:
        work = visit.work()
        try:
            await visit.side.closing.close_slot(work, slot.id, form[REASON], visit.who.staff_id)
            await visit.commit(work, "panel_day.slot_closed", slot=slot.id, reason=form[REASON])
            return visit.go(f"/day/slot/{slot.id}", done="panel_day.slot_closed")
        except Refused as refused:
            form.blame(refused, REASON)
    return await _page(visit, close=form, status=422)


async def _found(visit: Visit) -> tuple[Activity, DaySlot]:
    side = visit.side
    found = await slot_of(side.database, side.clock, side.activities, visit.number("id"))
    if found is None:
        raise web.HTTPNotFound
    return found


async def _page(
    visit: Visit, *, walk_in: Filled | None = None, close: Filled | None = None, status: int = 200
) -> web.Response:
    side = visit.side
    activity, slot = await _found(visit)
    now, day = side.clock.now(), slot.starts_at.astimezone(side.settings.zone).date()
    begin, end = bounds(visit, day)
    expected = await side.live.day(activity.facility.key, begin, end)
    booked = [each for each in expected if each.slot_id == slot.id]
    standing = [each for each in booked if each.state not in ("cancelled", "moved")]
    occasion = activity.occasion_name(slot.occasion) if slot.occasion else None
    closings = [
        each
        for each in await side.closing.ahead(activity.facility.key, begin, end)
        if each.activity == activity.key and each.covers(slot.starts_at, slot.place)
    ]
    async with side.database.reading() as connection:
        waiting = await how_many_wait(connection, slot.id)
    return visit.page(
        "day/slot.html",
        status=status,
        waiting=waiting,
        channels=await channels_of(side.database, side.clock, slot.id),
        activity=activity,
        slot=slot,
        day=day,
        occasion=occasion.written() if occasion else None,
        place=place_names(activity.facility).get(slot.place),
        bookings=booked,
        standing=standing,
        persons=sum(each.persons for each in standing),
        walked_in=slot.inside - sum(each.inside for each in booked),
        is_over=slot.ends_at <= now,
        gate_opens=activity.gate.early_minutes,
        buttons=range(1, _MOST_BUTTONS + 1),
        closings=closings,
        form=walk_in or close or WALK_IN.empty(),
        walk_in=walk_in or WALK_IN.empty(),
        close=close or CLOSE.empty(),
    )
