"""The hours of the tests: it is Tuesday 1 December 2026, 10:00 in Athens (two hours ahead of UTC)."""

from __future__ import annotations

from datetime import UTC, datetime


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """That hour of an Athens day in December 2026."""
    return datetime(2026, 12, day, hour - 2, minute, tzinfo=UTC)
