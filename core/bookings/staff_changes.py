"""Telling a citizen that staff moved or cancelled a booking on their behalf: they see the new hour, and they notice
what they did not ask for.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select, update

from core.activities.model import slots
from core.bookings.model import bookings, staff_changes
from core.bookings.telling import BookingMessage, medium_of, moment, roads, said_code
from core.db.database import Database
from core.db.types import Instant
from core.db.work import Work
from core.dialog.words import say
from core.messages.outbox import Order, Outbox
from core.messages.templates import Speak
from core.messages.texts import Texts
from core.messages.worker import Chore
from core.passes.model import passes
from core.people.model import citizens
from core.ports import Clock

TEMPLATE = "staff_change"
MOVED, CANCELLED = "moved", "cancelled"
_STALE = timedelta(days=1)
"""What the worker could not tell for so long is not told any more."""
_AT_ONCE = 100


def note_change(work: Work, booking_id: int, what: str, at: datetime) -> None:
    """Staff have changed it: the worker will tell."""
    work.insert(staff_changes, booking_id=booking_id, what=what, at=at)


def tell_of_changes(database: Database, clock: Clock, outbox: Outbox) -> Chore:
    """Order one message for each change: chat, else SMS, else a call. At once, since somebody has just asked for it."""

    async def do(work: Work) -> None:
        now = clock.now()
        async with database.reading() as connection:
            rows = (await connection.execute(_UNTOLD, {"since": now - _STALE})).all()
        for row in rows:
            work.run(update(staff_changes).where(staff_changes.c.booking_id == row.id).values(told_at=now))
            moved = row.what == MOVED
            if moved and row.new_state != "confirmed":
                continue  # changed again meanwhile, which is told by itself
            until = row.new_starts_at if moved else row.starts_at
            outbox.order(
                work,
                TEMPLATE,
                medium_of(row),
                language=row.language,
                expires_at=max(until, now + timedelta(hours=1)),
                params={
                    "what": MOVED if moved else CANCELLED,
                    "booking": str(row.moved_to if moved else row.id),
                    "starts": row.starts_at.isoformat(),
                    "next": row.new_starts_at.isoformat() if moved else "",
                    "code": (row.code or "") if moved else "",
                },
                citizen_id=row.citizen_id,
            )

    return Chore("changes by staff", timedelta(seconds=5), do)


class StaffChangeMessage(BookingMessage):
    """`Template`."""

    def __init__(self, texts: Texts, contact: str, speak: Speak | None = None) -> None:
        super().__init__(texts, speak)
        self._contact = contact

    def words(self, order: Order, medium: str) -> str:
        told = order.params
        if told["what"] == MOVED:
            said = say(
                f"changes.moved.{medium}",
                when=moment(told["starts"]),
                next=moment(told["next"]),
                code=said_code(told["code"]),
                contact=self._contact,
            )
        else:
            said = say(f"changes.cancelled.{medium}", when=moment(told["starts"]), contact=self._contact)
        return self._texts.say(said, order.language)

    def deeds(self, order: Order) -> tuple[tuple[str, str, str], ...]:
        if order.params["what"] != MOVED:
            return ()
        subject = str(int(str(order.params["booking"])))
        return tuple(
            (self._texts.say(f"bookings.reminder_deeds.{name}", order.language), name, subject)
            for name in ("pass", "move", "cancel")
        )


_new = bookings.alias("new_bookings")
_new_slots = slots.alias("new_slots")
_UNTOLD: Any = (
    select(
        bookings.c.id,
        bookings.c.citizen_id,
        bookings.c.moved_to,
        staff_changes.c.what,
        citizens.c.language,
        slots.c.starts_at,
        _new.c.state.label("new_state"),
        _new_slots.c.starts_at.label("new_starts_at"),
        passes.c.code,
        *roads(),
    )
    .join(bookings, bookings.c.id == staff_changes.c.booking_id)
    .join(slots, slots.c.id == bookings.c.slot_id)
    .join(citizens, citizens.c.id == bookings.c.citizen_id)
    .outerjoin(_new, _new.c.id == bookings.c.moved_to)
    .outerjoin(_new_slots, _new_slots.c.id == _new.c.slot_id)
    .outerjoin(passes, (passes.c.booking_id == _new.c.id) & (passes.c.state == "valid"))
    .where(staff_changes.c.told_at.is_(None), staff_changes.c.at > bindparam("since", type_=Instant))
    .order_by(staff_changes.c.at)
    .limit(_AT_ONCE)
)
