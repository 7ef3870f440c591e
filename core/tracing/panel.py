"""Tracing as the panel sees it: counts, drafts, codes on their way to the worker, and progress. It holds no key."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.db import audit
from core.db.database import Database
from core.db.turns import take_turns
from core.db.work import Work
from core.db.writer import Writer
from core.errors import Refused
from core.messages.model import outbox
from core.people.numbers import fold_digits
from core.ports import Clock, Codes
from core.tracing import groups, wording
from core.tracing.claims import Claims
from core.tracing.groups import Group
from core.tracing.model import previews, releases, typed_codes, warned, warned_before, warnings
from core.tracing.wording import Wording

T = TypeVar("T")
PREVIEWS_AN_HOUR = 20
_LONGEST_CODE = 16
_NEWEST = 50


@dataclass(frozen=True)
class Preview:
    """What an officer may know of a group: how many, and what it costs."""

    people: int
    """Who would be told."""
    persons: int
    """They and those who came with them."""
    unknown: int
    """Walk-ins, whom nobody can tell."""
    sms: int
    calls: int
    chats: int
    unreachable: int
    segments: Mapping[str, int]
    """SMS that are paid for, by language."""
    texts: Mapping[str, str]
    """The exact text, by language."""
    warned_at: datetime | None
    """When the same group was warned within the last hour: it needs fresh releases."""


@dataclass(frozen=True)
class Asked:
    """The newest message to an officer about their part of a release."""

    staff_id: int
    part: str
    """`drafter` or `approver`."""
    medium: str
    at: datetime
    given: bool


@dataclass(frozen=True)
class Progress:
    """How far a warning is. Times are UTC."""

    id: int
    drafter_id: int
    state: str
    """`drafted`, `asked`, `waiting` (one officer released it), `sent`, `refused`, `void` or `cancelled`."""
    reason: str | None
    """The code of a sentence."""
    group: Group | None
    wording: Wording | None
    texts: Mapping[str, str]
    counts: Mapping[str, Any]
    by_state: Mapping[str, int]
    """People by `queued`, `sent`, `delivered`, `called` (not listened yet), `heard`, `failed`, `unreachable`."""
    asked: tuple[Asked, ...]
    """Of each part the newest; the drafter's first."""
    typed: Mapping[int, str | None]
    """What came of the code that each person typed last: `right`, the code of a sentence, or None: not read yet."""
    drafted_at: datetime
    released_at: datetime | None


class Tracing:
    def __init__(
        self, database: Database, writer: Writer, clock: Clock, codes: Codes, claims: Claims
    ) -> None:
        self._database = database
        self._writer = writer
        self._clock = clock
        self._codes = codes
        self._claims = claims

    async def preview(self, staff_id: int, group: Group, words: Wording) -> Preview:
        """Look at a group. Counted and audited whatever comes of it. Raises `Refused`: `tracing.too_many_previews`,
        and every reason of `Claims.make`.
        """
        await self._count(staff_id, group)
        claim = await self._claims.make(group, words)
        return Preview(**claim.counts, texts=claim.texts, warned_at=await self._warned_at(group))

    async def draft(self, work: Work, staff_id: int, group: Group, words: Wording) -> int:
        """Hand a warning to the worker, which asks the officers; its id. Raises `Refused` as `preview` does."""
        await self._claims.make(group, words)
        warning_id, now = self._codes.new_id(), self._clock.now()
        work.insert(
            warnings,
            id=warning_id,
            drafter_id=staff_id,
            group=groups.write(group),
            wording=wording.write(words),
            state="drafted",
            drafted_at=now,
        )
        facts = {"warning": str(warning_id), **_audited(group)}
        audit.append(work, at=now, actor=f"staff:{staff_id}", action="tracing.drafted", facts=facts)
        return warning_id

    def type_code(self, work: Work, warning_id: int, staff_id: int, typed: str) -> int:
        """Pass on a release code, typed in this person's own session; ask `outcome` for what the worker says.

        Raises `Refused("tracing.code_form")`.
        """
        code = "".join(char for char in fold_digits(typed) if unicodedata.category(char)[0] not in "ZP")
        if not (code.isascii() and code.isdigit() and len(code) <= _LONGEST_CODE):
            raise Refused("tracing.code_form")
        row_id = self._codes.new_id()
        row = {"id": row_id, "warning_id": warning_id, "staff_id": staff_id, "code": code}
        work.insert(typed_codes, outcome=None, at=self._clock.now(), **row)
        return row_id

    async def outcome(self, typed_id: int) -> str | None:
        """`right`, the code of a sentence, or None while the worker has not read it."""
        async with self._database.reading() as connection:
            found: str | None = await connection.scalar(
                select(typed_codes.c.outcome).where(typed_codes.c.id == typed_id)
            )
        return found

    def cancel(self, work: Work, warning_id: int, staff_id: int) -> None:
        """Anybody who may trace may stop what is not sent yet. Raises (at the commit) `tracing.not_waiting`."""
        waiting = warnings.c.state.in_(("drafted", "asked", "waiting"))
        work.run(
            update(warnings)
            .where(warnings.c.id == warning_id, waiting)
            .values(state="cancelled", reason=None),
            or_else=Refused("tracing.not_waiting"),
        )
        facts = {"warning": str(warning_id)}
        audit.append(
            work, at=self._clock.now(), actor=f"staff:{staff_id}", action="tracing.cancelled", facts=facts
        )

    async def progress(self, warning_id: int) -> Progress:
        """Raises `Refused("tracing.unknown")`."""
        found = await self._read(select(warnings).where(warnings.c.id == warning_id))
        if not found:
            raise Refused("tracing.unknown")
        return found[0]

    async def newest(self) -> Sequence[Progress]:
        return await self._read(select(warnings).order_by(warnings.c.drafted_at.desc()).limit(_NEWEST))

    async def _read(self, query: Any) -> list[Progress]:
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).mappings().all()
            return [await self._progress(connection, row) for row in rows]

    async def _progress(self, connection: AsyncConnection, row: Any) -> Progress:
        by_state = row["result"]
        if by_state is None:
            by_state = await by_states(connection, row["id"]) if row["state"] == "sent" else {}
        return Progress(
            id=row["id"],
            drafter_id=row["drafter_id"],
            state=row["state"],
            reason=row["reason"],
            group=_or_none(groups.read, row["group"]),
            wording=_or_none(wording.read, row["wording"]),
            texts=row["texts"] or {},
            counts=row["counts"] or {},
            by_state=by_state,
            asked=await _asked(connection, row["id"]),
            typed=await _typed(connection, row["id"]),
            drafted_at=row["drafted_at"],
            released_at=row["released_at"],
        )

    async def _warned_at(self, group: Group) -> datetime | None:
        lately = select(warnings.c.group, warnings.c.released_at).where(
            warnings.c.released_at > self._clock.now() - timedelta(hours=1)
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(lately.order_by(warnings.c.released_at.desc()))).all()
        written = groups.write(group)
        return next((row.released_at for row in rows if row.group == written), None)

    async def _count(self, staff_id: int, group: Group) -> None:
        now, row_id = self._clock.now(), self._codes.new_id()
        recent = select(func.count()).where(
            previews.c.staff_id == staff_id, previews.c.at > now - timedelta(hours=1)
        )

        async def job(transaction: AsyncConnection, _work: Work) -> None:
            await take_turns(transaction, "previews")
            if (await transaction.scalar(recent) or 0) >= PREVIEWS_AN_HOUR:
                raise Refused("tracing.too_many_previews", most=PREVIEWS_AN_HOUR)
            await transaction.execute(insert(previews).values(id=row_id, staff_id=staff_id, at=now))

        work = Work()
        work.job(job)
        audit.append(
            work, at=now, actor=f"staff:{staff_id}", action="tracing.previewed", facts=_audited(group)
        )
        await self._writer.commit(work)


