"""Passwords of staff: Argon2id (RFC 9106, second recommended option), checked outside the event loop."""

from __future__ import annotations

import asyncio
from functools import partial

import argon2
from argon2.exceptions import InvalidHashError, VerificationError

from core.dialog.words import Words, say
from core.ports import Codes

SHORTEST, LONGEST = 12, 200
"""Characters."""
_AT_ONCE = 2
_FEWEST_LETTERS = 5


class Passwords:
    """Makes and checks hashes, two at a time: each takes 64 MiB and a core for some 50 ms."""

    def __init__(self, codes: Codes, *, memory_kib: int = 65536) -> None:
        self._codes = codes
        self._hasher = argon2.PasswordHasher(time_cost=3, memory_cost=memory_kib, parallelism=4)
        self._nobodys = self._hasher.hash("", salt=bytes(16))
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def hash(self, password: str) -> str:
        salted = partial(self._hasher.hash, password, salt=self._codes.token(16))
        async with self._slots:
            return await asyncio.to_thread(salted)

    async def fits(self, kept: str | None, password: str) -> bool:
        """Whether it is the password. Without an account (`None`) the answer is no, and takes as long."""
        async with self._slots:
            right = await asyncio.to_thread(self._verify, kept or self._nobodys, password)
        return right and kept is not None

    def _verify(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False


def weakness(password: str, login: str = "") -> Words | None:
    """Why it is no password for staff, or None (NIST SP 800-63B, 3.1.1: length, no rules of composition)."""
    if len(password) < SHORTEST:
        return say("staff.weak.short", least=SHORTEST)
    if len(set(password.lower())) < _FEWEST_LETTERS:
        return say("staff.weak.repeats")
    if login and login in password.lower():
        return say("staff.weak.login")
    return None
