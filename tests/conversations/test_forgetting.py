"""Forget me: the record is destroyed, places are free again, figures stay."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import func, select

from core.activities.model import slots
from core.bookings.model import answers, bookings, companions
from core.db.schema import events
from core.passes.model import passes
from core.people.model import addresses, citizens, verifications
from tests.conversations.core_person import CorePerson
from tests.worlds import World, open_world


async def _tennis(world: World, person: CorePerson) -> None:
    await person.command("start", "tennis")
    for words in ("μεθαύριο", "18:00", "Γήπεδο 2", "2 άτομα"):
        await person.type(words)
    await person.press("Το διάβασα")
    await person.type("6971234561")
    await person.type(world.code)
    await person.type("Μαρία Παππά")
    await person.press("Ναι")
    await person.press("Όχι")
    await person.type("Άννα Μακρή")
    await person.press("Επιβεβαιώνω")
    assert "Έγινε η κράτηση" in person.heard()


async def _count(world: World, table, *where) -> int:  # type: ignore[no-untyped-def]
    async with world.side.house.database.reading() as connection:
        return await connection.scalar(select(func.count()).select_from(table).where(*where)) or 0


async def test_nothing_of_the_person_remains_and_what_was_counted_stays(tmp_path: Path) -> None:
    async with open_world(
        tmp_path, activities=("tennis",), twilio_account_sid="AC0", twilio_from="Paso"
    ) as world:
        person = CorePerson(world)
        await _tennis(world, person)
        applied = await _count(world, events, events.c.name != "citizen_forgotten")
        await person.command("forget_me")
        assert "σβήσουμε" in person.heard()
        await person.press("Ναι")
        assert "σβήστηκαν" in person.heard()
        for table in (citizens, addresses, companions, answers, verifications):
            assert await _count(world, table) == 0, table.name
        assert await _count(world, bookings) >= 1
        assert await _count(world, bookings, bookings.c.citizen_id.is_not(None)) == 0
        assert await _count(world, passes, passes.c.state == "valid") == 0
        assert await _count(world, slots, slots.c.taken > 0) == 0
        assert await _count(world, events, events.c.name == "citizen_forgotten") == 1
        assert await _count(world, events, events.c.name != "citizen_forgotten") >= applied
        await person.command("forget_me")
        assert "Δεν έχετε γραφτεί" in person.heard()


async def test_it_is_asked_once_and_no_leaves_everything(tmp_path: Path) -> None:
    async with open_world(
        tmp_path, activities=("tennis",), twilio_account_sid="AC0", twilio_from="Paso"
    ) as world:
        person = CorePerson(world)
        await _tennis(world, person)
        await person.command("forget_me")
        await person.press("Όχι")
        assert "δεν σβήσαμε τίποτα" in person.heard()
        assert await _count(world, citizens) == 1
