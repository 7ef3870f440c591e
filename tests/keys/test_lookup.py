"""The look-up key is replaced, even a lost one, with the key that opens; nobody is registered twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, select

from core.adapters import keys
from core.adapters.keys import read_generations
from core.commands import lookups
from core.commands.rotating import Kind, retire
from core.conversations.model import conversations
from core.db.work import Work
from core.errors import ConfigurationFault
from core.people.model import addresses, citizens
from tests.conversations.core_person import CorePerson
from tests.keys.test_rotation import MANY, people, rows, waits_for, world
from tests.whole.people import choose_lane
from tests.worlds import World

assert world
KNOWN = "Επιτρέπεται 1 κράτηση την ημέρα και την έχετε ήδη κάνει"


async def values(world: World) -> dict[int, bytes]:
    return {row.id: row.lookup for row in await rows(world, addresses)}  # type: ignore[attr-defined]


async def come_back(world: World, number: int) -> CorePerson:
    """Somebody who has booked before, on another channel; nothing of the last dialog is left."""
    work = Work()
    work.run(delete(conversations))
    await world.side.house.writer.commit(work)
    world.clock.move(hours=1)
    person = CorePerson(world, f"session {number}", channel="web", language="el")
    await choose_lane(person, lane=5)
    await person.press("Το διάβασα")
    await person.type(f"69712345{number:02d}")
    return person


async def test_a_known_key_is_replaced_while_both_are_looked_for(world: World) -> None:
    house = world.side.house
    settings = house.settings
    crowd = await people(world)
    before = await values(world)
    lookups.begin(settings, world.clock.now())
    await crowd[0].command("my_bookings")  # the dialog is found under the older key
    assert any("Διαδρομή" in button for button in crowd[0].buttons())
    person = await come_back(world, 1)
    await person.type(world.code)
    await person.press("Επιβεβαιώνω")
    assert KNOWN in person.heard()
    async with house.database.reading() as connection:
        total = len((await connection.execute(select(citizens.c.id))).all())
    assert total == MANY
    done = await lookups.make_anew(settings)
    assert (done.broken, done.twice) == (0, 0)
    assert 0 < done.made_anew <= 2 * MANY
    after = await values(world)
    assert after.keys() == before.keys()
    assert not set(after.values()) & set(before.values())
    lookups.end(settings)
    assert (await lookups.make_anew(settings)).made_anew == 0
    assert "UTC" in await waits_for(world, Kind.LOOKUP, world.clock.now())
    assert await waits_for(world, Kind.LOOKUP, world.clock.now() + timedelta(days=2)) == ""
    retire(settings, Kind.LOOKUP)
    person = await come_back(world, 2)
    await person.type(world.code)
    await person.press("Επιβεβαιώνω")
    assert KNOWN in person.heard()
    assert len(await rows(world, citizens)) == MANY


async def test_a_lost_key_is_replaced_while_people_are_asked_to_wait(world: World) -> None:
    settings = world.side.house.settings
    await people(world)
    before = await values(world)
    for place in (settings.keys_dir, settings.keys_dir / "web"):
        (place / keys.LOOKUP).unlink()
    lookups.begin(settings, world.clock.now())
    lookups.begin(settings, world.clock.now())  # begun again: it goes on with the same
    assert len(read_generations(settings.keys_dir / keys.LOOKUP)) == 2
    person = await come_back(world, 1)
    assert "Δοκιμάστε ξανά σε λίγα λεπτά" in person.heard()
    assert (await lookups.make_anew(settings)).made_anew == len(before)
    lookups.end(settings)
    assert len(read_generations(settings.keys_dir / "web" / keys.LOOKUP)) == 1
    await person.type("6971234501")
    await person.type(world.code)
    await person.press("Επιβεβαιώνω")
    assert KNOWN in person.heard()
    assert len(await rows(world, citizens)) == MANY


async def test_an_address_that_leads_nowhere_is_counted_and_the_others_are_made_anew(world: World) -> None:
    house = world.side.house
    await people(world, 3)
    found: list[Any] = await rows(world, addresses)
    lookups.begin(house.settings, world.clock.now())
    async with house.database.writing() as connection:
        stolen = {**found[0]._mapping, "id": 7, "lookup": b"x"}  # a box in another row
        await connection.execute(insert(addresses).values(**stolen))
    done = await lookups.make_anew(house.settings)
    assert (done.made_anew, done.broken) == (len(found), 1)


async def test_without_the_key_that_opens_it_says_where_to_run(world: World) -> None:
    settings = world.side.house.settings
    for path in settings.keys_dir.rglob(keys.OPENING):
        path.unlink()
    lookups.begin(settings, world.clock.now())
    with pytest.raises(ConfigurationFault, match=r"opening\.key is not on this machine"):
        await lookups.make_anew(settings)
