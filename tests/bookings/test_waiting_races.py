"""Waiting lists with several processes at once: nothing is oversold, nobody is asked out of order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from core.bookings.decisions import Confirmed, Held
from core.bookings.waiting_service import WaitingView
from tests.bookings.waiters import accept, code, entry, full, join, joined, serve, states
from tests.makers import Town


@pytest.fixture
async def other(town: Town) -> AsyncIterator[Town]:
    """Another process's box office on the same database."""
    opened = Town(town.database, town.clock, town.codes)
    yield opened
    await opened.writer.close()


async def test_leaving_twice_or_with_others_at_once_is_harmless(town: Town, other: Town) -> None:
    slot, [(booking, owner)] = await full(town)
    people = [await joined(town, slot) for _ in range(4)]
    await town.cancel(booking, owner)
    leaving = [_leaving(town, await entry(town, *each), each[0]) for each in people[:3] * 2]
    await asyncio.gather(*((town, other)[n % 2].write(each) for n, each in enumerate(leaving)))
    assert set((await states(town))[:3]) <= {"declined", "left"}
    assert (await states(town))[3] == "offered"
    assert (await town.slot_row(slot)).taken == 1


def _leaving(town: Town, view: WaitingView, citizen: int) -> Any:
    return lambda work: town.bookings.waiting.leave(work, view, citizen, lambda decision, _: None)


async def test_two_processes_race_and_nothing_is_oversold_nor_out_of_order(town: Town, other: Town) -> None:
    slot, booked = await full(town, 6)
    people = [await joined(town, slot) for _ in range(8)]
    strangers = await town.make_citizens(6)
    towns = (town, other)
    outcomes = await asyncio.gather(
        *(towns[n % 2].cancel(*each) for n, each in enumerate(booked[:4])),
        *(towns[n % 2].hold(slot, each) for n, each in enumerate(strangers)),
        *(serve(towns[n % 2], slot) for n in range(4)),
    )
    assert all(code(each) == "bookings.full" for each in outcomes[4:10])
    assert await states(town) == ["offered"] * 4 + ["waiting"] * 4
    assert (await town.slot_row(slot)).taken == 6
    accepted = await asyncio.gather(*(accept(towns[n % 2], *each) for n, each in enumerate(people[:4] * 2)))
    assert all(isinstance(each, Held) for each in accepted)
    confirmed = await asyncio.gather(
        *(towns[n % 2].confirm(waiting_id, citizen) for n, (citizen, waiting_id) in enumerate(people[:4]))
    )
    assert all(isinstance(each, Confirmed) for each in confirmed)
    assert (await town.slot_row(slot)).taken == 6


async def test_joining_at_once_gives_everyone_a_rank_of_their_own(town: Town, other: Town) -> None:
    slot, _ = await full(town)
    citizens = await town.make_citizens(10)
    decisions = await asyncio.gather(
        *(join((town, other)[n % 2], slot, citizen) for n, citizen in enumerate(citizens * 2))
    )
    fresh = [each.position for each in decisions if not each.again]
    assert sorted(fresh) == list(range(1, 11))
