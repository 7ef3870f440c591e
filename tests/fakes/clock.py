"""Time that stands still until a test moves it, and chance that can be repeated."""

from __future__ import annotations

import itertools
import random
from datetime import UTC, datetime, timedelta


class StoppedClock:
    """Begins on Tuesday, 1 December 2026, 10:00 in Athens."""

    def __init__(self) -> None:
        self.at = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)


class KnownCodes:
    """Ids count up from 1; digits and tokens come from a seed and are remembered."""

    def __init__(self, seed: int = 1) -> None:
        self._ids = itertools.count(1)
        self._random = random.Random(seed)
        self.given: list[str] = []

    def new_id(self) -> int:
        return next(self._ids)

    def digits(self, length: int) -> str:
        self.given.append("".join(self._random.choice("0123456789") for _ in range(length)))
        return self.given[-1]

    def token(self, size: int) -> bytes:
        return self._random.randbytes(size)
