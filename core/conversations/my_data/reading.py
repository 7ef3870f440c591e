"""Every row about a citizen, as the database has it. Boxes stay closed here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CompoundSelect, Select, literal, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from core.activities.model import activities, slots
from core.bookings.model import (
    absences,
    answers,
    bookings,
    closure_notices,
    companions,
    provisional,
    reminded,
    session_notices,
    staff_changes,
    waiting,
)
from core.conversations.model import conversations, data_requests
from core.messages.model import outbox
from core.passes.model import passes
from core.people.model import addresses, citizens, verifications
from core.people.owning import address_rows
from core.tracing.model import reported, warned, warnings
from core.visits.model import scans, visits

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Record:
    """All of it, each table's rows in the order of time."""

    citizen: Mapping[str, Any]
    addresses: Sequence[Any]
    bookings: Rows
    companions: Rows
    answers: Rows
    passes: Rows
    visits: Rows
    scans: Rows
    notices: Rows
    absences: Rows
    waiting: Rows
    provisional: Rows
    messages: Rows
    codes: Rows
    warnings: Rows
    reported: Rows
    requests: Rows
    conversations: Rows

    @property
    def boxes(self) -> int:
        """How many are opened to tell it."""
        return 1 + len(self.addresses) + len(self.companions) + len(self.answers)


async def read_record(connection: AsyncConnection, citizen_id: int) -> Record | None:
    """None where there is nobody of that id (any more)."""

    async def rows(query: Select[Any] | CompoundSelect[Any]) -> Rows:
        return list((await connection.execute(query)).mappings())

    found = await rows(select(citizens).where(citizens.c.id == citizen_id))
    if not found:
        return None
    mine = select(bookings.c.id).where(bookings.c.citizen_id == citizen_id)
    numbers = select(addresses.c.lookup).where(addresses.c.citizen_id == citizen_id)
    slot = slots.c.starts_at, slots.c.ends_at, slots.c.place, slots.c.occasion, activities.c.key
    return Record(
        citizen=found[0],
        addresses=await address_rows(connection, citizen_id),
        bookings=await rows(_with_slot(bookings, *slot).where(bookings.c.citizen_id == citizen_id)),
        companions=await rows(select(companions).where(companions.c.id.in_(mine))),
        answers=await rows(select(answers).where(answers.c.id.in_(mine))),
        passes=await rows(select(passes).where(passes.c.booking_id.in_(mine)).order_by(passes.c.issued_at)),
        visits=await rows(select(visits).where(visits.c.booking_id.in_(mine)).order_by(visits.c.entered_at)),
        scans=await rows(select(scans).where(scans.c.booking_id.in_(mine)).order_by(scans.c.scanned_at)),
        notices=await rows(
            union_all(
                *(
                    select(table.c.booking_id, what.label("kind"), table.c.at).where(
                        table.c.booking_id.in_(mine)
                    )
                    for table, what in _NOTICES
                )
            )
        ),
        absences=await rows(
            select(absences.c.at, *slot, activities.c.revision)
            .join(bookings, bookings.c.id == absences.c.booking_id)
            .join(slots, slots.c.id == bookings.c.slot_id)
            .join(activities, activities.c.id == bookings.c.activity_id)
            .where(absences.c.citizen_id == citizen_id)
            .order_by(absences.c.at)
        ),
        waiting=await rows(_with_slot(waiting, *slot).where(waiting.c.citizen_id == citizen_id)),
        provisional=await rows(
            select(provisional.c.state, provisional.c.until)
            .where(or_(provisional.c.booking_id.in_(mine), provisional.c.number.in_(numbers)))
            .order_by(provisional.c.until)
        ),
        messages=await rows(
            select(outbox).where(outbox.c.citizen_id == citizen_id).order_by(outbox.c.created_at)
        ),
        codes=await rows(
            select(verifications).where(verifications.c.lookup.in_(numbers)).order_by(verifications.c.sent_at)
        ),
        warnings=await rows(
            select(warned, warnings.c.released_at, outbox.c.state, outbox.c.medium)
            .join(warnings, warnings.c.id == warned.c.warning_id)
            .outerjoin(outbox, outbox.c.id == warned.c.order_id)
            .where(warned.c.citizen_id == citizen_id)
            .order_by(warnings.c.released_at)
        ),
        reported=await rows(
            select(reported.c.reported_at, passes.c.code)
            .join(passes, passes.c.id == reported.c.pass_id)
            .where(passes.c.booking_id.in_(mine))
            .order_by(reported.c.reported_at)
        ),
        requests=await rows(
            select(data_requests)
            .where(data_requests.c.citizen_id == citizen_id)
            .order_by(data_requests.c.asked_at)
        ),
        conversations=await rows(select(conversations).where(conversations.c.citizen_id == citizen_id)),
    )


def _with_slot(table: Any, *slot: Any) -> Select[Any]:
    return (
        select(table, *slot)
        .join(slots, slots.c.id == table.c.slot_id)
        .join(activities, activities.c.id == table.c.activity_id)
        .order_by(slots.c.starts_at)
    )


_NOTICES: Sequence[tuple[Any, Any]] = (
    (reminded, literal("reminder")),
    (closure_notices, literal("closure")),
    (session_notices, literal("closure")),
    (staff_changes, staff_changes.c.what),
)
