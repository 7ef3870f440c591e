"""How full the coming days are, on the front door of a whole town."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from sqlalchemy import select, update

from core.activities.model import slots
from core.bookings.queries import SlotView
from core.bookings.requests import HoldRequest
from core.db.work import Work
from tests.webhooks.browser_of_citizen import Citizen
from tests.webhooks.conftest import serve
from tests.worlds import World, open_world
from webhooks.portal.how_full import coming_days

TOMORROW = date(2026, 12, 2)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path, activities=("pool", "tennis", "cinema", "festival")) as world:
        yield world


async def lanes(world: World, hour: str, day: date = TOMORROW) -> list[SlotView]:
    house = world.side.house
    pool = await house.activities.get("pool")
    seen = await house.occupancy.slots_of(pool, day, "web")
    return [slot for slot in seen if f"{slot.starts_at.astimezone(house.settings.zone):%H:%M}" == hour]


async def take(world: World, slot: SlotView, persons: int) -> None:
    house, work = world.side.house, Work()
    request = HoldRequest(slot.id, "pool", 1, persons, True, None, b"somebody", "web")
    house.bookings.hold(work, request, lambda _decision, _work: None)
    await house.writer.commit(work)


def row_of(html: str, hour: str) -> str:
    """The first row of that hour, without tags."""
    start = html.index(f'<th scope="row">{hour}')
    return " ".join(re.sub(r"<[^>]+>", " ", html[start : html.index("</tr>", start)]).split())


async def test_the_page_tells_the_figures_of_the_dialog(world: World) -> None:
    for lane in (await lanes(world, "19:00"))[:4]:
        await take(world, lane, 4)
        world.clock.move(seconds=1)
    house = world.side.house
    for activity in await house.activities.published():
        told = await coming_days(world.side, activity, 14, "el")
        last = date(2026, 12, 14)
        expected = [each for each in await house.occupancy.days(activity, "web") if each.day <= last]
        assert [(day.day, day.fullness.per_cent) for day in told.days] == [
            (each.day, each.per_cent) for each in expected
        ]
        for day in told.days:
            assert day.fullness.free == sum(hour.fullness.free for hour in day.hours if hour.fullness)
    pool = await coming_days(world.side, await house.activities.get("pool"), 7, "el")
    busy = next(day for day in pool.days if day.day == TOMORROW)
    (seven, *_) = await lanes(world, "19:00")
    at_seven = next(hour for hour in busy.hours if hour.starts_at == seven.starts_at)
    assert at_seven.fullness is not None
    # Four lanes with 4 of 6, two empty ones; one place of each is kept for the desk.
    assert (at_seven.fullness.taken, at_seven.fullness.free, at_seven.fullness.level) == (16, 14, "some")


async def test_hours_are_told_in_words_beside_the_bars(world: World) -> None:
    first = date(2026, 12, 1)
    for lane in await lanes(world, "18:00", first):
        await take(world, lane, 4)
        await take(world, lane, 1)
    for lane in await lanes(world, "19:00", first):
        await take(world, lane, 4)
    async with world.side.house.database.writing() as connection:
        ids = [slot.id for slot in await lanes(world, "20:00", first)]
        closing = update(slots).where(slots.c.id.in_(ids)).values(state="closed", reason="weather")
        await connection.execute(closing)
    async with serve(cast(SimpleNamespace, world.side)) as running, Citizen(running.address) as citizen:
        await citizen.visit("/how-full")
        html = citizen.html[citizen.html.index('id="pool"') :]
        assert row_of(html, "17:00") == "17:00 0% ήσυχα 30"
        assert row_of(html, "18:00") == "18:00 100% πλήρες 0"
        assert row_of(html, "19:00") == "19:00 80% πολύς κόσμος 6"
        assert row_of(html, "20:00") == "20:00 Κλειστά 0"
        assert 'href="/chat?start=pool"' in html
        assert "1 θέση για όσους έρχονται στο γραφείο" in html.replace("\u00a0", " ")
        assert "<script" not in html


async def test_seven_or_fourteen_days_in_either_language(world: World) -> None:
    async with serve(cast(SimpleNamespace, world.side)) as running, Citizen(running.address) as citizen:
        await citizen.visit("/how-full")
        assert "Δευτέρα 7 Δεκεμβρίου" in citizen.html
        assert "Τρίτη 8 Δεκεμβρίου" not in citizen.html
        assert "Τις επόμενες 7 ημέρες δεν υπάρχει κάτι για κράτηση" in citizen.html.replace("\u00a0", " ")
        for strange in ("99999", "-1", "seven", "7.0", ""):
            await citizen.visit(f"/how-full?days={strange}")
            assert "Τρίτη 8 Δεκεμβρίου" not in citizen.html
        await citizen.visit("/how-full?days=14&language=en")
        assert "Monday 14 December" in citizen.html
        assert "How full the coming days are" in citizen.html
        await citizen.visit("/")
        assert 'href="/how-full"' in citizen.html
        assert '<html lang="en">' in citizen.html


async def test_what_cannot_be_booked_yet_is_not_called_full(world: World) -> None:
    """Tennis opens ten days ahead."""
    tennis = await coming_days(world.side, await world.side.house.activities.get("tennis"), 14, "en")
    assert max(day.day for day in tennis.days) == date(2026, 12, 11)
    async with world.side.house.database.reading() as connection:
        latest = (
            await connection.execute(select(slots.c.starts_at).order_by(slots.c.starts_at.desc()))
        ).first()
    assert latest is not None
    assert latest.starts_at.date() > date(2026, 12, 11)


async def test_a_town_without_activities_says_so(tmp_path: Path) -> None:
    async with (
        open_world(tmp_path, activities=("none",)) as world,
        serve(cast(SimpleNamespace, world.side)) as running,
        Citizen(running.address) as citizen,
    ):
        await citizen.visit("/how-full")
        assert "Δεν υπάρχει ακόμη δραστηριότητα" in citizen.html
