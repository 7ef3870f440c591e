"""Reading the audit log, newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from core.db.database import Database
from core.db.schema import audit

PAGE = 50


@dataclass(frozen=True)
class LogEntry:
    """Who did what; `facts` are ids, codes and counts."""

    id: int
    at: datetime
    actor: str
    action: str
    facts: Mapping[str, str | int | bool]


async def entries(database: Database, *, before: int | None = None, actor: str = "") -> Sequence[LogEntry]:
    """Up to `PAGE` entries older than entry `before`; of one actor where given."""
    found = select(audit).order_by(audit.c.id.desc()).limit(PAGE)
    if before is not None:
        found = found.where(audit.c.id < before)
    if actor:
        found = found.where(audit.c.actor == actor)
    async with database.reading() as connection:
        rows = await connection.execute(found)
        return [LogEntry(row.id, row.at, row.actor, row.action, row.facts) for row in rows]
