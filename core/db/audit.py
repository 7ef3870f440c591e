"""The audit log: append-only, each entry chained to the one before by its hash.

The chain shows that an entry in the middle was changed, taken out or put in. It is not keyed, because every
process writes to it: whoever may write the database can make a new chain from some point on, but not one
that fits a hash noted elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.db.database import Database
from core.db.schema import audit
from core.db.turns import take_turns
from core.db.work import Work

_FIRST = bytes(32)

Facts = Mapping[str, str | int | bool]


def append(work: Work, *, at: datetime, actor: str, action: str, facts: Facts) -> None:
    """Have `work` add an entry: `actor` (a process or staff id), `action`, facts without personal data."""

    async def job(transaction: AsyncConnection, _work: Work) -> None:
        await append_now(transaction, at=at, actor=actor, action=action, facts=facts)

    work.job(job)


async def append_now(
    transaction: AsyncConnection, *, at: datetime, actor: str, action: str, facts: Facts
) -> None:
    """Add an entry within a writing transaction. Two processes that append at once take turns until the
    commit.
    """
    await take_turns(transaction, "audit")
    last = await transaction.scalar(select(audit.c.hash).order_by(audit.c.id.desc()).limit(1))
    at -= timedelta(microseconds=at.microsecond % 1000)  # as it will be read again
    entry = {"at": at, "actor": actor, "action": action, "facts": dict(facts)}
    previous = last or _FIRST
    await transaction.execute(
        insert(audit).values(**entry, previous_hash=previous, hash=_hash(previous, at, actor, action, facts))
    )


async def trim(transaction: AsyncConnection, before: datetime) -> tuple[int, bytes | None]:
    """Delete entries from before that moment, never the newest; how many, and the hash of the last of them.

    Whoever trims appends an entry with that hash as its fact `cut` (hex): by it `verify` sees that the log was cut, and
    not torn.
    """
    await take_turns(transaction, "audit")
    newest = select(func.max(audit.c.id)).scalar_subquery()
    found = await transaction.execute(
        select(audit.c.id, audit.c.hash)
        .where(audit.c.at < before, audit.c.id < newest)
        .order_by(audit.c.id.desc())
        .limit(1)
    )
    last = found.one_or_none()
    if last is None:
        return 0, None
    gone = await transaction.execute(delete(audit).where(audit.c.id <= last.id))
    return gone.rowcount, bytes(last.hash)


async def verify(database: Database) -> int | None:
    """The id of the first entry that does not fit the chain, or None when the whole log is right. A log that was
    trimmed says so itself (`trim`)."""
    previous, first, cuts = _FIRST, None, {_FIRST.hex()}
    async with database.reading() as connection:
        rows = await connection.stream(select(audit).order_by(audit.c.id))
        async for row in rows:
            if first is None:
                first, previous = row, row.previous_hash
            cuts.add(str(row.facts.get("cut", "")))
            if row.previous_hash != previous or row.hash != _hash(
                previous, row.at, row.actor, row.action, row.facts
            ):
                return int(row.id)
            previous = row.hash
    if first is not None and first.previous_hash.hex() not in cuts:
        return int(first.id)
    return None


def _hash(previous: bytes, at: datetime, actor: str, action: str, facts: Facts) -> bytes:
    entry = json.dumps([at.isoformat(), actor, action, dict(facts)], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(previous + entry.encode()).digest()
