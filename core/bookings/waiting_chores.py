"""What the worker does for waiting lists: offers what became free without a request, tells, and forgets.

What a request frees is offered in its own transaction; then only the message is left, which is ordered here too, since
the panel may free a place and may order nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, delete, exists, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.activities.model import activities, slots
from core.activities.service import Activities
from core.bookings.allocate import Room
from core.bookings.model import bookings, waiting
from core.bookings.rules import zone_of
from core.bookings.telling import medium_of, roads
from core.bookings.waiting import (
    CLOSED,
    OFFERED,
    ON_THE_LIST,
    WAITING,
    Entry,
    last_call,
    may_call,
    outlasts_night,
    served,
)
from core.bookings.waiting_lists import ENTRIES, entry_of
from core.bookings.waiting_message import ARCHIVED, TEMPLATE
from core.bookings.waiting_service import WaitingList
from core.db.among import among
from core.db.database import Database
from core.db.types import Instant
from core.db.work import Work
from core.messages.model import outbox as orders
from core.messages.outbox import Outbox
from core.messages.states import CHAT, SMS
from core.messages.worker import Chore
from core.people.model import citizens
from core.ports import Clock, Codes

SERVED_EVERY = timedelta(seconds=2)
TOLD_EVERY = timedelta(seconds=1)
"""Together less than the 5 seconds in which a freed place is offered and the message on its way."""
KEPT = timedelta(days=14)
"""How long the row of a wait that has ended stays."""
_SOON = timedelta(hours=24)
_AT_ONCE = 100


def serve_lists(database: Database, clock: Clock, definitions: Activities, lists: WaitingList) -> Chore:
    """Ask the box office for the lists for which there is something to do, and for no others: it locks."""

    async def do(work: Work) -> None:
        due = await due_lists(database, definitions, clock.now())
        if due:
            lists.serve(work, tuple(due))

    return Chore("waiting lists", SERVED_EVERY, do)


async def due_lists(database: Database, definitions: Activities, now: datetime) -> list[int]:
    """Slots where something is free for who waits, or an offer or a whole list has ended."""
    async with database.reading() as connection:
        found = (await connection.execute(_STIRRED, {"now": now})).scalars().all()
        if not found:
            return []
        rows = (await connection.execute(_LISTED, {"now": now, "slots": sorted(found)})).all()
    by_slot: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        by_slot[row.slot_id].append(row)
    return [slot_id for slot_id, here in by_slot.items() if await _is_due(here, definitions, now)]


async def _is_due(rows: Sequence[Any], definitions: Activities, now: datetime) -> bool:
    slot, entries = rows[0], [entry_of(row) for row in rows]
    if slot.slot_state != "open" or slot.has_lapsed or any(_is_in_vain(each) for each in entries):
        return True
    newest = await definitions.get(slot.key, max(each.revision for each in entries))
    end = last_call(newest, slot.starts_at)
    if now >= end or any(each.offered_until is not None and each.offered_until <= now for each in entries):
        return True
    rooms = {slot.slot_id: Room(slot.capacity, slot.taken, dict(slot.reserved))}
    chosen, _ = served(rooms, entries, now, end, zone_of(newest))
    return bool(chosen)


def _is_in_vain(entry: Entry) -> bool:
    return entry.is_archived and entry.state == WAITING


def tell_of_offers(database: Database, clock: Clock, codes: Codes, outbox: Outbox, zone: ZoneInfo) -> Chore:
    """Order the message of each offer, and of each list that a closed slot or an archived activity
    ended; once, whichever worker is first."""

    async def do(work: Work) -> None:
        now = clock.now()
        async with database.reading() as connection:
            rows = (await connection.execute(_UNTOLD)).all()
        for row in rows:
            if _may_tell(row, now, zone):
                work.job(_telling(row, outbox, codes.new_id(), now))

    return Chore("waiting offers", TOLD_EVERY, do)


def _may_tell(row: Any, now: datetime, zone: ZoneInfo) -> bool:
    """A chat at any hour; at night an SMS only about what would be over in the morning, and no call."""
    medium, up = medium_of(row), may_call(now, zone)
    if row.state == OFFERED:
        in_time = medium == SMS and not outlasts_night(now, row.offered_until, zone)
        return row.offered_until > now and (up or medium == CHAT or in_time)
    return up or (medium == CHAT and row.starts_at <= now + _SOON)


def _telling(row: Any, outbox: Outbox, order_id: int, now: datetime) -> Any:
    ordered = outbox.row(
        order_id,
        TEMPLATE,
        medium_of(row),
        language=row.language,
        expires_at=row.offered_until
        if row.state == OFFERED
        else max(row.starts_at, now + timedelta(hours=1)),
        params={
            "what": ARCHIVED if row.state == CLOSED and row.slot_state == "open" else row.state,
            "waiting": str(row.id),
            "category": row.category,
            "persons": row.persons,
            "starts": row.starts_at.isoformat(),
            "until": row.offered_until.isoformat() if row.state == OFFERED else "",
        },
        citizen_id=row.citizen_id,
    )

    async def tell(transaction: AsyncConnection, _work: Work) -> None:
        told = await transaction.execute(_TOLD, {"entry": row.id, "seen": row.state, "now": now})
        if told.rowcount:
            await transaction.execute(insert(orders), ordered)

    return tell


def forget_waits(clock: Clock) -> Chore:
    """Delete who has waited and waits no more."""

    async def do(work: Work) -> None:
        ended = waiting.c.ended_at <= clock.now() - KEPT
        work.run(delete(waiting).where(waiting.c.state.not_in(ON_THE_LIST), ended))

    return Chore("old waits", timedelta(hours=6), do)


_NOW = bindparam("now", type_=Instant)
_LAPSED = exists().where(
    bookings.c.slot_id == slots.c.id, bookings.c.state == "held", bookings.c.held_until <= _NOW
)
_STIRRED = (
    select(slots.c.id)
    .join(waiting, waiting.c.slot_id == slots.c.id)
    .join(activities, activities.c.id == slots.c.activity_id)
    .where(
        waiting.c.state.in_(ON_THE_LIST),
        or_(
            slots.c.state != "open",
            (activities.c.state == "archived") & (waiting.c.state == WAITING),
            slots.c.starts_at <= _NOW,
            waiting.c.offered_until <= _NOW,
            (waiting.c.state == WAITING) & (waiting.c.units <= slots.c.capacity - slots.c.taken),
            _LAPSED,
        ),
    )
    .distinct()
)
_LISTED = (
    ENTRIES.add_columns(
        slots.c.capacity,
        slots.c.taken,
        slots.c.reserved,
        slots.c.state.label("slot_state"),
        slots.c.starts_at,
        activities.c.key,
        _LAPSED.label("has_lapsed"),
    )
    .join(slots, slots.c.id == waiting.c.slot_id)
    .join(activities, activities.c.id == waiting.c.activity_id)
    .where(among(waiting.c.slot_id, "slots"))
)
_UNTOLD = (
    select(
        waiting.c.id,
        waiting.c.citizen_id,
        waiting.c.persons,
        waiting.c.state,
        waiting.c.offered_until,
        citizens.c.language,
        slots.c.starts_at,
        slots.c.state.label("slot_state"),
        activities.c.category,
        *roads(),
    )
    .join(slots, slots.c.id == waiting.c.slot_id)
    .join(activities, activities.c.id == waiting.c.activity_id)
    .join(citizens, citizens.c.id == waiting.c.citizen_id)
    .where(waiting.c.state.in_((OFFERED, CLOSED)), waiting.c.told_at.is_(None))
    .order_by(waiting.c.offered_until, waiting.c.id)
    .limit(_AT_ONCE)
)
_TOLD = (
    update(waiting)
    .where(
        waiting.c.id == bindparam("entry"),
        waiting.c.state == bindparam("seen"),
        waiting.c.told_at.is_(None),
    )
    .values(told_at=_NOW)
)
