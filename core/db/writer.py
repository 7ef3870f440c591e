"""The one queue through which a process writes.

Requests that arrive within the same few milliseconds share one short transaction: one lock, one fsync. Between two
batches SQLite's lock is left free for a moment, because waiting for it is polling, not a queue: without the pause
another process could wait for seconds (`docs/decisions/0002-one-writer.md`).
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Table, delete, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from core.db.database import Database
from core.db.schema import handled, metadata
from core.db.work import Asked, Desk, Work
from core.errors import Duplicate
from core.ports import Clock

_LOCK_LEFT_FREE_S = 0.002
_LARGEST_BATCH = 256


class Writer:
    """Commits works in batches, in the order in which they came."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._insert = sqlite.insert if database.is_sqlite else postgresql.insert
        self._waiting: list[tuple[Work, asyncio.Future[None]]] = []
        self._more = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def commit(self, work: Work) -> None:
        """Return once the work is durable. Raises `Duplicate`, or what a desk, job or `or_else` raised."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._serve(), name="writer")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((work, done))
        self._more.set()
        await done

    async def close(self) -> None:
        """Finish what is waiting, then stop."""
        while self._waiting:
            await asyncio.sleep(0.001)
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _serve(self) -> None:
        while True:
            await self._more.wait()
            batch = self._waiting[:_LARGEST_BATCH]
            try:
                await self._settle(batch)
            finally:
                del self._waiting[: len(batch)]
                if not self._waiting:
                    self._more.clear()
            if self._database.is_sqlite:
                await asyncio.sleep(_LOCK_LEFT_FREE_S)

    async def _settle(self, batch: Sequence[tuple[Work, asyncio.Future[None]]]) -> None:
        works = [work for work, _ in batch]
        try:
            await self._carry_out(works)
        except Exception as fault:
            if len(batch) == 1:
                works[0].fault = fault
            else:  # one of them is at fault: each on its own, so that the others do not suffer
                for pair in batch:
                    await self._settle([pair])
                return
        for work, done in batch:
            if done.cancelled():
                continue
            if work.fault is None:
                done.set_result(None)
            else:
                done.set_exception(work.fault)

    async def _carry_out(self, works: Sequence[Work]) -> None:
        for work in works:
            work.start()
        async with self._database.writing() as transaction:
            await self._drop_repeated(transaction, works)
            await _ask_desks(transaction, works)
            rows: dict[Table, list[dict[str, Any]]] = defaultdict(list)
            for work in works:
                if work.fault is not None:
                    continue
                for job in work.jobs:
                    await job(transaction, work)
                for statement, or_else in work.statements:
                    result = await transaction.execute(statement)
                    if or_else is not None and result.rowcount == 0:
                        raise or_else
                for table, added in work.rows.items():
                    rows[table].extend(added)
            await _insert_merged(transaction, rows)
            await _forget_refused(transaction, works)

    async def _drop_repeated(self, transaction: AsyncConnection, works: Sequence[Work]) -> None:
        keys = {work.once for work in works if work.once is not None}
        if not keys:
            return
        now = self._clock.now()
        fresh = await transaction.execute(
            self._insert(handled)
            .values([{"key": key, "at": now} for key in sorted(keys)])
            .on_conflict_do_nothing()
            .returning(handled.c.key)
        )
        left = {key for (key,) in fresh}
        for work in works:
            if work.once is None:
                continue
            if work.once in left:
                left.discard(work.once)  # of two in one batch the first counts
            else:
                work.fault = Duplicate(work.once)


async def _ask_desks(transaction: AsyncConnection, works: Sequence[Work]) -> None:
    by_desk: dict[Desk, list[Asked]] = defaultdict(list)
    for work in works:
        if work.fault is None:
            for desk, asked in work.questions():
                by_desk[desk].append(asked)
    for desk, asked_here in by_desk.items():
        await desk.decide(transaction, asked_here)


async def _insert_merged(transaction: AsyncConnection, rows: dict[Table, list[dict[str, Any]]]) -> None:
    for table in _in_order(len(metadata.tables)):
        by_columns: dict[frozenset[str], list[dict[str, Any]]] = defaultdict(list)
        for row in rows.get(table, ()):
            by_columns[frozenset(row)].append(row)
        for same in by_columns.values():
            await transaction.execute(insert(table), same)


async def _forget_refused(transaction: AsyncConnection, works: Sequence[Work]) -> None:
    """A request that was refused has had no effect: its key may come again."""
    keys = [work.once for work in works if work.once and work.fault and not isinstance(work.fault, Duplicate)]
    if keys:
        await transaction.execute(delete(handled).where(handled.c.key.in_(keys)))


@lru_cache(maxsize=1)
def _in_order(_number_of_tables: int) -> tuple[Table, ...]:
    return tuple(metadata.sorted_tables)
