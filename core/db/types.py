"""Column types that mean the same on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Dialect
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
FAR_FUTURE = datetime(2200, 1, 1, tzinfo=UTC)
"""The end of what has not ended yet, so that ranges can be compared without asking for NULL."""


class Instant(TypeDecorator[datetime]):
    """A moment, kept as whole milliseconds since 1970 UTC; timezone-aware (UTC) in Python.

    An integer sorts, compares and indexes alike in both databases. A naive datetime is refused, because
    nobody could say which moment it means.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else to_milliseconds(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else from_milliseconds(value)


def to_milliseconds(moment: datetime) -> int:
    """As an `Instant` is kept. Raises `ValueError` for a naive datetime."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return (moment - _EPOCH) // _MILLISECOND


def from_milliseconds(kept: int) -> datetime:
    """The moment again, in UTC."""
    return _EPOCH + timedelta(milliseconds=kept)
