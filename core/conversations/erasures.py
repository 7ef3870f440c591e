"""Erasures outlive the database they were made in: kept outside, and made again when a copy is put back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import select

from core.bookings.service import Bookings
from core.conversations.forgetting import forget_citizen
from core.db.database import Database
from core.db.work import Work
from core.db.writer import Writer
from core.messages.worker import Chore
from core.people.model import citizens, erasures

EVERY = timedelta(seconds=10)
_LATE = timedelta(days=1)
"""A process whose clock is behind, or that commits late, has this long to be noticed."""


class Outside(Protocol):
    """A list that is no part of the database nor of its copies."""

    def read(self) -> dict[int, datetime]: ...

    def add(self, entries: Mapping[int, datetime]) -> None: ...


def keep_outside(database: Database, outside: Outside) -> Chore:
    """For the worker: whoever was forgotten is on the list ten seconds later."""
    known: dict[int, datetime] = {}

    async def do(_work: Work) -> None:
        if not known:
            known.update(outside.read())
        query = select(erasures.c.citizen_id, erasures.c.at)
        if known:
            query = query.where(erasures.c.at >= max(known.values()) - _LATE)
        async with database.reading() as connection:
            rows = (await connection.execute(query.order_by(erasures.c.at))).all()
        new = {citizen: at for citizen, at in rows if citizen not in known}
        if new:
            outside.add(new)
            known.update(new)

    return Chore("erasures kept outside", EVERY, do)


async def forget_again(
    database: Database, writer: Writer, rooms: Bookings, entries: Mapping[int, datetime]
) -> int:
    """Forget whom a copy of the database still knew; how many that were. Harmless for the others."""
    async with database.reading() as connection:
        there = set((await connection.scalars(select(citizens.c.id))).all())
    again = [(citizen, at) for citizen, at in entries.items() if citizen in there]
    for citizen, at in again:
        work = Work()
        await forget_citizen(work, rooms, citizen, at)
        await writer.commit(work)
    return len(again)
