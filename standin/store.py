"""What was sent, in memory alone, the newest few hundred."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar

KEPT = 300


@dataclass(eq=False)
class Message:
    """An SMS."""

    sid: str
    to: str
    sender: str
    text: str
    segments: int
    status_callback: str
    created: datetime
    service: str | None = None
    status: str = "queued"
    error: int | None = None
    forgotten: bool = False
    """Deleted at the provider. The telephone still shows it."""

    @property
    def final(self) -> bool:
        return self.status in ("delivered", "undelivered", "failed")


@dataclass(eq=False)
class Call:
    """A voice call. `spoken` is what the person heard, `pressed` what they pressed, in order.

    An `incoming` one was made by a person, `sender`, to the town.
    """

    sid: str
    to: str
    sender: str
    url: str
    method: str
    status_callback: str
    events: frozenset[str]
    created: datetime
    status: str = "queued"
    error: int | None = None
    forgotten: bool = False
    incoming: bool = False
    hung_up: bool = False
    heard: list[tuple[str, str]] = field(default_factory=list)
    """(`say` or `key`, words or keys), in order."""
    waiting: bool = False
    """A key is waited for, from a person at the page."""
    keys: asyncio.Queue[str] = field(default_factory=asyncio.Queue)

    @property
    def final(self) -> bool:
        return self.status in ("completed", "busy", "no-answer", "failed", "canceled")

    def says(self, words: str) -> None:
        """Digits said one by one are shown as one line."""
        if len(words) == 1 and words.isdigit() and self.heard:
            kind, before = self.heard[-1]
            if kind == "say" and all(len(part) == 1 and part.isdigit() for part in before.split(" ")):
                self.heard[-1] = ("say", f"{before} {words}")
                return
        self.heard.append(("say", words))

    @property
    def spoken(self) -> list[str]:
        return [words for kind, words in self.heard if kind == "say"]

    @property
    def pressed(self) -> list[str]:
        return [keys for kind, keys in self.heard if kind == "key"]


class _Kept(Protocol):
    sid: str
    forgotten: bool


K = TypeVar("K", bound=_Kept)


class Store:
    """`now` tells the time in UTC, `chance` gives 32 hexadecimal digits."""

    def __init__(self, now: Callable[[], datetime], chance: Callable[[], str]) -> None:
        self.now = now
        self.chance = chance
        self._all: dict[str, Message | Call] = {}
        self.version = 0
        """Counts up with every change, so that a page knows whether to draw itself again."""

    def new_sid(self, prefix: str) -> str:
        return prefix + self.chance()

    def keep(self, item: Message | Call) -> None:
        self._all[item.sid] = item
        while len(self._all) > KEPT:
            del self._all[next(iter(self._all))]
        self.changed()

    def changed(self) -> None:
        self.version += 1

    def newest_first(self) -> Iterator[Message | Call]:
        return reversed(self._all.values())

    def messages(self) -> list[Message]:
        """As the provider still has them, newest first."""
        return [item for item in self.newest_first() if isinstance(item, Message) and not item.forgotten]

    def calls(self) -> list[Call]:
        return [item for item in self.newest_first() if isinstance(item, Call) and not item.forgotten]

    def call(self, sid: str) -> Call | None:
        item = self._all.get(sid)
        return item if isinstance(item, Call) else None
