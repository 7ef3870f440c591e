"""Alerts on key figures: staff are told when one falls off its path, and when it is back on it, once each.

An alert ends only when the figure has come clearly nearer to the path again (`BACK_FROM`), when its counting period is
over, or when its target was taken away; the last two are no news. The path moves at midnight, so news waits for the day.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select, update

from core.db.database import Database
from core.db.types import FAR_FUTURE
from core.db.work import Work
from core.dialog.words import Text
from core.messages.to_staff import TellStaff, Told
from core.messages.worker import Chore
from core.ports import Clock
from core.stats.kpi import Kpi
from core.stats.model import kpi_alerts
from core.stats.targets import Targets

DAY = (time(9), time(20))
"""The town's hours in which staff are told."""
LASTS = timedelta(hours=6)
"""How long a message that cannot be delivered is tried."""
_a = kpi_alerts.c


def watch_kpis(database: Database, clock: Clock, zone: ZoneInfo, targets: Targets, tell: TellStaff) -> Chore:
    """For the worker. The alert and its messages are written together: nobody is told twice."""

    async def do(work: Work) -> None:
        now = clock.now()
        if not DAY[0] <= now.astimezone(zone).time() < DAY[1]:
            return
        lasting = await _lasting(database)
        for kpi in await targets.kpis():
            name = kpi.target.kpi
            if name not in lasting and kpi.off_path:
                work.run(insert(kpi_alerts).values(_row(kpi, now)))
                await tell(work, "figures.kpi.off_path", lasts=LASTS, **_told(kpi))
            elif name in lasting and (kpi.is_back or not kpi.running):
                work.run(
                    update(kpi_alerts).where(_a.kpi == name, _a.ended_at == FAR_FUTURE).values(ended_at=now)
                )
                if kpi.running and kpi.expected is not None:
                    await tell(work, "figures.kpi.back_on_path", lasts=LASTS, **_told(kpi))

    return Chore("key figures", timedelta(minutes=15), do)


async def _lasting(database: Database) -> set[str]:
    async with database.reading() as connection:
        return set((await connection.execute(select(_a.kpi).where(_a.ended_at == FAR_FUTURE))).scalars())


def _row(kpi: Kpi, now: datetime) -> Mapping[str, Any]:
    return {
        "kpi": kpi.target.kpi,
        "raised_at": now,
        "ended_at": FAR_FUTURE,
        "value": kpi.value,
        "expected": int(kpi.expected or 0),
        "target": kpi.target.target,
    }


def _told(kpi: Kpi) -> dict[str, Told]:
    """What the sentences say: numbers, and words of the catalogues."""
    target = kpi.target
    return {
        "what": Text(f"figures.kpi.what.{target.measure}_{target.category or 'all'}"),
        "value": kpi.value,
        "expected": int(kpi.expected or 0),
        "target": target.target or 0,
        "last": datetime.combine(target.target_period.last, time(12), UTC),
    }
