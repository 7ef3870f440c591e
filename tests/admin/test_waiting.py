"""Waiting lists as the panel sees them: how many wait, never who; and what staff free goes to the list."""

from __future__ import annotations

from sqlalchemy import select

from core.bookings.model import waiting
from tests.admin.conftest import Panel
from tests.admin.test_day import NOON, town_of
from tests.bookings.waiters import LISTED, joined
from tests.makers import Town


async def _town(panel: Panel) -> Town:
    town = town_of(panel)
    await town.make_activity(calendar__rules__0__starts=["12:00"], capacity__per_slot=2, **LISTED)
    return town


async def test_the_slots_page_says_how_many_wait(panel: Panel) -> None:
    town = await _town(panel)
    slot = await town.slot_at(NOON)
    await town.make_booking(slot, await town.make_citizen(), persons=2)
    browser = await panel.sign_in("officer")
    assert "<dt>Waiting</dt><dd>nobody</dd>" in (await browser.visit(f"/day/slot/{slot}")).html
    await joined(town, slot)
    await joined(town, slot, 2)
    page = await browser.visit(f"/day/slot/{slot}")
    assert "<dt>Waiting</dt><dd>2 requests (persons: 3)</dd>" in page.html


async def test_where_there_is_no_list_nothing_is_said_of_one(panel: Panel) -> None:
    town = town_of(panel)
    await town.make_activity(calendar__rules__0__starts=["12:00"])
    browser = await panel.sign_in("officer")
    assert "Waiting" not in (await browser.visit(f"/day/slot/{await town.slot_at(NOON)}")).html


async def test_a_booking_cancelled_at_the_counter_goes_to_who_waits(panel: Panel) -> None:
    """By `admin`, which holds no key to tell anybody: the worker does."""
    town = await _town(panel)
    slot = await town.slot_at(NOON)
    booking = await town.make_booking(slot, await town.make_citizen(), persons=2)
    await joined(town, slot)
    found = await panel.side.counter.find(str(booking.code))
    await town.write(lambda work: panel.side.counter.cancel(work, found))
    async with panel.side.database.reading() as connection:
        row = (await connection.execute(select(waiting.c.state, waiting.c.told_at))).one()
    assert tuple(row) == ("offered", None)
