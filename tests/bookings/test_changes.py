"""Cancelling, moving, coming with fewer: deadlines, whole or not at all, and what becomes of the pass."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from core.bookings.decisions import Confirmed, RefusedPlace
from core.bookings.views import BookingView
from core.errors import Refused
from core.passes.model import passes
from tests.bookings.hours import at
from tests.makers import Town


def outcome(decision: Any) -> str:
    return decision.reason.code if isinstance(decision, RefusedPlace) else "yes"


async def passes_of(town: Town, booking_id: int) -> list[tuple[str, int]]:
    statement = select(passes.c.state, passes.c.persons).where(passes.c.booking_id == booking_id)
    async with town.database.reading() as connection:
        rows = await connection.execute(statement.order_by(passes.c.issued_at, passes.c.id))
        return sorted(tuple(row) for row in rows)


async def booked(town: Town, day: int = 3, **changes: Any) -> tuple[int, BookingView]:
    citizen = await town.make_citizen()
    return citizen, await town.make_booking(await town.slot_at(at(day, 10)), citizen, **changes)


async def taken(town: Town, *days: int) -> list[int]:
    return [(await town.slot_row(await town.slot_at(at(day, 10)))).taken for day in days]


async def test_cancelling_gives_the_place_back_and_voids_the_pass(town: Town) -> None:
    await town.make_activity(rules={"cancel_minutes_before": 60})
    citizen, booking = await booked(town, persons=2)
    await town.cancel(booking, citizen)
    await town.cancel(booking, citizen)  # a double tap is harmless
    assert await taken(town, 3) == [0]
    assert await passes_of(town, booking.id) == [("void", 2)]
    seen = await town.bookings.one(citizen, booking.id)
    assert seen is not None
    assert (seen.state, seen.code) == ("cancelled", None)
    assert await town.bookings.mine(citizen) == []
    assert [name for name, _ in await town.happenings()] == ["application_accepted", "booking_cancelled"]


async def test_only_the_owner_cancels_and_only_until_the_deadline(town: Town) -> None:
    await town.make_activity(rules={"cancel_minutes_before": 60})
    citizen, booking = await booked(town)
    with pytest.raises(Refused, match=r"bookings\.unknown"):
        await town.cancel(booking, await town.make_citizen())
    assert booking.can_cancel_until == at(3, 9)
    town.clock.at = at(3, 9, 1)
    with pytest.raises(Refused, match="cancel_too_late"):
        await town.cancel(booking, citizen)
    town.clock.at = at(3, 9)
    await town.cancel(booking, citizen)
    assert await taken(town, 3) == [0]


async def test_a_move_takes_the_new_place_gives_up_the_old_and_changes_the_pass(town: Town) -> None:
    await town.make_activity(rules={"limits": {"per_week": 1}})
    citizen, booking = await booked(town, persons=2)
    moved = await town.move(booking, citizen, await town.slot_at(at(4, 10)))
    assert isinstance(moved, Confirmed)
    new = moved.booking
    assert (new.starts_at, new.persons, new.state) == (at(4, 10), 2, "confirmed")
    assert new == await town.bookings.one(citizen, new.id)
    assert new.code != booking.code
    assert await taken(town, 3, 4) == [0, 2]
    assert await passes_of(town, booking.id) == [("void", 2)]
    assert await passes_of(town, new.id) == [("valid", 2)]
    old = await town.booking_row(booking.id)
    assert (old.state, old.moved_to) == ("moved", new.id)
    name, facts = (await town.happenings())[-1]
    assert (name, facts["booking"], facts["moved_from"]) == ("booking_moved", new.id, booking.id)
    assert outcome(await town.move(booking, citizen, await town.slot_at(at(5, 10)))) == "bookings.over"


async def test_a_move_to_a_full_slot_leaves_everything_as_it_was(town: Town) -> None:
    await town.make_activity(capacity__per_slot=1)
    citizen, booking = await booked(town)
    await booked(town, day=4)
    refused = await town.move(booking, citizen, await town.slot_at(at(4, 10)))
    assert outcome(refused) == "bookings.full"
    assert isinstance(refused, RefusedPlace)
    assert [each.starts_at for each in refused.next_best][:1] == [at(5, 10)]
    assert await taken(town, 3, 4) == [1, 1]
    assert await passes_of(town, booking.id) == [("valid", 1)]


async def test_a_move_has_its_deadline_and_needs_another_slot_of_the_same_activity(town: Town) -> None:
    await town.make_activity(rules={"move_minutes_before": 120})
    citizen, booking = await booked(town)
    assert outcome(await town.move(booking, citizen, booking.slot_id)) == "bookings.same_slot"
    assert outcome(await town.move(booking, citizen, 404)) == "bookings.unknown_slot"
    other = await town.slot_at(at(5, 10))
    assert outcome(await town.move(booking, await town.make_citizen(), other)) == "bookings.unknown"
    town.clock.at = at(3, 8, 1)
    assert outcome(await town.move(booking, citizen, other)) == "bookings.move_too_late"
    assert booking.can_move_until == at(3, 8)


async def test_what_a_move_gives_up_can_be_taken_by_the_next_in_the_same_moment(town: Town) -> None:
    await town.make_activity(capacity__per_slot=1)
    citizen, booking = await booked(town)
    decisions = await asyncio.gather(
        town.move(booking, citizen, await town.slot_at(at(4, 10))),
        town.hold(booking.slot_id, await town.make_citizen()),
    )
    assert [outcome(each) for each in decisions] == ["yes", "yes"]
    assert await taken(town, 3, 4) == [1, 1]


async def test_coming_with_fewer_frees_places_and_changes_the_pass(town: Town) -> None:
    await town.make_activity(capacity__per_slot=5)
    citizen, booking = await booked(town, persons=5)
    fewer = await town.reduce(booking, citizen, 2)
    assert isinstance(fewer, Confirmed)
    assert (fewer.booking.id, fewer.booking.persons, fewer.booking.units) == (booking.id, 2, 2)
    assert fewer.booking.code != booking.code
    assert await taken(town, 3) == [2]
    assert await passes_of(town, booking.id) == [("valid", 2), ("void", 5)]
    assert outcome(await town.reduce(booking, citizen, 2)) == "bookings.not_fewer"
    assert outcome(await town.reduce(booking, citizen, 0)) == "bookings.party_too_small"
    town.clock.at = at(3, 10, 1)
    assert outcome(await town.reduce(booking, citizen, 1)) == "bookings.reduce_too_late"


async def test_the_party_on_a_court_grows_smaller_while_the_court_stays_taken(town: Town) -> None:
    people = {"party": {"min": 2, "max": 4}}
    await town.make_activity(capacity={"unit": "bookings", "per_slot": 1}, people=people)
    citizen, booking = await booked(town, persons=4)
    fewer = await town.reduce(booking, citizen, 2)
    assert isinstance(fewer, Confirmed)
    assert (fewer.booking.persons, fewer.booking.units) == (2, 1)
    assert await taken(town, 3) == [1]
