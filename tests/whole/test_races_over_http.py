"""More people than places, all at once, through real servers: as many get one as there are, and all are answered."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select

from core.activities.loading import load, parse
from core.activities.model import slots
from core.bookings.model import bookings
from core.db.work import Work
from core.passes.model import passes
from tests.whole.channels import Telegram, open_channel
from tests.whole.crowd import FIRST, Racer, at_people, open_crowd
from tests.whole.town import Town, open_town
from tests.worlds import DEMONSTRATION

LANE = ("pool", "αύριο στις 7 το απόγευμα", "διαδρομή 2")
"""Six places, of which one is kept for the desk."""


@pytest.fixture
async def town(tmp_path: Path, database_url: str) -> AsyncIterator[Town]:
    """On both databases."""
    async with open_town(tmp_path, database_url=database_url, activities=("pool",)) as opened:
        yield opened


async def publish_film(town: Town, places: int) -> None:
    """A film with so many places, none of them reserved."""
    film = json.loads((DEMONSTRATION / "cinema.json").read_bytes())
    film |= {"capacity": {"unit": "persons", "per_slot": places}, "reserved": {}}
    today = town.clock.now().astimezone(town.settings.zone).date()
    work = Work()
    await town.side.house.activities.publish(work, load(parse(json.dumps(film).encode()), today))
    await town.side.house.writer.commit(work)


@asynccontextmanager
async def crowd(
    town: Town, said: Sequence[str], *, web: int, telegram: int = 0
) -> AsyncIterator[tuple[list[Racer], str]]:
    """The people, spread over both channels and two processes, and the offer that they answer."""
    state = await at_people(town, *said)
    assert state.offer is not None
    async with town.another_door() as door, open_channel("telegram", town) as channel:
        assert isinstance(channel, Telegram)
        people = open_crowd(town, state, web=web, doors=[door], telegram=(channel, telegram))
        async with people as racers:
            random.Random(1).shuffle(racers)
            yield racers, state.offer.id


async def taken(town: Town) -> dict[str, list[int]]:
    """Persons of each booking, by state."""
    async with town.side.house.database.reading() as connection:
        rows = (await connection.execute(select(bookings.c.state, bookings.c.persons))).all()
        counted = (await connection.scalars(select(func.max(slots.c.taken)))).one()
        assert counted == sum(persons for state, persons in rows if state in ("held", "confirmed"))
    return {state: [persons for each, persons in rows if each == state] for state, _ in rows}


async def all_confirm(town: Town, racers: Sequence[Racer]) -> None:
    """Those who hold a place book it, all at once, and each has a pass of their own."""
    lucky = [racer for racer in racers if racer.holds]
    await asyncio.gather(*(racer.press("Επιβεβαιώνω") for racer in lucky))
    assert all("Έγινε η κράτηση" in racer.heard() for racer in lucky)
    assert list(await taken(town)) == ["confirmed"]
    async with town.side.house.database.reading() as connection:
        numbers = (await connection.scalars(select(passes.c.code))).all()
    assert len(set(numbers)) == len(lucky)


async def test_twelve_at_once_for_five_places(town: Town) -> None:
    async with crowd(town, LANE, web=6, telegram=6) as (racers, offer):
        await asyncio.gather(*(racer.answer(offer, 0) for racer in racers))
        assert [racer.holds for racer in racers].count(True) == 5
        for racer in racers:
            if not racer.holds:
                assert "πλήρ" in racer.heard().lower(), racer.heard()
        assert await taken(town) == {"held": [1] * 5}
        await all_confirm(town, racers)


async def test_three_hundred_at_once_for_a_hundred_places(town: Town) -> None:
    await publish_film(town, 100)
    async with crowd(town, ("cinema", FIRST), web=240, telegram=60) as (racers, offer):
        await asyncio.gather(*(racer.answer(offer, 0) for racer in racers))
        lucky = [racer for racer in racers if racer.holds]
        assert len(lucky) == 100
        assert all("πλήρ" in racer.heard().lower() for racer in racers if not racer.holds)
        assert await taken(town) == {"held": [1] * 100}
        await all_confirm(town, racers)


async def test_groups_racing_come_all_together_or_not_at_all(town: Town) -> None:
    await publish_film(town, 40)
    sizes = random.Random(2)
    async with crowd(town, ("cinema", FIRST), web=24, telegram=12) as (racers, offer):
        wanted = {racer: sizes.randint(1, 6) for racer in racers}
        assert sum(wanted.values()) > 80
        await asyncio.gather(*(racer.answer(offer, n - 1) for racer, n in wanted.items()))
        held = [n for racer, n in wanted.items() if racer.holds]
        refused = [n for racer, n in wanted.items() if not racer.holds]
        assert sorted((await taken(town))["held"]) == sorted(held)
        assert sum(held) <= 40
        assert 40 - sum(held) < min(refused), "a group was sent away though there was room for it"
        await all_confirm(town, racers)
