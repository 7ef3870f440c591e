"""Reminders to those who wished for them: the day before, at a civil hour, once.

A reminder says when, and the pass's code; not what. So a screen seen by somebody else tells little.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, exists, select

from core.activities.model import slots
from core.bookings.model import bookings, reminded
from core.db.database import Database
from core.db.work import Work
from core.dialog.words import say
from core.messages.outbox import Order, Outbox
from core.messages.states import CHAT, SMS
from core.messages.templates import ChatMessage, NothingToSay
from core.messages.texts import Texts
from core.messages.worker import Chore
from core.passes.model import passes
from core.people.model import addresses, citizens
from core.people.numbers import MOBILE
from core.ports import Clock

TEMPLATE = "reminder"
AHEAD = timedelta(hours=24)
LATEST = timedelta(hours=2)
"""Nearer than this nobody needs to be told."""
_FRESH = timedelta(hours=12)
"""Who booked just now remembers."""
_CIVIL_HOURS = range(9, 21)
_AT_ONCE = 200


def remind(database: Database, clock: Clock, outbox: Outbox, zone: ZoneInfo) -> Chore:
    """Order the reminders that are due: to the chat where there is one, else by SMS. Landlines are left in peace."""

    async def do(work: Work) -> None:
        now = clock.now()
        if now.astimezone(zone).hour not in _CIVIL_HOURS:
            return
        async with database.reading() as connection:
            due = (await connection.execute(_due(now))).all()
        for row in due:
            work.insert(reminded, booking_id=row.id, at=now)
            outbox.order(
                work,
                TEMPLATE,
                CHAT if row.has_chat else SMS,
                language=row.language,
                expires_at=row.starts_at - timedelta(hours=1),
                params={"booking": str(row.id), "starts": row.starts_at.isoformat(), "code": row.code},
                citizen_id=row.citizen_id,
            )

    return Chore("reminders", timedelta(minutes=5), do)


def _due(now: datetime) -> Select[Any]:
    has_chat = exists().where(addresses.c.citizen_id == citizens.c.id, addresses.c.kind == CHAT)
    has_mobile = exists().where(addresses.c.citizen_id == citizens.c.id, addresses.c.kind == MOBILE)
    return (
        select(
            bookings.c.id,
            bookings.c.citizen_id,
            citizens.c.language,
            slots.c.starts_at,
            passes.c.code,
            has_chat.label("has_chat"),
        )
        .join(slots, slots.c.id == bookings.c.slot_id)
        .join(citizens, citizens.c.id == bookings.c.citizen_id)
        .join(passes, (passes.c.booking_id == bookings.c.id) & (passes.c.state == "valid"))
        .where(
            slots.c.starts_at > now + LATEST,
            slots.c.starts_at <= now + AHEAD,
            slots.c.state == "open",
            bookings.c.state == "confirmed",
            bookings.c.confirmed_at <= now - _FRESH,
            citizens.c.reminders,
            has_chat | has_mobile,
            ~exists().where(reminded.c.booking_id == bookings.c.id),
        )
        .order_by(slots.c.starts_at)
        .limit(_AT_ONCE)
    )


class ReminderMessage:
    """`Template` of a reminder."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    def text(self, order: Order, sealed: Mapping[str, str]) -> str:
        when = datetime.fromisoformat(str(order.params["starts"])).astimezone(UTC)
        return self._texts.say(say("bookings.reminder", when=when, code=order.params["code"]), order.language)

    def chat(self, order: Order, sealed: Mapping[str, str]) -> ChatMessage:
        subject = str(order.params["booking"])
        deeds = tuple(
            (self._texts.say(f"bookings.reminder_deeds.{name}", order.language), name, subject)
            for name in ("pass", "move", "cancel")
        )
        return ChatMessage(self.text(order, {}), deeds)

    def call(self, work: Work, order: Order, sealed: Mapping[str, str]) -> str:
        raise NothingToSay
