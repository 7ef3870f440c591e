"""Something that changes, told to everyone who watches it: one look at the database for all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Generic, TypeVar

import structlog

T = TypeVar("T")
LOOK_EVERY_S = 1.0
"""What other processes change shows after this long at most; our own at once."""
log = structlog.get_logger()


class Watch(Generic[T]):
    """Looks while anybody follows, and not otherwise. Two looks that are equal look the same to viewers."""

    def __init__(self, look: Callable[[], Awaitable[T]]) -> None:
        self._look = look
        self._latest: T | None = None
        self._version = 0
        self._changed = asyncio.Condition()
        self._kicked = asyncio.Event()
        self._viewers = 0
        self._looking: asyncio.Task[None] | None = None
        self.stopped = False

    @property
    def is_followed(self) -> bool:
        return self._viewers > 0

    def kick(self) -> None:
        """Something changed here: look at once."""
        self._kicked.set()

    async def next(self, version: int, within_s: float) -> tuple[int, T | None]:
        """What is seen after `version` (0: any), or None when nothing has changed for so long."""
        self._viewers += 1
        if self._looking is None:
            self._looking = asyncio.create_task(self._look_on(), name="watch")
        try:
            async with asyncio.timeout(within_s), self._changed:
                await self._changed.wait_for(lambda: self.stopped or self._version > version)
        except TimeoutError:
            return version, None
        finally:
            self._viewers -= 1
        return self._version, None if self.stopped else self._latest

    async def stop(self) -> None:
        """Let all viewers go: the server ends."""
        self.stopped = True
        self.kick()
        if self._looking is not None:
            await self._looking
        async with self._changed:
            self._changed.notify_all()

    async def _look_on(self) -> None:
        while self._viewers and not self.stopped:
            self._kicked.clear()
            try:
                seen = await self._look()
            except Exception as fault:  # the database is away, say: the next look finds it again
                log.error("live_failed", kind=type(fault).__name__)
            else:
                async with self._changed:
                    if seen != self._latest or not self._version:
                        self._latest, self._version = seen, self._version + 1
                        self._changed.notify_all()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._kicked.wait(), LOOK_EVERY_S)
        self._looking = None
