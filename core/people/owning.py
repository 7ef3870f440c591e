"""Which numbers and chats are a citizen's, by what their boxes say: for answers that must reach nobody else.

The rows are what anybody claims who can write the database; the boxes are not. A number's box was made when the
number was verified, and says whose it is. A chat's box says besides through which number it was attached, since a
row of another's number, given to the citizen behind our back, could have led a stranger's chat to them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.people.model import addresses
from core.people.service import TELEGRAM
from core.ports import BrokenBox, Opener


@dataclass(frozen=True)
class Own:
    """An address that is the citizen's."""

    row_id: int
    kind: str
    to: str = field(repr=False)
    verified_at: datetime


@dataclass(frozen=True)
class Owned:
    numbers: Mapping[str, Own]
    """By E.164."""
    chats: Mapping[str, Own]
    """By chat id; only those attached through one of the numbers."""
    strange: int
    """Rows that lead to the citizen although their boxes do not say so."""


async def address_rows(connection: AsyncConnection, citizen_id: int) -> Sequence[Any]:
    """Each row is a box that `owned` opens: note it before."""
    query = select(addresses).where(addresses.c.citizen_id == citizen_id)
    return (await connection.execute(query.order_by(addresses.c.verified_at))).all()


def owned(rows: Sequence[Any], citizen_id: int, opener: Opener) -> Owned:
    """Opens the boxes of the rows."""
    numbers: dict[str, Own] = {}
    chats: dict[str, tuple[Own, str]] = {}
    strange = 0
    for row in rows:
        try:
            says = json.loads(opener.open("addresses", row.id, row.box))
        except BrokenBox:
            strange += 1
            continue
        own = Own(row.id, row.kind, str(says["to"]), row.verified_at)
        if says["citizen"] != citizen_id:
            strange += 1
        elif row.kind == TELEGRAM:
            chats[own.to] = own, str(says.get("by", ""))
        elif "by" not in says:  # a number, of whatever kind the row says it is
            numbers[own.to] = own
        else:
            strange += 1
    through = {to: own for to, (own, by) in chats.items() if by in numbers}
    return Owned(numbers, through, strange + len(chats) - len(through))
