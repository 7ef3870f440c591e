"""Transactions begin as we say: writers wait for each other, readers for nobody."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from core.db.database import Database, database_url
from core.db.schema import events, handled
from core.people.model import addresses
from tests.fakes.clock import StoppedClock


async def count(database: Database) -> int:
    async with database.reading() as connection:
        return int((await connection.execute(select(func.count()).select_from(handled))).scalar_one())


async def test_readers_see_what_is_committed_and_are_not_disturbed_by_a_writer(
    database: Database, clock: StoppedClock
) -> None:
    async with database.writing() as writing:
        await writing.execute(insert(handled), {"key": "a", "at": clock.now()})
        assert await count(database) == 0
    assert await count(database) == 1


async def test_what_a_reader_began_to_read_stays_as_it_was(database: Database, clock: StoppedClock) -> None:
    if not database.is_sqlite:  # PostgreSQL reads each statement anew; nobody here reads twice
        return
    async with database.reading() as reading:
        await reading.execute(select(handled))
        async with database.writing() as writing:
            await writing.execute(insert(handled), {"key": "a", "at": clock.now()})
        assert (await reading.execute(select(func.count()).select_from(handled))).scalar_one() == 0
    assert await count(database) == 1


async def test_a_writer_holds_sqlites_lock_before_it_has_read_anything(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/paso.db")
    async with database.writing() as first:
        await first.execute(text("create table t (n integer)"))
        await first.commit()
    async with database.writing(), database.reading() as other:
        await other.rollback()
        await other.exec_driver_sql("pragma busy_timeout = 0")
        await other.rollback()
        with pytest.raises(OperationalError, match="locked"):
            await other.exec_driver_sql("insert into t values (1)")
    await database.close()


async def test_two_writers_who_read_before_they_write_do_not_both_believe_it_is_free(
    database: Database, clock: StoppedClock
) -> None:
    async def take() -> bool:
        async with database.writing() as connection:
            if not database.is_sqlite:
                await connection.execute(text("lock table handled in exclusive mode"))
            taken = (await connection.execute(select(func.count()).select_from(handled))).scalar_one()
            await asyncio.sleep(0.01)
            if taken < 2:
                await connection.execute(insert(handled), {"key": str(taken), "at": clock.now()})
            return taken < 2

    won = await asyncio.gather(*(take() for _ in range(6)))
    assert won.count(True) == 2
    assert await count(database) == 2


async def test_what_goes_wrong_inside_a_transaction_is_undone(
    database: Database, clock: StoppedClock
) -> None:
    async def fail() -> None:
        async with database.writing() as connection:
            await connection.execute(insert(handled), {"key": "a", "at": clock.now()})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await count(database) == 0


async def test_foreign_keys_are_kept(database: Database, clock: StoppedClock) -> None:
    row = {
        "id": 1,
        "citizen_id": 404,
        "kind": "mobile",
        "lookup": b"",
        "box": b"",
        "verified_at": clock.now(),
    }
    with pytest.raises(IntegrityError):
        async with database.writing() as connection:
            await connection.execute(insert(addresses), row)


async def test_sqlite_is_durable_and_forgets_what_is_deleted(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/paso.db")
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}
    async with database.reading() as connection:
        for name, value in wanted.items():
            assert (await connection.exec_driver_sql(f"pragma {name}")).scalar_one() == value
    await database.close()


async def test_moments_come_back_to_the_millisecond_and_naive_ones_are_refused(
    database: Database, clock: StoppedClock
) -> None:
    at = clock.now().replace(microsecond=123_456)
    async with database.writing() as connection:
        await connection.execute(insert(events), {"at": at, "name": "", "facts": {"n": 1}})
    async with database.reading() as connection:
        row = (await connection.execute(select(events))).one()
    assert row.at == at.replace(microsecond=123_000)
    assert row.at.utcoffset() == at.utcoffset()
    with pytest.raises(Exception, match="time zone"):
        async with database.writing() as connection:
            await connection.execute(insert(events), {"at": at.replace(tzinfo=None), "name": "", "facts": {}})


@pytest.mark.parametrize(
    ("given", "opened"),
    [
        ("sqlite:///var/paso.db", "sqlite+aiosqlite:///var/paso.db"),
        ("postgres://u@host/paso", "postgresql+asyncpg://u@host/paso"),
        ("postgresql://u@host/paso", "postgresql+asyncpg://u@host/paso"),
    ],
)
def test_an_address_is_opened_with_its_asynchronous_driver(given: str, opened: str) -> None:
    assert database_url(given).render_as_string() == opened
