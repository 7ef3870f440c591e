"""What messages about a booking have in common: the road to its citizen, and what may be said.

Whoever can write the database can have such a message sent: a day, an hour, a reason of the closed list, a code of
digits. Nothing that staff wrote is in them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, exists

from core.db.work import Work
from core.errors import Refused
from core.messages.outbox import Order
from core.messages.states import CALL, CHAT, SMS
from core.messages.templates import ChatMessage, NothingToSay, Speak
from core.messages.texts import Texts
from core.passes import code as codes
from core.people.model import addresses, citizens
from core.people.numbers import MOBILE


def roads() -> tuple[ColumnElement[Any], ...]:
    """Columns for `medium_of`; the statement joins citizens."""
    return tuple(
        exists().where(addresses.c.citizen_id == citizens.c.id, addresses.c.kind == kind).label(name)
        for kind, name in ((CHAT, "has_chat"), (MOBILE, "has_mobile"))
    )


def medium_of(row: Any) -> str:
    """Chat, else SMS, else a call."""
    return CHAT if row.has_chat else SMS if row.has_mobile else CALL


def said_code(kept: object) -> str:
    """Digits, or nothing, whatever the row of the pass says."""
    try:
        return codes.spaced(codes.parse(str(kept)))
    except Refused:
        return "–"


def moment(text: object) -> datetime:
    return datetime.fromisoformat(str(text)).astimezone(UTC)


class BookingMessage:
    """`Template`: `words` says what a medium is told. `speak` has a call say a sentence; without it nobody is called."""

    def __init__(self, texts: Texts, speak: Speak | None = None) -> None:
        self._texts = texts
        self._speak = speak

    def words(self, order: Order, medium: str) -> str:
        raise NotImplementedError

    def deeds(self, order: Order) -> tuple[tuple[str, str, str], ...]:
        return ()

    def text(self, order: Order, sealed: Mapping[str, str]) -> str:
        return self.words(order, "sms")

    def chat(self, order: Order, sealed: Mapping[str, str]) -> ChatMessage:
        return ChatMessage(self.words(order, "chat"), self.deeds(order))

    def call(self, work: Work, order: Order, sealed: Mapping[str, str]) -> str:
        if self._speak is None:
            raise NothingToSay
        return self._speak(work, order, self.words(order, "call"))
