"""My data on a telephone: how much is held, and where the whole of it can be had; and what became of a new number."""

from __future__ import annotations

from collections.abc import Mapping

from core.config import Settings
from core.conversations.my_data.reading import Record
from core.db.work import Work
from core.dialog.words import say
from core.messages.outbox import Order
from core.messages.templates import ChatMessage, NothingToSay, Speak
from core.messages.texts import Texts

SUMMARY = "my_data_summary"
NUMBER_NEWS = "number_news"


def counted(record: Record) -> dict[str, int]:
    """What the summary tells: numbers alone."""
    return {
        "numbers": len(record.addresses),
        "bookings": len(record.bookings),
        "visits": len(record.visits),
        "messages": len(record.messages),
        "warnings": len(record.warnings),
    }


class Summary:
    """`Template` of the summary."""

    def __init__(self, texts: Texts, settings: Settings, speak: Speak) -> None:
        self._texts = texts
        self._settings = settings
        self._speak = speak

    def text(self, order: Order, sealed: Mapping[str, str]) -> str:
        return self._texts.say("account.summary.sms", order.language, **self._places(order))

    def chat(self, order: Order, sealed: Mapping[str, str]) -> ChatMessage:
        raise NothingToSay  # a chat is sent the file

    def call(self, work: Work, order: Order, sealed: Mapping[str, str]) -> str:
        return self._speak(
            work, order, self._texts.say("account.summary.call", order.language, **self._places(order))
        )

    def _places(self, order: Order) -> dict[str, object]:
        counts = {
            name: say(f"account.summary.{name}", n=int(n))
            for name, n in order.params.items()
            if name in ("numbers", "bookings", "visits", "messages", "warnings")
        }
        settings = self._settings
        return {**counts, "phone": settings.contact_phone, "site": settings.public_url}


class NumberNews:
    """`Template` of what became of a new number: `done` to the new one, `kept` to the old one."""

    def __init__(self, texts: Texts, settings: Settings, speak: Speak) -> None:
        self._texts = texts
        self._settings = settings
        self._speak = speak

    def text(self, order: Order, sealed: Mapping[str, str]) -> str:
        key = "account.number.done" if order.params["news"] == "done" else "account.number.kept"
        return self._texts.say(key, order.language, phone=self._settings.contact_phone)

    def chat(self, order: Order, sealed: Mapping[str, str]) -> ChatMessage:
        raise NothingToSay  # it was the chat that asked

    def call(self, work: Work, order: Order, sealed: Mapping[str, str]) -> str:
        return self._speak(work, order, self.text(order, sealed))
