"""The day's pages: who-less, counted, changed only by whoever may, and written in the audit log."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from core.activities.model import closings, slots
from core.bookings.model import bookings
from core.bookings.views import BookingView
from core.db.schema import audit
from core.passes.model import passes
from core.visits.model import visits
from tests.admin.conftest import Panel
from tests.makers import Town

NOON = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)
"""Today, 12:00 in Athens; the clock stands at 10:00."""


def town_of(panel: Panel) -> Town:
    """Makers on the panel's own database."""
    town = Town(panel.side.database, panel.clock, panel.side.codes)
    town.writer = panel.side.writer
    town.activities = panel.side.activities
    return town


@pytest.fixture
async def town(panel: Panel) -> Town:
    made = town_of(panel)
    await made.make_activity(
        calendar__rules__0__starts=["10:00", "12:00", "14:00"],
        rules__cancel_minutes_before=60,
        rules__move_minutes_before=60,
    )
    return made


async def booked(town: Town, at: datetime = NOON, **changes: Any) -> BookingView:
    return await town.make_booking(await town.slot_at(at), await town.make_citizen(), **changes)


async def rows(panel: Panel, table: Any) -> list[Any]:
    async with panel.side.database.reading() as connection:
        return list((await connection.execute(select(table).order_by(table.c.id))).all())


async def actions(panel: Panel) -> list[str]:
    return [row.action for row in await rows(panel, audit)]


async def test_the_day_shows_taken_held_and_inside_and_nobodys_name(panel: Panel, town: Town) -> None:
    booking = await booked(town, persons=3)
    await town.hold(booking.slot_id, persons=2)
    browser = await panel.sign_in("officer")
    page = await browser.visit("/day/at/hall")
    assert f'<a href="/day/slot/{booking.slot_id}">5/10</a><span class="h"' in page.html
    assert "5 of 30 places" in page.html
    slot = await browser.visit(f"/day/slot/{booking.slot_id}")
    assert "of these are held" in slot.html
    assert str(booking.code) not in slot.html
    listed = await browser.visit("/day/at/hall/list?hour=12:00")
    assert "1 booking, 3 people" in listed.html
    assert "expected" in listed.html


async def test_a_lapsed_hold_counts_nowhere(panel: Panel, town: Town) -> None:
    slot_id = await town.slot_at(NOON)
    await town.hold(slot_id, persons=2)
    panel.clock.move(minutes=6)
    browser = await panel.sign_in("officer")
    assert ">0/10</a></td>" in (await browser.visit("/day/at/hall")).html


async def test_visitors_without_a_booking_are_let_in_by_two_taps(panel: Panel, town: Town) -> None:
    slot_id = await town.slot_at(NOON)
    panel.clock.at = NOON
    browser = await panel.sign_in("desk")
    page = await browser.visit(f"/day/slot/{slot_id}")
    two = next(form for form in page.forms if form.fields.get("persons") == ["2"])
    first = await browser.post(two.action, two.fields)
    assert first.path == f"/day/slot/{slot_id}"
    again = await browser.post(two.action, two.fields)  # the same tap once more
    assert again.status == 200
    assert [row.persons for row in await rows(panel, visits)] == [2]
    assert (await town.slot_row(slot_id)).taken == 2
    assert "(2 without a booking)" in first.html
    assert await actions(panel) == ["panel_day.walked_in"]


async def test_nobody_is_let_in_where_there_is_no_room_or_no_hour(panel: Panel, town: Town) -> None:
    slot_id = await town.slot_at(NOON)
    await booked(town, persons=9)
    for moment, persons in ((NOON - timedelta(hours=1), "1"), (NOON, "2")):
        panel.clock.at = moment
        browser = await panel.sign_in("desk")
        await browser.visit(f"/day/slot/{slot_id}")
        page = await browser.post(
            f"/day/slot/{slot_id}/walk-in", {**browser.last.forms[-1].fields, "persons": persons}
        )
        assert page.status == 422
        assert "problem-summary" in page.html
    assert await rows(panel, visits) == []
    assert await actions(panel) == []


