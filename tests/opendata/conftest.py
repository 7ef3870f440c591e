"""The front door of a whole town, whose feeds are read as anybody reads them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiohttp import ClientSession
from sqlalchemy import select, update

from core.activities.model import activities, slots
from core.bookings.requests import HoldRequest
from core.db.work import Work
from tests.webhooks.conftest import serve
from tests.worlds import World, open_world


@dataclass
class Reader:
    world: World
    session: ClientSession
    address: str

    async def json(self, path: str) -> Any:
        async with self.session.get(self.address + path) as response:
            assert response.status == 200
            assert response.headers["Access-Control-Allow-Origin"] == "*"
            return await response.json()

    async def text(self, path: str) -> str:
        async with self.session.get(self.address + path) as response:
            assert response.status == 200
            return (await response.read()).decode("utf-8")

    async def status(self, path: str) -> int:
        async with self.session.get(self.address + path) as response:
            return response.status

    async def feed(self, name: str, after: int = 0) -> tuple[list[Any], int]:
        """All items after a change number, page by page as RPDE has it, and the last number."""
        path, found = f"/opendata/rpde/{name}?afterChangeNumber={after}", []
        while True:
            page = await self.json(path)
            path = page["next"].removeprefix(self.world.side.house.settings.public_url)
            if not page["items"]:
                return found, int(path.rpartition("=")[2])
            found += page["items"]

    def later(self, **by: float) -> None:
        self.world.clock.move(**by)

    async def first_slot(self, activity: str) -> Any:
        query = select(slots).join(activities, activities.c.id == slots.c.activity_id)
        query = query.where(activities.c.key == activity, slots.c.starts_at > self.world.clock.now())
        async with self.world.side.house.database.reading() as connection:
            return (await connection.execute(query.order_by(slots.c.starts_at, slots.c.place).limit(1))).one()

    async def hold(self, activity: str, slot_id: int, persons: int = 1) -> None:
        house, work = self.world.side.house, Work()
        request = HoldRequest(slot_id, activity, 1, persons, True, None, b"somebody", "web")
        house.bookings.hold(work, request, lambda _decision, _work: None)
        await house.writer.commit(work)

    async def close_slot(self, slot_id: int) -> None:
        async with self.world.side.house.database.writing() as connection:
            await connection.execute(
                update(slots).where(slots.c.id == slot_id).values(state="closed", reason="weather")
            )


@pytest.fixture
async def reader(tmp_path: Path) -> AsyncIterator[Reader]:
    async with (
        open_world(tmp_path, activities=("tennis", "pool", "cinema")) as world,
        serve(cast(SimpleNamespace, world.side)) as running,
        ClientSession() as session,
    ):
        yield Reader(world, session, running.address)
