"""Offers of a waiting list answered by buttons that stay valid, whatever dialog is open."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from core.activities.closing import Closing
from core.activities.model import slots
from core.bookings.model import bookings, waiting
from core.db.work import Work
from core.dialog.heard import Deed
from tests.conversations.core_person import CorePerson
from tests.conversations.neighbours import act
from tests.worlds import World, open_world

HOUR = "tennis +2 18:00"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(
        tmp_path, activities=("tennis", "pool"), twilio_account_sid="AC0", twilio_from="Paso"
    ) as opened:
        yield opened


async def joined(world: World, number: str = "6971234561", address: str = "555") -> CorePerson:
    """Somebody who waits for court 2, which is full."""
    if not await _scalar(world, select(func.count()).select_from(bookings)):
        await act(world, f"fills {HOUR}")
    person = CorePerson(world, address)
    await person.command("start", "tennis")
    for words in ("μεθαύριο", "18:00", "Γήπεδο 2", "2 άτομα"):
        await person.type(words)
    await person.press("Λίστα αναμονής")
    await person.press("Το διάβασα")
    await person.type(number)
    await person.type(world.code)
    await person.type("Μαρία Παππά")
    await person.press("Ναι")
    await person.press("Όχι")
    assert "Είστε στη λίστα αναμονής" in person.heard()
    return person


async def _scalar(world: World, query: Any) -> Any:
    async with world.side.house.database.reading() as connection:
        return await connection.scalar(query)


async def states(world: World) -> list[str]:
    async with world.side.house.database.reading() as connection:
        return list((await connection.execute(select(waiting.c.state).order_by(waiting.c.rank))).scalars())


async def deed(world: World, person: CorePerson, name: str) -> None:
    entry = await _scalar(world, select(waiting.c.id).order_by(waiting.c.rank).limit(1))
    await person.hear(Deed(name, str(entry)))


async def test_an_offer_is_taken_in_the_middle_of_another_dialog_which_then_goes_on(world: World) -> None:
    person = await joined(world)
    await act(world, f"cancels {HOUR} court-2")
    await person.command("start", "pool")
    await person.type("αύριο")
    question = person.question.prompt
    await deed(world, person, "waiting_take")
    assert "Η θέση είναι δική σας ως" in person.heard()
    assert "Ποιοι θα παίξουν" in person.heard()
    await person.type("Άννα Μακρή")
    assert "Λίγο χρόνο ακόμη" not in person.buttons()
    await person.press("Επιβεβαιώνω")
    assert "Έγινε η κράτηση: Γήπεδα τένις" in person.heard()
    assert person.question.prompt == question
    assert await states(world) == ["taken"]


async def test_declining_neither_ends_nor_changes_the_dialog_under_way(world: World) -> None:
    person = await joined(world)
    await act(world, f"waits {HOUR} court-2")
    await act(world, f"cancels {HOUR} court-2")
    await person.command("start", "pool")
    question = person.question.prompt
    await deed(world, person, "waiting_decline")
    assert "πηγαίνει στον επόμενο" in person.heard()
    assert person.question.prompt == question
    assert await states(world) == ["declined", "offered"]
    await deed(world, person, "waiting_take")
    assert "δεν ισχύει πια" in person.heard()


async def test_leaving_the_booking_after_taking_lets_the_place_go_to_the_next(world: World) -> None:
    person = await joined(world)
    await act(world, f"waits {HOUR} court-2")
    await act(world, f"cancels {HOUR} court-2")
    await deed(world, person, "waiting_take")
    await person.command("cancel")
    assert await states(world) == ["declined", "offered"]


async def test_taking_twice_is_harmless(world: World) -> None:
    person = await joined(world)
    await act(world, f"cancels {HOUR} court-2")
    await deed(world, person, "waiting_take")
    await deed(world, person, "waiting_take")
    await person.type("Άννα Μακρή")
    await person.press("Επιβεβαιώνω")
    assert "Έγινε η κράτηση" in person.heard()
    await deed(world, person, "waiting_take")
    assert "δεν ισχύει πια" in person.heard()
    assert await _scalar(world, select(func.max(slots.c.taken))) == 1


async def test_somebody_elses_offer_or_none_is_not_theirs(world: World) -> None:
    await joined(world)
    await act(world, f"cancels {HOUR} court-2")
    thief = CorePerson(world, "777")
    await thief.command("start")
    for name in ("waiting_take", "waiting_decline", "waiting_leave"):
        await deed(world, thief, name)
        assert "Δεν βρήκαμε αυτή την αναμονή" in thief.heard()
    await thief.hear(Deed("waiting_take", "9" * 19))
    assert "Δεν βρήκαμε αυτή την αναμονή" in thief.heard()
    assert await states(world) == ["offered"]


async def test_after_the_offer_has_ended_the_button_says_so(world: World) -> None:
    person = await joined(world)
    await act(world, f"cancels {HOUR} court-2")
    world.clock.move(days=1)
    await deed(world, person, "waiting_take")
    assert "δεν ισχύει πια" in person.heard()


async def test_the_same_press_ten_times_joins_once(world: World) -> None:
    person = await joined(world)
    await person.command("start", "tennis")
    for words in ("μεθαύριο", "18:00", "Γήπεδο 2", "2 άτομα"):
        await person.type(words)
    await person.press("Λίστα αναμονής")
    assert "Είστε ήδη στη λίστα αναμονής, στην 1η θέση" in person.heard()
    assert await states(world) == ["waiting"]


async def test_forget_me_leaves_the_list_and_gives_up_the_offer(world: World) -> None:
    person = await joined(world)
    await act(world, f"waits {HOUR} court-2")
    await act(world, f"cancels {HOUR} court-2")
    await person.command("forget_me")
    await person.press("Ναι")
    assert await states(world) == ["offered"]  # the neighbour's
    assert await _scalar(world, select(func.max(slots.c.taken))) == 1
    held = select(func.count()).select_from(bookings).where(bookings.c.state == "held")
    assert await _scalar(world, held) == 1


async def test_going_back_from_registration_asks_again_and_joins_nobody(world: World) -> None:
    await act(world, f"fills {HOUR}")
    person = CorePerson(world)
    await person.command("start", "tennis")
    for words in ("μεθαύριο", "18:00", "Γήπεδο 2", "2 άτομα"):
        await person.type(words)
    await person.press("Λίστα αναμονής")
    await person.back()
    assert "Να σας βάλουμε στη λίστα αναμονής" in person.heard()
    await person.press("Διαλέγω άλλη")
    assert "Γήπεδο 2 · αναμονή" in person.buttons()
    assert await states(world) == []


async def test_a_booking_of_a_closed_slot_is_cancelled_after_the_deadline_too(world: World) -> None:
    person = await joined(world)
    await act(world, f"cancels {HOUR} court-2")
    await deed(world, person, "waiting_take")
    await person.type("Άννα Μακρή")
    await person.press("Επιβεβαιώνω")
    house = world.side.house
    query = (
        select(bookings.c.id, bookings.c.slot_id, slots.c.starts_at)
        .join(slots)
        .where(bookings.c.state == "confirmed", bookings.c.holder != b"neighbour")
    )
    async with house.database.reading() as connection:
        row = (await connection.execute(query)).one()
    world.clock.at = row.starts_at - timedelta(minutes=30)
    await person.hear(Deed("cancel", str(row.id)))
    await person.press("Ναι")
    assert "Η ακύρωση γινόταν έως" in person.heard()
    work = Work()
    await Closing(house.database, house.clock, house.codes).close_slot(work, row.slot_id, "weather", None)
    await house.writer.commit(work)
    await person.hear(Deed("cancel", str(row.id)))
    await person.press("Ναι")
    assert "ακυρώθηκε" in person.heard()
