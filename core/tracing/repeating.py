"""Calls that tell something once: said again after 10, 30 and 60 minutes to whoever has not listened (design.md 8)."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.db.work import Work
from core.messages.model import outbox
from core.messages.outbox import INSTEAD_OF, Order, Outbox
from core.messages.states import CALL
from core.messages.templates import NothingToSay
from core.ports import Clock, Codes
from core.tracing.model import spoken
from core.tracing.spoken import PATH, Spoken, SpokenWords
from core.tracing.warning_message import AGAIN_AFTER

AGAIN_OF = "again_of"
"""Parameter of a later call: the id of the first order."""


class Repeating:
    """`Speak` of templates whose orders name a citizen. An order with an address of its own is carried out once.

    `about`: what else is kept beside the sentence, for a call that does more than tell, at a `path` of its own.
    """

    def __init__(
        self,
        clock: Clock,
        codes: Codes,
        orders: Outbox,
        words: SpokenWords,
        about: Callable[[Order, str], Spoken] = lambda _order, sentence: Spoken((sentence,), None, None),
        path: str = PATH,
    ) -> None:
        self._about = about
        self._path = path
        self._clock = clock
        self._codes = codes
        self._orders = orders
        self._words = words

    def __call__(self, work: Work, order: Order, sentence: str) -> str:
        """The path of the call; the later ones are ordered with the first. The commit of `work` raises `NothingToSay`
        where somebody has listened already."""
        notice = int(order.params.get(AGAIN_OF) or order.id)
        now, told = self._clock.now(), self._about(order, sentence)
        params = {name: value for name, value in order.params.items() if name != INSTEAD_OF}
        first = notice == order.id and order.citizen_id is not None
        later = [
            self._orders.row(
                self._codes.new_id(),
                order.template,
                CALL,
                language=order.language,
                expires_at=order.expires_at,
                params={**params, AGAIN_OF: str(notice)},
                citizen_id=order.citizen_id,
            )
            # Made when it is due: what is looked up at the provider since then is this call, not the one before.
            | {"due_at": now + pause, "created_at": now + pause}
            for pause in (AGAIN_AFTER if first else ())
            if now + pause < order.expires_at
        ]
        calls = select(spoken.c.hash).where(spoken.c.notice == notice).limit(1)

        async def ready(transaction: AsyncConnection, _work: Work) -> None:
            if await transaction.scalar(calls.where(spoken.c.heard_at.is_not(None))) is not None:
                raise NothingToSay
            if later and await transaction.scalar(calls) is None:
                await transaction.execute(outbox.insert(), later)

        work.job(ready)
        return self._words.write(work, self._codes, order, told, self._path, notice=notice)
