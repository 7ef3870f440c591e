"""A clock that is moved by hand and chance from a seed, for `paso season replay` alone: never where real codes are
made."""

from __future__ import annotations

import random
from datetime import datetime


class MovedClock:
    """Stands where it was put."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


class SeededChance:
    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311

    def random(self) -> float:
        return self._random.random()


class SeededCodes:
    """Ids, codes and tokens that come out the same each time; what was given last is remembered."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311
        self.last = ""

    def new_id(self) -> int:
        return self._random.getrandbits(62) or 1

    def digits(self, length: int) -> str:
        self.last = "".join(self._random.choice("0123456789") for _ in range(length))
        return self.last

    def token(self, size: int) -> bytes:
        return self._random.randbytes(size)
