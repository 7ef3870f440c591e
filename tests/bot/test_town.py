"""The bot before the real town: whole dialogs over HTTP, against the Bot API server of the tests."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from sqlalchemy import func, select

from core.bookings.model import bookings
from tests.bot.running import Running, running_bot
from tests.bot.telegram_person import TelegramPerson
from tests.conversations.person import TRANSCRIPTS, replay
from tests.fakes.telegram_server import TelegramServer
from tests.worlds import World, open_world

TOWN = {"twilio_account_sid": "AC0", "twilio_from": "+302100000001"}
POOL = {"activities": ("pool",), **TOWN}


@pytest.fixture
async def pool(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path, **POOL) as world:  # type: ignore[arg-type]
        yield world


class Process:
    """The bot's process, which can be killed and started again before the same database."""

    def __init__(self, server: TelegramServer, world: World) -> None:
        self._server = server
        self._world = world
        self._stack = AsyncExitStack()
        self.running: Running | None = None

    async def restart(self) -> None:
        await self.kill()
        self.running = await self._stack.enter_async_context(
            running_bot(self._server, self._world.side.conversations)
        )

    async def kill(self) -> None:
        await self._stack.aclose()
        self._server.webhook = ""


@pytest.mark.parametrize("name", sorted(path.name for path in TRANSCRIPTS.glob("*.txt")))
async def test_a_transcript_on_telegram_with_a_restart_before_every_turn(
    server: TelegramServer, tmp_path: Path, name: str
) -> None:
    async with open_world(tmp_path, **TOWN) as world:
        process = Process(server, world)
        person = TelegramPerson(server.person())
        await replay(name, person, world, process.restart)
        await process.kill()
        assert server.refused == []


async def register(person: TelegramPerson, world: World, number: str = "6912345671") -> None:
    """From the notice to the review."""
    await person.press("Το διάβασα")
    await person.type(number)
    await person.type(world.code)
    await person.type("Μαρία Παππά")
    await person.press("Ναι")
    await person.press("Όχι")


async def book_first(person: TelegramPerson, world: World) -> None:
    await person.command("start")
    await person.press("Κλειστό κολυμβητήριο")
    await person.type("αύριο στις 7 το απόγευμα")
    await person.press("Διαδρομή 2")
    await person.press("1 άτομο")
    await register(person, world)
    await person.press("Επιβεβαιώνω")


async def test_from_a_chat_message_to_a_pass_in_hand(server: TelegramServer, pool: World) -> None:
    async with running_bot(server, pool.side.conversations):
        maria = TelegramPerson(server.person())
        await book_first(maria, pool)
        passes = [message for message in maria.chat.from_bot if message.photo and message.buttons]
        assert len(passes) == 1
        read = zxingcpp.read_barcodes(Image.open(io.BytesIO(passes[0].photo or b"")))
        assert len(read) == 1
        assert any(label.startswith("Ακύρωση") for label in passes[0].buttons)


async def test_the_usual_lane_in_at_most_four_taps_and_the_pass_by_one(
    server: TelegramServer, pool: World
) -> None:
    async with running_bot(server, pool.side.conversations):
        maria = TelegramPerson(server.person())
        await book_first(maria, pool)
        pool.clock.move(days=2)
        await maria.command("menu")
        maria.taps = 0
        await maria.press("Ξανά")
        await maria.press("Επιβεβαιώνω")
        assert "Έγινε η κράτηση" in maria.heard()
        assert maria.taps <= 4
        photos = len(maria.chat.photos)
        await maria.press("Το πάσο μου")
        assert len(maria.chat.photos) == photos + 1


async def test_a_deep_link_leads_to_its_activity(server: TelegramServer, pool: World) -> None:
    async with running_bot(server, pool.side.conversations):
        maria = TelegramPerson(server.person())
        await maria.command("start", "pool")
        assert "Ποια ημέρα;" in maria.heard()
        assert len(maria.chat.photos) == 1
        await maria.command("start", "no-such-activity")
        assert maria.buttons()


async def test_somebody_else_s_booking_cannot_be_touched_by_forged_buttons(
    server: TelegramServer, pool: World
) -> None:
    async with running_bot(server, pool.side.conversations):
        maria, nikos = TelegramPerson(server.person()), server.person("Νίκος")
        await book_first(maria, pool)
        await nikos.start()
        async with pool.side.house.database.reading() as connection:
            booking = (await connection.execute(select(bookings.c.id))).scalar_one()
        for deed in ("cancel", "move", "reduce", "pass"):
            await nikos.press_data(nikos.last, f"d:{deed}:{booking}")
            assert "Δεν βρήκα τέτοια κράτηση" in nikos.last.text
        assert nikos.photos == []


async def test_the_same_press_ten_times_at_once_books_once(server: TelegramServer, pool: World) -> None:
    async with running_bot(server, pool.side.conversations) as running:
        maria = TelegramPerson(server.person())
        await maria.command("start")
        await maria.press("Κλειστό κολυμβητήριο")
        await maria.type("αύριο στις 7 το απόγευμα")
        await maria.press("Διαδρομή 2")
        await maria.press("1 άτομο")
        await register(maria, pool)
        server.webhook = ""
        await maria.press("Επιβεβαιώνω")
        server.webhook = running.address
        await asyncio.gather(*(server.deliver(server.updates[-1]) for _ in range(10)))
        async with pool.side.house.database.reading() as connection:
            assert (await connection.execute(select(func.count()).select_from(bookings))).scalar_one() == 1
        assert len([message for message in maria.chat.from_bot if message.photo and message.buttons]) == 1


async def test_in_english_from_the_client_and_greek_when_chosen(server: TelegramServer, pool: World) -> None:
    async with running_bot(server, pool.side.conversations):
        mary = TelegramPerson(server.person("Mary", "en"))
        await mary.command("start")
        assert "automatic booking assistant" in mary.heard()
        await mary.command("language")
        await mary.press("Ελληνικά")
        assert "Τι θα θέλατε να κάνετε;" in mary.heard()


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "🏊🏊🏊",
        "<b>'\";--",
        "\u202e\u200f",
        "α" * 4096,
        "\x00",
        "-1",
        "1000 άτομα",
        "31/02",
        "25:00",
        "διαδρομή 7",
    ],
)
async def test_bad_input_gets_a_sentence_and_the_question_again(
    server: TelegramServer, pool: World, typed: str
) -> None:
    async with running_bot(server, pool.side.conversations):
        maria = TelegramPerson(server.person())
        await maria.command("start", "pool")
        labels = maria.buttons()
        if typed:
            await maria.type(typed)
        else:
            await maria.chat.send_sticker()
        assert maria.buttons() == labels
        assert len(maria.chat.last.text.split("\n\n")) == 2  # why not, and the question
        assert len(maria.chat.photos) == 1  # it still stands above
        assert server.refused == []
