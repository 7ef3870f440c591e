"""A booking found by the code of its pass, and changed for whoever told it. The code is never in an address."""

from __future__ import annotations

from datetime import date

from aiohttp import web

from admin.fields import Day, Line, Number
from admin.forms import Filled, Form
from admin.pages.day import place_names
from admin.routes import Routes
from admin.visit import Visit
from core.bookings.counter import AtCounter
from core.bookings.queries import SlotView
from core.errors import Refused
from core.people.staff_roles import Permission
from core.visits.reading import short_number

CODE = Line("code", longest=60, inputmode="numeric")
DAY = Day("day")
SLOT = Number("slot", least=1, most=2**63 - 1)
FIND = Form("panel_day.find", CODE)
OTHER_DAY = Form("panel_day.other_day", CODE, DAY)
MOVE = Form("panel_day.move", CODE, DAY, SLOT)
_CHANGE = Permission.DAY_CHANGE
routes = Routes()


@routes.get("/day/find", needs=_CHANGE)
async def finding(visit: Visit) -> web.Response:
    return visit.page("day/find.html", form=FIND.empty())


@routes.post("/day/find", needs=_CHANGE)
async def find(visit: Visit) -> web.Response:
    form = FIND.read(visit.fields)
    booking = await _booking(visit, form)
    return (
        visit.page("day/find.html", form=form, status=422) if booking is None else _page(visit, form, booking)
    )


@routes.post("/day/find/cancel", needs=_CHANGE)
async def cancel(visit: Visit) -> web.Response:
    form = FIND.read(visit.fields)
    booking = await _booking(visit, form)
    if booking is None:
        return visit.page("day/find.html", form=form, status=422)
    work = visit.work()
    try:
        visit.side.counter.cancel(work, booking)
        await visit.commit(work, "panel_day.cancelled", booking=booking.id, slot=booking.slot_id)
        return visit.go("/day/find", done="panel_day.cancelled")
    except Refused as refused:
        return _page(visit, form.blame(refused), booking, status=422)


@routes.post("/day/find/slots", needs=_CHANGE)
async def other_day(visit: Visit) -> web.Response:
    """Where it could be moved to on a day."""
    form = OTHER_DAY.read(visit.fields)
    booking = await _booking(visit, form)
    if booking is None:
        return visit.page("day/find.html", form=_code_only(form), status=422)
    day = form[DAY] if form.is_right else None
    if day is None:
        return _page(visit, form, booking, status=422)
    return _page(visit, form, booking, day=day, free=await visit.side.counter.free(booking, day))


@routes.post("/day/find/move", needs=_CHANGE)
async def move(visit: Visit) -> web.Response:
    form = MOVE.read(visit.fields)
    booking = await _booking(visit, form)
    if booking is None:
        return visit.page("day/find.html", form=_code_only(form), status=422)
    day: date | None = None if "day" in form.faults else form[DAY]
    if form.is_right:
        work, slot_id = visit.work(), form[SLOT] or 0
        try:
            visit.side.counter.move(work, booking, slot_id)
            await visit.commit(work, "panel_day.moved", booking=booking.id, slot=slot_id)
            return visit.go("/day/find", done="panel_day.moved")
        except Refused as refused:
            form.blame(refused)
    free = await visit.side.counter.free(booking, day) if day else ()
    return _page(visit, form, booking, day=day, free=free, status=422)


async def _booking(visit: Visit, form: Filled) -> AtCounter | None:
    """None where the code is no pass's: the fault stands beside the field."""
    if "code" in form.faults:
        return None
    try:
        return await visit.side.counter.find(form[CODE])
    except Refused as refused:
        form.blame(refused, CODE)
        return None


def _code_only(form: Filled) -> Filled:
    """The same as a form that asks for the code alone."""
    return Filled(FIND, form.typed, {}, {"code": form.faults["code"]})


def _page(
    visit: Visit,
    form: Filled,
    booking: AtCounter,
    *,
    day: date | None = None,
    free: tuple[SlotView, ...] | list[SlotView] = (),
    status: int = 200,
) -> web.Response:
    now = visit.side.clock.now()
    activity = booking.activity
    bound = booking.slot_state == "open"
    occasion = activity.occasion_name(booking.occasion) if booking.occasion else None
    return visit.page(
        "day/booking.html",
        status=status,
        form=form,
        booking=booking,
        activity=activity,
        number=short_number(booking.number),
        occasion=occasion.written() if occasion else None,
        places=place_names(activity.facility),
        day=day,
        free=free,
        may_cancel=booking.state == "confirmed" and (now <= booking.cancel_until or not bound),
        may_move=booking.state == "confirmed" and (now <= booking.move_until or not bound),
        today=now.astimezone(visit.side.settings.zone).date(),
    )
