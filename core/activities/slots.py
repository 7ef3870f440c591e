"""The slots of the calendar, brought into the database. What is booked is never dropped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.activities.closing import Closed, closings_of
from core.activities.closing_terms import ClosedSessions, closed_sessions_of
from core.activities.definition import Activity
from core.activities.model import slots
from core.activities.planning import PlannedSlot, plan_ahead
from core.db.types import Instant, to_milliseconds
from core.ports import Codes

NOT_PLANNED = "not_planned"
"""Why a slot is closed that the calendar no longer has, and no closure explains."""


async def reconcile(
    transaction: AsyncConnection,
    activity: Activity,
    activity_id: int,
    now: datetime,
    codes: Codes,
    before: Activity | None = None,
) -> None:
    """Make the slots that have not ended what the calendar says; repeating it changes nothing.

    New ones are added. Those that are no longer planned are closed, with the reason of the closure that
    covers them, and keep their bookings; those that staff closed (`closing`) stay so. A capacity never falls
    below what is taken already. `before`: the revision that this one takes the place of, whose shares for
    channels are exchanged for the new ones.
    """
    zone = ZoneInfo(activity.calendar.time_zone)
    planned = {
        (slot.starts_at, slot.place, slot.occasion): slot
        for slot in plan_ahead(activity, now.astimezone(zone).date())
        if slot.ends_at > now
    }
    by_staff = await closings_of(transaction, activity_id, now)
    single = await closed_sessions_of(transaction, activity_id) if activity.booked_as == "term" else ()
    shares = _shares(activity)
    shift = Counter(shares)
    shift.subtract(shares if before is None else _shares(before))
    changed: list[dict[str, Any]] = []
    for row in await transaction.execute(_AHEAD, {"activity": activity_id, "now": now}):
        slot = planned.pop((row.starts_at, row.place, row.occasion), None)
        wanted = _closed(row, activity, zone) if slot is None else _open(row, slot, single)
        wanted |= _by_staff(by_staff, row.starts_at, row.place)
        wanted["reserved"] = {
            name: row.reserved.get(name, 0) + shift[name] for name in {*row.reserved, *shares}
        }
        if any(getattr(row, name) != value for name, value in wanted.items()):
            changed.append({f"new_{name}": value for name, value in wanted.items()} | {"slot": row.id})
    if changed:
        await transaction.execute(_CHANGE, changed)
    if planned:
        added = [
            _new(slot, activity_id, codes.new_id(), shares, single)
            | _by_staff(by_staff, slot.starts_at, slot.place)
            for slot in planned.values()
        ]
        await transaction.execute(insert(slots), added)


def _shares(activity: Activity) -> dict[str, int]:
    shares = {"desk": activity.reserved.desk, "phone": activity.reserved.phone}
    return {name: units for name, units in shares.items() if units}


def _open(row: Row[Any], slot: PlannedSlot, single: Sequence[ClosedSessions]) -> dict[str, Any]:
    wanted: dict[str, Any] = {
        "state": "open",
        "reason": None,
        "capacity": max(slot.capacity, row.taken),
        "ends_at": slot.ends_at,
        "sessions": _sessions(slot, single),
    }
    if row.taken:  # passes are out for the hours as they were
        wanted |= {"ends_at": row.ends_at, "sessions": row.sessions}
    return wanted


def _closed(row: Row[Any], activity: Activity, zone: ZoneInfo) -> dict[str, Any]:
    day = row.starts_at.astimezone(zone).date()
    reasons = (
        closure.reason
        for closure in activity.calendar.closures
        if closure.from_day <= day <= closure.until
        and (closure.places is None or row.place in closure.places)
    )
    return {
        "state": "closed",
        "reason": next(reasons, NOT_PLANNED),
        "capacity": row.capacity,
        "ends_at": row.ends_at,
        "sessions": row.sessions,
    }


def _by_staff(closings: Sequence[Closed], starts_at: datetime, place: str) -> dict[str, Any]:
    reason = next((each.reason for each in closings if each.covers(starts_at, place)), None)
    return {} if reason is None else {"state": "closed", "reason": reason}


def _new(
    slot: PlannedSlot,
    activity_id: int,
    slot_id: int,
    share: dict[str, int],
    single: Sequence[ClosedSessions],
) -> dict[str, Any]:
    return {
        "id": slot_id,
        "activity_id": activity_id,
        "place": slot.place,
        "occasion": slot.occasion,
        "starts_at": slot.starts_at,
        "ends_at": slot.ends_at,
        "capacity": slot.capacity,
        "taken": 0,
        "reserved": share,
        "state": "open",
        "reason": None,
        "sessions": _sessions(slot, single),
    }


def _sessions(slot: PlannedSlot, single: Sequence[ClosedSessions]) -> list[list[int]]:
    """As `slots.sessions` keeps them: empty where the slot is one stretch of time."""
    if slot.sessions == ((slot.starts_at, slot.ends_at),):
        return []
    kept = [[to_milliseconds(start), to_milliseconds(end)] for start, end in slot.sessions]
    for closed in single:
        kept = closed.without(kept) or kept
    return kept


_AHEAD = (
    select(slots)
    .where(slots.c.activity_id == bindparam("activity"), slots.c.ends_at > bindparam("now", type_=Instant))
    .order_by(slots.c.id)
    .with_for_update(key_share=True)
)
_CHANGE = (
    update(slots)
    .where(slots.c.id == bindparam("slot"))
    .values(
        {
            name: bindparam(f"new_{name}")
            for name in ("state", "reason", "capacity", "ends_at", "sessions", "reserved")
        }
    )
)
