"""What the worker does for the gate every minute: those who were not seen to leave, limits that change with the hour.

Presence is erased by `core.conversations.retention`.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.messages.worker import Chore
from core.visits.service import Visits

_A_MINUTE = timedelta(minutes=1)


def presence_chores(visits: Visits) -> list[Chore]:
    """Each may be done at any time and any number of times: what is due is asked of the database."""
    return [
        Chore("assumed exits", _A_MINUTE, visits.assume_exits),
        Chore("limits", _A_MINUTE, visits.watch_limits),
    ]


def midnight_of(moment: datetime, zone: ZoneInfo) -> datetime:
    """When the local day of `moment` began, in that zone."""
    return datetime.combine(moment.astimezone(zone).date(), time(), zone)
