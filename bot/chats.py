"""What this process remembers of chats. All of it may be lost: an old keyboard is stale, and harmless."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recent(Generic[K, V]):
    """The `most` entries that were used last."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[K, V] = OrderedDict()

    def get(self, key: K) -> V | None:
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        return None

    def put(self, key: K, value: V) -> V:
        self._kept[key] = value
        self._kept.move_to_end(key)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return value

    def drop(self, key: K) -> None:
        self._kept.pop(key, None)


@dataclass
class Screen:
    """What stands in a chat, as far as we know."""

    question: int | None = None
    """Id of the message with the current question and its inline keyboard."""
    offer: str = ""
    """The offer that was shown last."""
    pressed: tuple[int, str] | None = None
    """Message and data of the answer that was pressed last."""
    contact_keyboard: bool = False
    """The keyboard that shares one's own number is out."""


class Screens:
    def __init__(self) -> None:
        self._recent: Recent[int, Screen] = Recent(20_000)

    def of(self, chat_id: int) -> Screen:
        return self._recent.get(chat_id) or self._recent.put(chat_id, Screen())
