"""Whole conversations as files, replayed on every channel; before every turn the process ends and begins again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from tests.bot.running import running_bot
from tests.bot.telegram_person import TelegramPerson
from tests.conversations.core_person import CorePerson
from tests.conversations.person import TRANSCRIPTS, Person, replay
from tests.conversations.web_person import WebPerson
from tests.fakes.telegram_server import telegram_server
from tests.whole.town import Town, open_town

NAMES = sorted(path.name for path in TRANSCRIPTS.glob("*.txt"))
Between = Callable[[], Awaitable[None]]


@asynccontextmanager
async def core(town: Town) -> AsyncIterator[tuple[Person, Between]]:
    """Without a channel."""
    yield CorePerson(town), town.restart  # type: ignore[arg-type]


@asynccontextmanager
async def telegram(town: Town) -> AsyncIterator[tuple[Person, Between]]:
    """Every call of the bot's is held against the official description."""
    async with telegram_server() as server, AsyncExitStack() as stack:
        process = await stack.enter_async_context(AsyncExitStack())

        async def restart() -> None:
            await process.aclose()
            server.webhook = ""
            await town.restart()
            await process.enter_async_context(running_bot(server, town.side.conversations))

        yield TelegramPerson(server.person()), restart
        assert server.refused == []
        assert server.problems == []


@asynccontextmanager
async def web(town: Town) -> AsyncIterator[tuple[Person, Between]]:
    """Plain forms. The page is loaded again too, and must show the same."""
    async with WebPerson(town.address) as person:

        async def restart() -> None:
            await town.restart()
            if person.html:
                before = person.heard(), person.buttons()
                await person.visit("/chat")
                assert (person.heard(), person.buttons()) == before

        yield person, restart


@pytest.mark.parametrize("channel", [core, telegram, web], ids=lambda channel: channel.__name__)
@pytest.mark.parametrize("name", NAMES)
async def test_a_transcript_on_every_channel(
    name: str, channel: Callable[[Town], object], tmp_path: Path
) -> None:
    async with open_town(tmp_path) as town, channel(town) as (person, restart):  # type: ignore[attr-defined]
        await replay(name, person, town, restart)
        assert town.restarts > 5