async def test_a_slot_is_closed_with_a_reason_of_the_list_and_opened_again(panel: Panel, town: Town) -> None:
    booking = await booked(town)
    browser = await panel.sign_in("officer")
    action = f"/day/slot/{booking.slot_id}/close"
    page = await browser.visit(f"/day/slot/{booking.slot_id}")
    assert "There is 1 booking (1 people)" in page.html
    for reason in ("", "<b>", "not_planned"):
        await browser.visit(f"/day/slot/{booking.slot_id}")
        assert (await browser.send(action, reason=reason)).status == 422
    assert await rows(panel, closings) == []
    await browser.visit(f"/day/slot/{booking.slot_id}")
    closed = await browser.send(action, reason="weather")
    assert "This slot is closed: bad weather" in closed.html
    assert (await town.booking_row(booking.id)).state == "confirmed"
    [row] = await rows(panel, closings)
    await browser.send(f"/day/closings/{row.id}/reopen")
    assert (await town.slot_row(booking.slot_id)).state == "open"
    assert await actions(panel) == ["panel_day.slot_closed", "panel_day.reopened"]
    assert (await browser.post(f"/day/closings/{row.id}/reopen", page.form(action).fields)).status == 409


async def test_a_day_is_closed_whole(panel: Panel, town: Town) -> None:
    browser = await panel.sign_in("officer")
    await browser.visit("/day/at/hall?day=2026-12-02")
    action = "/day/at/hall/close?day=2026-12-02"
    assert (await browser.send(action)).status == 422
    page = await browser.send(action, reason="strike")
    assert page.html.count('class="off">closed') == 3
    assert "The whole day" in page.html
    states = {row.starts_at.day: row.state for row in await rows(panel, slots)}
    assert (states[1], states[2], states[3]) == ("open", "closed", "open")


async def test_a_booking_is_found_by_its_code_and_cancelled(panel: Panel, town: Town) -> None:
    booking = await booked(town)
    browser = await panel.sign_in("desk")
    await browser.visit("/day/find")
    code = str(booking.code)
    found = await browser.send("/day/find", code=f"{code[:3]} {code[3:6]}-{code[6:]}")
    assert "valid" in found.html
    assert found.path == "/day/find"
    await browser.send("/day/find/cancel")
    assert "The booking is cancelled" in browser.last.html
    assert (await town.booking_row(booking.id)).state == "cancelled"
    assert (await town.slot_row(booking.slot_id)).taken == 0
    assert [row.state for row in await rows(panel, passes)] == ["void"]
    again = await browser.send("/day/find", code=code)
    assert "/day/find/cancel" not in again.html
    assert await actions(panel) == ["panel_day.cancelled"]


async def test_a_booking_is_moved_and_gets_a_new_pass(panel: Panel, town: Town) -> None:
    booking = await booked(town, persons=2)
    target = await town.slot_at(NOON + timedelta(days=1))
    browser = await panel.sign_in("desk")
    await browser.visit("/day/find")
    await browser.send("/day/find", code=str(booking.code))
    page = await browser.send("/day/find/slots", day="2026-12-02")
    form = next(form for form in page.forms if form.fields.get("slot") == [str(target)])
    moved = await browser.post(form.action, form.fields)
    assert "The booking is moved" in moved.html
    assert [row.state for row in await rows(panel, bookings)] == ["moved", "confirmed"]
    assert sorted(row.state for row in await rows(panel, passes)) == ["valid", "void"]
    assert (await town.slot_row(target)).taken == 2


@pytest.mark.parametrize("code", ["", "12", "1234567890", "x" * 500, "<script>", "\x00", "٠" * 10 + "1"])
async def test_a_code_that_is_no_passs_finds_nothing(panel: Panel, town: Town, code: str) -> None:
    browser = await panel.sign_in("desk")
    await browser.visit("/day/find")
    page = await browser.send("/day/find", code=code)
    assert page.status == 422
    assert "problem-summary" in page.html
    assert "<script>alert" not in page.html
    fields = page.form("/day/find").fields
    for action in ("cancel", "slots", "move"):
        assert (await browser.post(f"/day/find/{action}", {**fields, "code": code})).status == 422
    assert await actions(panel) == []


