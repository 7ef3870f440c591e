"""The real worker, in the process of the test, at the town's time."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from core.adapters.twilio import TwilioAccount
from core.bootstrap import notifier
from core.messages.model import outbox
from core.messages.worker import HEARTBEAT, last_seen
from standin.store import Call, Message
from tests.fakes.clock import StoppedClock
from tests.fakes.twilio_provider import ACCOUNT, SENDER, TOKEN, TwilioProvider
from tests.whole.town import Town

PATIENCE_S = 60
"""For what never comes; what comes is not waited for any longer."""


def provided_by(provider: TwilioProvider) -> dict[str, object]:
    """The town's settings that lead to this provider."""
    return {
        "twilio_account_sid": ACCOUNT,
        "twilio_auth_token": TOKEN,
        "twilio_from": SENDER,
        "twilio_api_url": provider.url,
    }


def hurry(town: Town, patch: pytest.MonkeyPatch) -> None:
    """The worker reads the town's clock, looks often, and waits for the provider half a second instead of ten."""
    patch.setattr(notifier, "SystemClock", lambda: town.clock)
    patch.setattr(notifier, "TwilioAccount", partial(TwilioAccount, timeout=0.5))
    patch.setattr("core.messages.worker.POLL_SECONDS", 0.02)


@asynccontextmanager
async def worker(town: Town) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Running; stopped in good order at the end, unless what is given was called: a sudden death."""
    running = asyncio.create_task(notifier.notifier_side(town.settings).run())

    async def die() -> None:
        theirs = [task for task in asyncio.all_tasks() if task.get_name().startswith("order ")]
        for task in [*theirs, running]:
            task.cancel()
        await asyncio.gather(*theirs, running, return_exceptions=True)

    try:
        await beats(town)
        yield die
    finally:
        if not running.done():
            os.kill(os.getpid(), signal.SIGTERM)
            await running


async def until(holds: Callable[[], Awaitable[object]]) -> None:
    """Asked again and again, until it holds."""
    async with asyncio.timeout(PATIENCE_S):
        while not await holds():  # noqa: ASYNC110 (the database tells nobody that it has changed)
            await asyncio.sleep(0.02)


async def beats(town: Town) -> None:
    """Until the worker was seen at work at the present time."""

    async def seen() -> bool:
        return await last_seen(town.side.house.database) == town.clock.now()

    await until(seen)


async def idles(town: Town, clock: StoppedClock, seconds: float) -> None:
    """So much time passes, and the worker goes through everything that is due in it, and again."""
    for step in (seconds, HEARTBEAT.total_seconds() + 1):
        clock.move(seconds=step)
        await beats(town)


async def orders(town: Town) -> list[Any]:
    async with town.side.house.database.reading() as connection:
        return list((await connection.execute(select(outbox).order_by(outbox.c.created_at))).all())


async def arrives(town: Town, clock: StoppedClock, arrived: Callable[[], object]) -> None:
    """Until `arrived()`; where the worker waits before another attempt, the clock is put forward."""

    async def came() -> bool:
        if arrived():
            return True
        for order in await orders(town):
            if order.state == "sending" and order.fault and order.due_at > clock.now():
                clock.move(seconds=(order.due_at - clock.now()).total_seconds())
        return False

    await until(came)


def codes_in(texts: list[str]) -> list[str]:
    """Six digits, written or spoken one by one."""
    return [re.sub(r"\D", "", found) for text in texts for found in re.findall(r"\b\d(?: ?\d){5}\b", text)]


def sent(provider: TwilioProvider) -> list[Message | Call]:
    """All that ever reached a telephone, in order; the provider itself may have been told to forget it."""
    return list(provider.store.newest_first())[::-1]


def received(provider: TwilioProvider) -> list[str]:
    """The code of each SMS, and of each call that said one, in order."""
    found: list[str] = []
    for item in sent(provider):
        found += codes_in([item.text]) if isinstance(item, Message) else codes_in(item.spoken)[:1]
    return found
