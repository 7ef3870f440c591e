"""The others in town, who book and cancel while somebody talks.

fills tennis +2 18:00             every free place at that hour, so many days from today, is booked
cancels tennis +2 18:00 court-1   one of those bookings is cancelled
waits tennis +2 18:00 court-1     somebody else joins that list
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import insert, select

from core.bookings.model import bookings
from core.bookings.queries import SlotView
from core.bookings.requests import HoldRequest
from core.bookings.waiting_service import Wish
from core.conversations.house import House
from core.db.work import Work
from core.people.model import addresses, citizens

_numbers = itertools.count(1)


async def act(world: Any, words: str) -> None:
    deed, key, days, hour, *place = words.split()
    house: House = world.side.house
    found = [
        slot
        for slot in await _slots(house, key, int(days), time.fromisoformat(hour))
        if not place or slot.place == place[0]
    ]
    assert found, words
    for slot in found:
        await {"fills": _fill, "cancels": _cancel, "waits": _wait}[deed](house, key, slot)


async def _slots(house: House, key: str, days: int, hour: time) -> list[SlotView]:
    zone = house.settings.zone
    day = house.clock.now().astimezone(zone).date() + timedelta(days=days)
    at = datetime.combine(day, hour, zone)
    activity = await house.activities.get(key)
    return [slot for slot in await house.occupancy.slots_of(activity, day, "web") if slot.starts_at == at]


async def _fill(house: House, key: str, slot: SlotView) -> None:
    activity = await house.activities.get(key)
    least = activity.people.party.min
    for _ in range(slot.free if activity.capacity.unit == "bookings" else slot.free // least):
        await _book(house, key, slot, least)


async def _book(house: House, key: str, slot: SlotView, persons: int) -> None:
    citizen = await neighbour(house)
    held: list[Any] = []
    request = HoldRequest(slot.id, key, 1, persons, True, citizen, b"neighbour", "web")
    await _write(house, lambda work: house.bookings.hold(work, request, lambda each, _: held.append(each)))
    await _write(
        house,
        lambda work: house.bookings.confirm(work, held[-1].booking_id, citizen, [], {}, lambda each, _: None),
    )


async def _cancel(house: House, key: str, slot: SlotView) -> None:
    query = select(bookings.c.id, bookings.c.citizen_id).where(
        bookings.c.slot_id == slot.id, bookings.c.state == "confirmed", bookings.c.holder == b"neighbour"
    )
    async with house.database.reading() as connection:
        row = (await connection.execute(query)).first()
    assert row is not None
    work = Work()
    await house.bookings.give_up_all(work, row.citizen_id)  # whatever the deadline
    await house.writer.commit(work)


async def _wait(house: House, key: str, slot: SlotView) -> None:
    activity, citizen = await house.activities.get(key), await neighbour(house)
    wish = Wish(slot.id, key, 1, activity.people.party.min, True)
    await _write(
        house, lambda work: house.bookings.waiting.join(work, wish, citizen, "web", lambda each, _: None)
    )


async def neighbour(house: House) -> int:
    """A verified citizen nobody can reach."""
    citizen_id, now = house.codes.new_id(), house.clock.now()
    row = {
        "id": citizen_id,
        "box": b"",
        "language": "el",
        "resident": True,
        "notice_version": 1,
        "reminders": False,
        "registered_at": now,
        "last_verified_at": now,
    }
    address = {
        "id": house.codes.new_id(),
        "citizen_id": citizen_id,
        "kind": "mobile",
        "lookup": f"neighbour {next(_numbers)}".encode(),
        "box": b"",
        "verified_at": now,
    }
    async with house.database.writing() as connection:
        await connection.execute(insert(citizens), row)
        await connection.execute(insert(addresses), address)
    return citizen_id


async def _write(house: House, fill: Callable[[Work], None]) -> None:
    work = Work()
    fill(work)
    await house.writer.commit(work)
