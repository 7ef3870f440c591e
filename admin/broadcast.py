"""Who is inside, told to every viewer as it changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from aiohttp import web

from admin.watch import Watch
from core.visits.live import Alert
from core.visits.now import FacilityNow, facilities_now

if TYPE_CHECKING:
    from core.bootstrap.staff import StaffSide

_ALERTS_SHOWN = timedelta(hours=2)


@dataclass(frozen=True)
class Snapshot:
    """What is shown. Two that are equal look the same."""

    facilities: Sequence[FacilityNow] = ()
    alerts: Sequence[Alert] = ()
    """Those that last, and those of the last two hours."""
    drawn: dict[str, str] = field(default_factory=dict, compare=False)
    """The page's part, by language: drawn once for all viewers."""


class Broadcast(Watch[Snapshot]):
    """Who is inside, everywhere."""

    def __init__(self, side: StaffSide) -> None:
        super().__init__(self.look)
        self._side = side

    async def look(self) -> Snapshot:
        """How it is now."""
        side = self._side
        now = side.clock.now()
        facilities = await facilities_now(side.database, side.clock, side.activities)
        return Snapshot(facilities, await side.live.alerts(now - _ALERTS_SHOWN))


BROADCAST: web.AppKey[Broadcast] = web.AppKey("broadcast", Broadcast)
