"""Taking turns at what must be counted or chained by one transaction at a time."""

from __future__ import annotations

import hashlib

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


async def take_turns(transaction: AsyncConnection, name: str) -> None:
    """Wait until no other writing transaction has its turn at `name`; ours lasts until the commit.

    PostgreSQL: an advisory lock. SQLite has one writer at a time anyway.
    """
    if transaction.dialect.name == "postgresql":
        key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
        await transaction.execute(text("select pg_advisory_xact_lock(:key)"), {"key": key})
