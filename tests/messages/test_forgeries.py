"""Orders that are not ours are refused, and staff hear of it: once an hour, however many there were."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from core.db.database import Database
from core.db.schema import events
from core.db.work import Work
from core.messages.forgeries import watch_forgeries
from core.messages.model import outbox
from core.messages.to_staff import Colleague, TellStaff
from tests.fakes.clock import StoppedClock
from tests.fakes.post import Post, open_post


@pytest.fixture
async def post(database: Database, clock: StoppedClock) -> AsyncIterator[Post]:
    async with open_post(database, clock) as opened:
        yield opened


async def nobody(_work: Work) -> Colleague | None:
    return None


async def test_staff_hear_of_forgeries_once_an_hour(post: Post) -> None:
    chore = watch_forgeries(post.database, post.clock, TellStaff(post.outbox, post.clock, nobody, "-100"))

    async def forge(name: str) -> None:
        async with post.database.writing() as connection:
            await connection.execute(insert(events), [{"at": post.clock.now(), "name": name, "facts": {}}])

    async def told() -> list[int]:
        work = Work()
        await chore.do(work)
        await post.writer.commit(work)
        async with post.database.reading() as connection:
            rows = await connection.execute(select(outbox.c.params).order_by(outbox.c.created_at))
            return [params["told"]["n"] for (params,) in rows]

    assert await told() == []
    await forge("order_forged")
    await forge("officer_forged")
    assert await told() == [2]
    post.clock.move(minutes=30)
    await forge("order_forged")
    assert await told() == [2]
    post.clock.at += timedelta(minutes=31)
    assert await told() == [2, 1]
    post.clock.move(hours=3)
    assert await told() == [2, 1]
