"""A town behind a real server on the loopback, whose process can end and begin again."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from aiohttp import web

from core.bootstrap.citizen import CitizenSide, citizen_side
from core.config import Settings
from core.ports import Clock
from edge.door import Door
from tests.fakes.clock import KnownCodes
from tests.worlds import open_world
from webhooks.server import make_application


class Town:
    """What outlives a process (keys, database, time and chance), and the process there is now."""

    def __init__(self, settings: Settings, clock: Clock, codes: KnownCodes) -> None:
        self.settings = settings
        self.clock = clock
        self.codes = codes
        self.address = f"http://127.0.0.1:{settings.port}"
        self.side: CitizenSide
        self._door: Door | None = None
        self.restarts = -1

    @property
    def code(self) -> str:
        """The verification code made last."""
        return next(given for given in reversed(self.codes.given) if len(given) == 6)

    async def restart(self) -> None:
        """A new process: nothing is known but what was written down."""
        await self.stop()
        self.side = citizen_side(self.settings, clock=self.clock, codes=self.codes)
        self._door = Door(make_application(self.side))
        await self._door.setup()
        await web.TCPSite(self._door, "127.0.0.1", self.settings.port, reuse_address=True).start()
        self.restarts += 1

    async def stop(self) -> None:
        if self._door is not None:
            door, self._door = self._door, None
            await door.cleanup()
            await self.side.close()

    @asynccontextmanager
    async def another_side(self) -> AsyncIterator[CitizenSide]:
        """What one more `web` process on the same database has."""
        side = citizen_side(self.settings, clock=self.clock, codes=self.codes)
        try:
            yield side
        finally:
            await side.close()

    @asynccontextmanager
    async def another_door(self) -> AsyncIterator[str]:
        """One more `web` on the same database; its address."""
        async with self.another_side() as side, AsyncExitStack() as stack:
            door = Door(make_application(side))
            stack.push_async_callback(door.cleanup)
            await door.setup()
            await web.TCPSite(door, "127.0.0.1", 0).start()
            yield f"http://127.0.0.1:{door.addresses[0][1]}"


@asynccontextmanager
async def open_town(
    folder: Path,
    *,
    database_url: str | None = None,
    activities: tuple[str, ...] = (),
    clock: Clock | None = None,
    **settings: object,
) -> AsyncIterator[Town]:
    """Activities of the demonstration (all of them by default), and the server running."""
    port = free_port()
    given = {
        "port": port,
        "public_url": f"http://127.0.0.1:{port}",
        "twilio_account_sid": "AC0",
        "twilio_from": "+302110000000",
        **settings,
    }
    async with open_world(
        folder,
        database_url=database_url,
        activities=activities,
        **given,  # type: ignore[arg-type]
    ) as world:
        town = Town(world.side.house.settings, clock or world.clock, world.codes)
    await town.restart()
    try:
        yield town
    finally:
        await town.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