async def _asked(connection: AsyncConnection, warning_id: int) -> tuple[Asked, ...]:
    columns = (releases.c[name] for name in ("staff_id", "part", "medium", "asked_at", "state"))
    query = select(*columns).where(releases.c.warning_id == warning_id).order_by(releases.c.asked_at)
    newest: dict[str, Asked] = {}
    for row in await connection.execute(query):
        before = newest.get(row.part)
        if before is None or not before.given:
            newest[row.part] = Asked(row.staff_id, row.part, row.medium, row.asked_at, row.state == "given")
    return tuple(newest[part] for part in sorted(newest, reverse=True))


async def _typed(connection: AsyncConnection, warning_id: int) -> dict[int, str | None]:
    query = select(typed_codes.c.staff_id, typed_codes.c.outcome).where(
        typed_codes.c.warning_id == warning_id
    )
    rows = await connection.execute(query.order_by(typed_codes.c.at, typed_codes.c.id))
    return {row.staff_id: row.outcome for row in rows}


def _or_none(read: Callable[[Any], T], written: Any) -> T | None:
    """What anybody may have written there."""
    try:
        return read(written)
    except Refused:
        return None


async def by_states(connection: AsyncConnection, warning_id: int) -> dict[str, int]:
    """People by what became of their newest message; those forgotten since as they stood then."""
    query = (
        select(outbox.c.state, outbox.c.medium, warned.c.order_id, warned.c.heard_at)
        .select_from(warned.outerjoin(outbox, outbox.c.id == warned.c.order_id))
        .where(warned.c.warning_id == warning_id)
    )
    before = select(warned_before.c.state).where(warned_before.c.warning_id == warning_id)
    counted = Counter((await connection.execute(before)).scalars())
    for row in await connection.execute(query):
        counted[state_of_warned(row)] += 1
    return dict(counted)


def state_of_warned(row: Any) -> str:
    """Of a row of `warned` with its newest order."""
    if row.heard_at is not None:
        return "heard"
    if row.order_id is None:
        return "unreachable"
    if row.state in ("queued", "sending"):
        return "queued"
    if row.medium == "call" and row.state in ("sent", "delivered"):
        return "called"
    return row.state or "failed"


def _audited(group: Group) -> dict[str, str | int | bool]:
    """A group as the log keeps it: what was asked, never whose pass it was about."""
    written = groups.write(group)
    case = written.pop("case", None)
    places = ",".join(written.pop("places", ()))
    return {**written, "places": places, "case": case is not None}
