"""Both real databases, and a clock that stands still."""

from __future__ import annotations

import os
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

import core.tables
from core.db.database import Database
from core.db.schema import metadata
from tests.fakes.clock import StoppedClock

assert core.tables


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


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """An empty database with every table, on a real SQLite file and on a real PostgreSQL."""
    if request.param == "sqlite":
        opened = Database(f"sqlite:///{tmp_path}/paso.db")
        async with opened.writing() as connection:
            await connection.run_sync(metadata.create_all)
        yield opened
        await opened.close()
        return
    server = request.getfixturevalue("postgres_address")
    name = f"paso_{uuid.uuid4().hex}"
    root = await asyncpg.connect(f"{server}/postgres")
    await root.execute(f"create database {name}")
    opened = Database(f"{server}/{name}")
    async with opened.writing() as connection:
        await connection.run_sync(metadata.create_all)
    yield opened
    await opened.close()
    await root.execute(f"drop database {name} with (force)")
    await root.close()


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()
