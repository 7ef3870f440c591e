"""What the worker does for the gate: those who were not seen to leave, limits that change with the hour, and
presence that is erased in time.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.db.work import Work
from core.messages.worker import Chore
from core.ports import Clock
from core.visits.service import Visits

KEPT = timedelta(days=14)
"""Presence, where the activity is traced; elsewhere nothing outlives its day."""
_A_MINUTE, _AN_HOUR = timedelta(minutes=1), timedelta(hours=1)


def presence_chores(visits: Visits, clock: Clock, zone: ZoneInfo) -> list[Chore]:
    """Each may be done at any time and any number of times: what is due is asked of the database."""

    async def forget_untraced(work: Work) -> None:
        await visits.forget_untraced(work, midnight_of(clock.now(), zone))

    async def forget_traced(work: Work) -> None:
        visits.forget_before(work, midnight_of(clock.now() - KEPT, zone))

    return [
        Chore("assumed exits", _A_MINUTE, visits.assume_exits),
        Chore("limits", _A_MINUTE, visits.watch_limits),
        Chore("presence without tracing", _AN_HOUR, forget_untraced),
        Chore("old presence", _AN_HOUR, forget_traced),
    ]


def midnight_of(moment: datetime, zone: ZoneInfo) -> datetime:
    """When the local day of `moment` began, in that zone."""
    return datetime.combine(moment.astimezone(zone).date(), time(), zone)
