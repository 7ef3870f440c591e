"""Whose turn it is to write, among processes that share one SQLite file.

SQLite lets a writer wait by trying again, ever more seldom: whoever tries at the wrong moments starves, while a busy
neighbour begins its next transaction. Two advisory locks (flock(2)) beside the database make a turnstile: one takes
one's place at the gate, waits there for the turn, and lets the gate go. Whoever has just written finds the gate taken
by the one who waits, and comes second. The kernel lets go of the locks of a process that dies.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

_TRY_AGAIN_S = 0.001
_PATIENCE_S = 5.0
"""After this SQLite's own lock decides: somebody may be stuck in the turnstile."""


class Turnstile:
    def __init__(self, database: Path) -> None:
        self._gate = _open(database.with_name(database.name + "-gate"))
        self._turn = _open(database.with_name(database.name + "-turn"))
        self._here = asyncio.Lock()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Inside, every other process waits that also asks for its turn. Raises `TimeoutError` where this process
        itself is stuck."""
        await asyncio.wait_for(self._here.acquire(), _PATIENCE_S)
        try:
            await self._pass()
            yield
        finally:
            fcntl.flock(self._turn, fcntl.LOCK_UN)
            self._here.release()

    async def _pass(self) -> None:
        deadline = asyncio.get_running_loop().time() + _PATIENCE_S
        try:
            if await _lock(self._gate, deadline):
                await _lock(self._turn, deadline)
        finally:
            fcntl.flock(self._gate, fcntl.LOCK_UN)

    def close(self) -> None:
        os.close(self._gate)
        os.close(self._turn)


def _open(path: Path) -> int:
    # Reading is enough to lock: processes of other users need no right to write here.
    return os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)


async def _lock(file: int, deadline: float) -> bool:
    clock = asyncio.get_running_loop().time
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if clock() > deadline:
                return False
            await asyncio.sleep(_TRY_AGAIN_S)
        else:
            return True
