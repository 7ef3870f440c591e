"""Absences, told before they limit bookings, and the refusal while they do; on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from core.activities.model import activities
from core.bookings.missed import missed_by
from core.bookings.model import absences, bookings
from core.conversations.forgetting import forget_citizen
from core.db.database import Database
from core.db.work import Work
from core.people.model import citizens
from tests.conversations.core_person import CorePerson
from tests.worlds import World, open_world


@pytest.fixture
async def world(tmp_path, database: Database) -> AsyncIterator[World]:  # type: ignore[no-untyped-def]
    address = database.engine.url.render_as_string(hide_password=False)
    provider = {"twilio_account_sid": "AC0", "twilio_from": "Paso"}
    async with open_world(tmp_path, database_url=address, activities=("pool",), **provider) as world:
        yield world


async def swimmer(world: World) -> CorePerson:
    """With a booking for tomorrow evening."""
    person = CorePerson(world)
    await person.command("start", "pool")
    for label in ("Τετ 2/12", "19:00", "Διαδρομή 2", "1 άτομο", "Το διάβασα"):
        await person.press(label)
    await person.type("6971234599")
    for words in (world.code, "Άννα Ρήγα", "ναι", "όχι", "επιβεβαιώνω"):
        await person.type(words)
    assert "Έγινε η κράτηση" in person.heard()
    return person


async def misses(world: World, times: int) -> None:
    """She has stayed away so often before; one booking stands for all of them, as far as the rule goes."""
    house = world.side.house
    async with house.database.writing() as connection:
        (row,) = (await connection.execute(select(bookings))).all()
        for n in range(times):
            copied = {**row._mapping, "id": 900 + n, "state": "moved"}
            await connection.execute(insert(bookings), copied)
            missed = {"booking_id": 900 + n, "citizen_id": row.citizen_id, "activity_id": row.activity_id}
            at = world.clock.now() - timedelta(days=n + 1)
            await connection.execute(insert(absences), {**missed, "at": at})


async def test_she_is_warned_before_the_last_one_and_told_while_it_lasts(world: World) -> None:
    anna = await swimmer(world)
    await misses(world, 1)
    await anna.command("my_bookings")
    assert "απουσία" not in anna.heard()
    async with world.side.house.database.writing() as connection:
        await connection.execute(absences.delete())
    await world_without_copies(world)
    await misses(world, 2)
    await anna.command("my_bookings")
    assert "με μία απουσία ακόμη χωρίς ακύρωση" in anna.heard()
    assert "για 14 ημέρες" in anna.heard()


async def world_without_copies(world: World) -> None:
    async with world.side.house.database.writing() as connection:
        await connection.execute(bookings.delete().where(bookings.c.id >= 900, bookings.c.id < 999))


async def test_the_refusal_says_which_rule_until_when_and_whom_to_call(world: World) -> None:
    anna = await swimmer(world)
    await misses(world, 3)
    await anna.command("my_bookings")
    assert "έως Δευτέρα 14 Δεκεμβρίου οι νέες κρατήσεις σας εκεί είναι περιορισμένες" in anna.heard()
    await anna.command("start", "pool")
    for label in ("Πέμ 3/12", "18:00", "Διαδρομή 4", "1 άτομο"):
        await anna.press(label)
    said = anna.heard().replace("\u00a0", " ")
    assert "3 μέσα σε 30 ημέρες" in said
    assert "έως Δευτέρα 14 Δεκεμβρίου" in said
    assert "μιλήστε με: Γραφείο Αθλητισμού, +302999055110" in said
    assert anna.question.step == "wish"  # nothing else of the pool would do


async def test_forget_me_forgets_absences_too(world: World) -> None:
    await swimmer(world)
    await misses(world, 3)
    house = world.side.house
    async with house.database.reading() as connection:
        citizen = (await connection.execute(select(citizens.c.id))).scalar_one()
        assert (await connection.execute(select(activities.c.id))).first() is not None
    work = Work()
    await forget_citizen(work, house.bookings, citizen, world.clock.now())
    await house.writer.commit(work)
    assert await missed_by(house.database, house.activities, citizen, world.clock.now(), 2) == []
    async with house.database.reading() as connection:
        assert (await connection.execute(select(absences))).first() is None
