"""The one queue through which a process writes.

Requests that arrive within the same few milliseconds share one short transaction: one lock, one fsync
(`docs/decisions/0002-one-writer.md`).
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Insert, Table, delete, insert, select
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from core.db.among import among
from core.db.database import Database
from core.db.schema import handled, metadata
from core.db.work import Asked, Desk, Statement, Work
from core.errors import Duplicate
from core.ports import Clock

_LARGEST_BATCH = 256
_REPEATED = {"40001", "40P01"}
"""PostgreSQL: serialisation failure, deadlock. Whoever comes second is undone, and may simply try again."""


class Writer:
    """Commits works in batches, in the order in which they came."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._waiting: list[tuple[Work, asyncio.Future[None]]] = []
        self._more = asyncio.Event()
        self._closed = False
        self._task: asyncio.Task[None] | None = None

    async def commit(self, work: Work) -> None:
        """Return once the work is durable. Raises `Duplicate`, or what a desk, job or `or_else` raised;
        then nothing of the work was written."""
        if self._closed:
            raise RuntimeError("the writer is closed")
        if self._task is None:
            self._task = asyncio.create_task(self._serve(), name="writer")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((work, done))
        self._more.set()
        await done

    async def close(self) -> None:
        """Finish what is waiting, then stop."""
        self._closed = True
        self._more.set()
        if self._task is not None:
            await self._task

    async def _serve(self) -> None:
        while True:
            await self._more.wait()
            batch, self._waiting = self._waiting[:_LARGEST_BATCH], self._waiting[_LARGEST_BATCH:]
            if not batch:  # closed
                return
            if not self._waiting and not self._closed:
                self._more.clear()
            await self._settle(batch)

    async def _settle(
        self, batch: Sequence[tuple[Work, asyncio.Future[None]]], *, again: bool = True
    ) -> None:
        """Carry out a batch and tell those who wait. Where a work among several is at fault, each half is
        tried on its own, so that the others do not suffer."""
        works = [work for work, _ in batch]
        try:
            await self._carry_out(works)
        except _NothingToWrite:
            pass
        except Exception as fault:
            alone = len(batch) == 1
            # Alone, two random codes may have been alike. For several, the database itself was at fault.
            if again and (isinstance(fault, IntegrityError) if alone else _is_of_the_database(fault)):
                await self._settle(batch, again=False)
                return
            if not alone and not _is_of_the_database(fault):
                await self._settle(batch[: len(batch) // 2])
                await self._settle(batch[len(batch) // 2 :])
                return
            for work in works:
                work.fault = fault
        for work, done in batch:
            if done.done():  # whoever waited has gone
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
            await _ask_desks(transaction, [work for work in works if work.fault is None])
            granted = [work for work in works if work.fault is None]
            if not granted:
                raise _NothingToWrite
            for work in granted:
                for job in work.jobs:
                    await job(transaction, work)
            await _run_merged(transaction, granted)
            await _insert_merged(transaction, granted)
            await _forget_refused(transaction, works)

    async def _drop_repeated(self, transaction: AsyncConnection, works: Sequence[Work]) -> None:
        keys = {work.once for work in works if work.once is not None}
        if not keys:
            return
        known = set((await transaction.execute(_KNOWN, {"keys": sorted(keys)})).scalars())
        fresh = keys - known
        if (
            fresh
        ):  # another process that writes the same key meanwhile makes this fail, and it is looked up again
            now = self._clock.now()
            await transaction.execute(_KEEP, [{"key": key, "at": now} for key in sorted(fresh)])
        for work in works:
            if work.once is None:
                continue
            if work.once in fresh:
                fresh.discard(work.once)  # of two in one batch the first counts
            else:
                work.fault = Duplicate(work.once)


class _NothingToWrite(Exception):
    """Each work of the batch was refused: what was locked is let go, and none of it written."""


class _ChangedTooFew(Exception):
    """Some statement of a batch changed no row, and it is not known whose."""


def _is_of_the_database(fault: Exception) -> bool:
    """Not of one work among others: a lock that was not to be had, a lost connection, a deadlock."""
    if isinstance(fault, OperationalError):
        return True
    return isinstance(fault, DBAPIError) and (
        fault.connection_invalidated or getattr(fault.orig, "sqlstate", None) in _REPEATED
    )


async def _ask_desks(transaction: AsyncConnection, works: Sequence[Work]) -> None:
    by_desk: dict[Desk, list[Asked]] = defaultdict(list)
    for work in works:
        for desk, asked in work.questions():
            by_desk[desk].append(asked)
    for desk, asked_here in by_desk.items():
        await desk.decide(transaction, asked_here)


async def _run_merged(transaction: AsyncConnection, works: Sequence[Work]) -> None:
    """A statement that several works have in common is run once for all of them, where the driver can still
    tell whether each of them changed its row."""
    alike: dict[int, list[Statement]] = defaultdict(list)
    for work in works:
        for each in work.statements:
            alike[id(each.statement)].append(each)
    for group in alike.values():
        minded = any(each.or_else is not None for each in group)
        counted = transaction.dialect.supports_sane_multi_rowcount and len(works) > 1
        if len(group) > 1 and group[0].params is not None and (counted or not minded):
            result = await transaction.execute(
                group[0].statement, [dict(each.params or {}) for each in group]
            )
            if minded and result.rowcount < len(group):
                raise _ChangedTooFew
            continue
        for each in group:
            result = await transaction.execute(each.statement, each.params)
            if each.or_else is not None and result.rowcount == 0:
                raise each.or_else


async def _insert_merged(transaction: AsyncConnection, works: Sequence[Work]) -> None:
    rows: dict[Table, list[dict[str, Any]]] = defaultdict(list)
    for work in works:
        for table, added in work.rows.items():
            rows[table].extend(added)
    for table in sorted(rows, key=_place_of):
        by_columns: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
        for row in rows[table]:
            by_columns[tuple(row)].append(row)
        for same in by_columns.values():
            await transaction.execute(_into(table), same)


async def _forget_refused(transaction: AsyncConnection, works: Sequence[Work]) -> None:
    """A request that was refused has had no effect: its key may come again."""
    refused = (work for work in works if work.fault is not None and not isinstance(work.fault, Duplicate))
    keys = [work.once for work in refused if work.once is not None]
    if keys:
        await transaction.execute(_FORGET, {"keys": keys})


@lru_cache
def _into(table: Table) -> Insert:
    """The same statement each time: SQLAlchemy need not look at it again."""
    return insert(table)


@lru_cache
def _place_of(table: Table) -> int:
    """Its place among tables that refer to each other: what is referred to comes first."""
    return metadata.sorted_tables.index(table)


_KNOWN = select(handled.c.key).where(among(handled.c.key, "keys"))
_KEEP = insert(handled)
_FORGET = delete(handled).where(among(handled.c.key, "keys"))
