"""The worker's loop: deliveries, and the chores that keep the house clean."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from core.db.database import Database
from core.db.work import Work
from core.db.writer import Writer
from core.messages.delivery import Delivery
from core.messages.model import heartbeats
from core.ports import Clock

log = logging.getLogger(__name__)

POLL_SECONDS = 0.2
AT_ONCE = 32
"""Orders under way at the provider at the same time: a slow answer holds up nobody else."""
HEARTBEAT = timedelta(seconds=10)
DOWN_AFTER = 3 * HEARTBEAT
"""Seen no later than this long ago, it is at work."""
PROCESS = "worker"


@dataclass(frozen=True)
class Chore:
    """Something done again and again; it adds to a `Work`, which is committed for it."""

    name: str
    every: timedelta
    do: Callable[[Work], Awaitable[None]]


class Notifier:
    """The process `paso worker`. It asks the outbox a few times a second; nobody calls it."""

    def __init__(
        self,
        database: Database,
        writer: Writer,
        clock: Clock,
        delivery: Delivery,
        chores: Sequence[Chore] = (),
    ) -> None:
        self._database = database
        self._writer = writer
        self._clock = clock
        self._delivery = delivery
        self._chores = (*chores, Chore("heartbeat", HEARTBEAT, self._beat))
        self._next: dict[str, datetime] = {}
        self._orders: set[asyncio.Task[None]] = set()
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Work until `stop` or SIGTERM (or SIGINT); then finish what is under way, claim nothing more, and
        return.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        try:
            while not self._stopping.is_set():
                if await self.step():  # there may be more: go on as soon as there is room
                    await asyncio.wait(
                        self._orders, timeout=POLL_SECONDS, return_when=asyncio.FIRST_COMPLETED
                    )
                    continue
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), POLL_SECONDS)
            await self.settled()
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)

    def stop(self) -> None:
        self._stopping.set()

    async def step(self) -> bool:
        """One round: start the chores that are due, and as many orders as there is room for.

        True when all room is taken, so that more orders may be waiting.
        """
        for chore in self._chores:
            self._start_if_due(chore)
        try:
            orders = await self._delivery.claim(AT_ONCE - len(self._orders))
        except Exception as fault:  # the database is away, say: the next round finds it again
            log.error("claiming failed: %s", type(fault).__name__)
            return False
        for order in orders:
            task = asyncio.create_task(self._delivery.deliver(order), name=f"order {order.id}")
            self._orders.add(task)
            task.add_done_callback(self._orders.discard)
            task.add_done_callback(_log_fault)
        return len(self._orders) >= AT_ONCE

    async def settled(self) -> None:
        """Return when nothing is under way."""
        while under_way := self._orders.union(self._busy.values()):
            await asyncio.wait(under_way)

    def _start_if_due(self, chore: Chore) -> None:
        now = self._clock.now()
        if chore.name in self._busy or now < self._next.get(chore.name, now):
            return
        self._next[chore.name] = now + chore.every
        task = asyncio.create_task(self._do(chore), name=chore.name)
        self._busy[chore.name] = task
        task.add_done_callback(lambda _: self._busy.pop(chore.name))
        task.add_done_callback(_log_fault)

    async def _do(self, chore: Chore) -> None:
        work = Work()
        await chore.do(work)
        await self._writer.commit(work)

    async def _beat(self, work: Work) -> None:
        beat(work, self._database, PROCESS, self._clock.now())


def beat(work: Work, database: Database, process: str, now: datetime) -> None:
    """Note that it was at work just now."""
    insert: Any = sqlite.insert if database.is_sqlite else postgresql.insert

    async def job(transaction: AsyncConnection, _work: Work) -> None:
        row = insert(heartbeats).values(process=process, at=now)
        await transaction.execute(row.on_conflict_do_update(index_elements=["process"], set_={"at": now}))

    work.job(job)


def _log_fault(task: asyncio.Task[None]) -> None:
    """An order that was not recorded is claimed again when its lease runs out; a chore has its next turn."""
    if not task.cancelled() and (fault := task.exception()):
        log.error("%s: %s", task.get_name(), type(fault).__name__)


async def last_seen(database: Database, process: str = PROCESS) -> datetime | None:
    """When the process was last at work (UTC), for `readyz`; None: never."""
    async with database.reading() as connection:
        seen: datetime | None = await connection.scalar(
            select(heartbeats.c.at).where(heartbeats.c.process == process)
        )
    return seen
