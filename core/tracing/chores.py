"""What the worker does about warnings besides releasing them: chats where no number works, and forgetting."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import and_, delete, exists, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.db.database import Database
from core.db.work import Job, Work
from core.messages.delivery import CALL_INSTEAD
from core.messages.model import outbox
from core.messages.outbox import Outbox, is_ours
from core.messages.provider_codes import PERMANENT
from core.messages.states import CALL, CHAT, FAILED, SMS
from core.messages.worker import Chore
from core.people.model import addresses
from core.ports import Clock, Codes, Origin
from core.tracing.model import previews, spoken, typed_codes, warned, warnings
from core.tracing.panel import by_states
from core.tracing.releasing import Releasing
from core.tracing.warning_message import AGAIN_AFTER, WARNING, order_row

FORGOTTEN_AFTER = timedelta(days=7)
_DAY = timedelta(days=1)
_AT_ONCE = 200


def release(releasing: Releasing) -> Chore:
    async def do(_work: Work) -> None:
        await releasing.step()

    return Chore("warnings", timedelta(seconds=1), do)


def chat_instead(database: Database, clock: Clock, codes: Codes, orders: Outbox, origin: Origin) -> Chore:
    """Tell by chat whom no number reached: an SMS that failed and is not replaced by a call, a number that cannot be
    called, or calls that all failed."""

    async def do(work: Work) -> None:
        now = clock.now()
        over = warnings.c.released_at <= now - AGAIN_AFTER[-1] - timedelta(minutes=5)
        called = and_(outbox.c.medium == CALL, or_(outbox.c.fault.startswith(PERMANENT), over))
        texted = and_(outbox.c.medium == SMS, outbox.c.fault.not_in(_REPLACED))
        has_chat = exists().where(addresses.c.citizen_id == warned.c.citizen_id, addresses.c.kind == CHAT)
        query = (
            select(outbox, warned.c.warning_id)
            .join(warned, warned.c.order_id == outbox.c.id)
            .join(warnings, warnings.c.id == warned.c.warning_id)
            .where(~warned.c.chat_ordered, warned.c.heard_at.is_(None), outbox.c.state == FAILED)
            .where(outbox.c.expires_at > now, or_(called, texted), has_chat)
            .limit(_AT_ONCE)
        )
        async with database.reading() as connection:
            rows = (await connection.execute(query)).mappings().all()
        for row in rows:
            if not is_ours(dict(row), origin) or row["template"] != WARNING:
                continue
            work.job(_instead(row, codes.new_id(), orders))

    return Chore("warnings by chat", timedelta(seconds=30), do)


def _instead(row: Any, order_id: int, orders: Outbox) -> Job:
    """`row`: the order that failed, known to be ours."""
    warning_id, citizen_id = int(row["params"]["warning"]), row["citizen_id"]
    chat = order_row(
        orders,
        order_id,
        CHAT,
        warning_id=warning_id,
        citizen_id=citizen_id,
        language=row["language"],
        words=row["params"]["words"],
        expires_at=row["expires_at"],
    )
    whose = (warned.c.warning_id == warning_id) & (warned.c.citizen_id == citizen_id)
    first = update(warned).where(whose, ~warned.c.chat_ordered).values(chat_ordered=True, order_id=order_id)

    async def job(transaction: AsyncConnection, _work: Work) -> None:
        if (await transaction.execute(first)).rowcount:
            await transaction.execute(insert(outbox).values(chat))

    return job


def forget(database: Database, clock: Clock) -> Chore:
    """Whom a warning went to is forgotten after a week; how many, and what became of them, stays."""

    async def do(work: Work) -> None:
        now = clock.now()
        old = select(warnings.c.id).where(
            warnings.c.released_at <= now - FORGOTTEN_AFTER, warnings.c.result.is_(None)
        )
        async with database.reading() as connection:
            for warning_id in (await connection.execute(old)).scalars().all():
                counts = await by_states(connection, warning_id)
                work.run(update(warnings).where(warnings.c.id == warning_id).values(result=counts))
                work.run(delete(warned).where(warned.c.warning_id == warning_id))
        work.run(delete(typed_codes).where(typed_codes.c.at <= now - _DAY))
        work.run(delete(previews).where(previews.c.at <= now - _DAY))
        work.run(delete(spoken).where(spoken.c.expires_at <= now))

    return Chore("old warnings", timedelta(hours=1), do)


_REPLACED = tuple(f"{PERMANENT} {code}" for code in sorted(CALL_INSTEAD))
