"""Who did not come: what counts, what does not, and what follows from it in the box office."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from core.activities.model import slots
from core.bookings.decisions import RefusedPlace
from core.bookings.model import absences
from core.bookings.views import BookingView
from core.db.database import Database
from core.db.schema import events
from core.db.work import Work
from core.stats.absent import LATE, note_absences
from core.stats.rollup import RollUp
from tests.bookings.hours import at
from tests.fakes.clock import StoppedClock
from tests.makers import Town

RULES = {"no_show": {"count": 2, "within_days": 30, "pause_days": 14}}


@pytest.fixture
async def town(database: Database, clock: StoppedClock) -> AsyncIterator[Town]:
    opened = Town(database, clock)
    yield opened
    await opened.writer.close()


async def book(town: Town, day: int, citizen: int, **changes: Any) -> BookingView:
    return await town.make_booking(await town.slot_at(at(day, 10)), citizen, **changes)


async def gate(town: Town, day: int, *came: BookingView) -> None:
    """Of that day's ten o'clock: whoever came, or somebody else without a booking."""
    told = [
        {"at": at(day, 10), "name": "attended", "facts": {"booking": each.id, "slot": each.slot_id}}
        for each in came
    ]
    entered = {"facility": "hall", "category": "sport", "persons": max(1, len(came))}
    async with town.database.writing() as connection:
        await connection.execute(
            insert(events), [*told, {"at": at(day, 10), "name": "entered", "facts": entered}]
        )


async def noted(town: Town, *, fresh: bool = True) -> list[int]:
    """Bookings that are noted after the chore."""
    if fresh:
        await RollUp(town.database, town.writer, town.settings.zone).refresh()
    work = Work()
    await note_absences(town.database, town.clock, town.activities).do(work)
    await town.writer.commit(work)
    async with town.database.reading() as connection:
        query = select(absences.c.booking_id).order_by(absences.c.booking_id)
        return list((await connection.execute(query)).scalars())


async def test_who_did_not_come_is_noted_once_and_late_scans_take_it_back(town: Town) -> None:
    await town.make_activity(rules=RULES)
    came, stayed, cancelled = await town.make_citizens(3)
    here, away, gone = await book(town, 2, came), await book(town, 2, stayed), await book(town, 2, cancelled)
    await town.cancel(gone, cancelled)
    await gate(town, 2, here)
    town.clock.at = at(2, 11) + LATE - timedelta(seconds=1)
    assert await noted(town) == []
    town.clock.move(seconds=1)
    assert await noted(town) == [away.id]
    assert await noted(town) == [away.id]
    await gate(town, 2, away)  # from a gate that had no line
    assert await noted(town, fresh=False) == [away.id]
    assert await noted(town) == []


async def test_nothing_counts_where_nobody_scanned_or_the_slot_was_closed(town: Town) -> None:
    await town.make_activity(rules=RULES)
    citizen = await town.make_citizen()
    unscanned, closed = await book(town, 2, citizen), await book(town, 3, citizen)
    await gate(town, 3)
    async with town.database.writing() as connection:
        closing = update(slots).where(slots.c.id == closed.slot_id)
        await connection.execute(closing.values(state="closed", reason="weather"))
    town.clock.at = at(3, 20)
    assert await noted(town) == []
    await gate(town, 2)
    assert await noted(town) == [unscanned.id]


async def test_where_there_is_no_rule_nothing_is_noted_and_what_was_is_deleted(town: Town) -> None:
    await town.make_activity()
    citizen = await town.make_citizen()
    booking = await book(town, 2, citizen)
    await gate(town, 2)
    town.clock.at = at(2, 20)
    assert await noted(town) == []
    await town.make_activity(rules=RULES)
    assert await noted(town) == [booking.id]
    await town.make_activity()
    assert await noted(town) == []


async def test_nothing_is_noted_before_the_figures_know_who_came(town: Town) -> None:
    await town.make_activity(rules=RULES)
    citizen = await town.make_citizen()
    booking = await book(town, 2, citizen)
    await gate(town, 2)
    town.clock.at = at(2, 20)
    await RollUp(town.database, town.writer, town.settings.zone).refresh()
    await gate(town, 2, booking)
    assert await noted(town, fresh=False) == []
    assert await noted(town) == []


async def test_an_absence_is_deleted_when_the_rule_looks_back_no_more(town: Town) -> None:
    await town.make_activity(rules=RULES)
    citizen = await town.make_citizen()
    booking = await book(town, 2, citizen)
    await gate(town, 2)
    town.clock.at = at(2, 20)
    await noted(town)
    town.clock.at = at(2, 11) + timedelta(days=44)
    assert await noted(town) == []
    town.clock.at = at(2, 11) + timedelta(days=44, seconds=-1)
    assert booking.id not in await noted(town)  # deleted is deleted: it is too long ago to be noted anew


async def test_after_too_many_absences_one_booking_ahead_until_it_ends_by_itself(town: Town) -> None:
    await town.make_activity(rules=RULES)
    citizen = await town.make_citizen()
    for day in (2, 3):
        await book(town, day, citizen)
        await gate(town, day)
    town.clock.at = at(3, 20)
    assert len(await noted(town)) == 2
    await book(town, 5, citizen)  # one ahead is allowed
    refused = await town.hold(await town.slot_at(at(6, 10)), citizen)
    assert isinstance(refused, RefusedPlace)
    assert refused.reason.code == "fair.absent_ahead"
    assert refused.reason.params["until"] == at(3, 11) + timedelta(days=14)
    await book(town, 7, citizen, channel="desk")  # staff may book all the same
    other = await town.make_citizen()
    await book(town, 5, other)
    await book(town, 6, other)
    town.clock.at = at(14, 12)
    await town.write(town.activities.plan_ahead)
    await book(town, 18, citizen)
    assert isinstance(await town.hold(await town.slot_at(at(20, 10)), citizen), RefusedPlace)
    town.clock.at = at(17, 11)
    await book(town, 20, citizen)


async def test_a_hold_of_somebody_unknown_is_judged_when_it_is_confirmed(town: Town) -> None:
    rules = {"no_show": RULES["no_show"] | {"most_ahead": 9, "hours_before": 24}}
    await town.make_activity(rules=rules)
    citizen = await town.make_citizen()
    for day in (2, 3):
        await book(town, day, citizen)
        await gate(town, day)
    town.clock.at = at(3, 20)
    await noted(town)
    for day, code in ((6, "fair.absent_early"), (4, "")):
        held: Any = await town.hold(await town.slot_at(at(day, 10)), holder=b"somebody")
        decision: Any = await town.confirm(held.booking_id, citizen)
        assert (decision.reason.code if isinstance(decision, RefusedPlace) else "") == code
        if code:
            assert decision.reason.params["when"] == at(5, 10)
