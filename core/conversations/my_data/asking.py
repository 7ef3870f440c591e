"""What `web` does about my data and a new number: it orders, under the origin key, and hands on what it cannot read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.conversations.model import data_requests
from core.db.database import Database
from core.db.schema import events
from core.db.turns import take_turns
from core.db.work import Work
from core.db.writer import Writer
from core.errors import Refused
from core.messages.model import outbox
from core.messages.outbox import Outbox
from core.messages.states import FAILED
from core.people.numbers import PhoneNumber
from core.ports import Clock, LookUp, Origin

MY_DATA, NEW_NUMBER = "my_data", "new_number"
"""Kinds of order."""
TO_CHAT, TO_BROWSER, TO_TELEPHONE = "telegram", "browser", "telephone"
"""Where the answer goes: the media of such an order."""
LASTS = timedelta(minutes=10)
"""Of an order, and of a file that waits to be fetched."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
IN_AN_HOUR, IN_A_DAY = 30, 3
"""Answers for the whole town, and for one citizen."""


class DataRequests:
    """Adds to a `Work`; the conversation commits it."""

    def __init__(
        self,
        database: Database,
        writer: Writer,
        clock: Clock,
        lookup: LookUp,
        origin: Origin,
        orders: Outbox,
        contact_phone: str,
    ) -> None:
        self._database = database
        self._writer = writer
        self._clock = clock
        self._lookup = lookup
        self._origin = origin
        self._orders = orders
        self._contact_phone = contact_phone

    def ask(
        self,
        work: Work,
        citizen_id: int,
        speaker: bytes,
        language: str,
        medium: str,
        sealed: Mapping[str, str],
    ) -> int:
        """Order an answer; the id under which `take` finds the file.

        `speaker`: look-up of the chat or session, the only one that may fetch it. `sealed` proves to the worker who
        asks: the `chat`, or the `number` verified just now, and the browser's `key` (base64). The commit raises
        `Refused`: `account.busy` (30 in an hour, town-wide), `account.often` (`until`; 3 a day).
        """
        now = self._clock.now()
        order_id = self._orders.order(
            work,
            MY_DATA,
            medium,
            language=language,
            expires_at=now + LASTS,
            citizen_id=citizen_id,
            sealed=sealed,
        )

        async def allow(transaction: AsyncConnection, _work: Work) -> None:
            await take_turns(transaction, MY_DATA)
            if await asked_lately(transaction, "my_data_asked", now - HOUR) >= IN_AN_HOUR:
                raise Refused("account.busy", phone=self._contact_phone)
            mine = data_requests.c.citizen_id == citizen_id, data_requests.c.asked_at > now - DAY
            of_day = select(data_requests.c.asked_at).where(*mine).order_by(data_requests.c.asked_at.desc())
            asked = (await transaction.scalars(of_day.limit(IN_A_DAY))).all()
            if len(asked) == IN_A_DAY:
                raise Refused("account.often", until=asked[-1] + DAY)

        work.job(allow)
        work.insert(
            data_requests,
            id=order_id,
            citizen_id=citizen_id,
            speaker=speaker,
            asked_at=now,
            expires_at=now + LASTS,
        )
        work.insert(events, at=now, name="my_data_asked", facts={"medium": medium})
        return order_id

    async def take(self, speaker: Sequence[bytes], order_id: int) -> bytes | None:
        """The file, once, still closed to us, for whom one of these look-ups stands; None while it is not there yet.

        Raises `Refused("account.gone")`.
        """
        own = data_requests.c.id == order_id, data_requests.c.speaker.in_(speaker)
        query = (
            select(data_requests, outbox.c.state)
            .outerjoin(outbox, outbox.c.id == data_requests.c.id)
            .where(*own)
        )
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None or row.expires_at <= self._clock.now() or row.state == FAILED:
            raise Refused("account.gone")
        if row.answered_at is None:
            return None
        work, over = Work(), Refused("account.gone")
        still = update(data_requests).where(*own, data_requests.c.file.is_not(None))
        work.run(still.values(file=None, mac=None), or_else=over)
        await self._writer.commit(work)
        if not self._origin.check(row.mac, *file_parts(order_id, row.file)):
            raise over  # somebody else has left it there
        return bytes(row.file)

    def change_number(
        self, work: Work, citizen_id: int, language: str, old: PhoneNumber, new: PhoneNumber
    ) -> None:
        """Order that `new` takes the place of `old`, both verified just now. The worker does it, once it has seen by
        the box that `old` is the citizen's: `web` makes no box for a number of somebody who has one."""
        found_by = " ".join(each.hex() for each in self._lookup.all_of("number", new.e164))
        self._orders.order(
            work,
            NEW_NUMBER,
            TO_TELEPHONE,
            language=language,
            expires_at=self._clock.now() + LASTS,
            citizen_id=citizen_id,
            sealed={"old": old.e164, "new": new.e164, "kind": new.kind, "found_by": found_by},
        )


async def asked_lately(connection: AsyncConnection, name: str, since: object) -> int:
    """How many events of this name happened since."""
    query = select(func.count()).where(events.c.name == name, events.c.at > since)
    return int(await connection.scalar(query) or 0)


def file_parts(order_id: int, file: bytes) -> tuple[bytes, ...]:
    """What the MAC of a file is made of."""
    return b"my data file", str(order_id).encode(), file
