"""A telephone that an officer brings along: asked for on the panel, verified in the chat, enrolled by the server's
administrator.

The panel may write every row here, so none enrols anybody. What the chat verified is sealed under a name of its own
(a box moved to `officers` does not open), with a code in it that the chat tells the officer alone. Enrolled is what the
administrator confirms on the worker's machine, with that code read out by somebody they know
(`docs/decisions/0006-officers.md`).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from core.db.database import Database
from core.db.work import Work
from core.errors import Refused
from core.people.numbers import fold_digits
from core.people.staff_model import staff
from core.ports import BrokenBox, Clock, Codes, Opener, Sealer
from core.tracing.model import enrolments, officers
from core.tracing.officers import Enrolling

TABLE = "enrolments"
LINK_LASTS = timedelta(hours=1)
CODE_LASTS = timedelta(hours=24)
CODE_DIGITS = 8
PREFIX = "staff_"
"""Before the token in a deep link."""
_TOKEN_BYTES = 15


@dataclass(frozen=True)
class Standing:
    """What the panel may say to somebody of their own telephone."""

    enrolled_at: datetime | None
    on_duty: bool
    waiting_until: datetime | None
    """Verified in the chat; until then the administrator may confirm it."""


class Invitations:
    """The panel's part: a link that works once. It holds no key, and decides nothing."""

    def __init__(self, database: Database, clock: Clock, codes: Codes) -> None:
        self._database = database
        self._clock = clock
        self._codes = codes

    def invite(self, work: Work, staff_id: int) -> str:
        """The argument of a deep link, which lasts an hour; what was asked for before is void."""
        token = base64.urlsafe_b64encode(self._codes.token(_TOKEN_BYTES)).decode()
        row_id, expires_at = self._codes.new_id(), self._clock.now() + LINK_LASTS
        work.run(delete(enrolments).where(enrolments.c.staff_id == staff_id))
        # Not even an empty box: under grants the panel may not write that column at all.
        work.insert(enrolments, id=row_id, staff_id=staff_id, hash=_hash(token), expires_at=expires_at)
        return PREFIX + token

    async def standing(self, staff_id: int) -> Standing:
        now = self._clock.now()
        brought = select(enrolments.c.expires_at).where(
            enrolments.c.staff_id == staff_id, enrolments.c.box.is_not(None), enrolments.c.expires_at > now
        )
        enrolled = select(officers.c.enrolled_at, officers.c.on_duty).where(officers.c.staff_id == staff_id)
        async with self._database.reading() as connection:
            until = await connection.scalar(brought.order_by(enrolments.c.expires_at.desc()))
            row = (await connection.execute(enrolled)).one_or_none()
        return Standing(row.enrolled_at if row else None, bool(row and row.on_duty), until)


@dataclass(frozen=True)
class Invited:
    """Whom a link is for, as the database says: the officer sees the login, and the administrator names it again."""

    id: int
    staff_id: int
    login: str


class Bringing:
    """The citizens' part: it seals, and cannot open."""

    def __init__(self, database: Database, clock: Clock, codes: Codes, sealer: Sealer) -> None:
        self._database = database
        self._clock = clock
        self._codes = codes
        self._sealer = sealer

    async def invited(self, argument: str) -> Invited:
        """Raises `Refused("enrol.over")` for a link that is used, old, or none of ours."""
        query = (
            select(enrolments.c.id, enrolments.c.staff_id, staff.c.login)
            .join(staff, staff.c.id == enrolments.c.staff_id)
            .where(enrolments.c.hash == _hash(argument.removeprefix(PREFIX)), enrolments.c.box.is_(None))
            .where(enrolments.c.expires_at > self._clock.now(), staff.c.active)
        )
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            raise Refused("enrol.over")
        return Invited(row.id, row.staff_id, row.login)

    def bring(self, work: Work, invited: Invited, to: str, medium: str, language: str) -> str:
        """Seal a number (E.164) or chat that was verified just now; the code to be read to the administrator, good
        for a day. Raises (at the commit) `Refused("enrol.over")` where the link was used meanwhile.
        """
        code, now = self._codes.digits(CODE_DIGITS), self._clock.now()
        plain = {"to": to, "medium": medium, "language": language, "staff": invited.staff_id, "code": code}
        open_row = update(enrolments).where(enrolments.c.id == invited.id, enrolments.c.box.is_(None))
        box = self._sealer.seal(TABLE, invited.id, json.dumps(plain).encode())
        work.run(
            open_row.where(enrolments.c.expires_at > now).values(box=box, expires_at=now + CODE_LASTS),
            or_else=Refused("enrol.over"),
        )
        return code


async def brought(database: Database, clock: Clock, opener: Opener, login: str, typed: str) -> Enrolling:
    """The administrator's part, on the worker's machine: what somebody brought whose code was read out, for
    `Enrolment.finish`; without duties.

    Raises `Refused`: `tracing.unknown_login`, or `enrol.nothing_brought` where no box of this person has the code.
    """
    async with database.reading() as connection:
        staff_id = await connection.scalar(
            select(staff.c.id).where(staff.c.login == login.lower(), staff.c.active)
        )
        waiting = enrolments.c.box.is_not(None) & (enrolments.c.expires_at > clock.now())
        rows = (await connection.execute(select(enrolments).where(waiting))).all()
    if staff_id is None:
        raise Refused("tracing.unknown_login")
    given = "".join(char for char in fold_digits(typed) if not char.isspace())
    for row in rows:
        try:
            plain = json.loads(opener.open(TABLE, row.id, row.box))
        except (BrokenBox, ValueError):  # made, or moved, by somebody without our keys
            continue
        # What the row says of whose it is counts for nothing: the box says it.
        if plain["staff"] == staff_id and hmac.compare_digest(plain["code"].encode(), given.encode()):
            where = {"medium": plain["medium"], "to": plain["to"], "language": plain["language"]}
            return Enrolling(staff_id, frozenset(), place=1, code=plain["code"], **where)
    raise Refused("enrol.nothing_brought")


def forget_brought(work: Work, staff_id: int) -> None:
    work.run(delete(enrolments).where(enrolments.c.staff_id == staff_id))


def _hash(token: str) -> bytes:
    return hashlib.sha256(b"enrolment\x00" + token.encode(errors="replace")).digest()
