"""Carries out orders: claim, let the transaction go, send, record.

A claim is a lease. Whoever dies between sending and recording leaves an order whose lease runs out; the
next to claim it asks the provider first whether it has the message, since the provider knows no idempotency
key.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.db import audit
from core.db.database import Database
from core.db.schema import events
from core.db.work import Work
from core.db.writer import Writer
from core.messages.model import outbox
from core.messages.outbox import INSTEAD_OF, TABLE, Order, call_instead, is_ours
from core.messages.provider_codes import NOT_FOR_SMS, OPTED_OUT, PERMANENT, TECHNICAL, UNKNOWN
from core.messages.states import CHAT, FAILED, FORGOTTEN, QUEUED, SENDING, SENT, SMS, forward
from core.messages.templates import Answer, Medium, NothingToSay, Reach, Saying, Template
from core.ports import BrokenBox, Clock, Codes, Opener, Origin, Receipt, SendingFailed

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
"""Longer than looking up and sending together may take."""
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (0, 5, 15, 30, 60, 120))
"""Between attempts: at once, then spaced; the last one repeats until the order expires."""
UNKNOWN_PAUSE = timedelta(seconds=5)
"""A message whose fate is unknown is given time to appear at the provider before it is looked up."""
CALL_INSTEAD = NOT_FOR_SMS | {OPTED_OUT}

_UNDER_WAY = (QUEUED, SENDING)


class Delivery:
    """The worker's hands. Several workers may share one outbox."""

    def __init__(
        self,
        database: Database,
        writer: Writer,
        clock: Clock,
        codes: Codes,
        origin: Origin,
        opener: Opener,
        *,
        media: Mapping[str, Medium],
        templates: Mapping[str, Template],
        reach: Reach,
        answers: Mapping[str, Answer] | None = None,
    ) -> None:
        """`templates`: what is sent, `answers`: what is done, by the kinds of order."""
        self._database = database
        self._writer = writer
        self._clock = clock
        self._codes = codes
        self._origin = origin
        self._opener = opener
        self._media = media
        self._templates = templates
        self._reach = reach
        self._answers = answers or {}

    async def claim(self, most: int) -> list[Order]:
        """At most `most` orders, now ours until their lease ends. Forged ones are refused here, unopened."""
        async with self._database.reading() as connection:
            idle = (await connection.execute(_due(self._clock.now(), 1))).first() is None
        if idle or most <= 0:
            return []
        claimed: list[Order] = []

        async def job(transaction: AsyncConnection, work: Work) -> None:
            claimed.clear()
            now = self._clock.now()
            rows = await transaction.execute(_due(now, most).with_for_update(skip_locked=True))
            for row in rows.mappings().all():
                order = await self._believe(transaction, work, dict(row), now)
                if order is not None:
                    claimed.append(order)
            if claimed:
                opened: audit.Facts = {"why": "deliver", "boxes": len(claimed)}
                await audit.append_now(transaction, at=now, actor="worker", action="opened", facts=opened)

        work = Work()
        work.job(job)
        await self._writer.commit(work)
        return claimed

    async def deliver(self, order: Order) -> None:
        """Send one claimed order and record what came of it. Raises nothing that another order should suffer
        from.
        """
        try:
            receipt = await self._send(order)
        except NothingToSay:
            await self._fail(order, "voided")
        except BrokenBox:
            await self._fail(order, "broken", alert="box_broken")
        except SendingFailed as failed:
            await self._failed(order, failed)
        except Exception as fault:  # ours: the order is tried again, as if the provider had been silent
            log.error("order %s: %s", order.id, type(fault).__name__)
            await self._failed(order, SendingFailed(UNKNOWN, "internal"))
        else:
            await self._record(order, receipt)

    async def once(self, most: int = 32) -> int:
        """Claim and deliver one batch, one order after the other; how many there were."""
        orders = await self.claim(most)
        for order in orders:
            await self.deliver(order)
        return len(orders)

    async def _believe(
        self, transaction: AsyncConnection, work: Work, row: dict[str, Any], now: datetime
    ) -> Order | None:
        if row["fault"] == FORGOTTEN:
            await transaction.execute(forward(row["id"], FAILED, now, fault=FORGOTTEN))
            return None
        genuine = is_ours(row, self._origin)
        box, box_row = row["box"], row["id"]
        if genuine and INSTEAD_OF in row["params"]:
            box_row = int(row["params"][INSTEAD_OF])
            found = await transaction.execute(select(outbox).where(outbox.c.id == box_row))
            replaced = found.mappings().one_or_none()
            # A box that was erased no longer fits the MAC; an order that never had one still does.
            if replaced is None or (replaced["box"] is None and not is_ours(dict(replaced), self._origin)):
                await transaction.execute(forward(row["id"], FAILED, now, fault="voided"))
                return None
            box, genuine = replaced["box"], is_ours(dict(replaced), self._origin)
        if not genuine or not (row["template"] in self._templates or row["template"] in self._answers):
            await transaction.execute(forward(row["id"], FAILED, now, fault="forged"))
            work.insert(events, at=now, name="order_forged", facts={"order": str(row["id"])})
            log.error("order %s was not written by us: refused", row["id"])
            return None
        attempts = row["attempts"] + 1
        await transaction.execute(forward(row["id"], SENDING, now, attempts=attempts, due_at=now + LEASE))
        names = ("id", "template", "params", "medium", "citizen_id", "language", "expires_at", "created_at")
        return Order(**{name: row[name] for name in names}, box=box, box_row=box_row, attempts=attempts)

    async def _send(self, order: Order) -> Receipt:
        if order.template in self._answers:
            return await self._answers[order.template].answer(order, self._open(order))
        medium = self._media.get(order.medium)
        if medium is None:
            raise SendingFailed(TECHNICAL, "no provider")
        sealed = self._open(order)
        to = sealed.get("to")
        if to is None and order.citizen_id is not None:
            to = await self._reach.address(order.citizen_id, order.medium)
        if to is None:
            raise SendingFailed(PERMANENT, "no address")
        template = self._templates[order.template]
        saying: Saying
        if order.medium == SMS:
            saying = template.text(order, sealed)
        elif order.medium == CHAT:
            saying = template.chat(order, sealed)
        else:
            work = Work()
            saying = template.call(work, order, sealed)
            await self._writer.commit(work)
        if order.attempts > 1:
            found = await medium.find(to, saying, order.created_at)
            if found is not None:
                return found
        return await medium.send(to, saying, str(order.id))

    def _open(self, order: Order) -> Mapping[str, str]:
        if order.box is None:
            return {}
        opened: Mapping[str, str] = json.loads(self._opener.open(TABLE, order.box_row, order.box))
        return opened

    async def _record(self, order: Order, receipt: Receipt) -> None:
        now = self._clock.now()
        work = Work()
        work.run(forward(order.id, SENT, now))
        # A callback may have been faster, or the order voided meanwhile: the id is kept all the same.
        work.run(
            update(outbox)
            .where(outbox.c.id == order.id, outbox.c.provider_id.is_(None))
            .values(provider_id=receipt.provider_id)
        )
        facts = {"order": str(order.id), "template": order.template, "medium": order.medium}
        work.insert(events, at=now, name="message_sent", facts={**facts, "segments": receipt.segments})
        await self._writer.commit(work)

    async def _failed(self, order: Order, failed: SendingFailed) -> None:
        fault = f"{failed.kind} {failed.code}".strip()[:24]
        if failed.kind == PERMANENT:
            if order.medium == SMS and failed.code in CALL_INSTEAD:
                await self._call_instead(order, fault)
            else:
                await self._fail(order, fault)
            return
        now = self._clock.now()
        pause = PAUSES[min(order.attempts, len(PAUSES)) - 1]
        if failed.kind == UNKNOWN:
            pause = max(pause, UNKNOWN_PAUSE)
        work = Work()
        work.run(
            update(outbox)
            .where(outbox.c.id == order.id, outbox.c.state == SENDING)
            .values(due_at=now + pause, fault=fault, changed_at=now)
        )
        if failed.kind == TECHNICAL and order.attempts == 1:
            work.insert(events, at=now, name="provider_fault", facts={"code": failed.code})
        await self._writer.commit(work)

    async def _fail(self, order: Order, fault: str, *, alert: str | None = None) -> None:
        now = self._clock.now()
        work = Work()
        work.run(forward(order.id, FAILED, now, fault=fault))
        if order.box_row != order.id:
            work.run(update(outbox).where(outbox.c.id == order.box_row).values(box=None))
        facts = {"order": str(order.id), "template": order.template, "medium": order.medium, "fault": fault}
        work.insert(events, at=now, name="message_failed", facts=facts)
        if alert is not None:
            work.insert(events, at=now, name=alert, facts={"order": str(order.id)})
            log.error("order %s: %s", order.id, alert)
        await self._writer.commit(work)

    async def _call_instead(self, order: Order, fault: str) -> None:
        new_id = self._codes.new_id()
        now = self._clock.now()

        async def job(transaction: AsyncConnection, _work: Work) -> None:
            row = {
                name: getattr(order, name) for name in ("id", "template", "params", "citizen_id", "language")
            }
            row["expires_at"] = order.expires_at
            await call_instead(transaction, row, fault, new_id=new_id, origin=self._origin, at=now)

        work = Work()
        work.job(job)
        await self._writer.commit(work)


def _due(now: datetime, most: int) -> Select[Any]:
    return (
        select(outbox)
        .where(outbox.c.state.in_(_UNDER_WAY), outbox.c.due_at <= now, outbox.c.expires_at > now)
        .order_by(outbox.c.due_at)
        .limit(most)
    )
