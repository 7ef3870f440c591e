"""How much there is under each generation of a key, by the marks it carries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.adapters.sealing import BOX, MARK
from core.bookings.model import provisional
from core.conversations.model import conversations, data_requests
from core.conversations.resealing import BOXES
from core.messages.model import outbox
from core.messages.states import QUEUED, SENDING
from core.people.model import verifications
from core.people.staff_model import staff

_Place = tuple[ColumnElement[Any], int, ColumnElement[bool] | None]
"""A column, where in it the mark begins (from 1), and which rows count."""


async def made_under(connection: AsyncConnection, kind: str) -> Counter[bytes]:
    """By mark. What has no mark is counted under whatever stands in its place, which is no key's."""
    found: Counter[bytes] = Counter()
    for column, begin, where in _places(kind):
        head = func.substr(column, 1, begin - 1 + MARK)
        query = select(head, func.count()).where(column.is_not(None)).group_by(head)
        for start, count in await connection.execute(query if where is None else query.where(where)):
            marked = begin == 1 or bytes(start).startswith(BOX)
            found[bytes(start)[begin - 1 :] if marked else b""] += count
    return found


def _places(kind: str) -> Iterator[_Place]:
    """`kind` is one of `core.commands.rotating.Kind`."""
    if kind in ("boxes", "origin"):
        begin = len(BOX) + 1 + (MARK if kind == "origin" else 0)
        yield from ((table.c.box, begin, None) for table in (*BOXES, outbox))
    if kind == "origin":
        waiting = or_(outbox.c.state.in_((QUEUED, SENDING)), outbox.c.box.is_not(None))
        yield outbox.c.mac, 1, waiting
        yield verifications.c.code_mac, 1, None
        yield data_requests.c.mac, 1, data_requests.c.file.is_not(None)
    if kind == "conversation":
        yield conversations.c.kept, 1, None
        yield verifications.c.spoken_code, 1, None
        yield provisional.c.kept, 1, None
    if kind == "panel":
        yield staff.c.factor, 1, None
