"""Accounts of staff: invitations, joining, roles, renewal. Nothing here is about citizens."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.db.database import Database
from core.db.turns import take_turns
from core.db.work import Job, Work
from core.dialog.words import Words, say
from core.errors import Refused
from core.people.staff_factor import Factors, hash_of_recovery
from core.people.staff_model import staff, staff_links, staff_recovery, staff_sessions
from core.people.staff_passwords import Passwords
from core.people.staff_roles import Role
from core.people.staff_sessions import hash_of, new_token
from core.ports import BrokenBox, Clock, Codes

LINK_LASTS = timedelta(hours=72)
_LOGIN = re.compile(r"[a-z][a-z0-9._-]{2,39}", re.ASCII)


@dataclass(frozen=True)
class StaffView:
    """An account, for the list."""

    id: int
    login: str
    roles: tuple[Role, ...]
    active: bool
    signed_in_at: datetime | None
    recovery_left: int


@dataclass(frozen=True)
class Link:
    """An invitation, or (with `staff_id`) a new beginning for an account that lost its password or telephone."""

    id: int
    login: str
    roles: tuple[Role, ...]
    staff_id: int | None
    expires_at: datetime


@dataclass(frozen=True)
class Proposal:
    """A second factor to be tried: its secret for the person's app, and the same kept for the form to bring back."""

    secret: str
    kept: str


@dataclass(frozen=True)
class Joined:
    staff_id: int
    recovery_codes: Sequence[str]
    """To be shown once."""


