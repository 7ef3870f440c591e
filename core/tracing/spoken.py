"""What a call says. The worker writes it, `web` speaks it once a key was pressed, and the database cannot read it.

It is kept under a key made from the token in the call's address, which the provider alone is told: so nobody who can
write the database can put other words there either.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from core.db.database import Database
from core.db.work import Work
from core.messages.outbox import Order
from core.ports import BrokenBox, Clock, Codes, Keeper
from core.tracing.model import spoken, warned

PATH = "/twilio/voice/warning/"
OFFERS = "/twilio/voice/waiting/"
"""Calls about a place on a waiting list."""
KEY_TO_PRESS = "1"
_TOKEN_BYTES = 32
KeeperOf = Callable[[bytes], Keeper]


@dataclass(frozen=True)
class Spoken:
    sentences: Sequence[str]
    warning_id: int | None
    """Set for a citizen's call; an officer's is not counted as heard."""
    citizen_id: int | None
    waiting_id: int | None = None
    """Set where the call offers a place to who waits for one, and takes the answer."""


class SpokenWords:
    def __init__(self, database: Database, clock: Clock, keeper_of: KeeperOf) -> None:
        self._database = database
        self._clock = clock
        self._keeper_of = keeper_of

    def write(
        self,
        work: Work,
        codes: Codes,
        order: Order,
        words: Spoken,
        path: str = PATH,
        *,
        notice: int | None = None,
    ) -> str:
        """The path of the call. What was written for an earlier attempt stays: that call may be ringing. `notice`: the
        first order of words that are said again until somebody has heard them."""
        token = codes.token(_TOKEN_BYTES).hex()
        plain = {
            "sentences": list(words.sentences),
            "warning": words.warning_id,
            "citizen": words.citizen_id,
            "waiting": words.waiting_id,
        }
        box = self._keeper(token).keep("spoken", json.dumps(plain).encode())
        work.insert(spoken, hash=_hash(token), box=box, expires_at=order.expires_at, notice=notice)
        return f"{path}{token}?language={order.language}"

    async def read(self, token: str) -> Spoken | None:
        """None for a call that is over, or never was."""
        query = select(spoken.c.box).where(spoken.c.hash == _hash(token), spoken.c.expires_at > self._now())
        async with self._database.reading() as connection:
            box = await connection.scalar(query)
        if box is None:
            return None
        try:
            plain = json.loads(self._keeper(token).read("spoken", box))
        except BrokenBox:
            return None
        return Spoken(tuple(plain["sentences"]), plain["warning"], plain["citizen"], plain["waiting"])

    def heard(self, work: Work, words: Spoken, token: str) -> None:
        """Somebody pressed the key: no further call is made."""
        notice = select(spoken.c.notice).where(spoken.c.hash == _hash(token)).scalar_subquery()
        same = update(spoken).where(spoken.c.notice == notice, spoken.c.heard_at.is_(None))
        work.run(same.values(heard_at=self._now()))
        if words.warning_id is None:
            return
        work.run(
            update(warned)
            .where(warned.c.warning_id == words.warning_id, warned.c.citizen_id == words.citizen_id)
            .where(warned.c.heard_at.is_(None))
            .values(heard_at=self._now())
        )

    def _keeper(self, token: str) -> Keeper:
        return self._keeper_of(hashlib.sha256(b"spoken key\x00" + token.encode()).digest())

    def _now(self) -> datetime:
        return self._clock.now()


def _hash(token: str) -> bytes:
    return hashlib.sha256(b"spoken address\x00" + token.encode()).digest()
