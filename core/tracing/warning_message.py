"""The warning itself: an SMS, a call that asks for `1` and is repeated, or a chat."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.db.work import Work
from core.messages.model import outbox
from core.messages.outbox import Order, Outbox
from core.messages.states import CALL
from core.messages.templates import ChatMessage, NothingToSay
from core.ports import Clock, Codes
from core.tracing.model import warned
from core.tracing.spoken import Spoken, SpokenWords

WARNING = "warning"
LASTS = timedelta(hours=24)
AGAIN_AFTER = tuple(timedelta(minutes=minutes) for minutes in (10, 30, 60))
"""A call that nobody listened to is made again so long after the first."""


def order_row(
    orders: Outbox,
    order_id: int,
    medium: str,
    *,
    warning_id: int,
    citizen_id: int,
    language: str,
    words: str,
    expires_at: datetime,
) -> dict[str, Any]:
    """The words are among the parameters, under the order's MAC: they are nobody's secret, and can have come there
    only through a release.
    """
    params = {"warning": str(warning_id), "words": words}
    return orders.row(
        order_id,
        WARNING,
        medium,
        language=language,
        expires_at=expires_at,
        params=params,
        citizen_id=citizen_id,
    )


class WarningMessage:
    """`Template` of a warning."""

    def __init__(self, clock: Clock, codes: Codes, orders: Outbox, spoken: SpokenWords) -> None:
        self._clock = clock
        self._codes = codes
        self._orders = orders
        self._spoken = spoken

    def text(self, order: Order, sealed: Mapping[str, str]) -> str:
        return str(order.params["words"])

    def chat(self, order: Order, sealed: Mapping[str, str]) -> ChatMessage:
        return ChatMessage(str(order.params["words"]))

    def call(self, work: Work, order: Order, sealed: Mapping[str, str]) -> str:
        """Readies what is said, and orders the later calls. Nobody is called who has listened, or whom a chat told
        because no number worked.
        """
        assert order.citizen_id is not None
        warning_id, words = int(order.params["warning"]), str(order.params["words"])
        whose = (warned.c.warning_id == warning_id) & (warned.c.citizen_id == order.citizen_id)
        later = [(self._codes.new_id(), self._clock.now() + pause) for pause in AGAIN_AFTER]

        async def order_later_calls(transaction: AsyncConnection, _work: Work) -> None:
            waiting = update(warned).where(whose, warned.c.heard_at.is_(None), ~warned.c.chat_ordered)
            if (await transaction.execute(waiting.values(order_id=order.id))).rowcount == 0:
                raise NothingToSay
            first = update(warned).where(whose, ~warned.c.calls_ordered).values(calls_ordered=True)
            if (await transaction.execute(first)).rowcount == 0:
                return
            for order_id, due_at in later:
                row = order_row(
                    self._orders,
                    order_id,
                    CALL,
                    warning_id=warning_id,
                    citizen_id=order.citizen_id or 0,
                    language=order.language,
                    words=words,
                    expires_at=order.expires_at,
                )
                # Made when it is due: what is looked up at the provider since then is this call, not the one before.
                await transaction.execute(
                    outbox.insert().values(row | {"due_at": due_at, "created_at": due_at})
                )

        work.job(order_later_calls)
        return self._spoken.write(work, self._codes, order, Spoken([words], warning_id, order.citizen_id))
