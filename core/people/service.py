"""Citizens: one verified number each, on any channel."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.db.database import Database
from core.db.schema import events
from core.db.work import Work
from core.errors import Conflict
from core.people.model import addresses, citizens
from core.people.numbers import LANDLINE, MOBILE, PhoneNumber
from core.ports import Clock, Codes, LookUp, Sealer

UNUSED = timedelta(days=365)
"""A number not verified for so long may be somebody else's by now: it begins anew and shows nothing old."""
TELEGRAM = "telegram"


@dataclass(frozen=True)
class Citizen:
    """What may be known in the clear. The name is in a box that this process cannot open."""

    id: int
    language: str
    birth_year: int | None
    resident: bool | None
    reminders: bool
    last_verified_at: datetime
    number_kind: str | None
    """`mobile` or `landline`: of the number verified last."""


class People:
    """Who the citizens are. Services add to a `Work`; the edge commits it."""

    def __init__(
        self, database: Database, clock: Clock, codes: Codes, sealer: Sealer, lookup: LookUp
    ) -> None:
        self._database = database
        self._clock = clock
        self._codes = codes
        self._sealer = sealer
        self._lookup = lookup

    async def citizen(self, citizen_id: int) -> Citizen | None:
        kinds = (
            select(addresses.c.kind)
            .where(addresses.c.citizen_id == citizen_id, addresses.c.kind.in_((MOBILE, LANDLINE)))
            .order_by(addresses.c.verified_at.desc())
            .limit(1)
        )
        c = citizens.c
        row_of = select(
            c.id,
            c.language,
            c.birth_year,
            c.resident,
            c.reminders,
            c.last_verified_at,
            kinds.scalar_subquery(),
        )
        async with self._database.reading() as connection:
            row = (await connection.execute(row_of.where(c.id == citizen_id))).one_or_none()
        return None if row is None else Citizen(*row)

    async def citizen_of_number(self, e164: str) -> int | None:
        """Whose number it is; None also when it was not verified for a year (`UNUSED`)."""
        async with self._database.reading() as connection:
            found = await self._of_number(connection, e164, chat=None)
        return None if found is None else found[1]

    async def citizen_of_chat(self, chat_id: str) -> int | None:
        """Whose Telegram chat it is."""
        async with self._database.reading() as connection:
            citizen_id: int | None = await connection.scalar(
                select(addresses.c.citizen_id).where(addresses.c.lookup == self._lookup.of(TELEGRAM, chat_id))
            )
        return citizen_id

    async def recognise(self, work: Work, number: PhoneNumber, *, telegram_chat: str | None) -> int | None:
        """A number was verified: the citizen it belongs to, noted as verified now and the chat attached.

        None for a number that is new or has been unused: then ask for what `register` needs.
        """
        async with self._database.reading() as connection:
            found = await self._of_number(connection, number.e164, telegram_chat)
        if found is None or found[1] is None:
            return None
        address_id, citizen_id = found
        now = self._clock.now()
        work.run(update(citizens).where(citizens.c.id == citizen_id).values(last_verified_at=now))
        work.run(update(addresses).where(addresses.c.id == address_id).values(verified_at=now))
        if telegram_chat is not None:
            self.attach_chat(work, citizen_id, telegram_chat)
        return citizen_id

    async def register(
        self,
        work: Work,
        *,
        name: str,
        birth_year: int | None,
        resident: bool | None,
        language: str,
        number: PhoneNumber,
        telegram_chat: str | None,
        reminders: bool,
        notice_version: int,
    ) -> int:
        """Make a citizen of a number verified just now; the citizen's id.

        A number that is known keeps its citizen, with a new name box; one that was unused for a year begins
        anew. The commit raises `Conflict` where the same number was registered meanwhile.
        """
        async with self._database.reading() as connection:
            found = await self._of_number(connection, number.e164, telegram_chat)
        address_id, existing = found or (None, None)
        citizen_id = existing or self._codes.new_id()
        new_address_id = address_id or self._codes.new_id()
        now = self._clock.now()
        row = {
            "box": self._sealer.seal("citizens", citizen_id, json.dumps({"name": name}).encode()),
            "language": language,
            "birth_year": birth_year,
            "resident": resident,
            "notice_version": notice_version,
            "reminders": reminders,
            "last_verified_at": now,
        }
        address = {
            "citizen_id": citizen_id,
            "kind": number.kind,
            "box": self._address_box(new_address_id, citizen_id, number.e164),
            "verified_at": now,
        }

        async def job(transaction: AsyncConnection, work: Work) -> None:
            if await self._of_number(transaction, number.e164, telegram_chat) != found:
                raise Conflict
            if existing is None:
                await transaction.execute(insert(citizens).values(id=citizen_id, registered_at=now, **row))
                work.insert(events, at=now, name="citizen_registered", facts={"kind": number.kind})
            else:
                await transaction.execute(update(citizens).where(citizens.c.id == citizen_id).values(**row))
            if address_id is None:
                found_by = self._lookup.of("number", number.e164)
                await transaction.execute(
                    insert(addresses).values(id=new_address_id, lookup=found_by, **address)
                )
            else:
                await transaction.execute(
                    update(addresses).where(addresses.c.id == address_id).values(**address)
                )

        work.job(job)
        if telegram_chat is not None:
            self.attach_chat(work, citizen_id, telegram_chat)
        return citizen_id

    def attach_chat(self, work: Work, citizen_id: int, chat_id: str) -> None:
        """Let a Telegram chat lead to the citizen; it leads to one only."""
        found_by = self._lookup.of(TELEGRAM, chat_id)
        new_id = self._codes.new_id()
        now = self._clock.now()

        async def job(transaction: AsyncConnection, _work: Work) -> None:
            known = await transaction.scalar(select(addresses.c.id).where(addresses.c.lookup == found_by))
            row_id = known or new_id
            row = {
                "citizen_id": citizen_id,
                "kind": TELEGRAM,
                "box": self._address_box(row_id, citizen_id, chat_id),
                "verified_at": now,
            }
            if known is None:
                await transaction.execute(insert(addresses).values(id=row_id, lookup=found_by, **row))
            else:
                await transaction.execute(update(addresses).where(addresses.c.id == known).values(**row))

        work.job(job)

    def set_language(self, work: Work, citizen_id: int, language: str) -> None:
        work.run(update(citizens).where(citizens.c.id == citizen_id).values(language=language))

    def set_reminders(self, work: Work, citizen_id: int, wanted: bool) -> None:
        """Consent to reminders, given or taken back."""
        work.run(update(citizens).where(citizens.c.id == citizen_id).values(reminders=wanted))

    def _address_box(self, row_id: int, citizen_id: int, to: str) -> bytes:
        """Says whose address it is as well: a row given to another citizen is seen when it is opened."""
        plain: dict[str, Any] = {"to": to, "citizen": citizen_id}
        return self._sealer.seal("addresses", row_id, json.dumps(plain).encode())

    async def _of_number(
        self, connection: AsyncConnection, e164: str, chat: str | None
    ) -> tuple[int, int | None] | None:
        """The number's address row and its citizen: None for a number unused for a year.

        The same chat and number together are the same person, however long ago.
        """
        query = (
            select(addresses.c.id, citizens.c.id.label("citizen_id"), citizens.c.last_verified_at)
            .join(citizens, citizens.c.id == addresses.c.citizen_id)
            .where(addresses.c.lookup == self._lookup.of("number", e164))
        )
        row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        if row.last_verified_at > self._clock.now() - UNUSED:
            return row.id, row.citizen_id
        of_chat = None
        if chat is not None:
            found_by = self._lookup.of(TELEGRAM, chat)
            of_chat = await connection.scalar(
                select(addresses.c.citizen_id).where(addresses.c.lookup == found_by)
            )
        return row.id, row.citizen_id if of_chat == row.citizen_id else None
