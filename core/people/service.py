"""Citizens: one verified number each, on any channel."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.db.database import Database
from core.db.schema import events
from core.db.work import Work
from core.errors import Conflict, Refused
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
        """Whose number it is; None also when it was not verified for a year (`UNUSED`).

        Raises `Refused("people.soon")` where that cannot be told for some minutes: the look-up key was lost,
        and is being replaced.
        """
        async with self._database.reading() as connection:
            return await self._owner(connection, self._lookup.all_of("number", e164))

    async def citizen_of_chat(self, chat_id: str) -> int | None:
        """Whose Telegram chat it is."""
        async with self._database.reading() as connection:
            citizen_id: int | None = await connection.scalar(
                select(addresses.c.citizen_id).where(
                    addresses.c.lookup.in_(self._lookup.all_of(TELEGRAM, chat_id))
                )
            )
        return citizen_id

    def come_back(
        self, work: Work, citizen_id: int, *, number: PhoneNumber, telegram_chat: str | None, language: str
    ) -> None:
        """A citizen's number was verified again: noted, and the chat attached."""
        now = self._clock.now()
        seen = {"last_verified_at": now, "language": language}
        work.run(update(citizens).where(citizens.c.id == citizen_id).values(**seen))
        numbers = addresses.c.citizen_id == citizen_id, addresses.c.kind.in_((MOBILE, LANDLINE))
        work.run(update(addresses).where(*numbers).values(verified_at=now))
        if telegram_chat is not None:
            self.attach_chat(work, citizen_id, telegram_chat, by=number.e164)

    def register(
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
        """Make a citizen of a number verified just now that is nobody's (`citizen_of_number`); the new id.

        A number unused for a year goes over to the new citizen. The commit raises `Conflict` where somebody
        registered the number meanwhile.
        """
        citizen_id, address_id = self._codes.new_id(), self._codes.new_id()
        now = self._clock.now()
        citizen = {
            "id": citizen_id,
            "box": self._sealer.seal("citizens", citizen_id, json.dumps({"name": name}).encode()),
            "language": language,
            "birth_year": birth_year,
            "resident": resident,
            "notice_version": notice_version,
            "reminders": reminders,
            "registered_at": now,
            "last_verified_at": now,
        }
        found_by = self._lookup.all_of("number", number.e164)

        async def job(transaction: AsyncConnection, work: Work) -> None:
            if await self._owner(transaction, found_by) is not None:
                raise Conflict("the number was registered meanwhile")
            await transaction.execute(insert(citizens).values(**citizen))
            await self._give(transaction, address_id, citizen_id, number.kind, found_by, number.e164)
            work.insert(events, at=now, name="citizen_registered", facts={"kind": number.kind})

        work.job(job)
        if telegram_chat is not None:
            self.attach_chat(work, citizen_id, telegram_chat, by=number.e164)
        return citizen_id

    def attach_chat(self, work: Work, citizen_id: int, chat_id: str, *, by: str) -> None:
        """Let a Telegram chat lead to the citizen; it leads to one only. `by`: the number (E.164) that was verified
        there, kept in the box: see `core.people.owning`."""
        found_by, new_id = self._lookup.all_of(TELEGRAM, chat_id), self._codes.new_id()

        async def job(transaction: AsyncConnection, _work: Work) -> None:
            await self._give(transaction, new_id, citizen_id, TELEGRAM, found_by, chat_id, by=by)

        work.job(job)

    def set_language(self, work: Work, citizen_id: int, language: str) -> None:
        work.run(update(citizens).where(citizens.c.id == citizen_id).values(language=language))

    def set_reminders(self, work: Work, citizen_id: int, wanted: bool) -> None:
        """Consent to reminders, given or taken back."""
        work.run(update(citizens).where(citizens.c.id == citizen_id).values(reminders=wanted))

    async def _give(
        self,
        transaction: AsyncConnection,
        new_id: int,
        citizen_id: int,
        kind: str,
        found_by: Sequence[bytes],
        to: str,
        **proof: str,
    ) -> None:
        """Let an address lead to the citizen, whoever's it was.

        The box says whose it is as well, so that a row given to another citizen behind our back is seen.
        """
        known = await transaction.scalar(select(addresses.c.id).where(addresses.c.lookup.in_(found_by)))
        row_id = known or new_id
        plain = json.dumps({"to": to, "citizen": citizen_id, **proof}).encode()
        row = {
            "citizen_id": citizen_id,
            "kind": kind,
            "lookup": found_by[0],
            "box": self._sealer.seal("addresses", row_id, plain),
            "verified_at": self._clock.now(),
        }
        if known is None:
            await transaction.execute(insert(addresses).values(id=row_id, **row))
        else:
            await transaction.execute(update(addresses).where(addresses.c.id == known).values(**row))

    async def _owner(self, connection: AsyncConnection, found_by: Sequence[bytes]) -> int | None:
        query = (
            select(citizens.c.id)
            .join(addresses, citizens.c.id == addresses.c.citizen_id)
            .where(addresses.c.lookup.in_(found_by), citizens.c.last_verified_at > self._clock.now() - UNUSED)
        )
        citizen_id: int | None = await connection.scalar(query)
        if citizen_id is None and self._lookup.is_being_replaced:
            raise Refused("people.soon")  # perhaps a citizen's already, whose record is not made anew yet
        return citizen_id
