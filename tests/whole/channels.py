"""The two channels as their people have them: each gives persons, and can begin its process again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Protocol

from tests.bot.running import running_bot
from tests.bot.telegram_person import TelegramPerson
from tests.conversations.core_person import CorePerson
from tests.conversations.person import Person
from tests.conversations.web_person import WebPerson
from tests.fakes.telegram_server import telegram_server
from tests.whole.town import Town


class Channel(Protocol):
    async def person(self, language: str = "el") -> Person:
        """Somebody new."""
        ...

    async def restart(self) -> None: ...


class Core:
    """No channel: replies as words."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self._addresses = 0

    async def person(self, language: str = "el") -> Person:
        self._addresses += 1
        return CorePerson(self.town, str(self._addresses), language=language)  # type: ignore[arg-type]

    async def restart(self) -> None:
        await self.town.restart()


class Telegram:
    """The real bot before the Bot API server of the tests."""

    def __init__(self, town: Town, stack: AsyncExitStack) -> None:
        self.town = town
        self._stack = stack
        self._process = AsyncExitStack()

    async def open(self) -> None:
        self.server = await self._stack.enter_async_context(telegram_server())
        await self._stack.enter_async_context(self._process)
        self.running = await self._process.enter_async_context(
            running_bot(self.server, self.town.side.conversations)
        )

    async def person(self, language: str = "el") -> TelegramPerson:
        return TelegramPerson(self.server.person(language=language))

    async def restart(self) -> None:
        await self._process.aclose()
        self.server.webhook = ""
        await self.town.restart()
        self.running = await self._process.enter_async_context(
            running_bot(self.server, self.town.side.conversations)
        )

    def check(self) -> None:
        """Every call was allowed by the official description, and every update taken at once."""
        assert self.server.problems == []
        assert self.server.refused == []


class Web:
    """Plain forms."""

    def __init__(self, town: Town, stack: AsyncExitStack) -> None:
        self.town = town
        self._stack = stack
        self._people: list[WebPerson] = []

    async def person(self, language: str = "el") -> WebPerson:
        person = await self._stack.enter_async_context(WebPerson(self.town.address, language))
        self._people.append(person)
        return person

    async def restart(self) -> None:
        """The pages are loaded again as well, and must show the same."""
        await self.town.restart()
        for person in self._people:
            if person.html:
                before = person.heard(), person.buttons()
                await person.visit("/chat")
                assert (person.heard(), person.buttons()) == before


@asynccontextmanager
async def open_channel(name: str, town: Town) -> AsyncIterator[Channel]:
    """`core`, `telegram` or `web`."""
    async with AsyncExitStack() as stack:
        if name == "core":
            yield Core(town)
        elif name == "web":
            yield Web(town, stack)
        else:
            telegram = Telegram(town, stack)
            await telegram.open()
            yield telegram
            telegram.check()
