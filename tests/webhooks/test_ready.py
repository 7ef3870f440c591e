"""What the front door says of itself: on a real database, with a real worker's heartbeat."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import ClientSession
from sqlalchemy import text

from core.conversations.retention import PROCESS as RETENTION
from core.db.database import Database
from core.db.work import Work
from core.messages.worker import Notifier, beat
from tests.fakes.clock import StoppedClock
from tests.fakes.post import Post, open_post
from tests.webhooks.conftest import serve
from tests.webhooks.fake_side import fake_side

PROVIDER = {"twilio_account_sid": "AC1", "twilio_auth_token": "token", "twilio_from": "+15005550006"}


@dataclass
class Watched:
    """A front door, and the worker beside it."""

    client: ClientSession
    post: Post
    settings: Any
    worker: Notifier

    async def beat(self) -> None:
        await self.worker.step()
        await self.worker.settled()

    async def ready(self) -> tuple[int, str, list[str]]:
        async with self.client.get("/readyz") as answer:
            told = await answer.json()
            return answer.status, told["status"], told["missing"]


@pytest.fixture
async def watched(database: Database, clock: StoppedClock) -> AsyncIterator[Watched]:
    side = fake_side(**PROVIDER)
    side.house.database, side.house.clock = database, clock
    async with (
        open_post(database, clock) as post,
        serve(side) as house,
        ClientSession(house.address) as client,
    ):
        worker = Notifier(database, post.writer, clock, post.delivery)
        night = Work()
        beat(night, database, RETENTION, clock.now())
        await post.writer.commit(night)
        yield Watched(client, post, side.house.settings, worker)


async def test_a_worker_not_seen_for_thirty_seconds_is_named(watched: Watched) -> None:
    assert await watched.ready() == (200, "degraded", ["worker"])
    await watched.beat()
    assert await watched.ready() == (200, "ok", [])
    watched.post.clock.move(seconds=30)
    assert await watched.ready() == (200, "ok", [])
    watched.post.clock.move(seconds=1)
    assert await watched.ready() == (200, "degraded", ["worker"])
    await watched.beat()
    assert await watched.ready() == (200, "ok", [])


async def test_a_missing_provider_is_named_and_people_are_served_all_the_same(watched: Watched) -> None:
    watched.settings.twilio_from = None
    assert await watched.ready() == (200, "degraded", ["worker", "provider"])
    await watched.beat()
    assert await watched.ready() == (200, "degraded", ["provider"])


async def test_a_night_without_erasing_is_named_in_readyz_and_in_the_metrics(watched: Watched) -> None:
    watched.post.clock.move(hours=26)
    await watched.beat()
    assert await watched.ready() == (200, "ok", [])
    watched.post.clock.move(seconds=1)
    assert await watched.ready() == (200, "degraded", ["retention"])
    async with watched.client.get("/metrics") as answer:
        assert 'paso_missing{what="retention"} 1.0' in await answer.text()


async def test_only_a_database_that_cannot_be_read_takes_the_door_away(watched: Watched) -> None:
    async with watched.post.database.writing() as connection:
        await connection.execute(text("drop table heartbeats"))
    assert await watched.ready() == (503, "failing", ["database"])
    async with watched.client.get("/healthz") as answer:
        assert (answer.status, await answer.json()) == (200, {"status": "ok"})
