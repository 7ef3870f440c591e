"""What tracing knows of a citizen who wants to be forgotten: erased, while what was counted of them stays."""

from __future__ import annotations

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.bookings.model import bookings
from core.messages.model import outbox
from core.passes.model import passes
from core.tracing.model import reported, warned, warned_before
from core.tracing.panel import state_of_warned


async def forget_traces(transaction: AsyncConnection, citizen_id: int) -> None:
    """Before their bookings lose the citizen, and after what is queued for them was stopped."""
    query = (
        select(warned.c.warning_id, outbox.c.state, outbox.c.medium, warned.c.order_id, warned.c.heard_at)
        .select_from(warned.outerjoin(outbox, outbox.c.id == warned.c.order_id))
        .where(warned.c.citizen_id == citizen_id)
    )
    kept = [
        {"warning_id": row.warning_id, "state": state_of_warned(row)}
        for row in await transaction.execute(query)
    ]
    if kept:
        await transaction.execute(insert(warned_before), kept)
    await transaction.execute(delete(warned).where(warned.c.citizen_id == citizen_id))
    theirs = select(passes.c.id).join(bookings, bookings.c.id == passes.c.booking_id)
    mine = theirs.where(bookings.c.citizen_id == citizen_id)
    await transaction.execute(delete(reported).where(reported.c.pass_id.in_(mine)))
