"""Closing slots at short notice, with a reason from the closed list; what is booked stays on the books.

A closing is a row that outlives the planning of slots (`slots.reconcile`). Whom it concerns is told by the worker,
which finds them by their closed slots (`core.bookings.closures`): the panel orders no message.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, get_args

from sqlalchemy import Row, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.activities.calendar import ClosureReason
from core.activities.closing_terms import (
    ClosedSessions,
    close_sessions,
    closed_sessions_ahead,
    closed_sessions_one,
    last_of_day,
    put_back,
    sessions_of_day,
)
from core.activities.model import activities, closings, slots
from core.db.database import Database
from core.db.types import Instant
from core.db.work import Work
from core.errors import Refused
from core.ports import Clock, Codes

REASONS: Final[tuple[str, ...]] = get_args(ClosureReason)
_MOMENT = timedelta(milliseconds=1)
_LONGEST_TERM = timedelta(days=400)


@dataclass(frozen=True)
class Closed:
    """What staff closed: the slots of an activity that start from `begins_at` and before `ends_at` (UTC)."""

    id: int
    activity: str
    """Key of the activity."""
    place: str
    """Key of the only place concerned; empty: everywhere."""
    begins_at: datetime
    ends_at: datetime
    reason: str

    def covers(self, starts_at: datetime, place: str) -> bool:
        return self.begins_at <= starts_at < self.ends_at and self.place in ("", place)


class Closing:
    """Adds closings, and takes them back. Each method raises `Refused` for what it cannot be done to."""

    def __init__(self, database: Database, clock: Clock, codes: Codes) -> None:
        self._database = database
        self._clock = clock
        self._codes = codes

    async def close_slot(self, work: Work, slot_id: int, reason: str, staff_id: int | None) -> int:
        """Close one slot: a lane for an hour, a whole term of a class. The id of the closing.

        Raises `Refused("closures.unknown_slot")`, or `"closures.slot_over"` once it has ended.
        """
        async with self._database.reading() as connection:
            row = (await connection.execute(_SLOT, {"slot": slot_id})).one_or_none()
        if row is None:
            raise Refused("closures.unknown_slot")
        if row.ends_at <= self._clock.now():
            raise Refused("closures.slot_over")
        return self._close(
            work, row.activity_id, row.place, row.starts_at, row.starts_at + _MOMENT, reason, staff_id
        )

    async def close_day(
        self, work: Work, facility: str, begin: datetime, end: datetime, reason: str, staff_id: int | None
    ) -> list[int]:
        """Close whatever starts from `begin` to `end` (a local day, in UTC) in a facility; the ids of the closings.

        Of a course that is booked for a term the day's session alone falls out. The last one that is left is closed with
        the term, by a closing of the day on which the term began.
        Raises `Refused("closures.nothing_that_day")` where nothing is ahead.
        """
        now = self._clock.now()
        params = {"facility": facility, "begin": begin, "end": end, "now": now}
        async with self._database.reading() as connection:
            terms = await sessions_of_day(connection, facility, begin, end, now)
            ending = await last_of_day(connection, facility, begin, end, now)
            rows = (await connection.execute(_OPEN_THAT_DAY, params)).all()
        apart = {slot_id for of_activity in terms.values() for slot_id in of_activity}
        apart |= {row.id for row in ending}
        found = sorted({row.activity_id for row in rows if row.id not in apart})
        if not found and not terms and not ending:
            raise Refused("closures.nothing_that_day")
        if reason not in REASONS:
            raise Refused("closures.unknown_reason")
        ids = [
            self._close(work, activity_id, "", begin, end, reason, staff_id)
            for activity_id in found
            if activity_id not in terms
        ]
        ids += [
            self._close(
                work, row.activity_id, row.place, row.starts_at, row.starts_at + _MOMENT, reason, staff_id
            )
            for row in ending
        ]
        for activity_id, removed in sorted(terms.items()):
            ids.append(self._codes.new_id())
            close_sessions(work, ids[-1], activity_id, removed, begin, end, reason, now, staff_id)
        return ids

    async def reopen(self, work: Work, closing_id: int) -> Closed:
        """Take a closing back: its slots open again, unless the calendar or another closing says otherwise.

        Raises `Refused("closures.unknown")`.
        """
        now = self._clock.now()
        async with self._database.reading() as connection:
            row = (await connection.execute(_ONE, {"closing": closing_id})).one_or_none()
            single = await closed_sessions_one(connection, closing_id) if row is None else None
        if single is not None:
            put_back(work, single, now, Refused("closures.unknown"))
            return _as_closed(single)
        if row is None:
            raise Refused("closures.unknown")
        work.run(
            update(closings)
            .where(closings.c.id == closing_id, closings.c.reopened_at.is_(None))
            .values(reopened_at=now),
            or_else=Refused("closures.unknown"),
        )

        async def open_again(transaction: AsyncConnection, _work: Work) -> None:
            others = [
                each for each in await closings_of(transaction, row.activity_id, now) if each.id != row.id
            ]
            own = closed_of(row)
            mine = {"activity": row.activity_id, "begin": row.begins_at, "end": row.ends_at, "now": now}
            for slot in await transaction.execute(_COVERED, mine):
                again = own.covers(slot.starts_at, slot.place) and slot.reason == own.reason
                other = next((each for each in others if each.covers(slot.starts_at, slot.place)), None)
                if again:
                    state, reason = ("closed", other.reason) if other else ("open", None)
                    await transaction.execute(
                        update(slots).where(slots.c.id == slot.id).values(state=state, reason=reason)
                    )

        work.job(open_again)
        return closed_of(row)

    async def ahead(self, facility: str, begin: datetime, end: datetime) -> list[Closed]:
        """Closings of a facility that stand and touch the time from `begin` to `end`, the earliest first."""
        params = {"facility": facility, "begin": begin, "end": end}
        async with self._database.reading() as connection:
            found = [closed_of(row) for row in await connection.execute(_STANDING, params)]
            single = await closed_sessions_ahead(connection, facility, begin, end)
        return sorted([*found, *map(_as_closed, single)], key=lambda each: (each.begins_at, each.id))

    def _close(
        self,
        work: Work,
        activity_id: int,
        place: str,
        begin: datetime,
        end: datetime,
        reason: str,
        staff_id: int | None,
    ) -> int:
        if reason not in REASONS:
            raise Refused("closures.unknown_reason")
        closing_id, now = self._codes.new_id(), self._clock.now()
        work.insert(
            closings,
            id=closing_id,
            activity_id=activity_id,
            place=place,
            begins_at=begin,
            ends_at=end,
            reason=reason,
            closed_at=now,
            closed_by=staff_id,
        )
        work.run(
            update(slots)
            .where(
                slots.c.activity_id == activity_id,
                slots.c.starts_at >= begin,
                slots.c.starts_at < end,
                slots.c.ends_at > now,
                slots.c.state == "open",
                *([slots.c.place == place] if place else []),
            )
            .values(state="closed", reason=reason)
        )
        return closing_id


async def closings_of(transaction: AsyncConnection, activity_id: int, now: datetime) -> Sequence[Closed]:
    """What staff closed of an activity and did not open again; of terms that may still run too."""
    params = {"activity": activity_id, "since": now - _LONGEST_TERM}
    return [closed_of(row) for row in await transaction.execute(_OF_ACTIVITY, params)]


def _as_closed(single: ClosedSessions) -> Closed:
    return Closed(single.id, single.activity, "", single.begins_at, single.ends_at, single.reason)


def closed_of(row: Row[Any]) -> Closed:
    return Closed(row.id, row.key, row.place, row.begins_at, row.ends_at, row.reason)


_SLOT = select(slots.c.activity_id, slots.c.place, slots.c.starts_at, slots.c.ends_at).where(
    slots.c.id == bindparam("slot")
)
_BEGIN, _END = bindparam("begin", type_=Instant), bindparam("end", type_=Instant)
_OPEN_THAT_DAY = (
    select(slots.c.id, slots.c.activity_id)
    .join(activities, slots.c.activity_id == activities.c.id)
    .where(
        activities.c.facility == bindparam("facility"),
        slots.c.starts_at >= _BEGIN,
        slots.c.starts_at < _END,
        slots.c.ends_at > bindparam("now", type_=Instant),
        slots.c.state == "open",
    )
    .order_by(slots.c.id)
)
_ALL = (
    select(closings, activities.c.key)
    .join(activities, activities.c.id == closings.c.activity_id)
    .where(closings.c.reopened_at.is_(None))
    .order_by(closings.c.begins_at, closings.c.id)
)
_ONE = _ALL.where(closings.c.id == bindparam("closing"))
_OF_ACTIVITY = _ALL.where(
    closings.c.activity_id == bindparam("activity"), closings.c.ends_at > bindparam("since", type_=Instant)
)
_STANDING = _ALL.where(
    activities.c.facility == bindparam("facility"),
    closings.c.begins_at < _END,
    closings.c.ends_at > _BEGIN,
)
_COVERED = (
    select(slots.c.id, slots.c.starts_at, slots.c.place, slots.c.reason)
    .where(
        slots.c.activity_id == bindparam("activity"),
        slots.c.starts_at >= _BEGIN,
        slots.c.starts_at < _END,
        slots.c.ends_at > bindparam("now", type_=Instant),
        slots.c.state == "closed",
    )
    .order_by(slots.c.id)
)
