"""Both ends of the post: the side that orders, and the worker that delivers, on one database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Table, select

from core.adapters.sealing import (
    AesKeeper,
    HmacLookUp,
    HmacOrigin,
    HpkeOpener,
    HpkeSealer,
    new_opening_key,
    sealing_key_of,
)
from core.config import Settings
from core.db.database import Database
from core.db.schema import events
from core.db.work import Work
from core.db.writer import Writer
from core.messages.callbacks import Callbacks
from core.messages.delivery import Delivery
from core.messages.outbox import Outbox
from core.messages.templates import ByCall, BySms
from core.messages.texts import Texts
from core.people.code_message import CodeMessage
from core.people.numbers import PhoneNumber, parse_number
from core.people.reaching import Addresses
from core.people.service import People
from core.people.verification import TEMPLATE, Started, Verification
from core.ports import Caller, TextSender
from tests.fakes.clock import KnownCodes, StoppedClock
from tests.fakes.senders import FakeCalls, FakeTexts

MOBILE, LANDLINE = "+306900000001", "+302100000002"
_OPENING = new_opening_key()


def mobile(last: int = 1, prefix: str = "690") -> PhoneNumber:
    return parse_number(f"{prefix}{last:07d}", "GR")


def landline(last: int = 2) -> PhoneNumber:
    return parse_number(f"210{last:07d}", "GR")


@dataclass
class Post:
    """Everything between a request for a code and the telephone."""

    database: Database
    clock: StoppedClock
    codes: KnownCodes
    settings: Settings
    origin: HmacOrigin
    writer: Writer
    sealer: HpkeSealer
    opener: HpkeOpener
    outbox: Outbox
    verification: Verification
    people: People
    callbacks: Callbacks
    texts: FakeTexts
    calls: FakeCalls
    delivery: Delivery

    def worker(
        self, texts: TextSender | None = None, calls: Caller | None = None, **changes: Any
    ) -> Delivery:
        """Another worker on the same outbox."""
        given: dict[str, Any] = {
            "media": {"sms": BySms(texts or self.texts), "call": ByCall(calls or self.calls)},
            "templates": {TEMPLATE: CodeMessage(Texts(ZoneInfo("Europe/Athens")), self.settings)},
            "reach": Addresses(self.database, self.opener),
        }
        return Delivery(
            self.database,
            self.writer,
            self.clock,
            self.codes,
            self.origin,
            self.opener,
            **(given | changes),
        )

    async def start(self, number: PhoneNumber, *, speaker: bytes = b"me", language: str = "el") -> Started:
        work = Work()
        started = await self.verification.start(work, number, speaker, language)
        await self.writer.commit(work)
        return started

    async def check(self, started: Started, typed: str, *, speaker: bytes = b"me") -> None:
        work = Work()
        await self.verification.check(work, started.id, speaker, typed)
        await self.writer.commit(work)

    async def report(self, order_id: int, provider_id: str, status: str, error: str = "") -> None:
        work = Work()
        self.callbacks.report(work, order_id=order_id, provider_id=provider_id, status=status, error=error)
        await self.writer.commit(work)

    async def register(self, number: PhoneNumber, *, chat: str | None = None) -> int:
        work = Work()
        citizen_id = self.people.register(
            work,
            name="Ελένη Δοκιμή",
            birth_year=1980,
            resident=True,
            language="el",
            number=number,
            telegram_chat=chat,
            reminders=False,
            notice_version=1,
        )
        await self.writer.commit(work)
        return citizen_id

    async def rows(self, table: Table, *where: Any) -> list[Any]:
        async with self.database.reading() as connection:
            return list((await connection.execute(select(table).where(*where))).all())

    async def row(self, table: Table, *where: Any) -> Any:
        (found,) = await self.rows(table, *where)
        return found

    async def happened(self, name: str) -> list[dict[str, Any]]:
        return [row.facts for row in await self.rows(events, events.c.name == name)]

    @property
    def code(self) -> str:
        """The code made last."""
        return self.codes.given[-1]


@asynccontextmanager
async def open_post(database: Database, clock: StoppedClock, **settings: Any) -> AsyncIterator[Post]:
    codes = KnownCodes()
    chosen = Settings(**({"twilio_account_sid": "AC1", "twilio_from": "+302100000001"} | settings))
    origin, lookup, keeper = HmacOrigin(b"o" * 32), HmacLookUp(b"l" * 32), AesKeeper(b"k" * 32)
    sealer, opener = HpkeSealer(sealing_key_of(_OPENING), origin), HpkeOpener(_OPENING, origin)
    writer = Writer(database, clock)
    outbox = Outbox(codes, clock, origin, sealer)
    texts, calls = FakeTexts(clock), FakeCalls(clock)
    post = Post(
        database,
        clock,
        codes,
        chosen,
        origin,
        writer,
        sealer,
        opener,
        outbox,
        Verification(database, clock, codes, lookup, origin, keeper, chosen, outbox, writer),
        People(database, clock, codes, sealer, lookup),
        Callbacks(clock, codes, origin),
        texts,
        calls,
        delivery=None,  # type: ignore[arg-type]
    )
    post.delivery = post.worker()
    yield post
    await writer.close()
