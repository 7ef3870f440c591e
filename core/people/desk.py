"""The desk: tickets by which staff open the citizens' side for one person at the counter, and the sessions they begin.

The panel makes a ticket and keeps its hash alone; `web` takes it once, within a minute, and begins a session that ends
with that person. Neither learns from the other who was served: what a ticket leads to is a staff account.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime, timedelta

from sqlalchemy import Delete, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.db import audit
from core.db.database import Database
from core.db.turns import take_turns
from core.db.work import Work
from core.errors import Refused
from core.people.staff_model import desk_tickets, staff
from core.people.staff_roles import Permission, Role, permissions_of
from core.people.staff_sessions import new_token
from core.ports import Clock, Codes

TICKET_LASTS = timedelta(seconds=60)
LONGEST = timedelta(hours=1)
"""Of a session, however busy; it ends sooner by silence, as the conversation does."""
IN_A_MINUTE = 6
"""Tickets for one account: faster than anybody is served."""
_KEPT = timedelta(days=1)
_TICKET = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


class DeskTickets:
    """Use cases add to a `Work`; whoever calls them commits it."""

    def __init__(self, database: Database, clock: Clock, codes: Codes) -> None:
        self._database = database
        self._clock = clock
        self._codes = codes

    def make(self, work: Work, staff_id: int) -> str:
        """A ticket in this person's name, returned and kept nowhere. The commit refuses `desk.too_many`."""
        ticket, now = new_token(self._codes), self._clock.now()
        row = {
            "id": self._codes.new_id(),
            "hash": _hash("ticket", ticket),
            "staff_id": staff_id,
            "made_at": now,
            "expires_at": now + TICKET_LASTS,
        }

        async def job(transaction: AsyncConnection, _work: Work) -> None:
            await take_turns(transaction, "desk_tickets")
            await transaction.execute(old_tickets(now))
            recent = select(func.count()).where(
                desk_tickets.c.staff_id == staff_id, desk_tickets.c.made_at > now - timedelta(minutes=1)
            )
            if (await transaction.scalar(recent) or 0) >= IN_A_MINUTE:
                raise Refused("desk.too_many")
            await transaction.execute(insert(desk_tickets).values(**row))

        work.job(job)
        return ticket

    async def begin(self, work: Work, ticket: str, session: str) -> None:
        """Take a ticket: the session of this id is one of the desk's. Noted in the audit log, in the name of who made
        the ticket. Raises `Refused("desk.ticket_over")`, now or at the commit: too old, used, or none of ours; also
        where the account may no longer open the desk.
        """
        now = self._clock.now()
        if not _TICKET.fullmatch(ticket):
            raise Refused("desk.ticket_over")
        hashed = _hash("ticket", ticket)
        valid = (
            desk_tickets.c.hash == hashed,
            desk_tickets.c.used_at.is_(None),
            desk_tickets.c.expires_at > now,
        )
        query = (
            select(desk_tickets.c.id, staff.c.id.label("staff"), staff.c.roles)
            .join(staff, staff.c.id == desk_tickets.c.staff_id)
            .where(*valid, staff.c.active)
        )
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None or Permission.DESK_OPEN not in permissions_of(Role(name) for name in row.roles):
            raise Refused("desk.ticket_over")
        work.run(
            update(desk_tickets).where(*valid).values(used_at=now, session=_hash("session", session)),
            or_else=Refused("desk.ticket_over"),
        )
        actor = f"staff:{row.staff}"
        audit.append(work, at=now, actor=actor, action="desk.session_began", facts={"ticket": str(row.id)})

    async def is_open(self, session: str) -> bool:
        """Whether a ticket began this session, and it has not ended."""
        query = select(desk_tickets.c.used_at).where(
            desk_tickets.c.session == _hash("session", session), desk_tickets.c.ended_at.is_(None)
        )
        async with self._database.reading() as connection:
            began: datetime | None = await connection.scalar(query)
        return began is not None and self._clock.now() < began + LONGEST

    def end(self, work: Work, session: str) -> None:
        """Harmless where it has ended."""
        work.run(
            update(desk_tickets)
            .where(desk_tickets.c.session == _hash("session", session), desk_tickets.c.ended_at.is_(None))
            .values(ended_at=self._clock.now())
        )


def old_tickets(now: datetime) -> Delete:
    """Whoever makes a ticket deletes them, and the night."""
    return delete(desk_tickets).where(desk_tickets.c.made_at <= now - _KEPT)


def _hash(kind: str, secret: str) -> bytes:
    """The secrets are random: they need no key."""
    return hashlib.sha256(f"desk {kind}\0{secret}".encode()).digest()
