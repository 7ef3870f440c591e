"""Telling those booked for a term that one of its sessions falls out. Their booking stands, and so do the others."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, exists, select

from core.activities.closing import REASONS
from core.activities.closing_terms import starts_of
from core.activities.model import closed_sessions, slots
from core.bookings.model import bookings, session_notices
from core.bookings.telling import BookingMessage, medium_of, moment, roads, said_code
from core.db.database import Database
from core.db.types import Instant
from core.db.work import Work
from core.dialog.words import say
from core.messages.outbox import Order, Outbox
from core.messages.worker import Chore
from core.passes.model import passes
from core.people.model import citizens
from core.ports import Clock

TEMPLATE = "closed_session"
_SOON = timedelta(hours=24)
_CIVIL_HOURS = range(8, 21)
_AT_ONCE = 100


def tell_of_closed_sessions(database: Database, clock: Clock, outbox: Outbox, zone: ZoneInfo) -> Chore:
    """Order one message for each booking and closing; what is not soon waits for civil hours."""

    async def do(work: Work) -> None:
        now = clock.now()
        told = 0
        async with database.reading() as connection:
            closings = (await connection.execute(_CLOSINGS, {"now": now})).all()
            for closing in closings:
                removed = {int(slot_id): kept for slot_id, kept in closing.removed.items()}
                params = {"closing": closing.id, "slots": sorted(removed)}
                for row in await connection.execute(_BOOKED, params):
                    lost = [each for each in starts_of(removed[row.slot_id]) if each > now]
                    if not lost or told >= _AT_ONCE or not _may_be_told(lost[0], now, zone):
                        continue
                    told += 1
                    following = next((each for each in starts_of(row.sessions) if each > lost[0]), None)
                    work.insert(session_notices, closing_id=closing.id, booking_id=row.id, at=now)
                    outbox.order(
                        work,
                        TEMPLATE,
                        medium_of(row),
                        language=row.language,
                        expires_at=max(lost[0], now + timedelta(hours=1)),
                        params={
                            "starts": lost[0].isoformat(),
                            "reason": closing.reason if closing.reason in REASONS else "",
                            "code": row.code or "",
                            "next": following.isoformat() if following else "",
                        },
                        citizen_id=row.citizen_id,
                    )

    return Chore("closed sessions", timedelta(seconds=15), do)


def _may_be_told(at: datetime, now: datetime, zone: ZoneInfo) -> bool:
    return at <= now + _SOON or now.astimezone(zone).hour in _CIVIL_HOURS


class ClosedSessionMessage(BookingMessage):
    """`Template`."""

    def words(self, order: Order, medium: str) -> str:
        told = order.params
        reason = told["reason"] if told["reason"] in REASONS else ""
        following = moment(told["next"]) if told["next"] else None
        return self._texts.say(
            say(
                f"changes.session.{medium}",
                when=moment(told["starts"]),
                code=said_code(told["code"]),
                reason=say(f"activities.closure.{reason}" if reason else "closures.not_planned"),
                next=say("changes.session.next", when=following)
                if following
                else say("changes.session.last"),
            ),
            order.language,
        )


_CLOSINGS = select(closed_sessions.c.id, closed_sessions.c.reason, closed_sessions.c.removed).where(
    closed_sessions.c.reopened_at.is_(None), closed_sessions.c.ends_at > bindparam("now", type_=Instant)
)
_BOOKED: Any = (
    select(
        bookings.c.id,
        bookings.c.citizen_id,
        bookings.c.slot_id,
        citizens.c.language,
        slots.c.sessions,
        passes.c.code,
        *roads(),
    )
    .join(slots, slots.c.id == bookings.c.slot_id)
    .join(citizens, citizens.c.id == bookings.c.citizen_id)
    .outerjoin(passes, (passes.c.booking_id == bookings.c.id) & (passes.c.state == "valid"))
    .where(
        bookings.c.slot_id.in_(bindparam("slots", expanding=True)),
        bookings.c.state == "confirmed",
        ~exists().where(
            session_notices.c.booking_id == bookings.c.id,
            session_notices.c.closing_id == bindparam("closing"),
        ),
    )
    .order_by(bookings.c.id)
    .limit(_AT_ONCE)
)
