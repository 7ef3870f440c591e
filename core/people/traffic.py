"""Counts of the codes sent, for the rules in `limits.py`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.people.limits import DAY, HOUR, TYPING_TIME, WINDOW, Traffic
from core.people.model import verifications
from core.people.numbers import MOBILE


async def traffic_of(connection: AsyncConnection, prefix: str, now: datetime) -> Traffic:
    """What was sent up to `now`. Codes that were withheld cost nothing and do not count."""
    v = verifications.c
    stranger = v.known.is_(False)
    of_prefix = and_(stranger, v.prefix == prefix, v.sent_at > now - HOUR)
    judged = and_(of_prefix, v.sent_at <= now - TYPING_TIME)
    query = select(
        _count(v.id.is_not(None)),
        _count(stranger),
        _count(and_(stranger, v.number_class == MOBILE)),
        _count(and_(of_prefix, v.sent_at > now - WINDOW)),
        _count(of_prefix),
        _count(judged),
        _count(and_(judged, v.state == "used")),
    ).where(v.sent_at > now - DAY, v.ordered.is_(True))
    return Traffic(*(await connection.execute(query)).one())


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
