"""The worker finds a citizen's number at the last moment, by opening the box that holds it."""

from __future__ import annotations

import json

from sqlalchemy import select

from core.db.database import Database
from core.messages.states import CALL, CHAT, SMS
from core.people.model import addresses
from core.people.numbers import LANDLINE, MOBILE
from core.people.owning import address_rows, owned
from core.ports import BrokenBox, Opener


class Addresses:
    """`Reach` of the worker. Its openings are audited where orders are claimed."""

    def __init__(self, database: Database, opener: Opener) -> None:
        self._database = database
        self._opener = opener

    async def address(self, citizen_id: int, medium: str) -> str | None:
        """The number verified last: a mobile for an SMS, any for a call; or the chat.

        The box says whose number it holds. Raises `BrokenBox` where the row says otherwise: somebody who
        can write the database would like to have another person's message.
        """
        if medium == CHAT:
            return await self._chat(citizen_id)
        kinds = {SMS: (MOBILE,), CALL: (LANDLINE, MOBILE)}[medium]
        query = (
            select(addresses.c.id, addresses.c.box)
            .where(addresses.c.citizen_id == citizen_id, addresses.c.kind.in_(kinds))
            .order_by(addresses.c.verified_at.desc())
            .limit(1)
        )
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        address = json.loads(self._opener.open("addresses", row.id, row.box))
        if address["citizen"] != citizen_id:
            raise BrokenBox("an address was given to another citizen")
        return str(address["to"])

    async def _chat(self, citizen_id: int) -> str | None:
        """The one attached last, through a number that is theirs: the numbers' boxes are opened too."""
        async with self._database.reading() as connection:
            rows = await address_rows(connection, citizen_id)
        if all(row.kind != CHAT for row in rows):
            return None
        own = owned(rows, citizen_id, self._opener)
        if not own.chats:
            raise BrokenBox("a chat was attached through a number that is not the citizen's")
        return max(own.chats.values(), key=lambda chat: chat.verified_at).to
