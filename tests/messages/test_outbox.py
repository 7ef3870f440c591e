from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from core.db.database import Database
from core.db.work import Work
from core.messages.model import outbox
from core.messages.outbox import call_instead, is_ours
from core.messages.states import DELIVERED, FAILED, QUEUED, SENDING, SENT, forward, state_of
from tests.fakes.clock import StoppedClock
from tests.fakes.post import MOBILE, Post, mobile, open_post


@pytest.fixture
async def post(database: Database, clock: StoppedClock) -> AsyncIterator[Post]:
    async with open_post(database, clock) as opened:
        yield opened


async def order(post: Post, **changes: Any) -> int:
    work = Work()
    given: dict[str, Any] = {
        "language": "el",
        "expires_at": post.clock.now() + timedelta(minutes=10, microseconds=7),
        "params": {"b": 1, "a": "δύο"},
        "sealed": {"to": MOBILE},
    }
    order_id = post.outbox.order(work, "code", "sms", **(given | changes))
    await post.writer.commit(work)
    return order_id


async def test_an_order_is_genuine_as_it_is_read_again(post: Post) -> None:
    for order_id in (await order(post), await order(post, citizen_id=7, sealed=None, params=None)):
        row = await post.row(outbox, outbox.c.id == order_id)
        assert row.state == QUEUED
        assert is_ours(dict(row._mapping), post.origin)


FORGERIES: dict[str, Any] = {
    "id": 99,
    "template": "warning",
    "params": {"a": "δύο", "b": 2},
    "medium": "call",
    "citizen_id": 8,
    "box": b"another",
    "language": "en",
    "mac": b"x" * 32,
}


async def test_nothing_ordered_can_be_changed_afterwards(post: Post) -> None:
    await order(post)
    genuine = dict((await post.row(outbox))._mapping)
    assert is_ours(genuine, post.origin)
    forgeries = FORGERIES | {"expires_at": genuine["expires_at"] + timedelta(milliseconds=1)}
    believed = [name for name, value in forgeries.items() if is_ours(genuine | {name: value}, post.origin)]
    assert believed == []


STATES = (QUEUED, SENDING, SENT, DELIVERED, FAILED)
_RANK = {QUEUED: 0, SENDING: 1, SENT: 2, DELIVERED: 3, FAILED: 3}


async def test_states_move_forward_only(post: Post) -> None:
    order_id = await order(post)
    for before in STATES:
        for after in STATES[1:]:
            work = Work()
            work.run(update(outbox).values(state=before))
            work.run(forward(order_id, after, post.clock.now()))
            await post.writer.commit(work)
            moves = _RANK[after] > _RANK[before]
            assert (await post.row(outbox)).state == (after if moves else before)


def test_every_word_of_the_provider_is_a_state_and_others_are_none() -> None:
    assert state_of("sms", "undelivered") == FAILED
    assert state_of("sms", "delivered") == DELIVERED
    assert state_of("call", "no-answer") == FAILED
    assert state_of("call", "completed") == DELIVERED
    assert state_of("sms", "teleported") is None


async def test_a_call_takes_the_place_of_an_sms_once(post: Post) -> None:
    await post.start(mobile())
    done: list[bool] = []
    for new_id in (501, 502):
        row = dict((await post.row(outbox, outbox.c.medium == "sms"))._mapping)
        async with post.database.writing() as transaction:
            at = post.clock.now()
            done.append(
                await call_instead(
                    transaction, row, "permanent 21614", new_id=new_id, origin=post.origin, at=at
                )
            )
    assert done == [True, False]
    call = await post.row(outbox, outbox.c.medium == "call")
    assert call.params == {"instead_of": str(row["id"])}
    assert is_ours(dict(call._mapping), post.origin)
    assert (await post.row(outbox, outbox.c.medium == "sms")).box is not None
