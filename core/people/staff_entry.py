"""Signing in: first the password, then the second factor, each step under a new session id."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from sqlalchemy import delete, select, update

from core.db import audit
from core.db.database import Database
from core.db.work import Work
from core.db.writer import Writer
from core.errors import Refused
from core.people.staff_factor import Factors, hash_of_recovery
from core.people.staff_model import staff, staff_recovery
from core.people.staff_passwords import Passwords
from core.people.staff_sessions import BETWEEN_FACTORS, FULL, HALF, SignedIn, StaffSessions, new_token
from core.people.staff_throttle import Throttle, key_of
from core.ports import BrokenBox, Clock, Codes, Keeper


@dataclass(frozen=True)
class Entered:
    """A full session, and what the browser keeps so that strangers' wrong tries do not slow its owner."""

    token: str
    known_device: str


class Entry:
    """Commits each step by itself: a wrong try is a write too.

    Tries are counted by login name; those from a browser that has signed in to the account before are counted apart,
    so that nobody can keep the owner out by trying (OWASP: device cookies).
    """

    def __init__(
        self,
        database: Database,
        writer: Writer,
        clock: Clock,
        codes: Codes,
        keeper: Keeper,
        sessions: StaffSessions,
        passwords: Passwords,
        factors: Factors,
    ) -> None:
        self._database = database
        self._writer = writer
        self._clock = clock
        self._codes = codes
        self._keeper = keeper
        self._sessions = sessions
        self._passwords = passwords
        self._factors = factors
        self._throttle = Throttle(clock)

    async def by_password(self, login: str, password: str, *, device: str, known_device: str = "") -> str:
        """The first step: the token of half a session.

        Raises `Refused`: `staff.wrong` for a name or password that is not right (the same for both), `staff.slow`.
        """
        login = login.strip().lower()
        async with self._database.reading() as connection:
            row = (
                await connection.execute(select(staff).where(staff.c.login == login, staff.c.active))
            ).one_or_none()
        nonce = self._known(known_device, row.id) if row else ""
        key = key_of("device", nonce) if nonce else key_of("login", login)
        await self._charge(key, f"staff:{row.id}" if row else None)
        if not await self._passwords.fits(row.password if row else None, password) or row is None:
            raise Refused("staff.wrong")
        work = Work()
        self._throttle.forgive(work, key)
        token = self._sessions.open(work, row.id, HALF, device=device, limits=BETWEEN_FACTORS)
        await self._writer.commit(work)
        return token

    async def by_factor(self, half: SignedIn, typed: str, *, device: str) -> Entered:
        """The second step: a code of the app, or a recovery code, which is used up.

        Raises `Refused`: `staff.wrong_code` (also for a code that was used), `staff.slow`.
        """
        key = key_of("factor", str(half.staff_id))
        await self._charge(key, half.actor)
        work = Work()
        by = await self._accept(work, half.staff_id, typed)
        now = self._clock.now()
        self._throttle.forgive(work, key)
        self._sessions.end(work, half.staff_id, half.session_id)
        work.run(update(staff).where(staff.c.id == half.staff_id).values(signed_in_at=now))
        token = self._sessions.open(work, half.staff_id, FULL, device=device)
        audit.append(work, at=now, actor=half.actor, action="staff.signed_in", facts={"by": by})
        await self._writer.commit(work)
        return Entered(token, self._make_known(half.staff_id))

    async def confirm(self, who: SignedIn, password: str) -> None:
        """Ask for the password once more, before something grave. Raises `Refused` as `by_password` does."""
        key = key_of("confirm", str(who.staff_id))
        await self._charge(key, who.actor)
        async with self._database.reading() as connection:
            kept = await connection.scalar(select(staff.c.password).where(staff.c.id == who.staff_id))
        if not await self._passwords.fits(kept, password):
            raise Refused("staff.wrong_password")
        work = Work()
        self._throttle.forgive(work, key)
        await self._writer.commit(work)

    async def _charge(self, key: bytes, actor: str | None) -> None:
        work = Work()
        self._throttle.charge(work, key, actor=actor)
        await self._writer.commit(work)

    async def _accept(self, work: Work, staff_id: int, typed: str) -> str:
        """Have `work` use up what was typed. A step counts once: whoever was faster has it."""
        async with self._database.reading() as connection:
            kept = await connection.scalar(select(staff.c.factor).where(staff.c.id == staff_id))
        step = self._factors.step_of(self._factors.read(f"staff:{staff_id}", kept or b""), typed)
        if step is not None:
            work.run(
                update(staff)
                .where(staff.c.id == staff_id, staff.c.factor_step < step)
                .values(factor_step=step),
                or_else=Refused("staff.wrong_code"),
            )
            return "app"
        work.run(
            delete(staff_recovery).where(
                staff_recovery.c.hash == hash_of_recovery(typed), staff_recovery.c.staff_id == staff_id
            ),
            or_else=Refused("staff.wrong_code"),
        )
        return "recovery"

    def _make_known(self, staff_id: int) -> str:
        kept = self._keeper.keep("staff-device", f"{staff_id}.{new_token(self._codes)}".encode())
        return base64.urlsafe_b64encode(kept).decode()

    def _known(self, cookie: str, staff_id: int) -> str:
        """What names the browser, if it has signed in to this account before; else nothing."""
        try:
            kept = base64.urlsafe_b64decode(cookie.encode())
            whose, _, nonce = self._keeper.read("staff-device", kept).decode().partition(".")
        except (BrokenBox, binascii.Error, ValueError):
            return ""
        return nonce if whose == str(staff_id) else ""
