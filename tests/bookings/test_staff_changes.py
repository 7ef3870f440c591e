"""What the town changes about a booking is told to its citizen: moved, cancelled, one session of a term."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from core.activities.closing import Closing
from core.activities.model import slots
from core.bookings.closed_sessions import ClosedSessionMessage, tell_of_closed_sessions
from core.bookings.closures import tell_of_closures
from core.bookings.counter import Counter
from core.bookings.staff_changes import StaffChangeMessage, tell_of_changes
from core.db.work import Work
from core.errors import Refused
from core.messages.model import outbox
from core.messages.outbox import Order, Outbox
from core.messages.texts import Texts
from tests.bookings.test_closures import PlainOrigin
from tests.makers import OpenSealer, Town

TEN = datetime(2026, 12, 2, 8, 0, tzinfo=UTC)
ATHENS = ZoneInfo("Europe/Athens")
TEXTS = Texts(ATHENS)
CONTACT = "2100000000"


def counter(town: Town) -> Counter:
    return Counter(
        town.database, town.clock, town.codes, town.activities, town.occupancy, town.box_office, town.passes
    )


def _orders(town: Town) -> Outbox:
    return Outbox(town.codes, town.clock, PlainOrigin(), OpenSealer())


async def told(town: Town) -> list[Order]:
    """Every order so far, after the worker had its turn."""
    orders = _orders(town)
    await town.write(tell_of_changes(town.database, town.clock, orders).do)
    zone = town.settings.zone
    await town.write(tell_of_closed_sessions(town.database, town.clock, orders, zone).do)
    async with town.database.reading() as connection:
        rows = (await connection.execute(select(outbox).order_by(outbox.c.id))).mappings().all()
    names = (*Order.__dataclass_fields__.keys() - {"box_row"},)
    return [Order(**{name: row[name] for name in names}, box_row=row["id"]) for row in rows]


def said(order: Order) -> str:
    message: Any = (
        StaffChangeMessage(TEXTS, CONTACT)
        if order.template == "staff_change"
        else ClosedSessionMessage(TEXTS)
    )
    return str(message.text(order, {}))


async def test_a_move_by_staff_is_told_with_the_new_hour_and_pass(town: Town) -> None:
    await town.make_activity(calendar__rules__0__starts=["10:00", "11:00"])
    citizen = await town.make_citizen()
    booking = await town.make_booking(await town.slot_at(TEN), citizen)
    target = await town.slot_at(TEN + timedelta(hours=1))
    found = await counter(town).find(booking.code or "")
    await town.write(lambda work: counter(town).move(work, found, target))
    (order,) = await told(town)
    (new,) = await town.bookings.mine(citizen)
    assert (order.medium, order.citizen_id) == ("sms", citizen)
    assert new.code is not None
    digits = f"{new.code[:3]} {new.code[3:6]} {new.code[6:9]} {new.code[9:]}"
    assert digits in said(order)
    assert "11:00" in said(order)
    assert CONTACT in said(order)
    deeds = StaffChangeMessage(TEXTS, CONTACT).chat(order, {}).deeds
    assert {(name, subject) for _, name, subject in deeds} == {
        (name, str(new.id)) for name in ("pass", "move", "cancel")
    }
    assert len(await told(town)) == 1


async def test_a_cancellation_by_staff_is_told_and_one_by_the_citizen_is_not(town: Town) -> None:
    await town.make_activity()
    slot = await town.slot_at(TEN)
    first, second = await town.make_citizens(2)
    by_staff, by_self = await town.make_booking(slot, first), await town.make_booking(slot, second)
    found = await counter(town).find(by_staff.code or "")
    await town.write(lambda work: counter(town).cancel(work, found))
    await town.cancel(by_self, second)
    (order,) = await told(town)
    assert order.citizen_id == first
    assert said(order).startswith("Η κράτησή σας (Τετ 2/12 10:00) ακυρώθηκε από τον Δήμο.")


async def test_what_was_refused_is_not_told(town: Town) -> None:
    await town.make_activity(rules__cancel_minutes_before=600)
    booking = await town.make_booking(await town.slot_at(TEN), await town.make_citizen())
    found = await counter(town).find(booking.code or "")
    town.clock.at = TEN - timedelta(hours=1)
    with pytest.raises(Refused, match="cancel_too_late"):
        await town.write(lambda work: counter(town).cancel(work, found))
    assert await told(town) == []


# -- a course with a term: Wednesdays and Fridays, 2 to 18 December

TERM: dict[str, Any] = {
    "type": "SessionSeries",
    "booked_as": "term",
    "calendar__rules": [
        {
            "key": "a",
            "name": {"el": "Α", "en": "A"},
            "recurrence": "FREQ=WEEKLY;BYDAY=WE,FR",
            "from": "2026-12-02",
            "until": "2026-12-18",
            "starts": ["10:00"],
            "duration_minutes": 60,
        }
    ],
    "people": {"party": {"min": 1, "max": 1}},
    "steps": [{"key": "time", "kind": "time"}],
    "calendar__horizon_days": 60,
}


def day(number: int) -> tuple[datetime, datetime]:
    begin = datetime(2026, 12, number, tzinfo=ATHENS).astimezone(UTC)
    return begin, begin + timedelta(days=1)


def closing(town: Town) -> Closing:
    return Closing(town.database, town.clock, town.codes)


async def close(town: Town, number: int) -> int:
    ids: list[int] = []

    async def do(work: Any) -> None:
        ids.extend(await closing(town).close_day(work, "hall", *day(number), "strike", 7))

    await town.write(do)
    (closing_id,) = ids
    return closing_id


async def days_of(town: Town, slot_id: int) -> list[int]:
    async with town.database.reading() as connection:
        row = (await connection.execute(select(slots).where(slots.c.id == slot_id))).one()
    assert row.state == "open"
    starts = (datetime.fromtimestamp(start / 1000, ATHENS) for start, _ in row.sessions)
    return [each.day for each in starts]


@pytest.mark.parametrize("number", [2, 9, 18])
async def test_a_day_of_a_term_falls_out_alone_and_is_told(town: Town, number: int) -> None:
    await town.make_activity(**TERM)
    slot = await town.slot_at(TEN)
    booking = await town.make_booking(slot, await town.make_citizen())
    every = [2, 4, 9, 11, 16, 18]
    assert await days_of(town, slot) == every
    await close(town, number)
    left = [each for each in every if each != number]
    assert await days_of(town, slot) == left
    (order,) = await told(town)
    following = next((each for each in left if each > number), None)
    assert ("Το επόμενο:" in said(order)) == (following is not None)
    assert "απεργία" in said(order).lower()
    assert len(await told(town)) == 1
    assert booking.state == "confirmed"


@pytest.mark.parametrize("booked", [True, False])
async def test_it_stays_closed_when_slots_are_planned_again_and_opens_on_request(
    town: Town, booked: bool
) -> None:
    await town.make_activity(**TERM)
    slot = await town.slot_at(TEN)
    if booked:
        await town.make_booking(slot, await town.make_citizen())
    closing_id = await close(town, 9)
    await town.write(town.activities.plan_ahead)
    assert await days_of(town, slot) == [2, 4, 11, 16, 18]
    assert [each.id for each in await closing(town).ahead("hall", *day(9))] == [closing_id]
    await town.write(lambda work: closing(town).reopen(work, closing_id))
    assert await days_of(town, slot) == [2, 4, 9, 11, 16, 18]
    await town.write(town.activities.plan_ahead)
    assert await days_of(town, slot) == [2, 4, 9, 11, 16, 18]
    with pytest.raises(Refused, match=r"closures\.unknown"):
        await town.write(lambda work: closing(town).reopen(work, closing_id))


async def test_far_sessions_are_told_at_civil_hours(town: Town) -> None:
    await town.make_activity(**TERM)
    await town.make_booking(await town.slot_at(TEN), await town.make_citizen())
    await close(town, 9)
    town.clock.at = datetime(2026, 12, 1, 21, 30, tzinfo=UTC)
    assert await told(town) == []
    town.clock.at = datetime(2026, 12, 2, 7, 0, tzinfo=UTC)
    assert len(await told(town)) == 1


@pytest.mark.parametrize("last", [2, 9, 18])
async def test_the_last_session_that_is_left_is_closed_with_its_term_and_told(town: Town, last: int) -> None:
    await town.make_activity(**TERM)
    slot = await town.slot_at(TEN)
    booking = await town.make_booking(slot, await town.make_citizen())
    for number in (2, 4, 9, 11, 16, 18):
        if number != last:
            await close(town, number)
    assert await days_of(town, slot) == [last]
    before = len(await told(town))
    closing_id = await close(town, last)
    assert (await town.slot_row(slot)).state == "closed"
    await town.write(town.activities.plan_ahead)
    assert (await town.slot_row(slot)).state == "closed"
    await town.write(
        tell_of_closures(
            town.database, town.clock, _orders(town), town.codes, town.activities, town.settings.zone
        ).do
    )
    orders = await told(town)
    assert [each.template for each in orders].count("closure") == 1
    assert len(orders) == before + 1
    (found,) = [each for each in await closing(town).ahead("hall", *day(2)) if each.id == closing_id]
    with pytest.raises(Refused, match="nothing_that_day"):
        await closing(town).close_day(Work(), "hall", *day(last), "strike", 7)
    await town.write(lambda work: closing(town).reopen(work, found.id))
    assert await days_of(town, slot) == [last]
    assert booking.state == "confirmed"
