"""python-telegram-bot's Application as we use it: no updater, one handler, faults that are not swallowed."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

import structlog
from telegram import Update
from telegram.ext import Application, ApplicationBuilder, BaseUpdateProcessor, TypeHandler

from bot.chats import Recent
from bot.measures import Measures
from bot.pace import Pace
from bot.request import AiohttpRequest
from bot.turns import Turns
from core.messages.texts import Texts

if TYPE_CHECKING:
    from core.conversations.service import Conversations

ALLOWED_UPDATES = ("message", "callback_query")
DELIVERIES = 3
"""How often a failing update is taken before it is given up."""
_AT_ONCE = 256
_REMEMBERED = 10_000

log = structlog.get_logger()
AnyApplication = Application[Any, Any, Any, Any, Any, Any]


class _Honest(Application[Any, Any, Any, Any, Any, Any]):
    """The library logs what a handler raises and goes on. We must know: it is not acknowledged."""

    async def process_error(
        self, update: object | None, error: Exception, job: Any = None, coroutine: Any = None
    ) -> bool:
        raise error


class InOrder(BaseUpdateProcessor):
    """Updates of one chat follow each other, those of others run side by side, none is done twice."""

    def __init__(self) -> None:
        super().__init__(_AT_ONCE)
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._done: Recent[int, bool] = Recent(_REMEMBERED)

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        assert isinstance(update, Update)
        chat = update.effective_chat
        lock = self._locks.setdefault(chat.id if chat else 0, asyncio.Lock())
        async with lock:
            if self._done.get(update.update_id):
                assert inspect.iscoroutine(coroutine)
                coroutine.close()
                return
            await coroutine
            self.finish(update)

    def finish(self, update: Update) -> None:
        """It need not be taken again."""
        self._done.put(update.update_id, True)

    async def initialize(self) -> None:
        """Nothing."""

    async def shutdown(self) -> None:
        """Nothing."""


class Bot:
    """The bot: takes updates from whichever way they come, webhook or long polling."""

    def __init__(
        self,
        token: str,
        conversations: Conversations,
        texts: Texts,
        measures: Measures,
        *,
        api_url: str | None = None,
        calls_per_second: float = 30,
    ) -> None:
        """`api_url`: another Bot API server, `http://127.0.0.1:8081/bot`. `calls_per_second` 0: no limit."""
        self._in_order = InOrder()
        self._failures: Recent[int, int] = Recent(_REMEMBERED)
        self._measures = measures
        self.requests = (AiohttpRequest(), AiohttpRequest(connections=2))
        builder = (
            ApplicationBuilder()
            .application_class(_Honest)
            .token(token)
            .updater(None)
            .job_queue(None)
            .concurrent_updates(self._in_order)
            .rate_limiter(Pace(measures.told_to_wait, overall=calls_per_second))
            .request(self.requests[0])
            .get_updates_request(self.requests[1])
        )
        if api_url is not None:
            builder = builder.base_url(api_url)
        self.application: AnyApplication = builder.build()
        self._turns = Turns(self.application.bot, conversations, texts, measures)
        self.application.add_handler(TypeHandler(Update, self._turns.take, block=True))

    async def take(self, update: Update) -> None:
        """Return once the update is finished, or given up. What is raised means: it should come again."""
        try:
            await self._in_order.process_update(update, self.application.process_update(update))
        except Exception as fault:
            times = (self._failures.get(update.update_id) or 0) + 1
            log.error("telegram_update_failed", times=times, exc_info=fault)
            if times < DELIVERIES:
                self._failures.put(update.update_id, times)
                self._measures.updates.labels("failed").inc()
                raise
            self._in_order.finish(update)
            self._measures.updates.labels("given_up").inc()
            await self._turns.apologise(update)
        else:
            self._measures.updates.labels("done").inc()
