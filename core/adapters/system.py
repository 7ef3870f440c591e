"""The machine's own clock and chance."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime


class SystemClock:
    """The machine's clock, in UTC."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class SystemCodes:
    """The operating system's CSPRNG."""

    def new_id(self) -> int:
        return secrets.randbits(62) or 1

    def digits(self, length: int) -> str:
        return f"{secrets.randbelow(10**length):0{length}d}"

    def token(self, size: int) -> bytes:
        return secrets.token_bytes(size)
