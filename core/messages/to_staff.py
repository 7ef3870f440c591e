"""News for staff: to their Telegram group, where the town has set one up, and to whoever is on duty.

Only sentences of the catalogues, numbers, and moments go in: names of facilities and activities are left out, because
whoever can write the database chooses those, and the worker would say words of theirs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from core.db.types import from_milliseconds, to_milliseconds
from core.db.work import Work
from core.dialog.words import Text
from core.messages.outbox import Order, Outbox
from core.messages.states import CHAT
from core.messages.templates import ChatMessage, NothingToSay, Speak
from core.messages.texts import DEFAULT_LANGUAGE, Texts
from core.ports import Clock

TEMPLATE = "staff_news"
LASTS = timedelta(minutes=15)
"""Older news is none."""

Told = int | datetime | Text | Sequence["Told"]
"""What may fill a place of the sentence."""


@dataclass(frozen=True)
class Colleague:
    """Somebody of the staff who is told on a telephone or in a chat of their own."""

    medium: str
    to: str = field(repr=False)
    language: str


OnDuty = Callable[[Work], Awaitable[Colleague | None]]
"""Who is on duty for news now; what is opened to find them is noted in the work. None: nobody is enrolled."""


class TellStaff:
    """For the worker's chores: `await tell(work, "figures.alert.reached", n=80, of=100)`.

    `group` is the id of the staff's chat; None where there is none.
    """

    def __init__(self, outbox: Outbox, clock: Clock, on_duty: OnDuty, group: str | None) -> None:
        self._outbox = outbox
        self._clock = clock
        self._on_duty = on_duty
        self._group = group

    async def __call__(self, work: Work, key: str, *, lasts: timedelta = LASTS, **told: Told) -> int:
        """Order the sentence of this key for everyone who is to hear it; how many they are.

        A place of the sentence that is named `key` or `lasts` cannot be filled.
        """
        heard = [] if self._group is None else [Colleague(CHAT, self._group, DEFAULT_LANGUAGE)]
        colleague = await self._on_duty(work)
        if colleague is not None and colleague.to != self._group:
            heard.append(colleague)
        for each in heard:
            self._outbox.order(
                work,
                TEMPLATE,
                each.medium,
                language=each.language,
                expires_at=self._clock.now() + lasts,
                params={"key": key, "told": {name: _keep(value) for name, value in told.items()}},
                sealed={"to": each.to},
            )
        return len(heard)


class StaffNews:
    """`Template` of the news. `speak` has a call say a sentence; without it nobody is called."""

    def __init__(self, texts: Texts, speak: Speak | None = None) -> None:
        self._texts = texts
        self._speak = speak

    def text(self, order: Order, sealed: Mapping[str, str]) -> str:
        told = {name: _tell(value) for name, value in order.params["told"].items()}
        return self._texts.say(str(order.params["key"]), self._texts.choose(order.language), **told)

    def chat(self, order: Order, sealed: Mapping[str, str]) -> ChatMessage:
        return ChatMessage(self.text(order, sealed))

    def call(self, work: Work, order: Order, sealed: Mapping[str, str]) -> str:
        if self._speak is None:
            raise NothingToSay
        return self._speak(work, order, self.text(order, sealed))


def _keep(value: Told) -> Any:
    if isinstance(value, int):
        return value
    if isinstance(value, datetime):
        return {"at": to_milliseconds(value)}
    if isinstance(value, Text):
        params: Mapping[str, Any] = value.params
        return {"say": value.key, "told": {name: _keep(each) for name, each in params.items()}}
    if isinstance(value, str):
        raise TypeError("words of the catalogue only")
    return [_keep(each) for each in value]


def _tell(kept: Any) -> object:
    if isinstance(kept, list):
        return tuple(_tell(each) for each in kept)
    if isinstance(kept, dict):
        if "at" in kept:
            return from_milliseconds(kept["at"])
        return Text(kept["say"], {name: _tell(each) for name, each in kept["told"].items()})
    return kept
