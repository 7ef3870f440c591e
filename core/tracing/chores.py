"""What the worker does about warnings besides releasing them: other roads where one fails, and forgetting."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, exists, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.db.database import Database
from core.db.work import Job, Work
from core.messages.delivery import CALL_INSTEAD, LEASE
from core.messages.model import outbox
from core.messages.outbox import Outbox, is_ours
from core.messages.provider_codes import PERMANENT, TEMPORARY
from core.messages.states import CALL, CHAT, FAILED, SENDING, SMS
from core.messages.worker import Chore
from core.people.model import addresses
from core.ports import Clock, Codes, Origin
from core.tracing.model import enrolments, previews, spoken, typed_codes, warned, warned_before, warnings
from core.tracing.panel import by_states
from core.tracing.releasing import Releasing
from core.tracing.reports import forget_reported
from core.tracing.warning_message import AGAIN_AFTER, WARNING, order_row

FORGOTTEN_AFTER = timedelta(days=7)
_DAY = timedelta(days=1)
_AT_ONCE = 200


def release(releasing: Releasing) -> Chore:
    async def do(_work: Work) -> None:
        await releasing.step()

    return Chore("warnings", timedelta(seconds=1), do)


def other_roads(database: Database, clock: Clock, codes: Codes, orders: Outbox, origin: Origin) -> Chore:
    """Another road for whom the first did not reach.

    An SMS that failed for good, or for minutes on end, becomes a call; of a number that is none, a chat where there is
    one. Whom no call reached, a chat tells.
    """

    async def do(work: Work) -> None:
        now = clock.now()
        over = warnings.c.released_at <= now - AGAIN_AFTER[-1] - timedelta(minutes=5)
        called = and_(
            outbox.c.medium == CALL, outbox.c.state == FAILED, or_(outbox.c.fault.startswith(PERMANENT), over)
        )
        failed = and_(outbox.c.state == FAILED, outbox.c.fault.not_in(_REPLACED))
        delayed = and_(outbox.c.state == SENDING, outbox.c.fault.startswith(TEMPORARY), outbox.c.due_at > now)
        has_chat = exists().where(addresses.c.citizen_id == warned.c.citizen_id, addresses.c.kind == CHAT)
        query = (
            select(outbox, warned.c.warning_id, has_chat.label("has_chat"))
            .join(warned, warned.c.order_id == outbox.c.id)
            .join(warnings, warnings.c.id == warned.c.warning_id)
            .where(~warned.c.chat_ordered, warned.c.heard_at.is_(None), outbox.c.expires_at > now)
            .where(or_(and_(called, has_chat), and_(outbox.c.medium == SMS, or_(failed, delayed))))
            .limit(_AT_ONCE)
        )
        async with database.reading() as connection:
            rows = (await connection.execute(query)).mappings().all()
        for row in rows:
            if not is_ours(dict(row), origin) or row["template"] != WARNING or _is_under_way(row):
                continue
            no_number = row["fault"] in _NO_NUMBER and row["has_chat"]
            medium = CALL if row["medium"] == SMS and not no_number else CHAT
            work.job(_instead(row, codes.new_id(), orders, medium, now))

    return Chore("warnings by another road", timedelta(seconds=30), do)


def _is_under_way(row: Any) -> bool:
    """Whether somebody may be sending it just now. A pause longer than any lease is a pause between attempts."""
    return bool(row["state"] == SENDING and row["due_at"] - row["changed_at"] <= LEASE)


def _instead(row: Any, order_id: int, orders: Outbox, medium: str, now: datetime) -> Job:
    """`row`: the order that failed, known to be ours."""
    warning_id, citizen_id = int(row["params"]["warning"]), row["citizen_id"]
    order = order_row(
        orders,
        order_id,
        medium,
        warning_id=warning_id,
        citizen_id=citizen_id,
        language=row["language"],
        words=row["params"]["words"],
        expires_at=row["expires_at"],
    )
    whose = (warned.c.warning_id == warning_id) & (warned.c.citizen_id == citizen_id)
    newest = update(warned).where(whose, warned.c.order_id == row["id"], ~warned.c.chat_ordered)
    taken_back = update(outbox).where(outbox.c.id == row["id"], outbox.c.due_at == row["due_at"])

    async def job(transaction: AsyncConnection, _work: Work) -> None:
        if row["state"] == SENDING:
            waiting = taken_back.where(outbox.c.state == SENDING)
            given_up = waiting.values(state=FAILED, fault=row["fault"], changed_at=now)
            if (await transaction.execute(given_up)).rowcount == 0:  # being sent again
                return
        changes = {"order_id": order_id, "chat_ordered": medium == CHAT}
        if (await transaction.execute(newest.values(**changes))).rowcount:
            await transaction.execute(insert(outbox).values(order))

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
                work.run(delete(warned_before).where(warned_before.c.warning_id == warning_id))
        work.run(delete(typed_codes).where(typed_codes.c.at <= now - _DAY))
        work.run(delete(previews).where(previews.c.at <= now - _DAY))
        work.run(delete(spoken).where(spoken.c.expires_at <= now))
        work.run(delete(enrolments).where(enrolments.c.expires_at <= now))
        forget_reported(work)

    return Chore("old warnings", timedelta(hours=1), do)


_NO_NUMBER = frozenset(f"{PERMANENT} {code}" for code in ("21211", "30005"))
"""The number is nobody's: a call would not reach it either."""
_REPLACED = tuple(f"{PERMANENT} {code}" for code in sorted(CALL_INSTEAD))
