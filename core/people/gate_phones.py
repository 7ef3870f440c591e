"""Telephones at gates: let in by a link that an officer's screen shows, to the gate and to nothing else.

A link is a session that has not begun: a row of its own stage, which opens nothing until it is used up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from core.db.database import Database
from core.db.work import Work
from core.errors import Refused
from core.people.staff_model import staff, staff_sessions
from core.people.staff_roles import Role
from core.people.staff_sessions import FULL, Limits, SignedIn, StaffSessions, hash_of
from core.ports import Clock

LINK = "link"
LINK_LASTS = timedelta(minutes=5)
SHIFT = Limits(idle=timedelta(hours=3), longest=timedelta(hours=12))
"""Of a telephone at a gate: it may be without a line for hours."""


@dataclass(frozen=True)
class GatePhone:
    """A telephone that is signed in to the gate alone. Times are UTC."""

    id: int
    device: str
    officer: str
    """Login of who let it in."""
    started_at: datetime
    seen_at: datetime
    ends_at: datetime


class GatePhones:
    """Use cases add to a `Work`; whoever calls them commits it, with its entry in the audit log."""

    def __init__(self, database: Database, clock: Clock, sessions: StaffSessions) -> None:
        self._database = database
        self._clock = clock
        self._sessions = sessions

    def invite(self, work: Work, staff_id: int) -> str:
        """Make a link in this officer's name; returned and kept nowhere."""
        limits = Limits(LINK_LASTS, LINK_LASTS)
        return self._sessions.open(work, staff_id, LINK, device="", limits=limits, role=Role.GATE)

    async def invited(self, token: str) -> SignedIn | None:
        """In whose name this link is; None where it was used, or is too old."""
        found = await self._sessions.find(token)
        return found if found is not None and found.stage == LINK else None

    def begin(self, work: Work, token: str, link: SignedIn, *, device: str) -> str:
        """Use a link up: the token of a session for the gate alone. Refuses `gate.link_over` (at the commit)."""
        used = delete(staff_sessions).where(
            staff_sessions.c.hash == hash_of(token), staff_sessions.c.stage == LINK
        )
        work.run(used, or_else=Refused("gate.link_over"))
        return self._sessions.open(work, link.staff_id, FULL, device=device, limits=SHIFT, role=Role.GATE)

    async def all(self) -> Sequence[GatePhone]:
        """Those that are signed in, the newest first."""
        now = self._clock.now()
        found = (
            select(staff_sessions, staff.c.login)
            .join(staff, staff.c.id == staff_sessions.c.staff_id)
            .where(staff_sessions.c.role == Role.GATE, staff_sessions.c.stage == FULL, staff.c.active)
            .order_by(staff_sessions.c.started_at.desc())
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(found)).all()
        return [
            GatePhone(row.id, row.device, row.login, row.started_at, row.seen_at, row.ends_at)
            for row in rows
            if row.ends_at > now and row.seen_at + timedelta(seconds=row.idle_s) > now
        ]

    def end(self, work: Work, session_id: int) -> None:
        """Sign a telephone out of the gate. Refuses `gate.phone_gone`."""
        found = delete(staff_sessions).where(
            staff_sessions.c.id == session_id, staff_sessions.c.role == Role.GATE
        )
        work.run(found, or_else=Refused("gate.phone_gone"))
