"""Who is inside, told to every viewer as it changes: one look at the database for all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from aiohttp import web

from core.visits.live import Alert
from core.visits.now import FacilityNow, facilities_now

if TYPE_CHECKING:
    from core.bootstrap.staff import StaffSide

LOOK_EVERY_S = 1.0
"""Scans of other processes show after this long at most; our own at once."""
_ALERTS_SHOWN = timedelta(hours=2)
log = structlog.get_logger()


@dataclass(frozen=True)
class Snapshot:
    """What is shown. Two that are equal look the same."""

    facilities: Sequence[FacilityNow] = ()
    alerts: Sequence[Alert] = ()
    """Those that last, and those of the last two hours."""
    drawn: dict[str, str] = field(default_factory=dict, compare=False)
    """The page's part, by language: drawn once for all viewers."""


class Broadcast:
    """Looks while anybody follows, and not otherwise."""

    def __init__(self, side: StaffSide) -> None:
        self._side = side
        self._latest = Snapshot()
        self._version = 0
        self._changed = asyncio.Condition()
        self._kicked = asyncio.Event()
        self._viewers = 0
        self._looking: asyncio.Task[None] | None = None
        self.stopped = False

    async def look(self) -> Snapshot:
        """How it is now."""
        side = self._side
        now = side.clock.now()
        facilities = await facilities_now(side.database, side.clock, side.activities)
        return Snapshot(facilities, await side.live.alerts(now - _ALERTS_SHOWN))

    def kick(self) -> None:
        """Something was scanned here: look at once."""
        self._kicked.set()

    async def next(self, version: int, within_s: float) -> tuple[int, Snapshot | None]:
        """The next snapshot after `version` (0: any), or None when nothing has changed for so long."""
        self._viewers += 1
        if self._looking is None:
            self._looking = asyncio.create_task(self._look_on(), name="live")
        try:
            async with asyncio.timeout(within_s), self._changed:
                await self._changed.wait_for(lambda: self.stopped or self._version > version)
        except TimeoutError:
            return version, None
        finally:
            self._viewers -= 1
        return self._version, None if self.stopped else self._latest

    async def stop(self, _: web.Application) -> None:
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
                seen = await self.look()
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


BROADCAST: web.AppKey[Broadcast] = web.AppKey("broadcast", Broadcast)
