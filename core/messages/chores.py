"""What keeps the outbox small and silent: boxes erased, the provider's copies deleted, old rows gone."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from sqlalchemy import Delete, and_, delete, func, or_, select, update

from core.db.database import Database
from core.db.work import Work
from core.messages.model import outbox
from core.messages.states import DELIVERED, FAILED, FINAL, QUEUED, SENDING, SENT, SMS
from core.messages.worker import Chore
from core.ports import Clock, SendingFailed, TextSender

log = logging.getLogger(__name__)

KEPT = timedelta(days=7)
"""How long the row of a message stays, for whoever must see what became of it; figures come from the events.
"""
REPORTED_WITHIN = timedelta(days=1)
"""After that no report is expected any more: many carriers send none."""
_FORGOTTEN_AT_ONCE = 20


def erase_expired(clock: Clock) -> Chore:
    """Give up orders that have expired, and erase every box that has."""

    async def do(work: Work) -> None:
        now = clock.now()
        over = outbox.c.expires_at <= now
        idle = or_(outbox.c.state == QUEUED, and_(outbox.c.state == SENDING, outbox.c.due_at <= now))
        fault = func.coalesce(outbox.c.fault, "temporary expired")
        work.run(update(outbox).where(over, idle).values(state=FAILED, changed_at=now, fault=fault))
        work.run(update(outbox).where(over, outbox.c.box.is_not(None)).values(box=None))

    return Chore("expired orders", timedelta(seconds=5), do)


def old_orders(now: datetime) -> Delete:
    """Rows that nobody needs any more."""
    final = outbox.c.state.in_((SENT, DELIVERED, FAILED))
    return delete(outbox).where(final, outbox.c.due_at <= now - KEPT)


def forget_at_provider(database: Database, clock: Clock, sender: TextSender) -> Chore:
    """Have the provider delete words and number of each final SMS; `provider_id` is empty afterwards."""

    async def do(work: Work) -> None:
        unreported = and_(outbox.c.state == SENT, outbox.c.created_at <= clock.now() - REPORTED_WITHIN)
        query = (
            select(outbox.c.id, outbox.c.provider_id)
            .where(outbox.c.provider_id.is_not(None), outbox.c.medium == SMS)
            .where(or_(outbox.c.state.in_(FINAL), unreported))
            .limit(_FORGOTTEN_AT_ONCE)
        )
        async with database.reading() as connection:
            rows = (await connection.execute(query)).all()
        for order_id, provider_id in rows:
            try:
                await sender.forget(provider_id)
            except SendingFailed as failed:
                log.warning("order %s is not forgotten yet: %s", order_id, failed)
                return
            work.run(update(outbox).where(outbox.c.id == order_id).values(provider_id=None))

    return Chore("provider's copies", timedelta(seconds=30), do)
