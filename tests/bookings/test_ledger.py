"""What is locked: whoever decides about a slot or a citizen sees what the one before has written."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from sqlalchemy import insert, update

from core.activities.model import slots
from core.bookings.ledger import Booking, Ledger, new_row
from core.bookings.model import bookings
from tests.bookings.hours import at
from tests.makers import Town


async def test_a_citizen_who_is_being_decided_about_is_waited_for(town: Town) -> None:
    await town.make_activity()
    citizen, slot = await town.make_citizen(), await town.slot_at(at(2, 10))

    async def what_they_have() -> int:
        ledger = Ledger(town.clock.now())
        async with town.database.writing() as transaction:
            await ledger.lock_citizens(transaction, [citizen], at(1, 10), at(3, 10))
        return len(ledger.own[citizen])

    first = Ledger(town.clock.now())
    async with town.database.writing() as transaction:
        await first.lock_slots(transaction, [slot], [])
        await first.lock_citizens(transaction, [citizen], at(1, 10), at(3, 10))
        waiting = asyncio.create_task(what_they_have())
        await asyncio.sleep(0.05)
        assert not waiting.done()
        booking = Booking(1, slot, 1, citizen, b"", "web", 1, 1, True, "confirmed", None)
        row = new_row(booking, first.slots[slot], town.clock.now())
        await transaction.execute(insert(bookings), row)
    assert await waiting == 1


async def test_a_slot_that_is_being_decided_about_is_waited_for(town: Town) -> None:
    await town.make_activity()
    slot = await town.slot_at(at(2, 10))

    async def what_is_taken() -> int:
        ledger = Ledger(town.clock.now())
        async with town.database.writing() as transaction:
            await ledger.lock_slots(transaction, [slot], [])
        return ledger.slots[slot].room.taken

    async with town.database.writing() as transaction:
        await Ledger(town.clock.now()).lock_slots(transaction, [slot], [])
        waiting = asyncio.create_task(what_is_taken())
        await asyncio.sleep(0.05)
        assert not waiting.done()
        await transaction.execute(update(slots).where(slots.c.id == slot).values(taken=7))
    assert await waiting == 7


async def test_new_bookings_of_a_locked_slot_by_others_are_not_held_up(town: Town) -> None:
    """A row that refers to a slot (a foreign key) only needs the slot to stay."""
    await town.make_activity()
    slot = await town.slot_at(at(2, 10))
    ledger = Ledger(town.clock.now())
    async with town.database.writing() as transaction:
        await ledger.lock_slots(transaction, [slot], [])
    booking = Booking(1, slot, 1, None, b"", "web", 1, 1, True, "held", at(2, 10))
    row = new_row(booking, ledger.slots[slot], town.clock.now())
    if town.database.is_sqlite:  # which has one lock for everything
        async with town.database.writing() as transaction:
            await transaction.execute(insert(bookings), row)
        return
    async with town.database.writing() as transaction, town.database.writing() as other:
        await ledger.lock_slots(transaction, [slot], [])
        await asyncio.wait_for(other.execute(insert(bookings), row), 5)


async def test_only_holds_that_have_lapsed_are_let_go(town: Town) -> None:
    await town.make_activity()
    slot = await town.slot_at(at(2, 10))
    await town.hold(slot, holder=b"a", persons=2)
    town.clock.move(minutes=3)
    await town.hold(slot, holder=b"b", persons=4)
    for minutes, taken, lapsed in ((1.9, 6, 0), (0.1, 4, 1), (3, 0, 2)):
        town.clock.move(minutes=minutes)
        ledger = Ledger(town.clock.now())
        async with town.database.writing() as transaction:
            await ledger.lock_slots(transaction, [slot], [])
        assert (ledger.slots[slot].room.taken, len(ledger.lapsed)) == (taken, lapsed)
    assert ledger.now - timedelta(minutes=8) == at(1, 10)