class Staff:
    """Use cases add to a `Work`; whoever calls them commits it, with its entry in the audit log."""

    def __init__(
        self, database: Database, clock: Clock, codes: Codes, passwords: Passwords, factors: Factors
    ) -> None:
        self._database = database
        self._clock = clock
        self._codes = codes
        self._passwords = passwords
        self._factors = factors

    # -- what there is

    async def all(self) -> Sequence[StaffView]:
        left = (
            select(staff_recovery.c.staff_id, func.count().label("left"))
            .group_by(staff_recovery.c.staff_id)
            .subquery()
        )
        found = select(staff, left.c.left).outerjoin(left, left.c.staff_id == staff.c.id)
        async with self._database.reading() as connection:
            rows = await connection.execute(found.order_by(staff.c.login))
            return [
                StaffView(row.id, row.login, _roles(row.roles), row.active, row.signed_in_at, row.left or 0)
                for row in rows
            ]

    async def get(self, staff_id: int) -> StaffView | None:
        return next((one for one in await self.all() if one.id == staff_id), None)

    async def logins(self) -> dict[int, str]:
        """Names by id, to read the audit log with."""
        async with self._database.reading() as connection:
            rows = await connection.execute(select(staff.c.id, staff.c.login))
            return {row.id: row.login for row in rows}

    async def links(self) -> Sequence[Link]:
        """Those that can still be used."""
        found = select(staff_links).where(staff_links.c.expires_at > self._clock.now())
        async with self._database.reading() as connection:
            rows = await connection.execute(found.order_by(staff_links.c.login))
            return [_link(row) for row in rows]

    async def link(self, token: str) -> Link | None:
        """What this token invites to; None where it was used, taken back, or is too old."""
        found = select(staff_links).where(
            staff_links.c.hash == hash_of(token), staff_links.c.expires_at > self._clock.now()
        )
        async with self._database.reading() as connection:
            row = (await connection.execute(found)).one_or_none()
        return _link(row) if row else None

    # -- inviting

    def invite(self, work: Work, login: str, roles: Sequence[Role]) -> str:
        """Make a link by which somebody joins under this name; returned and kept nowhere. One that the name had
        before is void. Refuses `staff.login_form`, and (at the commit) `staff.login_taken`.
        """
        login = login.strip().lower()
        if login_fault(login):
            raise Refused("staff.login_form")

        async def job(transaction: AsyncConnection, _: Work) -> None:
            await take_turns(transaction, "staff")
            if await transaction.scalar(select(staff.c.id).where(staff.c.login == login)):
                raise Refused("staff.login_taken")

        work.job(job)
        return self._new_link(work, login, roles, None)

    async def renew(self, work: Work, staff_id: int) -> str:
        """Make a link by which an account is given a new password and second factor. Until it is used nothing
        changes. Refuses `staff.unknown`.
        """
        found = await self.get(staff_id)
        if found is None:
            raise Refused("staff.unknown")
        return self._new_link(work, found.login, found.roles, staff_id)

    def take_back(self, work: Work, link_id: int) -> None:
        """Make a link worthless. Refuses `staff.link_over`."""
        work.run(delete(staff_links).where(staff_links.c.id == link_id), or_else=Refused("staff.link_over"))

    def _new_link(self, work: Work, login: str, roles: Sequence[Role], staff_id: int | None) -> str:
        token = new_token(self._codes)
        now = self._clock.now()
        old = or_(staff_links.c.login == login, staff_links.c.expires_at <= now)
        work.run(delete(staff_links).where(old))
        work.insert(
            staff_links,
            id=self._codes.new_id(),
            hash=hash_of(token),
            login=login,
            roles=[str(role) for role in roles],
            staff_id=staff_id,
            made_at=now,
            expires_at=now + LINK_LASTS,
        )
        return token

    # -- joining

    def propose(self, whose: str) -> Proposal:
        """A new second factor for `whose` (`link:<id>` or `staff:<id>`), to be confirmed by its first code."""
        return self._proposal(whose, self._factors.new_secret())

    def again(self, whose: str, kept: str) -> Proposal:
        """The proposal that a form brought back; a new one where it is not one of ours."""
        try:
            return self._proposal(whose, self._read(whose, kept))
        except Refused:
            return self.propose(whose)

    async def join(self, work: Work, link: Link, password: str, proposal: str, code: str) -> Joined:
        """Use a link up: an account that is whole from its first moment, with password and second factor.

        A renewed account is signed out everywhere. Refuses `staff.wrong_code`, and (at the commit)
        `staff.link_over`.
        """
        secret = self._read(f"link:{link.id}", proposal)
        step = self._step(secret, code)
        staff_id = link.staff_id or self._codes.new_id()
        work.run(delete(staff_links).where(staff_links.c.id == link.id), or_else=Refused("staff.link_over"))
        kept = {
            "password": await self._passwords.hash(password),
            "factor": self._factors.keep(f"staff:{staff_id}", secret),
            "factor_step": step,
        }
        if link.staff_id is None:
            roles = [str(role) for role in link.roles]
            now = self._clock.now()
            work.insert(staff, id=staff_id, login=link.login, roles=roles, active=True, joined_at=now, **kept)
        else:
            work.run(update(staff).where(staff.c.id == staff_id).values(**kept))
            work.run(delete(staff_sessions).where(staff_sessions.c.staff_id == staff_id))
        return Joined(staff_id, self.new_recovery_codes(work, staff_id))

    # -- one's own account

    async def change_password(self, work: Work, staff_id: int, password: str) -> None:
        hashed = await self._passwords.hash(password)
        work.run(update(staff).where(staff.c.id == staff_id).values(password=hashed))

    def change_factor(self, work: Work, staff_id: int, proposal: str, code: str) -> None:
        """Take a new telephone into use. Refuses `staff.wrong_code`."""
        secret = self._read(f"staff:{staff_id}", proposal)
        kept = {
            "factor": self._factors.keep(f"staff:{staff_id}", secret),
            "factor_step": self._step(secret, code),
        }
        work.run(update(staff).where(staff.c.id == staff_id).values(**kept))

    def new_recovery_codes(self, work: Work, staff_id: int) -> Sequence[str]:
        """New codes, to be shown once; the old ones are void."""
        codes = self._factors.new_recovery_codes()
        work.run(delete(staff_recovery).where(staff_recovery.c.staff_id == staff_id))
        for code in codes:
            work.insert(staff_recovery, hash=hash_of_recovery(code), staff_id=staff_id)
        return codes

    # -- others' accounts

    def set_roles(self, work: Work, staff_id: int, roles: Sequence[Role]) -> None:
        """In force at once, in open sessions too. Refuses (at the commit) `staff.unknown`,
        `staff.last_administrator`.
        """
        if Role.ADMINISTRATOR not in roles:
            work.job(self._keeps_an_administrator(staff_id))
        named = [str(role) for role in roles]
        work.run(
            update(staff).where(staff.c.id == staff_id).values(roles=named), or_else=Refused("staff.unknown")
        )

    def set_active(self, work: Work, staff_id: int, active: bool) -> None:
        """Close an account (its sessions end), or open it again. Refuses as `set_roles` does."""
        if not active:
            work.job(self._keeps_an_administrator(staff_id))
            work.run(delete(staff_sessions).where(staff_sessions.c.staff_id == staff_id))
            work.run(delete(staff_links).where(staff_links.c.staff_id == staff_id))
        work.run(
            update(staff).where(staff.c.id == staff_id).values(active=active),
            or_else=Refused("staff.unknown"),
        )

    def _keeps_an_administrator(self, staff_id: int) -> Job:
        async def job(transaction: AsyncConnection, _: Work) -> None:
            await take_turns(transaction, "staff")
            rows = await transaction.execute(
                select(staff.c.roles).where(staff.c.active, staff.c.id != staff_id)
            )
            if not any(Role.ADMINISTRATOR in row.roles for row in rows):
                raise Refused("staff.last_administrator")

        return job

    def _proposal(self, whose: str, secret: str) -> Proposal:
        kept = base64.urlsafe_b64encode(self._factors.keep(f"proposal:{whose}", secret)).decode()
        return Proposal(secret, kept)

    def _read(self, whose: str, kept: str) -> str:
        try:
            return self._factors.read(f"proposal:{whose}", base64.urlsafe_b64decode(kept.encode()))
        except (BrokenBox, binascii.Error, ValueError):
            raise Refused("staff.wrong_code") from None

    def _step(self, secret: str, code: str) -> int:
        step = self._factors.step_of(secret, code)
        if step is None:
            raise Refused("staff.wrong_code")
        return step


def login_fault(login: str) -> Words | None:
    """What is wrong with a user name, or None."""
    return None if _LOGIN.fullmatch(login.strip().lower()) else say("staff.refused.login_form")


def _roles(names: Sequence[str]) -> tuple[Role, ...]:
    return tuple(role for role in Role if role in names)


def _link(row: Row[Any]) -> Link:
    return Link(row.id, row.login, _roles(row.roles), row.staff_id, row.expires_at)
