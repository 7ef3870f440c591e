"""Somebody has written what only our own processes may write: staff are told, once an hour at most.

What was told is remembered here and not in the database, which whoever forges may write. After a restart the last hour
is told of again.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select

from core.db.database import Database
from core.db.schema import events
from core.db.work import Work
from core.messages.to_staff import TellStaff
from core.messages.worker import Chore
from core.ports import Clock

FORGED = ("order_forged", "officer_forged")
"""Events of the worker: an order, or an officer's telephone, that bears no mark of ours."""
BETWEEN = timedelta(hours=1)


def watch_forgeries(database: Database, clock: Clock, tell: TellStaff) -> Chore:
    """For the worker."""
    told_at: datetime | None = None

    async def do(work: Work) -> None:
        nonlocal told_at
        now = clock.now()
        since = told_at or now - BETWEEN
        if told_at is not None and now < told_at + BETWEEN:
            return
        query = select(func.count()).where(events.c.name.in_(FORGED), events.c.at > since)
        async with database.reading() as connection:
            found = await connection.scalar(query) or 0
        if found:
            await tell(work, "messages.alert.forged", lasts=BETWEEN, n=found)
            told_at = now

    return Chore("forgeries", timedelta(seconds=10), do)
