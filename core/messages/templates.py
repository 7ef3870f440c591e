"""What a kind of message says, and by which roads it goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.db.work import Work
from core.messages.outbox import Order
from core.messages.provider_codes import PERMANENT, UNKNOWN
from core.ports import Caller, ChatSender, Receipt, SendingFailed, TextSender


class NothingToSay(Exception):
    """What the message was about is over (a code used or voided meanwhile): it is not sent."""


@dataclass(frozen=True)
class ChatMessage:
    """What a chat is told, with buttons that stay valid: (label, deed, subject)."""

    text: str
    deeds: tuple[tuple[str, str, str], ...] = ()


Saying = str | ChatMessage
Speak = Callable[[Work, Order, str], str]
"""Has a call say a sentence; the path under which the provider fetches it."""


class Template(Protocol):
    """One kind of message. `sealed` is what the order's box held, empty where it had none."""

    def chat(self, order: Order, sealed: Mapping[str, str]) -> ChatMessage:
        """What a chat is told. Raises `NothingToSay` where this kind never goes there."""
        ...

    def text(self, order: Order, sealed: Mapping[str, str]) -> str:
        """The words of an SMS."""
        ...

    def call(self, work: Work, order: Order, sealed: Mapping[str, str]) -> str:
        """The path under which the provider fetches what a call says.

        What must be written before the telephone rings is added to `work`, which is committed before the
        call; it may raise `NothingToSay` there.
        """
        ...


class Answer(Protocol):
    """Carries out an order that is no message: it reads and writes the database, and sends by itself if at all."""

    async def answer(self, order: Order, sealed: Mapping[str, str]) -> Receipt:
        """Raises `SendingFailed`, `NothingToSay` or `BrokenBox`. It may be tried again: `order.attempts` says so."""
        ...


class Reach(Protocol):
    """Finds a citizen's number at the last moment."""

    async def address(self, citizen_id: int, medium: str) -> str | None:
        """The number for an SMS or a call, or None where the citizen has none. Raises `BrokenBox`."""
        ...


class Medium(Protocol):
    """A road out: `saying` is the words of an SMS, the path of a call, or what a chat is told."""

    async def send(self, to: str, saying: Saying, reference: str) -> Receipt: ...

    async def find(self, to: str, saying: Saying, since: datetime) -> Receipt | None: ...


class BySms:
    """`Medium` of a `TextSender`."""

    def __init__(self, sender: TextSender) -> None:
        self._sender = sender

    async def send(self, to: str, saying: Saying, reference: str) -> Receipt:
        return await self._sender.send(to, str(saying), reference)

    async def find(self, to: str, saying: Saying, since: datetime) -> Receipt | None:
        return await self._sender.find(to, str(saying), since)


class ByCall:
    """`Medium` of a `Caller`."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def send(self, to: str, saying: Saying, reference: str) -> Receipt:
        return await self._caller.call(to, reference, str(saying))

    async def find(self, to: str, saying: Saying, since: datetime) -> Receipt | None:
        return await self._caller.find(to, since)


class ByChat:
    """`Medium` of a `ChatSender`. A chat cannot be looked through, so a message of unknown fate is never repeated."""

    def __init__(self, sender: ChatSender) -> None:
        self._sender = sender

    async def send(self, to: str, saying: Saying, reference: str) -> Receipt:
        assert isinstance(saying, ChatMessage)
        try:
            return await self._sender.send(to, saying.text, saying.deeds)
        except SendingFailed as failed:
            if failed.kind == UNKNOWN:
                raise SendingFailed(PERMANENT, failed.code) from None
            raise

    async def find(self, to: str, saying: Saying, since: datetime) -> Receipt | None:
        """A worker that died while sending: it may have been sent."""
        return Receipt("unknown")
