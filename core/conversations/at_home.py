"""Bookings that wait for a telephone at home: who made them is kept until it has answered, and what it answers.

What was said at the counter is kept under the conversation key, like a dialog under way, and erased when the telephone
has answered or time is up. `web` alone reads it: it says on the telephone what the citizen was told, whatever the
database says since.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update

from core.activities.definition import Activity
from core.activities.model import slots
from core.bookings.clerk import Stands
from core.bookings.decisions import RefusedPlace
from core.bookings.model import bookings, provisional
from core.bookings.provisional import (
    AT_A_TIME,
    CONFIRMED,
    REFUSED,
    WAITING,
    CallToMake,
    call_row,
    end,
    hash_of_token,
)
from core.bookings.service import Bookings
from core.bookings.views import BookingView
from core.db.database import Database
from core.db.schema import events
from core.db.types import from_milliseconds, to_milliseconds
from core.db.work import Work
from core.db.writer import Writer
from core.dialog.words import Written
from core.errors import Conflict, Refused
from core.messages.model import outbox
from core.messages.outbox import Outbox
from core.people.numbers import PhoneNumber
from core.people.service import People
from core.ports import BrokenBox, Clock, Codes, Keeper, LookUp

_OVER = "desk.call_over"


@dataclass(frozen=True)
class Person:
    """What was told at the counter by somebody whose number is yet to be verified."""

    number: PhoneNumber
    name: str = field(repr=False)
    resident: bool
    reminders: bool
    notice_version: int
    language: str
    call_at: datetime
    """UTC."""


@dataclass(frozen=True)
class Ringing:
    """What the call is about; no name."""

    booking_id: int
    activity: Written
    venue: Written
    starts_at: datetime
    is_open: bool
    """False: the slot has been closed since."""
    kept: Mapping[str, Any] = field(repr=False)
    holder: bytes = field(repr=False)


class AtHome:
    def __init__(
        self,
        database: Database,
        writer: Writer,
        clock: Clock,
        codes: Codes,
        keeper: Keeper,
        lookup: LookUp,
        orders: Outbox,
        people: People,
        rooms: Bookings,
    ) -> None:
        self._database = database
        self._writer = writer
        self._clock = clock
        self._codes = codes
        self._keeper = keeper
        self._lookup = lookup
        self._orders = orders
        self._people = people
        self._rooms = rooms

    async def check_room(self, number: PhoneNumber) -> None:
        """Raises `Refused("desk.waiting_already")` where as many as are allowed wait for this number."""
        query = select(func.count()).where(
            provisional.c.number.in_(self._lookup.all_of("number", number.e164)),
            provisional.c.state == WAITING,
        )
        async with self._database.reading() as connection:
            if (await connection.scalar(query) or 0) >= AT_A_TIME:
                raise Refused("desk.waiting_already")

    def expect(
        self,
        work: Work,
        person: Person,
        booking: BookingView,
        activity: Activity,
        companions: Sequence[str],
        answers: Mapping[str, Any],
    ) -> None:
        """Keep who booked, and order the call; for a place that is reserved in the same transaction."""
        assert booking.provisional_until is not None
        until = booking.provisional_until
        told = {
            "number": asdict(person.number),
            "name": person.name,
            "resident": person.resident,
            "reminders": person.reminders,
            "notice": person.notice_version,
            "language": person.language,
            "companions": list(companions),
            "answers": dict(answers),
            "activity": dict(activity.name.written().by_language),
            "venue": dict(activity.venue.name.written().by_language),
            "starts": to_milliseconds(booking.starts_at),
        }
        plain = json.dumps(told, ensure_ascii=False).encode()
        work.insert(
            provisional,
            booking_id=booking.id,
            number=self._lookup.of("number", person.number.e164),
            kept=self._keeper.keep(_context(booking.id), plain),
            state=WAITING,
            until=until,
            calls_ordered=False,
        )
        call = CallToMake(booking.id, person.number.e164, person.call_at, until, person.language)
        work.insert(outbox, **call_row(self._orders, self._codes, call))
        work.insert(events, at=self._clock.now(), name="provisional_made", facts={"booking": booking.id})

    async def ringing(self, token: str) -> Ringing | None:
        """What a call with this token is about; None when the booking no longer waits."""
        query = (
            select(provisional.c.booking_id, provisional.c.kept, bookings.c.holder, slots.c.state)
            .join(bookings, bookings.c.id == provisional.c.booking_id)
            .join(slots, slots.c.id == bookings.c.slot_id)
            .where(
                provisional.c.token == hash_of_token(token),
                provisional.c.state == WAITING,
                provisional.c.until > self._clock.now(),
            )
        )
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        try:
            kept = json.loads(self._keeper.read(_context(row.booking_id), row.kept or b""))
        except BrokenBox:
            return None
        return Ringing(
            row.booking_id,
            Written(kept["activity"]),
            Written(kept["venue"]),
            from_milliseconds(kept["starts"]),
            row.state == "open",
            kept,
            row.holder,
        )

    async def is_confirmed(self, token: str) -> bool:
        """Whether `1` was pressed in the call with this token; the token is remembered for a day."""
        query = select(provisional.c.state).where(
            provisional.c.token == hash_of_token(token), provisional.c.state == CONFIRMED
        )
        async with self._database.reading() as connection:
            return (await connection.execute(query)).first() is not None

    async def confirm(self, ringing: Ringing) -> None:
        """`1` was pressed: the number is verified, and the booking stands.

        Raises `Refused`: `desk.call_over` (it no longer waits), or why the booking cannot be; its place is free then.
        """
        citizen_id = await self._verified(ringing.kept)

        def decided(decision: Stands | RefusedPlace, _work: Work) -> None:
            if isinstance(decision, RefusedPlace):
                raise decision.reason

        work, kept = Work(), ringing.kept
        self._rooms.make_definitive(
            work, ringing.booking_id, citizen_id, kept["companions"], kept["answers"], decided
        )
        work.run(
            update(provisional)
            .where(provisional.c.booking_id == ringing.booking_id, provisional.c.state == WAITING)
            .values(state=CONFIRMED, number=b"", kept=None),
            or_else=Refused(_OVER),
        )
        facts = {"booking": ringing.booking_id}
        work.insert(events, at=self._clock.now(), name="provisional_confirmed", facts=facts)
        try:
            await self._writer.commit(work)
        except Refused as why:
            if why.code != _OVER:
                await self.refuse(ringing)
            raise

    async def refuse(self, ringing: Ringing) -> None:
        """`2` was pressed, or the booking cannot be: the place is free. Raises `Refused("desk.call_over")`."""
        work = Work()
        now, over = self._clock.now(), Refused(_OVER)
        end(work, self._rooms, ringing.booking_id, ringing.holder, REFUSED, now, or_else=over)
        await self._writer.commit(work)

    async def _verified(self, kept: Mapping[str, Any]) -> int:
        """The citizen of the number, known before or made now."""
        number = PhoneNumber(**kept["number"])
        for _ in range(2):
            work = Work()
            citizen_id = await self._people.citizen_of_number(number.e164)
            if citizen_id is not None:
                self._people.come_back(
                    work, citizen_id, number=number, telegram_chat=None, language=kept["language"]
                )
            else:
                citizen_id = self._people.register(
                    work,
                    name=kept["name"],
                    number=number,
                    telegram_chat=None,
                    language=kept["language"],
                    birth_year=None,
                    resident=kept["resident"],
                    reminders=kept["reminders"],
                    notice_version=kept["notice"],
                )
            try:
                await self._writer.commit(work)
            except Conflict:  # somebody registered the number this very moment
                continue
            return citizen_id
        raise Conflict("the number was registered meanwhile")


def _context(booking_id: int) -> str:
    return f"provisional:{booking_id}"


def forgotten(numbers: Any, at: datetime) -> Any:
    """A statement: bookings that wait for one of these numbers (look-ups) end at once, and who made them is erased.

    The worker frees their places.
    """
    return (
        update(provisional)
        .where(provisional.c.number.in_(numbers), provisional.c.state == WAITING)
        .values(number=b"", kept=None, token=None, until=at - timedelta(milliseconds=1))
    )