@pytest.mark.parametrize(
    "change", [{"day": "yesterday"}, {"day": ""}, {"slot": "x"}, {"slot": "999"}, {"slot": ""}]
)
async def test_a_move_to_nowhere_is_refused(panel: Panel, town: Town, change: dict[str, str]) -> None:
    booking = await booked(town)
    browser = await panel.sign_in("desk")
    await browser.visit("/day/find")
    await browser.send("/day/find", code=str(booking.code))
    page = await browser.send("/day/find/slots", day="2026-12-02")
    fields = next(form for form in page.forms if "slot" in form.names).fields
    assert (await browser.post("/day/find/move", {**fields, **change})).status == 422
    assert (await town.booking_row(booking.id)).state == "confirmed"


async def test_a_booking_that_can_no_longer_be_changed_says_until_when_it_could(
    panel: Panel, town: Town
) -> None:
    booking = await booked(town)
    panel.clock.at = NOON - timedelta(minutes=30)
    browser = await panel.sign_in("desk")
    await browser.visit("/day/find")
    page = await browser.send("/day/find", code=str(booking.code))
    assert "It could be cancelled until Tuesday 1 December, 11:00" in page.html
    assert "/day/find/cancel" not in page.html


@pytest.mark.parametrize("path", ["/day/at/other", "/day/slot/999", "/day/slot/x", "/day/at/%00"])
async def test_what_is_not_there_is_not_found(panel: Panel, town: Town, path: str) -> None:
    browser = await panel.sign_in("officer")
    assert (await browser.visit(path)).status == 404


@pytest.mark.parametrize("day", ["x", "", "2026-13-40", "9999-12-31", "<b>"])
async def test_a_strange_day_is_today(panel: Panel, town: Town, day: str) -> None:
    browser = await panel.sign_in("officer")
    page = await browser.visit(f"/day/at/hall?day={day}")
    assert "Tuesday 1 December 2026" in page.html.replace(",", "")
    assert "<b>" not in page.html


async def test_the_gate_alone_sees_no_day(panel: Panel, town: Town) -> None:
    browser = await panel.sign_in("gate")
    slot_id = await town.slot_at(NOON)
    for path in ("/day", "/day/at/hall", f"/day/slot/{slot_id}", "/day/find", "/day/at/hall/list"):
        assert (await browser.visit(path)).status == 403
    desk = await panel.sign_in("desk")
    page = await desk.visit(f"/day/slot/{slot_id}")
    proof = page.form(f"/day/slot/{slot_id}/walk-in").fields
    assert (await desk.post(f"/day/slot/{slot_id}/close", {**proof, "reason": "weather"})).status == 403


async def test_a_day_of_784_cells_stays_small(panel: Panel) -> None:
    town = town_of(panel)
    lanes = [
        {"key": f"lane-{n}", "name": {"el": f"Διαδρομή {n}", "en": f"Lane {n}"}, "capacity": 8}
        for n in range(1, 57)
    ]
    await town.make_activity(
        capacity={"unit": "persons"},
        facility__individual_facilities=lanes,
        calendar__rules__0__starts=[f"{hour:02}:00" for hour in range(8, 22)],
    )
    browser = await panel.sign_in("officer")
    async with browser.session.get("/day/at/hall?day=2026-12-02") as answer:
        assert answer.headers["Content-Encoding"] in ("deflate", "gzip")
        page = await answer.text()
    assert page.count('<a href="/day/slot/') == 784
    assert len(page) < 150_000


async def test_a_slot_shows_what_each_channel_has_and_what_is_kept_for_desk_and_phone(panel: Panel) -> None:
    town = town_of(panel)
    await town.make_activity(
        calendar__rules__0__starts=["12:00"], capacity__per_slot=10, reserved={"desk": 2, "phone": 3}
    )
    slot = await town.slot_at(NOON)
    await town.make_booking(slot, await town.make_citizen(), persons=4)
    await town.make_booking(slot, await town.make_citizen(), channel="desk", persons=1)
    gone = await town.make_citizen()
    await town.cancel(await town.make_booking(slot, gone, channel="telegram"), gone)
    browser = await panel.sign_in("desk")
    page = (await browser.visit(f"/day/slot/{slot}")).html
    table = page[page.index("Where the bookings came from") :].split("</table>")[0]
    cells = re.findall(r"<t[hd](?: scope=\"row\"| data-label=\"[^\"]*\")>([^<]*)</t[hd]>", table)
    assert [cells[at : at + 3] for at in range(0, len(cells), 3)] == [
        ["web page", "4", "0"],
        ["telephone", "0", "3"],
        ["desk", "1", "1"],
    ]
