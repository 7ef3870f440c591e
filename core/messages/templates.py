"""What a kind of message says, and by which roads it goes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from core.db.work import Work
from core.messages.outbox import Order
from core.ports import Caller, Receipt, TextSender


class NothingToSay(Exception):
    """What the message was about is over (a code used or voided meanwhile): it is not sent."""


class Template(Protocol):
    """One kind of message. `sealed` is what the order's box held, empty where it had none."""

    def text(self, order: Order, sealed: Mapping[str, str]) -> str:
        """The words of an SMS."""
        ...

    def call(self, work: Work, order: Order, sealed: Mapping[str, str]) -> str:
        """The path under which the provider fetches what a call says.

        What must be written before the telephone rings is added to `work`, which is committed before the
        call; it may raise `NothingToSay` there.
        """
        ...


class Reach(Protocol):
    """Finds a citizen's number at the last moment."""

    async def address(self, citizen_id: int, medium: str) -> str | None:
        """The number for an SMS or a call, or None where the citizen has none. Raises `BrokenBox`."""
        ...


class Medium(Protocol):
    """A road out: `saying` is the words of an SMS, or the path of a call."""

    async def send(self, to: str, saying: str, reference: str) -> Receipt: ...

    async def find(self, to: str, saying: str, since: datetime) -> Receipt | None: ...


class BySms:
    """`Medium` of a `TextSender`."""

    def __init__(self, sender: TextSender) -> None:
        self._sender = sender

    async def send(self, to: str, saying: str, reference: str) -> Receipt:
        return await self._sender.send(to, saying, reference)

    async def find(self, to: str, saying: str, since: datetime) -> Receipt | None:
        return await self._sender.find(to, saying, since)


class ByCall:
    """`Medium` of a `Caller`."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def send(self, to: str, saying: str, reference: str) -> Receipt:
        return await self._caller.call(to, reference, saying)

    async def find(self, to: str, saying: str, since: datetime) -> Receipt | None:
        return await self._caller.find(to, since)
