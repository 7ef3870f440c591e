"""Telling those whose slot was closed, each with a concrete new slot, which is held for some hours. The worker finds
them itself.

Whoever can write the database can close a slot, and so have these words sent: a day, an hour, a reason of the closed
list, a code of digits. Nothing that staff wrote is in them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, bindparam, exists, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.activities.closing import REASONS
from core.activities.definition import Activity
from core.activities.model import activities, slots
from core.activities.service import Activities
from core.activities.slots import NOT_PLANNED
from core.bookings import rules
from core.bookings.ledger import Booking, Ledger, Slot, new_row
from core.bookings.model import bookings, closure_notices
from core.bookings.queries import SlotView, slots_near
from core.bookings.telling import BookingMessage, medium_of, moment, roads, said_code
from core.db.database import Database
from core.db.types import Instant
from core.db.work import Job, Work
from core.dialog.words import say
from core.errors import Refused
from core.messages.outbox import Order, Outbox
from core.messages.worker import Chore
from core.passes.model import passes
from core.people.model import citizens
from core.ports import Clock, Codes

TEMPLATE = "closure"
SOON = timedelta(hours=24)
"""What begins within it is told at any hour; the rest at civil hours."""
_CIVIL_HOURS = range(8, 21)
HELD_FOR = timedelta(hours=3)
"""How long the new slot is kept for whoever was told of it; silence frees it."""
_LEAST_HELD = timedelta(minutes=15)
"""Too near to be promised: it is named, and not held."""
_CANDIDATES = 5
_AROUND = (timedelta(hours=12), timedelta(days=14))
_AT_ONCE = 100


def tell_of_closures(
    database: Database, clock: Clock, outbox: Outbox, codes: Codes, activities: Activities, zone: ZoneInfo
) -> Chore:
    """Order the notice for every booking of a closed slot that is ahead, once: chat, else SMS, else a call."""

    async def do(work: Work) -> None:
        now = clock.now()
        async with database.reading() as connection:
            rows = (await connection.execute(_due(now))).all()
            idle = (await connection.execute(_IDLE_HOLDS)).all()
        if now.astimezone(zone).hour not in _CIVIL_HOURS:
            rows = [row for row in rows if row.starts_at <= now + SOON]
        offering = await _offered_now(activities, {row.key for row in rows})
        notices = []
        async with database.reading() as connection:
            for row in rows:
                activity = offering.get(row.key)
                near = await _candidates(connection, activity, row, now) if activity else []
                notices.append(_Notice(row, activity, near))
        if notices or idle:
            work.job(_telling(notices, idle, outbox, codes, now))

    return Chore("closures", timedelta(seconds=15), do)


@dataclass(frozen=True)
class _Notice:
    """Somebody who is to be told, and the slots that would do, the nearest first."""

    row: Any
    activity: Activity | None
    near: list[SlotView]


def _telling(notices: list[_Notice], idle: Sequence[Any], outbox: Outbox, codes: Codes, now: datetime) -> Job:
    """Hold the first slot that has room still, and order the message. `idle`: holds that nobody needs any more."""

    async def job(transaction: AsyncConnection, work: Work) -> None:
        ledger = Ledger(now)
        wanted = {slot.id for notice in notices for slot in notice.near}
        await ledger.lock_slots(transaction, wanted, [row.hold_id for row in idle])
        for row in idle:
            hold = ledger.bookings[row.hold_id]
            if hold.state == "held":
                ledger.slots[hold.slot_id].room.give_back(hold.units, hold.channel)
                hold.state, hold.held_until, hold.ended_at = "lapsed", None, now
        holds = []
        offered: dict[int, list[Slot]] = defaultdict(list)
        for notice in notices:
            row, until, hold_id = notice.row, None, None
            chosen = _choose(notice, ledger, offered[row.citizen_id])
            if chosen is not None and notice.activity is not None:
                offered[row.citizen_id].append(chosen)
                until = _held_until(notice.activity, chosen.starts_at, now)
                if until is not None:
                    chosen.room.take(row.units, row.channel)
                    hold_id = codes.new_id()
                    holds.append(new_row(_hold(hold_id, chosen.id, row, until), chosen, now))
            work.insert(
                closure_notices,
                booking_id=row.id,
                offered_slot_id=chosen.id if chosen else None,
                hold_id=hold_id,
                at=now,
            )
            outbox.order(
                work,
                TEMPLATE,
                medium_of(row),
                language=row.language,
                expires_at=max(row.starts_at, now + timedelta(hours=1)),
                params=_params(row, chosen.starts_at if chosen else None, until),
                citizen_id=row.citizen_id,
            )
        if holds:
            await transaction.execute(insert(bookings), holds)
        await ledger.write_back(transaction)
        await ledger.write_bookings(transaction, [row.hold_id for row in idle])

    return job


def _choose(notice: _Notice, ledger: Ledger, others: Sequence[Slot]) -> Slot | None:
    """`others`: what the same citizen was offered just now for another booking."""
    for view in notice.near:
        slot = ledger.slots.get(view.id)
        if slot is None or slot.room.free(notice.row.channel) < notice.row.units:
            continue
        if not any(each.starts_at < slot.ends_at and slot.starts_at < each.ends_at for each in others):
            return slot
    return None


def _held_until(activity: Activity, starts_at: datetime, now: datetime) -> datetime | None:
    """None: there is no time left to hold it."""
    until = min(now + HELD_FOR, rules.closes_at(activity, starts_at))
    return until if until - now >= _LEAST_HELD else None


def _hold(hold_id: int, slot_id: int, row: Any, until: datetime) -> Booking:
    """Held by nobody's dialog: it neither counts against the citizen's limits nor shows among their bookings."""
    return Booking(
        id=hold_id,
        slot_id=slot_id,
        revision=row.revision,
        citizen_id=row.citizen_id,
        holder=b"",
        channel=row.channel,
        units=row.units,
        persons=row.persons,
        booker_takes_part=row.booker_takes_part,
        state="held",
        held_until=until,
    )


async def _offered_now(definitions: Activities, keys: Iterable[str]) -> dict[str, Activity]:
    """The activities that are still offered."""
    found: dict[str, Activity] = {}
    for key in keys:
        with suppress(Refused):
            found[key] = await definitions.get(key)
    return found


def _params(row: Any, offer: datetime | None, until: datetime | None) -> dict[str, str]:
    return {
        "booking": str(row.id),
        "starts": row.starts_at.isoformat(),
        "reason": row.reason if row.reason in REASONS else NOT_PLANNED,
        "code": row.code or "",
        "offer": offer.isoformat() if offer else "",
        "until": until.isoformat() if until else "",
    }


async def _candidates(
    connection: AsyncConnection, activity: Activity, row: Any, now: datetime
) -> list[SlotView]:
    """The nearest slots with room that the citizen is free for."""
    own = (await connection.execute(_OWN, {"citizen": row.citizen_id, "booking": row.id, "now": now})).all()
    wanted_at = max(row.starts_at, now)
    found: dict[int, SlotView] = {}
    for around in _AROUND:
        span = (max(now, wanted_at - around), wanted_at + around)
        for slot in await slots_near(connection, activity, row.channel, row.units, span, wanted_at, now):
            busy = any(each.starts_at < slot.ends_at and slot.starts_at < each.ends_at for each in own)
            if not busy:
                found.setdefault(slot.id, slot)
    return list(found.values())[:_CANDIDATES]


@dataclass(frozen=True)
class Offered:
    slot_id: int
    starts_at: datetime
    hold_id: int | None
    """The hold that keeps it; None where it was only named."""
    until: datetime | None
    """It is kept still, until then."""


async def offered_slot(database: Database, booking_id: int, now: datetime) -> Offered | None:
    """What was offered to a booking whose own slot was closed; None where nothing was."""
    async with database.reading() as connection:
        row = (await connection.execute(_OFFERED, {"booking": booking_id})).one_or_none()
    if row is None:
        return None
    held = row.state == "held" and row.held_until > now
    return Offered(row.offered_slot_id, row.starts_at, row.hold_id, row.held_until if held else None)


def _due(now: datetime) -> Select[Any]:
    return (
        select(
            bookings.c.id,
            bookings.c.citizen_id,
            bookings.c.units,
            bookings.c.persons,
            bookings.c.revision,
            bookings.c.channel,
            bookings.c.booker_takes_part,
            citizens.c.language,
            activities.c.key,
            slots.c.starts_at,
            slots.c.reason,
            passes.c.code,
            *roads(),
        )
        .join(slots, slots.c.id == bookings.c.slot_id)
        .join(activities, activities.c.id == slots.c.activity_id)
        .join(citizens, citizens.c.id == bookings.c.citizen_id)
        .outerjoin(passes, (passes.c.booking_id == bookings.c.id) & (passes.c.state == "valid"))
        .where(
            slots.c.state == "closed",
            slots.c.ends_at > now,
            bookings.c.state == "confirmed",
            ~exists().where(closure_notices.c.booking_id == bookings.c.id),
        )
        .order_by(slots.c.starts_at, bookings.c.id)
        .limit(_AT_ONCE)
    )


_OFFERED = (
    select(
        closure_notices.c.offered_slot_id,
        closure_notices.c.hold_id,
        slots.c.starts_at,
        bookings.c.state,
        bookings.c.held_until,
    )
    .join(slots, slots.c.id == closure_notices.c.offered_slot_id)
    .outerjoin(bookings, bookings.c.id == closure_notices.c.hold_id)
    .where(closure_notices.c.booking_id == bindparam("booking"))
)
_holds = bookings.alias("holds")
_IDLE_HOLDS = (
    select(closure_notices.c.hold_id)
    .join(_holds, _holds.c.id == closure_notices.c.hold_id)
    .join(bookings, bookings.c.id == closure_notices.c.booking_id)
    .where(_holds.c.state == "held", bookings.c.state != "confirmed")
    .limit(_AT_ONCE)
)
"""Of those who have cancelled, or moved to another slot."""
_OWN = (
    select(slots.c.starts_at, slots.c.ends_at)
    .join(bookings, bookings.c.slot_id == slots.c.id)
    .where(
        bookings.c.citizen_id == bindparam("citizen"),
        bookings.c.id != bindparam("booking"),
        bookings.c.state == "confirmed",
        slots.c.ends_at > bindparam("now", type_=Instant),
    )
)


class ClosureMessage(BookingMessage):
    """`Template` of the notice."""

    def deeds(self, order: Order) -> tuple[tuple[str, str, str], ...]:
        subject = str(int(str(order.params["booking"])))
        names = ("take", "move", "cancel") if order.params["offer"] else ("move", "cancel")
        return tuple(
            (self._texts.say(f"closures.deeds.{name}", order.language), name, subject) for name in names
        )

    def words(self, order: Order, medium: str) -> str:
        told, offer, until = order.params, order.params["offer"], order.params["until"]
        reason = told["reason"] if told["reason"] in REASONS else ""
        following = say("closures.no_offer")
        if offer and until:
            key = "closures.held_sms" if medium == "sms" else "closures.held"
            following = say(key, when=moment(offer), until=moment(until))
        elif offer:
            following = say("closures.offer", when=moment(offer))
        return self._texts.say(
            say(
                f"closures.{medium}",
                when=moment(told["starts"]),
                code=said_code(told["code"]),
                reason=say(f"activities.closure.{reason}" if reason else "closures.not_planned"),
                next=following,
            ),
            order.language,
        )
