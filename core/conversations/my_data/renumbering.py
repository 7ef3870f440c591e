"""The worker gives a citizen another number, once it has seen by the box that the old one is theirs.

Were `web` to do it, whoever can write the database could have it make a box that says his number is somebody else's:
he would only have to let a row of his lead to them. So boxes of numbers are made at registration, for somebody new,
and here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.conversations.my_data.answering import alarm
from core.conversations.my_data.asking import NEW_NUMBER
from core.conversations.my_data.summary import NUMBER_NEWS
from core.db import audit
from core.db.database import Database
from core.db.schema import events
from core.db.work import Work
from core.db.writer import Writer
from core.errors import Conflict, Duplicate
from core.messages.outbox import Order, Outbox
from core.messages.provider_codes import PERMANENT
from core.messages.states import CALL, SMS
from core.messages.to_staff import TellStaff
from core.people.model import addresses, citizens
from core.people.numbers import MOBILE
from core.people.owning import Own, address_rows, owned
from core.people.service import UNUSED
from core.ports import Clock, Opener, Receipt, Sealer, SendingFailed

_NEWS_LASTS = timedelta(minutes=30)


class NewNumberAnswer:
    """`Answer` of `NEW_NUMBER`."""

    def __init__(
        self,
        database: Database,
        writer: Writer,
        clock: Clock,
        *,
        opener: Opener,
        sealer: Sealer,
        orders: Outbox,
        tell_staff: TellStaff,
    ) -> None:
        self._database = database
        self._writer = writer
        self._clock = clock
        self._opener = opener
        self._sealer = sealer
        self._orders = orders
        self._tell_staff = tell_staff

    async def answer(self, order: Order, sealed: Mapping[str, str]) -> Receipt:
        """The old number is gone as the new one is there. Where that is somebody else's by now, all stays as it was."""
        citizen_id = order.citizen_id or 0
        async with self._database.reading() as connection:
            rows = await address_rows(connection, citizen_id)
        noted = Work()
        facts: audit.Facts = {"why": NEW_NUMBER, "boxes": len(rows)}
        audit.append(noted, at=self._clock.now(), actor="worker", action="opened", facts=facts)
        await self._writer.commit(noted)
        own = owned(rows, citizen_id, self._opener)
        old = own.numbers.get(sealed["old"])
        if old is None:
            if sealed["new"] in own.numbers:
                return Receipt("")  # done before, and not recorded
            await alarm(self._database, self._writer, self._clock, self._tell_staff, "not_theirs")
            raise SendingFailed(PERMANENT, "not theirs")
        try:
            await self._writer.commit(self._renumbering(order, sealed, old, list(own.chats.values())))
        except Duplicate:
            return Receipt("")
        except Conflict:
            kind = old.kind
            await self._tell(order, "kept", sealed["old"], kind)
            raise SendingFailed(PERMANENT, "not free") from None
        return Receipt("")

    def _renumbering(self, order: Order, sealed: Mapping[str, str], old: Own, chats: list[Own]) -> Work:
        citizen_id, now = order.citizen_id or 0, self._clock.now()
        found_by = [bytes.fromhex(each) for each in sealed["found_by"].split()]
        number = addresses.c.id == old.row_id, addresses.c.citizen_id == citizen_id
        new = {"to": sealed["new"], "citizen": citizen_id}

        async def job(transaction: AsyncConnection, _work: Work) -> None:
            taken = (
                select(citizens.c.id)
                .join(addresses, addresses.c.citizen_id == citizens.c.id)
                .where(addresses.c.lookup.in_(found_by), citizens.c.last_verified_at > now - UNUSED)
            )
            if await transaction.scalar(taken) not in (None, citizen_id):
                raise Conflict("the number is somebody else's by now")
            unused = addresses.c.lookup.in_(found_by), addresses.c.id != old.row_id
            await transaction.execute(delete(addresses).where(*unused))
            changed = await transaction.execute(
                update(addresses)
                .where(*number)
                .values(
                    kind=sealed["kind"],
                    lookup=found_by[0],
                    box=self._sealer.seal("addresses", old.row_id, json.dumps(new).encode()),
                    verified_at=now,
                )
            )
            if changed.rowcount == 0:  # forgotten meanwhile
                raise Conflict("the old number is gone")
            for chat in chats:
                through = {"to": chat.to, "citizen": citizen_id, "by": sealed["new"]}
                box = self._sealer.seal("addresses", chat.row_id, json.dumps(through).encode())
                await transaction.execute(
                    update(addresses).where(addresses.c.id == chat.row_id).values(box=box)
                )

        work = Work(once=f"{NEW_NUMBER}:{order.id}")
        work.job(job)
        seen = update(citizens).where(citizens.c.id == citizen_id).values(last_verified_at=now)
        work.run(seen)
        work.insert(events, at=now, name="number_changed", facts={"kind": sealed["kind"]})
        self._add_news(work, order, "done", sealed["new"], sealed["kind"])
        return work

    async def _tell(self, order: Order, news: str, to: str, kind: str) -> None:
        work = Work(once=f"{NEW_NUMBER}:{order.id}:{news}")
        self._add_news(work, order, news, to, kind)
        await self._writer.commit(work)

    def _add_news(self, work: Work, order: Order, news: str, to: str, kind: str) -> None:
        self._orders.order(
            work,
            NUMBER_NEWS,
            SMS if kind == MOBILE else CALL,
            language=order.language,
            expires_at=self._clock.now() + _NEWS_LASTS,
            params={"news": news},
            citizen_id=order.citizen_id,
            sealed={"to": to},
        )
