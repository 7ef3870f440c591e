"""SQLite's connections: one trip to the connection's thread for each statement.

`aiosqlite` runs a connection in a thread of its own; SQLAlchemy's driver for it goes there four times a statement,
for the cursor, the statement, its rows, and the end. Here a cursor fetches at once what it has found.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from types import TracebackType
from typing import Any

import aiosqlite


class Connection(aiosqlite.Connection):
    """What SQLAlchemy asks of an aiosqlite connection, with cursors of our own."""

    def cursor(self) -> Cursor:  # type: ignore[override]
        return Cursor(self)

    async def run(self, how: Callable[[sqlite3.Connection], sqlite3.Cursor], into: Cursor) -> None:
        """In the connection's thread: run a statement and fetch all its rows."""
        await self._execute(into.take, how, self._conn)  # type: ignore[no-untyped-call]


class Cursor:
    """Holds every row that its statement found, as SQLAlchemy would have it anyway."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: deque[Any] = deque()
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> Cursor:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Cursor:
        await self._connection.run(lambda connection: connection.execute(sql, parameters), self)
        return self

    async def executemany(self, sql: str, parameters: Iterable[Sequence[Any]]) -> Cursor:
        await self._connection.run(lambda connection: connection.executemany(sql, parameters), self)
        return self

    def take(
        self, how: Callable[[sqlite3.Connection], sqlite3.Cursor], connection: sqlite3.Connection
    ) -> None:
        cursor = how(connection)
        self.description, self.lastrowid = cursor.description, cursor.lastrowid
        self._rows = deque(cursor.fetchall() if cursor.description else ())
        self.rowcount = cursor.rowcount
        cursor.close()

    async def fetchall(self) -> list[Any]:
        rows = list(self._rows)
        self._rows.clear()
        return rows

    async def fetchone(self) -> Any:
        return self._rows.popleft() if self._rows else None

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        return [self._rows.popleft() for _ in range(min(size or self.arraysize, len(self._rows)))]

    async def close(self) -> None:
        self._rows.clear()


def connect(database: str, **options: Any) -> Connection:
    """For `create_async_engine(connect_args={"async_creator_fn": connect})`."""
    connection = Connection(partial(sqlite3.connect, database, **options), iter_chunk_size=64)
    connection._thread.daemon = True  # as SQLAlchemy does: whoever forgets to close does not hang at the end
    return connection
