"""Calls that offer a place, as the provider makes them: 1 books it, 2 declines it, 9 leaves every list."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from aiohttp import ClientSession, web
from sqlalchemy import select

from core.bookings.model import bookings, waiting
from core.bookings.waiting_service import Wish
from core.db.work import Work
from core.messages.outbox import Order
from core.tracing.spoken import OFFERS, Spoken
from tests.conversations.neighbours import act, neighbour
from tests.fakes.twilio_provider import TOKEN
from tests.webhooks.test_twilio import Callback
from tests.worlds import World, open_world
from webhooks import twilio_waiting
from webhooks.side import SIDE


@asynccontextmanager
async def ringing(folder: Path, key: str, hour: str, place: str = "") -> AsyncIterator[Called]:
    """Somebody waits for a place in two days; it was freed, and they are called."""
    async with (
        open_world(folder, activities=(key,), twilio_auth_token=TOKEN) as world,
        AsyncExitStack() as stack,
    ):
        house = world.side.house
        application = web.Application()
        application[SIDE] = world.side  # type: ignore[misc]
        application.add_routes(twilio_waiting.routes)
        runner = web.AppRunner(application)
        stack.push_async_callback(runner.cleanup)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        house.settings.public_url = url
        await act(world, f"fills {key} +2 {hour} {place}".strip())
        citizen, called = await neighbour(house), list[int]()
        activity = await house.activities.get(key)
        async with house.database.reading() as connection:
            slot = await connection.scalar(select(bookings.c.slot_id).limit(1))
        wish, work = Wish(int(slot or 0), key, 1, activity.people.party.min, True), Work()
        house.bookings.waiting.join(
            work, wish, citizen, "phone", lambda decision, _: called.append(decision.waiting_id)
        )
        await house.writer.commit(work)
        await act(world, f"cancels {key} +2 {hour} {place}".strip())
        http = await stack.enter_async_context(ClientSession())
        door = Callback(SimpleNamespace(), http, url)  # type: ignore[arg-type]
        yield Called(world, door, await _path(world, citizen, called[-1]), citizen, called[-1])


async def _path(world: World, citizen: int, waiting_id: int) -> str:
    """As the worker writes it."""
    now = world.clock.now()
    order = Order(1, "waiting", {}, "call", citizen, None, 1, "el", now + timedelta(hours=5), now, 1)
    work = Work()
    words = Spoken(("Ελευθερώθηκε η θέση.",), None, citizen, waiting_id)
    path = world.side.spoken.write(work, world.codes, order, words, OFFERS)
    await world.side.house.writer.commit(work)
    return path


class Called:
    def __init__(self, world: World, door: Callback, path: str, citizen: int, waiting_id: int) -> None:
        self.world, self.door, self.path = world, door, path
        self.citizen, self.waiting_id = citizen, waiting_id

    async def pick_up(self) -> str:
        return await self._send(self.path, {"CallSid": "CA1"})

    async def press(self, key: str) -> str:
        return await self._send(self.path.replace("?", "/answer?"), {"Digits": key})

    async def _send(self, path: str, fields: Any) -> str:
        status, answer = await self.door.send(path, fields)
        assert status == 200
        return answer

    async def state(self) -> str:
        async with self.world.side.house.database.reading() as connection:
            query = select(waiting.c.state).where(waiting.c.id == self.waiting_id)
            return str(await connection.scalar(query))


LANE = ("pool", "19:00", "lane-1")


async def test_who_picks_up_hears_the_offer_and_the_keys(tmp_path: Path) -> None:
    async with ringing(tmp_path, *LANE) as called:
        said = await called.pick_up()
        assert said.count("Ελευθερώθηκε η θέση.") == 2
        assert "πατήστε το 9" in said
        assert await called.state() == "offered"


async def test_1_books_where_nothing_more_is_asked_and_speaks_the_code(tmp_path: Path) -> None:
    async with ringing(tmp_path, *LANE) as called:
        said = await called.press("1")
        booking = await called.world.side.house.bookings.one(called.citizen, called.waiting_id)
        assert booking is not None
        assert booking.code is not None
        digits = re.findall(r">(\d)</Say>", said)
        assert "".join(digits) == booking.code * 3
        assert await called.state() == "taken"
        assert await called.press("1") == said  # the provider asks again


async def test_1_keeps_the_place_where_something_is_left_to_ask(tmp_path: Path) -> None:
    async with ringing(tmp_path, "tennis", "18:00", "court-2") as called:
        said = await called.press("1")
        assert "Λείπουν ακόμη λίγα στοιχεία" in said
        assert await called.state() == "offered"
        entry = await called.world.side.house.bookings.waiting.one(called.citizen, called.waiting_id)
        assert entry is not None
        assert entry.is_offered


async def test_2_declines_and_9_leaves_every_list(tmp_path: Path) -> None:
    async with ringing(tmp_path / "a", *LANE) as called:
        assert "πηγαίνει στον επόμενο" in await called.press("2")
        assert await called.state() == "declined"
        assert "δεν περιμένει πια" in await called.pick_up()
        assert "δεν περιμένει πια" in await called.press("1")
    async with ringing(tmp_path / "b", *LANE) as called:
        assert "σε καμία λίστα" in await called.press("9")
        assert await called.state() == "declined"


async def test_another_key_or_none_leaves_the_offer_as_it_is(tmp_path: Path) -> None:
    async with ringing(tmp_path, *LANE) as called:
        for key in ("", "5", "11", "#"):
            assert "μένει δική σας" in await called.press(key)
        assert await called.state() == "offered"


async def test_without_the_signature_or_with_a_guessed_address_nothing_happens(tmp_path: Path) -> None:
    async with ringing(tmp_path, *LANE) as called:
        path = called.path.replace("?", "/answer?")
        assert (await called.door.send(path, {"Digits": "1"}, signature=""))[0] == 403
        assert (
            "δεν περιμένει πια"
            in (await called.door.send(f"{OFFERS}guess/answer?language=el", {"Digits": "1"}))[1]
        )
        assert await called.state() == "offered"
