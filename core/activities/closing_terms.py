"""Closing one session of a course that is booked for a term: the day falls out, the booking and the others stand.

The session is taken out of its slot's sessions and remembered, so that it can be put back. Whom it concerns is told by
the worker (`core.bookings.closed_sessions`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.activities.model import activities, closed_sessions, slots
from core.db.types import Instant, from_milliseconds, to_milliseconds
from core.db.work import Work

Kept = list[list[int]]
"""Sessions as `slots.sessions` keeps them."""


@dataclass(frozen=True)
class ClosedSessions:
    """The sessions of an activity's terms that start from `begins_at` and before `ends_at` (UTC)."""

    id: int
    activity: str
    """Key of the activity."""
    begins_at: datetime
    ends_at: datetime
    reason: str
    removed: Mapping[int, Kept]
    """By slot."""

    def without(self, sessions: Kept) -> Kept:
        begin, end = to_milliseconds(self.begins_at), to_milliseconds(self.ends_at)
        return [each for each in sessions if not begin <= each[0] < end]


async def sessions_of_day(
    connection: AsyncConnection, facility: str, begin: datetime, end: datetime, now: datetime
) -> dict[int, dict[int, Kept]]:
    """Activity id -> slot id -> the sessions of its terms in that time that are ahead. Left out are slots that would
    have no session left: `last_of_day`."""
    first, last, over = to_milliseconds(begin), to_milliseconds(end), to_milliseconds(now)
    found: dict[int, dict[int, Kept]] = {}
    for row in await connection.execute(_TERMS, {"facility": facility, "begin": begin, "end": end}):
        of_day = [each for each in row.sessions if first <= each[0] < last and each[1] > over]
        if of_day and len(of_day) < len(row.sessions):
            found.setdefault(row.activity_id, {})[row.id] = of_day
    return found


async def last_of_day(
    connection: AsyncConnection, facility: str, begin: datetime, end: datetime, now: datetime
) -> list[Any]:
    """Rows (id, activity_id, place, starts_at) of terms that have sessions in that time, and no others any more."""
    first, last, over = to_milliseconds(begin), to_milliseconds(end), to_milliseconds(now)
    return [
        row
        for row in await connection.execute(_TERMS, {"facility": facility, "begin": begin, "end": end})
        if row.sessions and all(first <= each[0] < last and each[1] > over for each in row.sessions)
    ]


def close_sessions(
    work: Work,
    closing_id: int,
    activity_id: int,
    removed: Mapping[int, Kept],
    begin: datetime,
    end: datetime,
    reason: str,
    now: datetime,
    staff_id: int | None,
) -> None:
    work.insert(
        closed_sessions,
        id=closing_id,
        activity_id=activity_id,
        begins_at=begin,
        ends_at=end,
        reason=reason,
        removed={str(slot_id): sessions for slot_id, sessions in removed.items()},
        closed_at=now,
        closed_by=staff_id,
    )
    work.job(_changing(removed, lambda kept, those: [each for each in kept if each not in those]))


def put_back(work: Work, closed: ClosedSessions, now: datetime, or_else: Exception) -> None:
    """Take the closing back."""
    work.run(
        update(closed_sessions)
        .where(closed_sessions.c.id == closed.id, closed_sessions.c.reopened_at.is_(None))
        .values(reopened_at=now),
        or_else=or_else,
    )
    work.job(
        _changing(closed.removed, lambda kept, those: sorted([*kept, *(e for e in those if e not in kept)]))
    )


def _changing(removed: Mapping[int, Kept], change: Any) -> Any:
    async def job(transaction: AsyncConnection, _work: Work) -> None:
        rows = (await transaction.execute(_LOCKED, {"slots": sorted(removed)})).all()
        for row in rows:
            sessions = change(row.sessions, removed[row.id])
            await transaction.execute(update(slots).where(slots.c.id == row.id).values(sessions=sessions))

    return job


async def closed_sessions_of(transaction: AsyncConnection, activity_id: int) -> Sequence[ClosedSessions]:
    """What staff closed of an activity's terms and did not open again."""
    rows = await transaction.execute(_ALL.where(closed_sessions.c.activity_id == activity_id))
    return [closed_sessions_from(row) for row in rows]


async def closed_sessions_one(connection: AsyncConnection, closing_id: int) -> ClosedSessions | None:
    row = (await connection.execute(_ALL.where(closed_sessions.c.id == closing_id))).one_or_none()
    return None if row is None else closed_sessions_from(row)


async def closed_sessions_ahead(
    connection: AsyncConnection, facility: str, begin: datetime, end: datetime
) -> Sequence[ClosedSessions]:
    """Of a facility, those that touch the time from `begin` to `end`, the earliest first."""
    standing = _ALL.where(
        activities.c.facility == facility,
        closed_sessions.c.begins_at < end,
        closed_sessions.c.ends_at > begin,
    )
    return [closed_sessions_from(row) for row in await connection.execute(standing)]


def closed_sessions_from(row: Any) -> ClosedSessions:
    removed = {int(slot_id): sessions for slot_id, sessions in row.removed.items()}
    return ClosedSessions(row.id, row.key, row.begins_at, row.ends_at, row.reason, removed)


def starts_of(sessions: Kept) -> list[datetime]:
    return [from_milliseconds(start) for start, _ in sessions]


_BEGIN, _END = bindparam("begin", type_=Instant), bindparam("end", type_=Instant)
_TERMS = (
    select(slots.c.id, slots.c.activity_id, slots.c.place, slots.c.starts_at, slots.c.sessions)
    .join(activities, activities.c.id == slots.c.activity_id)
    .where(
        activities.c.facility == bindparam("facility"),
        slots.c.starts_at < _END,
        slots.c.ends_at > _BEGIN,
        slots.c.state == "open",
    )
    .order_by(slots.c.id)
)
_LOCKED = (
    select(slots.c.id, slots.c.sessions)
    .where(slots.c.id.in_(bindparam("slots", expanding=True)))
    .order_by(slots.c.id)
    .with_for_update(key_share=True)
)
_ALL = (
    select(closed_sessions, activities.c.key)
    .join(activities, activities.c.id == closed_sessions.c.activity_id)
    .where(closed_sessions.c.reopened_at.is_(None))
    .order_by(closed_sessions.c.begins_at, closed_sessions.c.id)
)
