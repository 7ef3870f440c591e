"""Telling those whose slot was closed, each with a concrete new slot. The worker finds them itself.

Whoever can write the database can close a slot, and so have these words sent: a day, an hour, a reason of the closed
list, a code of digits. Nothing that staff wrote is in them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, bindparam, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.activities.closing import REASONS
from core.activities.definition import Activity
from core.activities.model import activities, slots
from core.activities.service import Activities
from core.activities.slots import NOT_PLANNED
from core.bookings.model import bookings, closure_notices
from core.bookings.queries import SlotView, slots_near
from core.db.database import Database
from core.db.types import Instant
from core.db.work import Work
from core.dialog.words import say
from core.errors import Refused
from core.messages.outbox import Order, Outbox
from core.messages.states import CALL, CHAT, SMS
from core.messages.templates import ChatMessage, NothingToSay, Speak
from core.messages.texts import Texts
from core.messages.worker import Chore
from core.passes import code as codes
from core.passes.model import passes
from core.people.model import addresses, citizens
from core.people.numbers import MOBILE
from core.ports import Clock

TEMPLATE = "closure"
SOON = timedelta(hours=24)
"""What begins within it is told at any hour; the rest at civil hours."""
_CIVIL_HOURS = range(8, 21)
_AROUND = (timedelta(hours=12), timedelta(days=14))
_AT_ONCE = 100


def tell_of_closures(
    database: Database, clock: Clock, outbox: Outbox, activities: Activities, zone: ZoneInfo
) -> Chore:
    """Order the notice for every booking of a closed slot that is ahead, once: chat, else SMS, else a call."""

    async def do(work: Work) -> None:
        now = clock.now()
        async with database.reading() as connection:
            rows = (await connection.execute(_due(now))).all()
        if now.astimezone(zone).hour not in _CIVIL_HOURS:
            rows = [row for row in rows if row.starts_at <= now + SOON]
        if not rows:
            return
        offering = await _offered_now(activities, {row.key for row in rows})
        async with database.reading() as connection:
            offered = Counter({row.slot: row.units for row in await connection.execute(_OFFERED)})
            for row in rows:
                offer = await _offer(connection, offering.get(row.key), row, offered, now)
                if offer is not None:
                    offered[offer.id] += row.units
                work.insert(
                    closure_notices, booking_id=row.id, offered_slot_id=offer.id if offer else None, at=now
                )
                outbox.order(
                    work,
                    TEMPLATE,
                    CHAT if row.has_chat else SMS if row.has_mobile else CALL,
                    language=row.language,
                    expires_at=max(row.starts_at, now + timedelta(hours=1)),
                    params=_params(row, offer),
                    citizen_id=row.citizen_id,
                )

    return Chore("closures", timedelta(seconds=15), do)


async def _offered_now(definitions: Activities, keys: Iterable[str]) -> dict[str, Activity]:
    """The activities that are still offered."""
    found: dict[str, Activity] = {}
    for key in keys:
        with suppress(Refused):
            found[key] = await definitions.get(key)
    return found


def _params(row: Any, offer: SlotView | None) -> dict[str, str]:
    return {
        "booking": str(row.id),
        "starts": row.starts_at.isoformat(),
        "reason": row.reason if row.reason in REASONS else NOT_PLANNED,
        "code": row.code or "",
        "offer": offer.starts_at.isoformat() if offer else "",
    }


async def _offer(
    connection: AsyncConnection, activity: Activity | None, row: Any, offered: Counter[int], now: datetime
) -> SlotView | None:
    """The nearest slot with room beside what was offered to others, and that the citizen is free for."""
    if activity is None:
        return None
    own = (await connection.execute(_OWN, {"citizen": row.citizen_id, "booking": row.id, "now": now})).all()
    wanted_at = max(row.starts_at, now)
    for around in _AROUND:
        span = (max(now, wanted_at - around), wanted_at + around)
        for slot in await slots_near(connection, activity, "web", row.units, span, wanted_at, now):
            busy = any(each.starts_at < slot.ends_at and slot.starts_at < each.ends_at for each in own)
            if slot.free - offered[slot.id] >= row.units and not busy:
                return slot
    return None


async def offered_slot(database: Database, booking_id: int) -> int | None:
    """The slot that was offered to a booking whose own was closed; None where none was."""
    query = select(closure_notices.c.offered_slot_id).where(closure_notices.c.booking_id == booking_id)
    async with database.reading() as connection:
        found: int | None = await connection.scalar(query)
    return found


def _due(now: datetime) -> Select[Any]:
    has_chat = exists().where(addresses.c.citizen_id == citizens.c.id, addresses.c.kind == CHAT)
    has_mobile = exists().where(addresses.c.citizen_id == citizens.c.id, addresses.c.kind == MOBILE)
    return (
        select(
            bookings.c.id,
            bookings.c.citizen_id,
            bookings.c.units,
            citizens.c.language,
            activities.c.key,
            slots.c.starts_at,
            slots.c.reason,
            passes.c.code,
            has_chat.label("has_chat"),
            has_mobile.label("has_mobile"),
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
    select(closure_notices.c.offered_slot_id.label("slot"), func.sum(bookings.c.units).label("units"))
    .join(bookings, bookings.c.id == closure_notices.c.booking_id)
    .where(bookings.c.state == "confirmed", closure_notices.c.offered_slot_id.is_not(None))
    .group_by(closure_notices.c.offered_slot_id)
)
"""What was offered and is neither taken nor refused yet."""
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


class ClosureMessage:
    """`Template` of the notice. `speak` has a call say a sentence; without it calls are not made."""

    def __init__(self, texts: Texts, speak: Speak | None = None) -> None:
        self._texts = texts
        self._speak = speak

    def text(self, order: Order, sealed: Mapping[str, str]) -> str:
        return self._said(order, "sms")

    def chat(self, order: Order, sealed: Mapping[str, str]) -> ChatMessage:
        subject = str(int(str(order.params["booking"])))
        names = ("take", "move", "cancel") if order.params["offer"] else ("move", "cancel")
        deeds = tuple(
            (self._texts.say(f"closures.deeds.{name}", order.language), name, subject) for name in names
        )
        return ChatMessage(self._said(order, "chat"), deeds)

    def call(self, work: Work, order: Order, sealed: Mapping[str, str]) -> str:
        if self._speak is None:
            raise NothingToSay
        return self._speak(work, order, self._said(order, "call"))

    def _said(self, order: Order, medium: str) -> str:
        """The code is digits or is left out, whatever the row of the pass says."""
        told, offer = order.params, str(order.params["offer"])
        reason = told["reason"] if told["reason"] in REASONS else ""
        try:
            code = codes.spaced(codes.parse(str(told["code"])))
        except Refused:
            code = "–"
        return self._texts.say(
            say(
                f"closures.{medium}",
                when=_moment(str(told["starts"])),
                code=code,
                reason=say(f"activities.closure.{reason}" if reason else "closures.not_planned"),
                next=say("closures.offer", when=_moment(offer)) if offer else say("closures.no_offer"),
            ),
            order.language,
        )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
