from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from core.db import audit
from core.db.database import Database
from core.db.schema import audit as table
from core.db.work import Work
from core.db.writer import Writer
from tests.fakes.clock import StoppedClock


async def note(writer: Writer, clock: StoppedClock, boxes: int) -> None:
    work = Work()
    facts: audit.Facts = {"why": "deliver", "boxes": boxes, "ok": True}
    audit.append(work, at=clock.now(), actor="worker", action="opened", facts=facts)
    await writer.commit(work)


async def test_processes_that_append_at_once_make_one_chain(database: Database, clock: StoppedClock) -> None:
    clock.move(microseconds=123_456)
    writers = [Writer(database, clock) for _ in range(3)]
    await asyncio.gather(*(note(writers[number % 3], clock, number) for number in range(30)))
    for writer in writers:
        await writer.close()
    assert await audit.verify(database) is None
    async with database.reading() as connection:
        rows = (await connection.execute(select(table).order_by(table.c.id))).all()
    assert sorted(row.facts["boxes"] for row in rows) == list(range(30))


CHANGES: dict[str, Any] = {
    "a fact": update(table).where(table.c.id == 3).values(facts={"why": "x"}),
    "an actor": update(table).where(table.c.id == 3).values(actor="nobody"),
    "a deletion": delete(table).where(table.c.id == 3),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_a_change_in_the_middle_is_seen(database: Database, clock: StoppedClock, change: str) -> None:
    writer = Writer(database, clock)
    assert await audit.verify(database) is None
    for number in range(5):
        await note(writer, clock, number)
    await writer.close()
    assert await audit.verify(database) is None
    async with database.writing() as connection:
        await connection.execute(CHANGES[change])
    assert await audit.verify(database) == (4 if change == "a deletion" else 3)


async def test_an_entry_put_in_is_seen(database: Database, clock: StoppedClock) -> None:
    writer = Writer(database, clock)
    await note(writer, clock, 1)
    await writer.close()
    async with database.writing() as connection:
        forged = {"at": clock.now(), "actor": "worker", "action": "opened", "facts": {}}
        await connection.execute(insert(table).values(**forged, previous_hash=bytes(32), hash=b"forged" * 5))
    assert await audit.verify(database) == 2
