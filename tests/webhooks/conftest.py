"""A real server on a free port, before a scripted conversation."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web

from edge.door import open_door
from tests.webhooks.fake_side import fake_side
from webhooks.server import make_application


@dataclass
class House:
    """The running server, and what stands behind it."""

    address: str
    port: int
    side: Any
    application: web.Application

    @property
    def conversations(self) -> Any:
        return self.side.conversations


@asynccontextmanager
async def serve(side: SimpleNamespace) -> AsyncIterator[House]:
    """Until the end of the block."""
    application = make_application(side)
    door = await open_door(application, "127.0.0.1", 0)
    port = door.addresses[0][1]
    try:
        yield House(f"http://127.0.0.1:{port}", port, side, application)
    finally:
        await door.cleanup()


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with serve(fake_side()) as running:
        yield running


ON_BOTH = pytest.mark.parametrize("address", ["sqlite", "postgresql"], indirect=True)
"""For tests of statements; the others are content with SQLite."""


@pytest.fixture
async def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of a database for `open_town`."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return f"sqlite:///{tmp_path}/paso.db"
    place = request.getfixturevalue("postgres_database")
    await place.empty()
    return str(place.address)
