"""Provisional bookings: a place is held, with its pass, until a telephone at home has been called and said `1`.

Somebody at the desk has a landline, which is not at hand. The place counts as taken; nothing else of the booking is true
yet: nobody is verified, no application is counted, and the pass opens nothing. The worker calls at the hour that was
chosen, and again 10, 30 and 60 minutes later (design.md 8); when time is up the place is free again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.bookings.model import bookings, provisional
from core.bookings.service import Bookings
from core.db.database import Database
from core.db.schema import events
from core.db.work import Work
from core.messages.model import outbox
from core.messages.outbox import Order, Outbox
from core.messages.states import CALL
from core.messages.templates import ChatMessage, NothingToSay
from core.messages.worker import Chore
from core.passes.model import passes
from core.ports import Clock, Codes

TEMPLATE = "confirmation"
PATH = "/twilio/voice/confirmation/"
AT_MOST = timedelta(hours=24)
MARGIN = timedelta(hours=1)
"""Before its start the place is definitive or free: gates learn of it, and others can still come."""
AGAIN_AFTER = tuple(timedelta(minutes=minutes) for minutes in (10, 30, 60))
LAST_WORD = timedelta(minutes=90)
"""After the first call: what is not confirmed by then is free for others."""
AT_A_TIME = 2
"""For one number: a household on a landline counts for two."""
WAITING, CONFIRMED, REFUSED, LAPSED = "waiting", "confirmed", "refused", "lapsed"
_CIVIL_HOURS = range(9, 21)
_SOONEST = timedelta(minutes=20)
_RINGING = timedelta(minutes=15)
_KEPT = timedelta(days=1)
_TOKEN_BYTES = 32
_AT_ONCE = 100
_ENDED: Mapping[str, Any] = {"number": b"", "kept": None, "token": None}


def call_hours(now: datetime, starts_at: datetime, zone: ZoneInfo) -> list[datetime]:
    """When a telephone can be called (UTC): civil hours of today and tomorrow, full ones, halves too where those are
    few. Empty where the slot starts too soon."""
    latest = min(now + AT_MOST, starts_at - MARGIN) - _RINGING
    today = now.astimezone(zone).date()
    every = [
        datetime.combine(day, time(hour, minute), zone).astimezone(UTC)
        for day in (today, today + timedelta(days=1))
        for hour in _CIVIL_HOURS
        for minute in (0, 30)
    ]
    possible = [each for each in every if now + _SOONEST <= each <= latest]
    full = [each for each in possible if each.astimezone(zone).minute == 0]
    return full if len(full) > 2 else possible


def kept_until(now: datetime, call_at: datetime, starts_at: datetime) -> datetime:
    """When the place is free again, if nobody has confirmed it (UTC)."""
    return min(now + AT_MOST, starts_at - MARGIN, call_at + LAST_WORD)


def hash_of_token(token: str) -> bytes:
    """How the random id in a call's address is stored."""
    return hashlib.sha256(b"confirmation\x00" + token.encode()).digest()


@dataclass(frozen=True)
class CallToMake:
    """A first call, or one of the later ones. Times are UTC."""

    booking_id: int
    to: str
    """E.164; it stands in the order's box alone."""
    at: datetime
    until: datetime
    language: str
    first: bool = True


def call_row(orders: Outbox, codes: Codes, call: CallToMake) -> dict[str, Any]:
    """The order, made when it is due: what is looked up at the provider since then is this call."""
    row = orders.row(
        codes.new_id(),
        TEMPLATE,
        CALL,
        language=call.language,
        expires_at=call.until,
        params={"booking": str(call.booking_id), "first": "1" if call.first else ""},
        sealed={"to": call.to, "token": codes.token(_TOKEN_BYTES).hex()},
    )
    return row | {"due_at": call.at, "created_at": call.at}


def end(
    work: Work,
    rooms: Bookings,
    booking_id: int,
    holder: bytes,
    state: str,
    at: datetime,
    *,
    or_else: Exception | None = None,
) -> None:
    """Free the place and void the pass, unless it has become definitive meanwhile (then `or_else` is raised).

    What was kept of the person is erased.
    """
    rooms.release(work, booking_id, holder)  # harmless for what is no hold any more

    async def job(transaction: AsyncConnection, work: Work) -> None:
        waiting = update(provisional).where(
            provisional.c.booking_id == booking_id, provisional.c.state == WAITING
        )
        if (await transaction.execute(waiting.values(state=state, **_ENDED))).rowcount == 0:
            if or_else is not None:
                raise or_else
            return
        pass_of = passes.c.booking_id == booking_id
        await transaction.execute(
            update(passes).where(pass_of, passes.c.state == "valid").values(state="void")
        )
        work.insert(events, at=at, name=f"provisional_{state}", facts={"booking": booking_id})

    work.job(job)


def end_unconfirmed(database: Database, clock: Clock, rooms: Bookings) -> Chore:
    """Free what nobody has confirmed in time; what has ended is deleted after a day."""

    async def do(work: Work) -> None:
        now = clock.now()
        query = (
            select(provisional.c.booking_id, bookings.c.holder)
            .join(bookings, bookings.c.id == provisional.c.booking_id)
            .where(provisional.c.state == WAITING, provisional.c.until <= now)
            .limit(_AT_ONCE)
        )
        async with database.reading() as connection:
            rows = (await connection.execute(query)).all()
        for row in rows:
            end(work, rooms, row.booking_id, row.holder, LAPSED, now)
        work.run(
            delete(provisional).where(provisional.c.state != WAITING, provisional.c.until <= now - _KEPT)
        )

    return Chore("provisional bookings", timedelta(seconds=15), do)


class ConfirmationCall:
    """`Template` of the call. What it says, `web` knows: the worker cannot read what was kept."""

    def __init__(self, clock: Clock, codes: Codes, orders: Outbox) -> None:
        self._clock = clock
        self._codes = codes
        self._orders = orders

    def text(self, order: Order, sealed: Mapping[str, str]) -> str:
        raise NothingToSay  # only a voice can be answered

    def chat(self, order: Order, sealed: Mapping[str, str]) -> ChatMessage:
        raise NothingToSay

    def call(self, work: Work, order: Order, sealed: Mapping[str, str]) -> str:
        """Readies the call's address, and orders the later calls with the first. Nobody is called who has answered."""
        booking_id, now = int(order.params["booking"]), self._clock.now()
        later = [
            call_row(
                self._orders,
                self._codes,
                CallToMake(
                    booking_id, sealed["to"], now + pause, order.expires_at, order.language, first=False
                ),
            )
            for pause in (AGAIN_AFTER if order.params["first"] else ())
            if now + pause < order.expires_at
        ]
        mine = provisional.c.booking_id == booking_id

        async def ready(transaction: AsyncConnection, _work: Work) -> None:
            waiting = update(provisional).where(mine, provisional.c.state == WAITING)
            token = hash_of_token(sealed["token"])
            if (await transaction.execute(waiting.values(token=token))).rowcount == 0:
                raise NothingToSay
            first = update(provisional).where(mine, ~provisional.c.calls_ordered).values(calls_ordered=True)
            if later and (await transaction.execute(first)).rowcount:
                await transaction.execute(outbox.insert(), later)

        work.job(ready)
        return f"{PATH}{sealed['token']}?language={order.language}"
