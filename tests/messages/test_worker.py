"""The worker's loop, and the chores that keep the outbox small and silent."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from core.db.database import Database
from core.db.work import Work
from core.messages.chores import erase_expired, forget_at_provider, old_orders
from core.messages.model import outbox
from core.messages.worker import Chore, Notifier, last_seen
from core.ports import Receipt
from tests.fakes.clock import StoppedClock
from tests.fakes.post import Post, mobile, open_post
from tests.fakes.senders import FakeTexts


@pytest.fixture
async def post(database: Database, clock: StoppedClock) -> AsyncIterator[Post]:
    async with open_post(database, clock) as opened:
        yield opened


async def chore(post: Post, done: Chore) -> None:
    work = Work()
    await done.do(work)
    await post.writer.commit(work)


async def test_boxes_are_erased_when_ten_minutes_old(post: Post) -> None:
    await post.start(mobile())
    await post.delivery.once()
    await post.start(mobile(5))
    assert all(row.box for row in await post.rows(outbox))
    post.clock.move(minutes=10)
    await chore(post, erase_expired(post.clock))
    rows = await post.rows(outbox)
    assert [row.box for row in rows] == [None, None]
    assert sorted((row.state, row.fault) for row in rows) == [("failed", "temporary expired"), ("sent", None)]
    assert await post.delivery.once() == 0


async def test_the_providers_copy_is_deleted_once_and_only_when_final(post: Post) -> None:
    started = await post.start(mobile())
    await post.delivery.once()
    provider_id = post.texts.sent[0].provider_id
    forget = forget_at_provider(post.database, post.clock, post.texts)
    await chore(post, forget)
    assert post.texts.forgotten == []
    await post.report(started.id, provider_id, "delivered")
    await chore(post, forget)
    await chore(post, forget)
    assert post.texts.forgotten == [provider_id]


async def test_a_message_never_reported_is_forgotten_after_a_day_and_its_row_after_a_week(
    post: Post,
) -> None:
    await post.start(mobile())
    await post.delivery.once()
    post.clock.move(days=1)
    await chore(post, forget_at_provider(post.database, post.clock, post.texts))
    assert len(post.texts.forgotten) == 1
    for days in (5, 1.01):
        post.clock.move(days=days)
        assert len(await post.rows(outbox)) == 1
        work = Work()
        work.run(old_orders(post.clock.now()))
        await post.writer.commit(work)
    assert await post.rows(outbox) == []


async def test_the_notifier_delivers_does_its_chores_and_stops_when_told(post: Post) -> None:
    done: list[str] = []

    async def count(_work: Work) -> None:
        done.append("chore")

    async def fail(_work: Work) -> None:
        raise RuntimeError("a bug")

    hourly = timedelta(hours=1)
    chores = [Chore("count", hourly, count), Chore("fail", hourly, fail)]
    notifier = Notifier(post.database, post.writer, post.clock, post.delivery, chores)
    assert await last_seen(post.database) is None
    await post.start(mobile())
    for _ in range(2):
        await notifier.step()
        await notifier.settled()
    assert len(post.texts.sent) == 1
    assert done == ["chore"]
    assert await last_seen(post.database) == post.clock.now()
    post.clock.move(hours=1)
    await notifier.step()
    await notifier.settled()
    assert done == ["chore", "chore"]
    assert await last_seen(post.database) == post.clock.now()


async def test_on_sigterm_the_notifier_finishes_what_is_under_way(post: Post) -> None:
    begun, may_go_on = asyncio.Event(), asyncio.Event()

    class Slow(FakeTexts):
        async def send(self, to: str, text: str, reference: str) -> Receipt:
            begun.set()
            await may_go_on.wait()
            return await super().send(to, text, reference)

    slow = Slow(post.clock)
    notifier = Notifier(post.database, post.writer, post.clock, post.worker(texts=slow))
    await post.start(mobile())
    running = asyncio.create_task(notifier.run())
    await begun.wait()
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.sleep(0)
    may_go_on.set()
    await running
    assert (await post.row(outbox)).state == "sent"
