"""Both real databases, and a clock that stands still."""

from __future__ import annotations

import asyncio
import os
import shutil
import uuid
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asyncpg
import hypothesis  # here: imported in the middle of a run, it looks at every module there is
import pytest

import core.tables
from core.db.database import Database
from core.db.schema import metadata
from tests.fakes.clock import StoppedClock

assert core.tables
assert hypothesis


LONGEST = ("whole/", "house/test_processes")
"""What waits for real processes: begun first, so that nothing long is left to one worker at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not any(name in item.nodeid for name in LONGEST))


@pytest.fixture(scope="session")
def postgres_address() -> Iterator[str]:
    """A private PostgreSQL, or the one that TEST_DATABASE_URL names."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given.rstrip("/")
        return
    from tests.fakes.postgres import private_postgres

    with private_postgres() as address:
        yield address


class PostgresDatabase:
    """One database for the tests of a session, emptied before each.

    Emptying takes 3 ms; creating one from a template takes 200 ms, and making all tables longer still.
    """

    def __init__(self, server: str) -> None:
        self._server = server
        self._name = f"paso_{uuid.uuid4().hex}"
        self._made = False
        self.address = f"{server}/{self._name}"

    async def empty(self) -> None:
        """Every table there, and nothing in it; whoever was still connected is not any more."""
        if not self._made:
            await self._on_server(f"create database {self._name}")
            self._made = True
        connection = await asyncpg.connect(self.address)
        await connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
        tables = await connection.fetch("select tablename from pg_tables where schemaname = 'public'")
        if {table for (table,) in tables} == set(metadata.tables):
            sequences = await connection.fetch("select sequencename from pg_sequences")
            emptied = [f'delete from "{table.name}"' for table in reversed(metadata.sorted_tables)]
            again = [f'alter sequence "{sequence}" restart' for (sequence,) in sequences]
            await connection.execute(";".join(emptied + again))
            await connection.close()
        else:
            await connection.execute("drop schema public cascade; create schema public")
            await connection.close()
            await make_tables(self.address)

    async def drop(self) -> None:
        if self._made:
            await self._on_server(f"drop database {self._name} with (force)")

    async def _on_server(self, command: str) -> None:
        connection = await asyncpg.connect(f"{self._server}/postgres")
        await connection.execute(command)
        await connection.close()


@pytest.fixture(scope="session")
def postgres_database(postgres_address: str) -> Iterator[PostgresDatabase]:
    database = PostgresDatabase(postgres_address)
    yield database
    asyncio.run(database.drop())


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with every table, to be copied."""
    file = tmp_path_factory.mktemp("template") / "paso.db"
    with ThreadPoolExecutor(1) as apart:  # a test's loop may be running here
        apart.submit(asyncio.run, make_tables(f"sqlite:///{file}")).result()
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
async def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database with every table, on a real SQLite file and on a real PostgreSQL."""
    if request.param == "sqlite":
        shutil.copyfile(request.getfixturevalue("sqlite_template"), tmp_path / "paso.db")
        return f"sqlite:///{tmp_path}/paso.db"
    place: PostgresDatabase = request.getfixturevalue("postgres_database")
    await place.empty()
    return place.address


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """The same, opened."""
    opened = Database(database_url)
    yield opened
    await opened.close()


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


async def make_tables(address: str) -> None:
    made = Database(address)
    async with made.writing() as connection:
        await connection.run_sync(metadata.create_all)
    await made.close()
