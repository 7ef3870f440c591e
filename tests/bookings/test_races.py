"""Everybody at once, on both databases: exactly as many get in as there are places."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from sqlalchemy import func, select

from core.bookings.decisions import Confirmed, Held, RefusedPlace
from core.bookings.model import bookings
from core.errors import Duplicate
from core.passes.model import passes
from tests.bookings.hours import at
from tests.makers import Town


@pytest.fixture
async def other(town: Town) -> AsyncIterator[Town]:
    """Another process's box office on the same database."""
    opened = Town(town.database, town.clock, town.codes)
    yield opened
    await opened.writer.close()


async def living_units(town: Town, slot: int) -> int:
    statement = select(func.coalesce(func.sum(bookings.c.units), 0)).where(
        bookings.c.slot_id == slot, bookings.c.state.in_(("held", "confirmed"))
    )
    async with town.database.reading() as connection:
        return int((await connection.execute(statement)).scalar_one())


def won(decisions: Sequence[Any]) -> int:
    assert all(isinstance(each, Held | Confirmed | RefusedPlace) for each in decisions)
    return sum(isinstance(each, Held | Confirmed) for each in decisions)


async def race(towns: Sequence[Town], slot: int, citizens: Sequence[int], **changes: Any) -> list[Any]:
    """Everybody holds at once and confirms at once what was held, spread over the processes."""
    holds = await asyncio.gather(
        *(towns[n % len(towns)].hold(slot, citizen, **changes) for n, citizen in enumerate(citizens))
    )
    return await asyncio.gather(
        *(
            towns[n % len(towns)].confirm(hold.booking_id, citizen)
            for n, (citizen, hold) in enumerate(zip(citizens, holds, strict=True))
            if isinstance(hold, Held)
        )
    )


async def test_twelve_at_once_for_five_places(town: Town) -> None:
    await town.make_activity(capacity__per_slot=5)
    slot = await town.slot_at(at(2, 10))
    citizens = await town.make_citizens(12)
    holds = await asyncio.gather(*(town.hold(slot, citizen) for citizen in citizens))
    assert [isinstance(each, Held) for each in holds] == [True] * 5 + [False] * 7  # first come, first served
    assert {each.reason.code for each in holds if isinstance(each, RefusedPlace)} == {"bookings.full"}
    assert (await town.slot_row(slot)).taken == await living_units(town, slot) == 5


async def test_three_hundred_at_once_for_a_hundred_places(town: Town) -> None:
    await town.make_activity(capacity__per_slot=100)
    slot = await town.slot_at(at(2, 10))
    citizens = await town.make_citizens(300)
    confirmed = await race([town], slot, citizens)
    assert won(confirmed) == len(confirmed) == 100
    assert (await town.slot_row(slot)).taken == await living_units(town, slot) == 100
    async with town.database.reading() as connection:
        codes = list((await connection.execute(select(passes.c.code))).scalars())
    assert len(set(codes)) == 100


async def test_two_processes_racing_for_the_same_places(town: Town, other: Town) -> None:
    await town.make_activity(capacity__per_slot=20)
    slot = await town.slot_at(at(2, 10))
    confirmed = await race([town, other], slot, await town.make_citizens(60))
    assert won(confirmed) == len(confirmed) == 20
    assert (await town.slot_row(slot)).taken == await living_units(town, slot) == 20


async def test_groups_racing_get_all_their_places_or_none(town: Town, other: Town) -> None:
    await town.make_activity(capacity__per_slot=10)
    slot = await town.slot_at(at(2, 10))
    citizens = await town.make_citizens(12)
    sizes = [4, 3, 2] * 4
    decisions = await asyncio.gather(
        *(
            (town, other)[n % 2].hold(slot, citizen, persons=size)
            for n, (citizen, size) in enumerate(zip(citizens, sizes, strict=True))
        )
    )
    given = sum(size for size, each in zip(sizes, decisions, strict=True) if isinstance(each, Held))
    assert given <= 10
    assert (await town.slot_row(slot)).taken == await living_units(town, slot) == given
    left = 10 - given
    assert all(
        size > left for size, each in zip(sizes, decisions, strict=True) if isinstance(each, RefusedPlace)
    )


async def test_moves_in_a_circle_between_two_processes_neither_lose_nor_double_a_place(
    town: Town, other: Town
) -> None:
    await town.make_activity(capacity__per_slot=6)
    days = (2, 3, 4)
    slots = [await town.slot_at(at(day, 10)) for day in days]
    owners = []
    for n in range(9):
        citizen = await town.make_citizen()
        owners.append((citizen, await town.make_booking(slots[n % 3], citizen)))
    moves = [
        (town, other)[n % 2].move(booking, citizen, slots[(n + 1) % 3])
        for n, (citizen, booking) in enumerate(owners)
    ]
    assert won(await asyncio.gather(*moves)) == 9
    assert [(await town.slot_row(slot)).taken for slot in slots] == [3, 3, 3]
    assert [await living_units(town, slot) for slot in slots] == [3, 3, 3]


async def test_the_same_update_ten_times_at_once_books_once(town: Town, other: Town) -> None:
    await town.make_activity()
    slot = await town.slot_at(at(2, 10))
    citizen = await town.make_citizen()
    outcomes = await asyncio.gather(
        *((town, other)[n % 2].hold(slot, citizen, once="update:7") for n in range(10)),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in outcomes) == ["Duplicate"] * 9 + ["Held"]
    assert all(isinstance(each, Held | Duplicate) for each in outcomes)
    assert (await town.slot_row(slot)).taken == await living_units(town, slot) == 1


async def test_holding_confirming_moving_and_cancelling_all_at_once_keeps_the_sums(
    town: Town, other: Town
) -> None:
    await town.make_activity(capacity__per_slot=4)
    slots = [await town.slot_at(at(day, 10)) for day in (2, 3)]
    owners = []
    for n in range(6):
        citizen = await town.make_citizen()
        owners.append((citizen, await town.make_booking(slots[n % 2], citizen)))
    newcomers = await town.make_citizens(8)
    await asyncio.gather(
        *(
            (town, other)[n % 2].cancel(booking, citizen)
            if n % 3 == 0
            else (town, other)[n % 2].move(booking, citizen, slots[(n + 1) % 2])
            for n, (citizen, booking) in enumerate(owners)
        ),
        *((other, town)[n % 2].hold(slots[n % 2], citizen) for n, citizen in enumerate(newcomers)),
    )
    rows = [await town.slot_row(slot) for slot in slots]
    assert [row.taken for row in rows] == [await living_units(town, slot) for slot in slots]
    assert all(row.taken <= row.capacity for row in rows)
