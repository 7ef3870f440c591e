"""What somebody on a waiting list is told: that a place is free for them, or that the list has ended, because the hour
was closed, or its activity is offered no longer.

It names the hour and the kind of activity, both from closed lists: the name of an activity is free text of the staff,
which no unasked message carries. What it is exactly, the dialog says once they answer.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.bookings.model import waiting
from core.bookings.telling import BookingMessage, moment
from core.bookings.waiting import OFFERED, may_call
from core.config import Settings
from core.db.work import Work
from core.dialog.words import say
from core.messages.outbox import Order
from core.messages.templates import NothingToSay, Speak
from core.messages.texts import Texts

TEMPLATE = "waiting"
TAKE, DECLINE = "waiting_take", "waiting_decline"
"""Deeds on the message."""
ARCHIVED = "archived"
"""The list has ended with its activity: the hour is not closed, and nobody is given a place any more."""
_CATEGORIES = ("sport", "culture")


class WaitingMessage(BookingMessage):
    """`Template`. `ask` has a call say the offer and take a key; `speak` has one say a sentence. Both repeat what nobody
    has heard."""

    def __init__(
        self, texts: Texts, settings: Settings, ask: Speak | None = None, speak: Speak | None = None
    ) -> None:
        super().__init__(texts, speak)
        self._ask = ask
        self._settings = settings

    def words(self, order: Order, medium: str) -> str:
        told = order.params
        offered = told["what"] == OFFERED
        what = "offer" if offered else "ended" if told["what"] == ARCHIVED else "closed"
        category = told["category"] if told["category"] in _CATEGORIES else _CATEGORIES[0]
        return self._texts.say(
            say(
                f"waiting.message.{what}_{medium}",
                when=moment(told["starts"]),
                until=moment(told["until"]) if offered else "",
                persons=say("waiting.message.persons", n=int(told["persons"])),
                what=say(f"waiting.for.{category}"),
                portal=f"{self._settings.public_url}/chat",
                phone=self._settings.contact_phone,
            ),
            order.language,
        )

    def deeds(self, order: Order) -> tuple[tuple[str, str, str], ...]:
        if order.params["what"] != OFFERED:
            return ()
        subject = str(int(order.params["waiting"]))
        names = (("take", TAKE), ("decline", DECLINE))
        return tuple(
            (self._texts.say(f"waiting.buttons.{name}", order.language), deed, subject)
            for name, deed in names
        )

    def call(self, work: Work, order: Order, sealed: Mapping[str, str]) -> str:
        if order.params["what"] != OFFERED:
            return super().call(work, order, sealed)
        # A call that is repeated may fall into the night.
        if self._ask is None or not may_call(order.created_at, self._settings.zone):
            raise NothingToSay
        query = select(waiting.c.state).where(waiting.c.id == int(order.params["waiting"]))

        async def still_offered(transaction: AsyncConnection, _work: Work) -> None:
            if await transaction.scalar(query) != OFFERED:
                raise NothingToSay

        work.job(still_offered)
        return self._ask(work, order, self.words(order, "call"))
