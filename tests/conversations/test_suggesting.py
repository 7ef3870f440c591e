"""The quieter hour in a conversation: what is asked, and what the figures learn of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from core.activities.loading import load, parse
from core.db.schema import events
from core.db.types import to_milliseconds
from core.db.work import Work
from tests.conversations.core_person import CorePerson
from tests.conversations.person import crowd
from tests.worlds import DEMONSTRATION, World, open_world

DAY = "2026-12-02"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    provider = {"twilio_account_sid": "AC0", "twilio_from": "Paso"}
    async with open_world(tmp_path, activities=("pool",), **provider) as world:
        yield world


async def busy(world: World, *hours: str, taken: int = 4, key: str = "pool") -> None:
    for hour in hours:
        await crowd(world.side.house, key, DAY, hour, str(taken))


async def swimmer(world: World, address: str = "555") -> CorePerson:
    """Verified, and back at the menu."""
    person = CorePerson(world, address)
    await person.command("my_bookings")
    await person.press("Το διάβασα")
    await person.type(f"69712345{int(address) % 100:02}")
    for words in (world.code, "Άννα Ρήγα", "ναι", "όχι"):
        await person.type(words)
    return person


async def choose(person: CorePerson, hour: str = "19:00", lane: str = "Διαδρομή 2") -> None:
    await person.command("start", "pool")
    person.taps = 0
    for label in ("Τετ 2/12", hour, lane, "1 άτομο"):
        await person.press(label)


async def accepted(world: World) -> dict[str, Any]:
    """Facts of the application that was accepted last."""
    query = select(events.c.facts).where(events.c.name == "application_accepted").order_by(events.c.id.desc())
    async with world.side.house.database.reading() as connection:
        facts: dict[str, Any] = (await connection.execute(query.limit(1))).scalar_one()
        return facts


def hour_of(world: World, milliseconds: int) -> str:
    return next(
        f"{hour:02}:00"
        for hour in range(7, 22)
        if to_milliseconds(world.clock.now().replace(day=2, hour=hour - 2, minute=0)) == milliseconds
    )


async def test_who_follows_needs_one_tap_more_and_the_first_choice_is_recorded(world: World) -> None:
    await busy(world, "19:00")
    anna = await swimmer(world)
    await choose(anna)
    assert "Στις 19:00 θα έχει κόσμο" in anna.heard()
    await anna.press("18:00")
    await anna.press("Επιβεβαιώνω")
    assert "Έγινε η κράτηση" in anna.heard()
    assert anna.taps == 7 - 1  # begun by a link: day, hour, lane, people, the quieter hour, confirm
    facts = await accepted(world)
    assert hour_of(world, facts["starts"]) == "18:00"
    assert hour_of(world, facts["first_starts"]) == "19:00"
    assert (facts["first_why"], facts["first_place"], facts["place"]) == ("suggested", "lane-2", "lane-2")


async def test_who_insists_gets_it_and_nothing_is_recorded(world: World) -> None:
    await busy(world, "19:00")
    anna = await swimmer(world)
    await choose(anna)
    await anna.press("Κρατήστε τις 19:00")
    await anna.press("Επιβεβαιώνω")
    facts = await accepted(world)
    assert hour_of(world, facts["starts"]) == "19:00"
    assert "first_why" not in facts


async def test_it_is_asked_once_in_a_booking_whatever_is_changed(world: World) -> None:
    await busy(world, "19:00", "20:00")
    anna = await swimmer(world)
    await choose(anna)
    await anna.press("18:00")
    await anna.press("Αλλαγή")
    await anna.press("Ώρα")
    for label in ("20:00", "Διαδρομή 2", "1 άτομο"):
        await anna.press(label)
    assert "Να επιβεβαιώσουμε" in anna.heard()
    await anna.press("Επιβεβαιώνω")
    facts = await accepted(world)
    assert hour_of(world, facts["starts"]) == "20:00"
    assert "first_why" not in facts  # she changed her mind by herself


async def test_nothing_is_asked_where_nothing_is_clearly_better(world: World) -> None:
    anna = await swimmer(world)
    for hour, taken in (("19:00", 2), ("19:00", 4)):
        await busy(world, hour, taken=taken)
        await busy(world, "17:00", "18:00", "20:00", "21:00", taken=taken)
        for day in ("2026-12-01", "2026-12-03"):
            await crowd(world.side.house, "pool", day, "19:00", str(taken))
        await choose(anna)
        assert "Να επιβεβαιώσουμε" in anna.heard()


async def test_who_comes_as_usual_is_not_asked(world: World) -> None:
    anna = await swimmer(world)
    await choose(anna)
    await anna.press("Επιβεβαιώνω")
    await crowd(world.side.house, "pool", "2026-12-09", "19:00", "4")
    await anna.command("start")
    await anna.press("Ξανά: Τετ 9/12")
    assert "Να επιβεβαιώσουμε" in anna.heard()


async def test_who_has_confirmed_is_not_asked_though_the_hold_was_over(world: World) -> None:
    anna = await swimmer(world)
    await choose(anna)
    await busy(world, "19:00")
    world.clock.move(minutes=6)
    await anna.press("Επιβεβαιώνω")
    assert "Έγινε η κράτηση" in anna.heard()


async def test_the_town_may_switch_it_off(world: World) -> None:
    document = parse((DEMONSTRATION / "pool.json").read_bytes())
    document["rules"]["suggest_quieter"] = False
    work = Work()
    await world.side.house.activities.publish(work, load(document, world.clock.now().date()))
    await world.side.house.writer.commit(work)
    await busy(world, "19:00")
    anna = await swimmer(world)
    await choose(anna)
    assert "Να επιβεβαιώσουμε" in anna.heard()


async def test_who_found_it_full_and_took_another_had_wanted_the_full_one(world: World) -> None:
    """Somebody is quicker between the offer of lanes and the choice."""
    anna = await swimmer(world)
    await anna.command("start", "pool")
    for label in ("Τετ 2/12", "19:00", "Διαδρομή 2"):
        await anna.press(label)
    await busy(world, "19:00", taken=6)
    await anna.press("1 άτομο")
    assert "Πλήρες" in anna.heard()
    await anna.press("Διαλέγω άλλη")
    await anna.type("πίσω")
    for label in ("17:00", "Διαδρομή 1", "1 άτομο", "Επιβεβαιώνω"):
        await anna.press(label)
    facts = await accepted(world)
    assert (hour_of(world, facts["starts"]), hour_of(world, facts["first_starts"])) == ("17:00", "19:00")
    assert (facts["first_why"], facts["first_place"]) == ("full", "lane-2")


async def test_another_programme_takes_over_what_was_answered(world: World) -> None:
    house = world.side.house
    document = parse((DEMONSTRATION / "pool.json").read_bytes())
    document |= {"key": "sea-pool", "name": {"el": "Θαλάσσια πισίνα", "en": "Sea pool"}}
    document["facility"] |= {"key": "sea-pool", "number": 77}
    work = Work()
    await house.activities.publish(work, load(document, world.clock.now().date()))
    await house.writer.commit(work)
    await busy(world, "17:00", "18:00", "19:00", "20:00", "21:00")
    for day in ("2026-12-01", "2026-12-03"):
        await crowd(house, "pool", day, "19:00", "4")
    anna = await swimmer(world)
    await choose(anna)
    assert anna.buttons()[:2] == ["Θαλάσσια πισίνα, 19:00 · 0 από 36", "Κρατήστε τις 19:00"]
    await anna.press("Θαλάσσια πισίνα")
    assert "Θαλάσσια πισίνα: Τετάρτη 2 Δεκεμβρίου, 19:00, Διαδρομή 2" in anna.heard()
    await anna.press("Επιβεβαιώνω")
    facts = await accepted(world)
    assert (facts["activity"], facts["first_activity"], facts["first_facility"]) == (
        "sea-pool",
        "pool",
        "pool",
    )
