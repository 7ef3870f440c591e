"""Telegram's rate limits (https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from aiolimiter import AsyncLimiter
from prometheus_client import Counter
from telegram.ext import AIORateLimiter

from bot.chats import Recent
from bot.request import Later

_BURST = 5
"""Calls of one chat that may follow each other at once; then one a second. Telegram allows short bursts."""
_TRIES = 3
_CHATS_KEPT = 4096

Answer = bool | dict[str, Any] | list[dict[str, Any]]


@dataclass
class _Chat:
    limiter: AsyncLimiter = field(default_factory=lambda: AsyncLimiter(_BURST, _BURST))
    rests_until: float = 0.0
    """Of the loop's clock."""


class Pace(AIORateLimiter):
    """The library's limits of the whole bot, and beside them one a second for each chat.

    A chat that is told to wait (`Later`) waits alone: the library's own retries would halt every chat.
    """

    def __init__(self, refusals: Counter, *, overall: float = 30) -> None:
        """`overall`: calls a second for the whole bot; 0 leaves everything unlimited, for measurements."""
        super().__init__(overall_max_rate=overall, max_retries=0)
        self._refusals = refusals
        self._limited = bool(overall)
        self._chats: Recent[int, _Chat] = Recent(_CHATS_KEPT)

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Answer]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: int | None,
    ) -> Answer:
        """Wait for the chat's turn, then for the bot's. Raises `Later` when Telegram refuses thrice."""
        chat_id = data.get("chat_id")
        if not isinstance(chat_id, int):
            return await super().process_request(callback, args, kwargs, endpoint, data, rate_limit_args)
        chat = self._chats.get(chat_id) or self._chats.put(chat_id, _Chat())
        for attempt in range(_TRIES):
            await self._turn(chat)
            try:
                return await super().process_request(callback, args, kwargs, endpoint, data, rate_limit_args)
            except Later as told:
                self._refusals.inc()
                chat.rests_until = asyncio.get_running_loop().time() + told.seconds
                if attempt == _TRIES - 1:
                    raise
        raise AssertionError("unreachable")

    async def _turn(self, chat: _Chat) -> None:
        await asyncio.sleep(max(0.0, chat.rests_until - asyncio.get_running_loop().time()))
        if self._limited:
            await chat.limiter.acquire()
