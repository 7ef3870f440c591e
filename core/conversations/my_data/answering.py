"""The worker's answer to my data: it sees who asks by what the boxes say, opens, and gives to that citizen alone.

Into the chat it sends the file itself. For a browser it leaves it under the key that the browser made. To a telephone
it says how much is held, and where the file can be had.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.activities.service import Activities
from core.config import Settings
from core.conversations.model import data_requests
from core.conversations.my_data.asking import (
    HOUR,
    IN_AN_HOUR,
    MY_DATA,
    TO_BROWSER,
    TO_CHAT,
    asked_lately,
    file_parts,
)
from core.conversations.my_data.document import NAME, package
from core.conversations.my_data.opening import Telling
from core.conversations.my_data.reading import Record, read_record
from core.conversations.my_data.summary import SUMMARY, counted
from core.db import audit
from core.db.database import Database
from core.db.schema import events
from core.db.turns import take_turns
from core.db.work import Work
from core.db.writer import Writer
from core.dialog.words import Written
from core.errors import Duplicate
from core.messages.model import outbox
from core.messages.outbox import Order, Outbox
from core.messages.provider_codes import PERMANENT, TECHNICAL, UNKNOWN
from core.messages.states import CALL, SMS
from core.messages.templates import NothingToSay
from core.messages.texts import Texts
from core.messages.to_staff import TellStaff
from core.people.numbers import MOBILE
from core.people.owning import Owned, owned
from core.ports import Clock, FileSender, OneTimeSealer, Opener, Origin, Receipt, SendingFailed

log = logging.getLogger(__name__)

SUMMARY_LASTS = timedelta(minutes=30)


class MyDataAnswer:
    """`Answer` of `MY_DATA`. `chats` is None where there is no Telegram."""

    def __init__(
        self,
        database: Database,
        writer: Writer,
        clock: Clock,
        activities: Activities,
        texts: Texts,
        settings: Settings,
        *,
        opener: Opener,
        origin: Origin,
        sealer: OneTimeSealer,
        orders: Outbox,
        chats: FileSender | None,
        tell_staff: TellStaff,
    ) -> None:
        self._database = database
        self._writer = writer
        self._clock = clock
        self._activities = activities
        self._texts = texts
        self._settings = settings
        self._opener = opener
        self._origin = origin
        self._sealer = sealer
        self._orders = orders
        self._chats = chats
        self._tell_staff = tell_staff

    async def answer(self, order: Order, sealed: Mapping[str, str]) -> Receipt:
        async with self._database.reading() as connection:
            fault = await connection.scalar(select(outbox.c.fault).where(outbox.c.id == order.id))
            record = await read_record(connection, order.citizen_id or 0)
        if order.medium == TO_CHAT and order.attempts > 1 and fault is None:
            return Receipt(
                "unknown"
            )  # a worker died over it. A chat cannot be looked through: it may be there
        if record is None:
            raise NothingToSay  # forgotten meanwhile
        await self._begin(order, record)
        own = owned(record.addresses, int(record.citizen["id"]), self._opener)
        if not _is_theirs(order, sealed, own):
            await alarm(self._database, self._writer, self._clock, self._tell_staff, "not_theirs")
            raise SendingFailed(PERMANENT, "not theirs")
        if order.medium == TO_CHAT:
            return await self._send(order, sealed["chat"], await self._file(order, record, own))
        if order.medium == TO_BROWSER:
            return await self._leave(order, sealed["key"], await self._file(order, record, own))
        return await self._summarise(order, sealed["number"], own, record)

    async def _begin(self, order: Order, record: Record) -> None:
        """Before anything is opened it is counted, and noted. Whoever holds the origin key, `web` taken over, gets no
        more than the town's share of an hour."""
        now, full = self._clock.now(), SendingFailed(PERMANENT, "too many")

        async def job(transaction: AsyncConnection, work: Work) -> None:
            await take_turns(transaction, f"{MY_DATA} answers")
            if await asked_lately(transaction, "my_data_answered", now - HOUR) >= IN_AN_HOUR:
                raise full
            mine = data_requests.c.id == order.id
            answered = {"answered_at": None if order.medium == TO_BROWSER else now, "boxes": record.boxes}
            await transaction.execute(update(data_requests).where(mine).values(**answered))
            work.insert(events, at=now, name="my_data_answered", facts={"medium": order.medium})
            facts: audit.Facts = {"why": MY_DATA, "boxes": record.boxes}
            await audit.append_now(transaction, at=now, actor="worker", action="opened", facts=facts)

        work = Work()
        work.job(job)
        try:
            await self._writer.commit(work)
        except SendingFailed:
            await alarm(self._database, self._writer, self._clock, self._tell_staff, "too_many")
            raise

    async def _file(self, order: Order, record: Record, own: Owned) -> bytes:
        zone = self._settings.zone
        telling = Telling(record, self._opener, self._activities, self._texts, order.language, zone)
        town = Written({"el": self._settings.municipality_el, "en": self._settings.municipality_en})
        held = await telling.all(own, order.id, self._clock.now())
        return package(held, self._texts, order.language, town, self._settings.contact_phone)

    async def _send(self, order: Order, chat_id: str, file: bytes) -> Receipt:
        if self._chats is None:
            raise SendingFailed(TECHNICAL, "no provider")
        caption = self._texts.say("account.my_data.here", order.language, phone=self._settings.contact_phone)
        try:
            return await self._chats.send_file(chat_id, NAME, file, caption)
        except SendingFailed as failed:
            if failed.kind == UNKNOWN:
                raise SendingFailed(PERMANENT, failed.code) from None
            raise

    async def _leave(self, order: Order, key: str, file: bytes) -> Receipt:
        closed = self._sealer.seal(base64.b64decode(key), str(order.id), file)
        mac = self._origin.mac(*file_parts(order.id, closed))
        work = Work()
        waiting = data_requests.c.id == order.id, data_requests.c.answered_at.is_(None)
        left = {"file": closed, "mac": mac, "answered_at": self._clock.now()}
        work.run(update(data_requests).where(*waiting).values(**left))
        await self._writer.commit(work)
        return Receipt("")

    async def _summarise(self, order: Order, number: str, own: Owned, record: Record) -> Receipt:
        work = Work(once=f"{MY_DATA}:{order.id}")
        self._orders.order(
            work,
            SUMMARY,
            SMS if own.numbers[number].kind == MOBILE else CALL,
            language=order.language,
            expires_at=self._clock.now() + SUMMARY_LASTS,
            params=counted(record),
            citizen_id=order.citizen_id,
            sealed={"to": number},
        )
        try:
            await self._writer.commit(work)
        except Duplicate:
            log.info("order %s was answered before", order.id)
        return Receipt("")


def _is_theirs(order: Order, sealed: Mapping[str, str], own: Owned) -> bool:
    if order.medium == TO_CHAT:
        return sealed.get("chat") in own.chats
    return sealed.get("number") in own.numbers


async def alarm(database: Database, writer: Writer, clock: Clock, tell_staff: TellStaff, why: str) -> None:
    """Record it, and tell staff, at most once an hour for each reason: `too_many` or `not_theirs`."""
    now, name = clock.now(), f"my_data_{why}"
    async with database.reading() as connection:
        told = await asked_lately(connection, name, now - HOUR) > 0
    work = Work()
    work.insert(events, at=now, name=name, facts={})
    audit.append(work, at=now, actor="worker", action="account.refused", facts={"why": why})
    if not told:
        await tell_staff(work, f"account.alert.{why}")
    await writer.commit(work)
    log.error("an answer about personal data was refused: %s", why)
