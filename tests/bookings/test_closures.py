"""Closed slots: they stay closed, their bookings stay booked, and each person is offered a slot of their own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from core.activities.closing import Closing
from core.activities.model import closings, slots
from core.bookings.closures import HELD_FOR, ClosureMessage, Offered, offered_slot, tell_of_closures
from core.bookings.decisions import Confirmed, RefusedPlace
from core.bookings.model import bookings, closure_notices
from core.bookings.views import BookingView
from core.db.work import Work
from core.dialog.heard import Deed
from core.errors import Refused
from core.messages.model import outbox
from core.messages.outbox import Order, Outbox
from core.messages.texts import Texts
from core.passes.model import passes
from tests.conversations.core_person import CorePerson
from tests.makers import OpenSealer, Town
from tests.worlds import World, open_world

TEN = datetime(2026, 12, 2, 8, 0, tzinfo=UTC)
DAY = (datetime(2026, 12, 1, 22, tzinfo=UTC), datetime(2026, 12, 2, 22, tzinfo=UTC))


class PlainOrigin:
    def mac(self, *parts: bytes) -> bytes:
        return b"mac"

    def check(self, mac: bytes, *parts: bytes) -> bool:
        return mac == b"mac"


def closing(town: Town) -> Closing:
    return Closing(town.database, town.clock, town.codes)


async def tell(town: Town) -> list[Any]:
    orders = Outbox(town.codes, town.clock, PlainOrigin(), OpenSealer())
    chore = tell_of_closures(
        town.database, town.clock, orders, town.codes, town.activities, town.settings.zone
    )
    await town.write(chore.do)
    async with town.database.reading() as connection:
        return list((await connection.execute(select(outbox).order_by(outbox.c.id))).mappings())


async def test_a_closed_slot_stays_closed_when_slots_are_planned_again(town: Town) -> None:
    await town.make_activity()
    slot_id = await town.slot_at(TEN)
    await town.write(lambda work: closing(town).close_slot(work, slot_id, "weather", 7))
    await town.write(town.activities.plan_ahead)
    row = await town.slot_row(slot_id)
    assert (row.state, row.reason) == ("closed", "weather")
    await town.make_activity()  # a new revision
    assert (await town.slot_row(slot_id)).state == "closed"


async def test_a_closed_day_is_opened_again_but_for_what_else_is_closed(town: Town) -> None:
    await town.make_activity(calendar__rules__0__starts=["10:00", "11:00"])
    first, second = await town.slot_at(TEN), await town.slot_at(TEN + timedelta(hours=1))
    ids: list[int] = []

    async def close(work: Work) -> None:
        ids.extend(await closing(town).close_day(work, "hall", *DAY, "strike", 7))

    await town.write(lambda work: closing(town).close_slot(work, first, "weather", 7))
    await town.write(close)
    assert [(await town.slot_row(each)).reason for each in (first, second)] == ["weather", "strike"]
    assert [each.reason for each in await closing(town).ahead("hall", *DAY)] == ["strike", "weather"]
    await town.write(lambda work: closing(town).reopen(work, ids[0]))
    assert [(await town.slot_row(each)).state for each in (first, second)] == ["closed", "open"]
    with pytest.raises(Refused, match=r"closures\.unknown"):
        await town.write(lambda work: closing(town).reopen(work, ids[0]))
    with pytest.raises(Refused, match="nothing_that_day"):
        await closing(town).close_day(Work(), "other", *DAY, "strike", 7)


async def test_what_is_over_or_unknown_or_not_in_the_list_is_not_closed(town: Town) -> None:
    await town.make_activity()
    slot_id = await town.slot_at(TEN)
    for slot, reason, code in ((999, "weather", "unknown_slot"), (slot_id, "<b>", "unknown_reason")):
        with pytest.raises(Refused, match=code):
            await closing(town).close_slot(Work(), slot, reason, 7)
    town.clock.at = TEN + timedelta(hours=2)
    with pytest.raises(Refused, match="slot_over"):
        await closing(town).close_slot(Work(), slot_id, "weather", 7)


async def test_each_is_offered_a_place_of_their_own_and_told_once(town: Town) -> None:
    await town.make_activity(capacity__per_slot=4, calendar__rules__0__starts=["10:00", "11:00", "12:00"])
    slot_id = await town.slot_at(TEN)
    for citizen in await town.make_citizens(2):
        await town.make_booking(slot_id, citizen, persons=2)
    other = await town.make_citizen()
    await town.make_booking(await town.slot_at(TEN + timedelta(hours=1)), other, persons=2)
    await town.write(lambda work: closing(town).close_slot(work, slot_id, "weather", 7))
    orders = await tell(town)
    offers = [order["params"]["offer"] for order in orders]
    assert offers == [(TEN + timedelta(hours=hours)).isoformat() for hours in (1, 2)]
    assert {order["params"]["reason"] for order in orders} == {"weather"}
    assert len(await tell(town)) == 2
    async with town.database.reading() as connection:
        states = (await connection.execute(select(bookings.c.state))).scalars().all()
    assert sorted(states) == ["confirmed"] * 3 + ["held"] * 2


async def _closed_with_an_offer(town: Town) -> tuple[BookingView, int, Offered]:
    """Two hours of one place each: the second is held for whoever had the first."""
    await town.make_activity(
        capacity__per_slot=1, calendar__rules__0__starts=["10:00", "11:00"], calendar__horizon_days=1
    )
    citizen = await town.make_citizen()
    booking = await town.make_booking(await town.slot_at(TEN), citizen)
    await town.write(lambda work: closing(town).close_slot(work, booking.slot_id, "weather", 7))
    await tell(town)
    offered = await offered_slot(town.database, booking.id, town.clock.now())
    assert offered is not None
    return booking, citizen, offered


async def test_what_is_offered_is_kept_and_only_theirs(town: Town) -> None:
    booking, citizen, offered = await _closed_with_an_offer(town)
    assert offered.until == town.clock.now() + HELD_FOR
    stranger = await town.make_citizen()
    assert isinstance(await town.hold(offered.slot_id, stranger), RefusedPlace)
    moved = await town.move(booking, citizen, offered.slot_id, kept=offered.hold_id)
    assert isinstance(moved, Confirmed)
    assert (await town.slot_row(offered.slot_id)).taken == 1


async def test_nobody_takes_what_is_kept_for_another(town: Town) -> None:
    _, _, offered = await _closed_with_an_offer(town)
    await town.make_activity(
        capacity__per_slot=1, calendar__rules__0__starts=["10:00", "11:00", "12:00"], calendar__horizon_days=1
    )
    stranger = await town.make_citizen()
    theirs = await town.make_booking(await town.slot_at(TEN + timedelta(hours=2)), stranger)
    decision = await town.move(theirs, stranger, offered.slot_id, kept=offered.hold_id)
    assert isinstance(decision, RefusedPlace)


async def test_silence_frees_it(town: Town) -> None:
    booking, citizen, offered = await _closed_with_an_offer(town)
    town.clock.at += HELD_FOR
    stranger = await town.make_citizen()
    await town.make_booking(offered.slot_id, stranger)
    again = await offered_slot(town.database, booking.id, town.clock.now())
    assert again is not None
    assert again.until is None
    decision = await town.move(booking, citizen, offered.slot_id, kept=offered.hold_id)
    assert isinstance(decision, RefusedPlace)


async def test_who_cancels_gives_back_what_was_kept(town: Town) -> None:
    booking, citizen, offered = await _closed_with_an_offer(town)
    await town.cancel(booking, citizen)
    await tell(town)
    assert (await town.slot_row(offered.slot_id)).taken == 0
    await tell(town)
    assert (await town.slot_row(offered.slot_id)).taken == 0


async def test_the_message_says_until_when_it_is_kept(town: Town) -> None:
    await _closed_with_an_offer(town)
    [row] = await tell(town)
    message = ClosureMessage(Texts(town.settings.zone))
    until = (town.clock.now() + HELD_FOR).astimezone(town.settings.zone)
    assert f"έως Τρί 1/12 {until:%H:%M}." in message.text(order_of(row), {})


async def test_nobody_is_offered_an_hour_that_they_have_something_else_in(town: Town) -> None:
    await town.make_activity(calendar__rules__0__starts=["10:00", "11:00", "12:00"])
    citizen = await town.make_citizen()
    slot_id = await town.slot_at(TEN)
    await town.make_booking(slot_id, citizen)
    await town.make_booking(await town.slot_at(TEN + timedelta(hours=1)), citizen)
    await town.write(lambda work: closing(town).close_slot(work, slot_id, "safety", None))
    [order] = await tell(town)
    assert order["params"]["offer"] == (TEN + timedelta(hours=2)).isoformat()


async def test_what_is_far_is_told_at_civil_hours_and_what_is_near_at_once(town: Town) -> None:
    await town.make_activity()
    far = await town.slot_at(TEN + timedelta(days=3))
    near = await town.slot_at(TEN)
    for slot_id in (near, far):
        await town.make_booking(slot_id, await town.make_citizen())
        await town.write(lambda work, each=slot_id: closing(town).close_slot(work, each, "weather", 7))
    town.clock.at = datetime(2026, 12, 1, 21, 30, tzinfo=UTC)
    assert [order["params"]["starts"] for order in await tell(town)] == [TEN.isoformat()]
    town.clock.at = datetime(2026, 12, 2, 7, 0, tzinfo=UTC)
    assert len(await tell(town)) == 2


async def test_a_landline_is_called_and_after_the_hour_nobody_is_told(town: Town) -> None:
    await town.make_activity()
    slot_id = await town.slot_at(TEN)
    await town.make_booking(slot_id, await town.make_citizen(kind="landline"))
    await town.write(lambda work: closing(town).close_slot(work, slot_id, "weather", 7))
    [order] = await tell(town)
    assert order["medium"] == "call"
    assert await offered_slot(town.database, await _only_booking(town), town.clock.now()) is not None
    late = await town.make_booking(await town.slot_at(TEN + timedelta(days=1)), await town.make_citizen())
    await town.write(lambda work: closing(town).close_slot(work, late.slot_id, "weather", 7))
    town.clock.at = TEN + timedelta(days=2)
    assert len(await tell(town)) == 1


async def test_no_deadline_binds_whom_the_town_lets_down(town: Town) -> None:
    await town.make_activity(rules__move_minutes_before=600, rules__cancel_minutes_before=600)
    citizen = await town.make_citizen()
    booking = await town.make_booking(await town.slot_at(TEN), citizen)
    town.clock.at = TEN - timedelta(minutes=30)
    await town.write(lambda work: closing(town).close_slot(work, booking.slot_id, "weather", 7))
    target = await town.slot_at(TEN + timedelta(days=1))
    assert isinstance(await town.move(booking, citizen, target), Confirmed)


async def test_a_chat_takes_the_offer_with_one_button(tmp_path: Path) -> None:
    async with open_world(tmp_path, activities=("pool",), twilio_account_sid="AC0", twilio_from="P") as world:
        person = await _booked(world)
        house = world.side.house
        async with house.database.reading() as connection:
            row = (await connection.execute(select(bookings.c.id, bookings.c.slot_id))).one()
        work = Work()
        await Closing(house.database, house.clock, house.codes).close_slot(work, row.slot_id, "cleaning", 7)
        await house.writer.commit(work)
        work = Work()
        orders = Outbox(house.codes, house.clock, world.side.origin, house.sealer)
        await tell_of_closures(
            house.database, house.clock, orders, house.codes, house.activities, house.settings.zone
        ).do(work)
        await house.writer.commit(work)
        await person.hear(Deed("take", str(row.id)))
        assert "πάσο" in person.heard().lower()
        async with house.database.reading() as connection:
            states = (await connection.execute(select(bookings.c.state).order_by(bookings.c.id))).scalars()
            assert sorted(states) == ["confirmed", "lapsed", "moved"]


async def _booked(world: World) -> CorePerson:
    person = CorePerson(world, address="6971234561", channel="web")
    await person.command("start", "pool")
    await person.type("μεθαύριο στις 7 το απόγευμα")
    for press in ("Διαδρομή 1", "1 άτομο", "Το διάβασα"):
        await person.press(press)
    await person.type("6971234561")
    await person.type(world.code)
    await person.type("Μαρία Παππά")
    for press in ("Ναι", "Όχι", "Επιβεβαιώνω"):
        await person.press(press)
    return person


async def test_whoever_writes_the_database_cannot_choose_the_words(town: Town) -> None:
    await town.make_activity(name={"el": "ΚΑΛΕΣΤΕ 900", "en": "CALL 900"})
    slot_id = await town.slot_at(TEN)
    await town.make_booking(slot_id, await town.make_citizen())
    await town.write(lambda work: work.run(update(slots).values(state="closed", reason="call 900 now")))
    await town.write(lambda work: work.run(update(passes).values(code="CALL 900!")))
    [row] = await tell(town)
    order = order_of(row)
    message = ClosureMessage(Texts(town.settings.zone))
    for words in (message.text(order, {}), message.chat(order, {}).text):
        assert "900" not in words
        assert "άλλαξε το πρόγραμμα" in words


async def _only_booking(town: Town) -> int:
    async with town.database.reading() as connection:
        assert (await connection.execute(select(closings))).all()
        return int((await connection.execute(select(closure_notices.c.booking_id))).scalar_one())


def order_of(row: Any) -> Order:
    names = (
        "id",
        "template",
        "params",
        "medium",
        "citizen_id",
        "box",
        "language",
        "expires_at",
        "created_at",
    )
    return Order(**{name: row[name] for name in names}, box_row=row["id"], attempts=1)
