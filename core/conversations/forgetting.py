"""Forgetting a citizen: the record is destroyed, what is left counts only.

GDPR, article 17. Places are given back, passes voided, names, numbers and answers deleted with their boxes. Bookings
and visits stay as numbers without anybody, so that no figure changes; what has been handed over to the provider still
arrives.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.bookings.model import absences, answers, bookings, companions, waiting
from core.bookings.service import Bookings
from core.conversations.at_home import forgotten
from core.conversations.model import conversations, data_requests
from core.db.schema import events
from core.db.work import Work
from core.messages.model import outbox
from core.messages.states import FAILED, FORGOTTEN, QUEUED, SENDING
from core.people.model import addresses, citizens, erasures, verifications
from core.tracing.forgetting import forget_traces
from core.visits.model import scans, visits


async def forget_citizen(work: Work, rooms: Bookings, citizen_id: int, at: datetime) -> None:
    """Add everything to `work`. Harmless twice: there is nothing left to find."""
    await rooms.give_up_all(work, citizen_id)

    async def erase(transaction: AsyncConnection, work: Work) -> None:
        mine = select(bookings.c.id).where(bookings.c.citizen_id == citizen_id)
        numbers = select(addresses.c.lookup).where(addresses.c.citizen_id == citizen_id)
        run = transaction.execute
        await run(delete(companions).where(companions.c.id.in_(mine)))
        await run(delete(waiting).where(waiting.c.citizen_id == citizen_id))
        await run(delete(absences).where(absences.c.citizen_id == citizen_id))
        await run(delete(answers).where(answers.c.id.in_(mine)))
        await run(update(visits).where(visits.c.booking_id.in_(mine)).values(booking_id=None))
        await run(update(scans).where(scans.c.booking_id.in_(mine)).values(booking_id=None, told={}))
        await run(delete(verifications).where(verifications.c.lookup.in_(numbers)))
        await run(forgotten(numbers, at))
        await run(
            update(outbox)
            .where(outbox.c.citizen_id == citizen_id, outbox.c.state == QUEUED)
            .values(state=FAILED, fault=FORGOTTEN, changed_at=at)
        )
        being_sent = outbox.c.citizen_id == citizen_id, outbox.c.state == SENDING
        await run(update(outbox).where(*being_sent).values(fault=FORGOTTEN))
        await forget_traces(transaction, citizen_id)
        await run(update(outbox).where(outbox.c.citizen_id == citizen_id).values(citizen_id=None, box=None))
        await run(delete(addresses).where(addresses.c.citizen_id == citizen_id))
        await run(delete(data_requests).where(data_requests.c.citizen_id == citizen_id))
        await run(delete(conversations).where(conversations.c.citizen_id == citizen_id))
        await run(
            update(bookings).where(bookings.c.citizen_id == citizen_id).values(citizen_id=None, holder=b"")
        )
        gone = await run(delete(citizens).where(citizens.c.id == citizen_id))
        if gone.rowcount:
            work.insert(erasures, citizen_id=citizen_id, at=at)
            work.insert(events, at=at, name="citizen_forgotten", facts={})

    work.job(erase)
