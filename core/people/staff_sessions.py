"""Sessions of staff: kept in the database by the hash of their id, ended by silence, by age, or by hand."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from core.db.database import Database
from core.db.work import Work
from core.people.staff_model import staff, staff_sessions
from core.people.staff_roles import PERMISSIONS, Permission, Role, permissions_of
from core.ports import Clock, Codes

HALF, FULL = "half", "full"
_TOKEN_BYTES = 32
_SEEN_AGAIN = timedelta(minutes=1)
"""A session's last moment is noted no more often than this: a page is no reason to write."""


@dataclass(frozen=True)
class Limits:
    """When a session ends: after so much silence, and after so much time whatever happens."""

    idle: timedelta
    longest: timedelta


AT_WORK = Limits(timedelta(minutes=30), timedelta(hours=12))
BETWEEN_FACTORS = Limits(timedelta(minutes=10), timedelta(minutes=10))


@dataclass(frozen=True)
class SignedIn:
    """Who acts, in which session."""

    staff_id: int
    login: str
    roles: tuple[Role, ...]
    """Those in force: all of the account's, or the session's one."""
    session_id: int
    stage: str
    seen_at: datetime
    one_role: bool = False
    """The session acts in one role alone, and not for the account: a telephone at a gate."""

    @property
    def permissions(self) -> frozenset[Permission]:
        if self.stage != FULL:
            return frozenset()
        held = permissions_of(self.roles)
        return held - {Permission.OWN} if self.one_role else held

    @property
    def actor(self) -> str:
        """As the audit log names them."""
        return f"staff:{self.staff_id}"


@dataclass(frozen=True)
class SessionView:
    """A session, for the list of one's own."""

    id: int
    device: str
    started_at: datetime
    seen_at: datetime
    ends_at: datetime


class StaffSessions:
    """Opens, finds and ends sessions."""

    def __init__(self, database: Database, clock: Clock, codes: Codes) -> None:
        self._database = database
        self._clock = clock
        self._codes = codes

    def open(
        self,
        work: Work,
        staff_id: int,
        stage: str,
        *,
        device: str,
        limits: Limits = AT_WORK,
        role: Role | None = None,
    ) -> str:
        """Begin a session under a new id, which is returned and kept nowhere. What has ended is swept away."""
        token = new_token(self._codes)
        now = self._clock.now()
        work.run(delete(staff_sessions).where(staff_sessions.c.ends_at <= now))
        work.insert(
            staff_sessions,
            id=self._codes.new_id(),
            hash=hash_of(token),
            staff_id=staff_id,
            stage=stage,
            role=role,
            device=device,
            started_at=now,
            seen_at=now,
            idle_s=int(limits.idle.total_seconds()),
            ends_at=now + limits.longest,
        )
        return token

    async def find(self, token: str) -> SignedIn | None:
        """Whose session this is; None where it has ended, was never, or its account is not active."""
        found = (
            select(staff_sessions, staff.c.login, staff.c.roles)
            .join(staff, staff.c.id == staff_sessions.c.staff_id)
            .where(staff_sessions.c.hash == hash_of(token), staff.c.active)
        )
        async with self._database.reading() as connection:
            row = (await connection.execute(found)).one_or_none()
        now = self._clock.now()
        if row is None or row.ends_at <= now or row.seen_at + timedelta(seconds=row.idle_s) <= now:
            return None
        held = tuple(Role(name) for name in row.roles)
        if row.role is None:
            return SignedIn(row.staff_id, row.login, held, row.id, row.stage, row.seen_at)
        # Whoever may do all that the role may can lend it, whichever roles that comes from.
        lent = Role(row.role)
        roles = (lent,) if PERMISSIONS[lent] <= permissions_of(held) else ()
        return SignedIn(row.staff_id, row.login, roles, row.id, row.stage, row.seen_at, one_role=True)

    def is_due(self, signed_in: SignedIn) -> bool:
        """Whether the session's last moment should be noted again."""
        return self._clock.now() - signed_in.seen_at >= _SEEN_AGAIN

    def note(self, work: Work, signed_in: SignedIn) -> None:
        """Note that the session is in use."""
        work.run(
            update(staff_sessions)
            .where(staff_sessions.c.id == signed_in.session_id)
            .values(seen_at=self._clock.now())
        )

    async def of(self, staff_id: int) -> Sequence[SessionView]:
        """Somebody's sessions that have not ended, the newest first."""
        found = (
            select(staff_sessions)
            .where(staff_sessions.c.staff_id == staff_id, staff_sessions.c.stage == FULL)
            .order_by(staff_sessions.c.started_at.desc())
        )
        now = self._clock.now()
        async with self._database.reading() as connection:
            rows = await connection.execute(found)
            return [
                SessionView(row.id, row.device, row.started_at, row.seen_at, row.ends_at)
                for row in rows
                if row.ends_at > now and row.seen_at + timedelta(seconds=row.idle_s) > now
            ]

    def end(self, work: Work, staff_id: int, session_id: int) -> None:
        """End one session of this person; of another's nothing happens."""
        work.run(
            delete(staff_sessions).where(
                staff_sessions.c.id == session_id, staff_sessions.c.staff_id == staff_id
            )
        )

    def end_all(self, work: Work, staff_id: int) -> None:
        """Sign this person out everywhere."""
        work.run(delete(staff_sessions).where(staff_sessions.c.staff_id == staff_id))


def new_token(codes: Codes) -> str:
    """43 letters of 256 random bits."""
    return base64.urlsafe_b64encode(codes.token(_TOKEN_BYTES)).decode().rstrip("=")


def hash_of(token: str) -> bytes:
    """What is kept of a token. It is random and long, so a plain hash does not give it away."""
    return hashlib.sha256(token.encode()).digest()
