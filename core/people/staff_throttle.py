"""Wrong tries to sign in are slowed, more each time, and never locked for ever."""

from __future__ import annotations

import hashlib
import math
from datetime import timedelta

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.db import audit
from core.db.turns import take_turns
from core.db.work import Work
from core.errors import Refused
from core.people.staff_model import staff_tries
from core.ports import Clock

FREE_TRIES = 5
_FIRST_WAIT_S = 5
_LONGEST_WAIT_S = 300
_FORGOTTEN_AFTER = timedelta(hours=1)
_KEPT = timedelta(days=1)


class Throttle:
    """Counts tries by key. A try is charged before it is judged, so that many at once count too."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def charge(self, work: Work, key: bytes, *, actor: str | None = None) -> None:
        """Count one more try. `staff.slow` (seconds) is refused while the last one is too recent.

        The first wait of an account that exists (`actor`) is noted in the audit log.
        """

        async def job(transaction: AsyncConnection, _: Work) -> None:
            await take_turns(transaction, "staff_tries")
            now = self._clock.now()
            await transaction.execute(delete(staff_tries).where(staff_tries.c.last_at < now - _KEPT))
            row = (
                await transaction.execute(select(staff_tries).where(staff_tries.c.key == key))
            ).one_or_none()
            if row is None:
                await transaction.execute(insert(staff_tries).values(key=key, failures=1, last_at=now))
                return
            failures = 0 if now - row.last_at >= _FORGOTTEN_AFTER else row.failures
            left = (row.last_at + wait_after(failures) - now).total_seconds()
            if failures and left > 0:
                raise Refused("staff.slow", n=math.ceil(left))
            await transaction.execute(
                update(staff_tries).where(staff_tries.c.key == key).values(failures=failures + 1, last_at=now)
            )
            if actor and failures + 1 == FREE_TRIES:
                await audit.append_now(transaction, at=now, actor=actor, action="staff.slowed", facts={})

        work.job(job)

    def forgive(self, work: Work, key: bytes) -> None:
        """The try was right: what was counted is forgotten."""
        work.run(delete(staff_tries).where(staff_tries.c.key == key))


def wait_after(failures: int) -> timedelta:
    """Nothing for the first tries, then 5 s, doubled by each, 5 minutes at most."""
    if failures < FREE_TRIES:
        return timedelta()
    return timedelta(seconds=min(_FIRST_WAIT_S * 2 ** min(failures - FREE_TRIES, 10), _LONGEST_WAIT_S))


def key_of(kind: str, name: str) -> bytes:
    return hashlib.sha256(f"{kind} {name}".encode()).digest()
