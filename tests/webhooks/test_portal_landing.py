"""What can be booked, on the portal's page."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from aiohttp import ClientSession

from tests.webhooks.browser_of_citizen import Citizen
from tests.webhooks.conftest import House
from webhooks.side import BOT


async def test_every_activity_has_its_card_and_its_way_into_the_chat(house: House) -> None:
    async with Citizen(house.address) as citizen:
        await citizen.visit("/")
    for activity in house.side.house.activities.all:
        assert activity.name.el in citizen.html
        assert f'href="/chat?start={activity.key}"' in citizen.html
    assert "Τετάρτη 2 Δεκεμβρίου" in citizen.html
    assert "12\u00a0ελεύθερες θέσεις" in citizen.html
    assert "12\u00a0διαθέσιμες κρατήσεις" in citizen.html
    assert "αυτόματο σύστημα" in citizen.html
    assert 'href="tel:2100000000"' in citizen.html
    assert "t.me" not in citizen.html


async def test_the_number_to_ring_is_named_where_there_is_one(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for sender, is_named in (("+302112345678", True), ("Paso", False)):
        monkeypatch.setattr(house.side.house.settings, "twilio_from", sender)
        async with Citizen(house.address) as citizen:
            await citizen.visit("/")
        assert ('<a href="tel:2112345678">21 1234 5678</a>' in citizen.html) is is_named


async def test_deep_links_stand_beside_where_there_is_a_bot(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(house.application._state, BOT, SimpleNamespace(name="alkyona_bot"))
    async with Citizen(house.address) as citizen:
        await citizen.visit("/")
    for activity in house.side.house.activities.all:
        assert f'href="https://t.me/alkyona_bot?start={activity.key}"' in citizen.html


async def test_an_activity_without_places_says_so_and_can_still_be_looked_at(house: House) -> None:
    house.side.house.occupancy.free = 0
    async with Citizen(house.address) as citizen:
        await citizen.visit("/")
    assert "δεν υπάρχουν ελεύθερες θέσεις" in citizen.html
    assert 'href="/chat?start=pool"' in citizen.html


async def test_the_chosen_language_is_kept_for_the_chat(house: House) -> None:
    async with Citizen(house.address) as citizen:
        await citizen.visit("/?language=en")
        assert '<html lang="en">' in citizen.html
        await citizen.visit("/")
        assert "Book sport and culture" in citizen.html
        await citizen.visit("/chat")
        assert "What would you like to do?" in citizen.html


async def test_nothing_to_book_is_said_kindly(house: House) -> None:
    house.side.house.activities.all = []
    async with Citizen(house.address, "en") as citizen:
        await citizen.visit("/")
    assert "nothing to book yet" in citizen.html


async def test_robots_are_kept_out_of_conversations(house: House) -> None:
    async with ClientSession(house.address) as client:
        async with client.get("/robots.txt") as answer:
            assert "Disallow: /chat" in await answer.text()
        async with client.head("/chat") as answer:
            assert answer.status == 200
    assert not house.conversations.heard
