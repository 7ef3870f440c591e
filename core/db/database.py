"""One database, SQLite or PostgreSQL, opened the way each needs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from sqlalchemy import URL, event, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from core.db import sqlite
from core.db.turnstile import Turnstile

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
}


def database_url(address: str) -> URL:
    """The address with its asynchronous driver; `postgres://` is accepted, as hosting providers write it."""
    url = make_url(address)
    return url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))


_reading: ContextVar[bool] = ContextVar("reading", default=False)


class Database:
    """Connections to read with and to write with.

    Reads see a committed state and never wait for a writer. Writes go through the process's one `Writer`;
    only it, migrations and the command line ask for `writing()`.
    """

    def __init__(self, address: str, *, pool_size: int = 8) -> None:
        url = database_url(address)
        self.is_sqlite = url.get_backend_name() == "sqlite"
        options = {"connect_args": {"async_creator_fn": sqlite.connect}} if self.is_sqlite else {}
        self.engine: AsyncEngine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=30,
            pool_reset_on_return=None,  # every transaction is ended where it was begun: see below
            hide_parameters=True,
            **options,
        )
        if self.is_sqlite:
            _prepare_sqlite(self.engine)
        self._writing = self.engine.execution_options(writes=True)
        self._turnstile: Turnstile | None = None

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection for queries; what it read is let go at the end.

        Raises `RuntimeError` within another: with every connection held by somebody who waits for a second one, nobody
        would go on.
        """
        if _reading.get():
            raise RuntimeError("let the first connection go before asking for another")
        mark = _reading.set(True)
        try:
            async with self.engine.connect() as connection:
                yield connection
        finally:
            _reading.reset(mark)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that holds SQLite's write lock from its first moment, and commits at the end."""
        async with self._turn(), self._writing.begin() as connection:
            yield connection

    def _turn(self) -> AbstractAsyncContextManager[None]:
        name = self.engine.url.database
        if not self.is_sqlite or not name or name == ":memory:":
            return nullcontext()
        if self._turnstile is None:
            self._turnstile = Turnstile(Path(name))
        return self._turnstile.turn()

    async def close(self) -> None:
        await self.engine.dispose()
        if self._turnstile is not None:
            self._turnstile.close()
            self._turnstile = None


def _prepare_sqlite(engine: AsyncEngine) -> None:
    """SQLite left to its driver lets two people read "one place left" at once: transactions begin as *we*
    say."""

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode = wal",
            "synchronous = full",
            "foreign_keys = on",
            "busy_timeout = 5000",
            "secure_delete = on",
        ):
            cursor.execute(f"pragma {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Any) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("begin immediate" if writes else "begin")
