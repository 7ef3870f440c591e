"""Reminders: only to those who wished for them, the day before, once, and without words that tell what."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import select

from core.bookings.reminders import ReminderMessage, remind
from core.db.work import Work
from core.messages.model import outbox
from core.messages.outbox import Order, Outbox
from tests.conversations.core_person import CorePerson
from tests.worlds import World, open_world


async def _book(world: World, phone: str, wish: str, channel: str = "web") -> CorePerson:
    person = CorePerson(world, address=phone, channel=channel)
    await person.command("start", "pool")
    await person.type("μεθαύριο στις 7 το απόγευμα")
    await person.press("Διαδρομή 1")
    await person.press("1 άτομο")
    await person.press("Το διάβασα")
    await person.type(phone)
    await person.type(world.code)
    await person.type("Μαρία Παππά")
    await person.press("Ναι")
    await person.press(wish)
    await person.press("Επιβεβαιώνω")
    assert "Έγινε η κράτηση" in person.heard()
    return person


async def _ordered(world: World) -> list[Any]:
    house = world.side.house
    orders = Outbox(house.codes, house.clock, world.side.origin, house.sealer)
    work = Work()
    await remind(house.database, house.clock, orders, house.settings.zone).do(work)
    await house.writer.commit(work)
    async with house.database.reading() as connection:
        rows = await connection.execute(select(outbox).where(outbox.c.template == "reminder"))
        return list(rows.mappings())


async def test_a_reminder_is_ordered_once_the_day_before_for_those_who_wished(tmp_path: Path) -> None:
    async with open_world(
        tmp_path, activities=("pool",), twilio_account_sid="AC0", twilio_from="Paso"
    ) as world:
        await _book(world, "6971234561", "Ναι")
        await _book(world, "6971234562", "Όχι")
        await _book(world, "2101234563", "Ναι")
        assert await _ordered(world) == []
        world.clock.move(hours=34)  # the next evening, 20:00: 23 hours before
        [row] = await _ordered(world)
        assert row["medium"] == "sms"
        assert len(await _ordered(world)) == 1


async def test_nobody_is_reminded_at_night(tmp_path: Path) -> None:
    async with open_world(
        tmp_path, activities=("pool",), twilio_account_sid="AC0", twilio_from="Paso"
    ) as world:
        await _book(world, "6971234561", "Ναι")
        world.clock.move(hours=38)  # midnight
        assert await _ordered(world) == []
        world.clock.move(hours=10)
        assert len(await _ordered(world)) == 1


async def test_a_chat_is_reminded_where_there_is_one_with_buttons_that_stay_valid(tmp_path: Path) -> None:
    async with open_world(
        tmp_path, activities=("pool",), twilio_account_sid="AC0", twilio_from="Paso"
    ) as world:
        await _book(world, "6971234561", "Ναι", channel="telegram")
        world.clock.move(hours=34)
        [row] = await _ordered(world)
        assert row["medium"] == "telegram"
        names = (
            "id",
            "template",
            "params",
            "medium",
            "citizen_id",
            "language",
            "expires_at",
            "created_at",
            "box",
        )
        order = Order(**{name: row[name] for name in names}, box_row=row["id"], attempts=1)
        message = ReminderMessage(world.side.house.texts).chat(order, {})
        assert "Πέμπτη 3 Δεκεμβρίου, 19:00" in message.text
        assert "κολυμβητήριο" not in message.text
        assert [deed for _, deed, _ in message.deeds] == ["pass", "move", "cancel"]
