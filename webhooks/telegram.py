"""Telegram's door: the webhook, or long polling where there is no public address with a certificate."""

from __future__ import annotations

import asyncio
import hmac
import json
import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import structlog
from aiohttp import web
from prometheus_client import REGISTRY, CollectorRegistry
from telegram import Update
from telegram.error import InvalidToken, TelegramError

from bot.application import ALLOWED_UPDATES, Bot
from bot.measures import Measures
from bot.menu import describe
from bot.polling import Polling
from core.config import Settings
from core.dialog.words import Written
from core.errors import ConfigurationFault
from core.messages.texts import Texts

if TYPE_CHECKING:
    from core.conversations.service import Conversations

PATH = "/telegram"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 (its name, not its value)
_CONNECTIONS = 40
_FIRST_TRY_S = 5
_LONGEST_PAUSE_S = 60.0

log = structlog.get_logger()


class TelegramChannel:
    """The Telegram bot within the `web` process.

    Mount `routes`, await `start()` when the server starts and `stop()` when it stops. Where Telegram cannot
    be reached at the start, the channel goes on trying by itself, and the rest of the process works.
    """

    def __init__(
        self,
        settings: Settings,
        conversations: Conversations,
        texts: Texts,
        *,
        registry: CollectorRegistry = REGISTRY,
        calls_per_second: float = 30,
    ) -> None:
        """Raises `ConfigurationFault` where the token is missing, or the webhook's secret is not one."""
        if settings.telegram_bot_token is None:
            raise ConfigurationFault("TELEGRAM_BOT_TOKEN is missing.")
        self._secret = _secret(settings)
        self._address = settings.public_url + PATH
        self._texts = texts
        self._town = Written({"el": settings.municipality_el, "en": settings.municipality_en})
        self.bot = Bot(
            settings.telegram_bot_token.get_secret_value(),
            conversations,
            texts,
            Measures(registry),
            api_url=settings.telegram_api_url,
            calls_per_second=calls_per_second,
        )
        self.name = ""
        """The bot's user name, for links `https://t.me/<name>?start=<activity>`; empty until it is known."""
        self.ready = asyncio.Event()
        """Telegram knows where to deliver, or is being asked."""
        self._task: asyncio.Task[None] | None = None

    @property
    def by_webhook(self) -> bool:
        """Telegram delivers only to https, and we take only what knows the secret."""
        return self._secret is not None

    @property
    def routes(self) -> list[web.RouteDef]:
        return [web.post(PATH, self.receive)] if self.by_webhook else []

    async def start(self) -> None:
        """Raises `ConfigurationFault` where Telegram does not know the token."""
        try:
            async with asyncio.timeout(_FIRST_TRY_S):
                await self._connect()
        except InvalidToken:
            raise ConfigurationFault("TELEGRAM_BOT_TOKEN: Telegram does not know this token.") from None
        except (TelegramError, TimeoutError) as fault:
            log.warning("telegram_not_reached", exc_info=fault)
        self._task = asyncio.create_task(self._serve(), name="telegram")

    async def stop(self) -> None:
        """What is unfinished then is not acknowledged, and comes again."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self.name:
            await self.bot.application.shutdown()
        await asyncio.gather(*(request.shutdown() for request in self.bot.requests))

    async def receive(self, request: web.Request) -> web.Response:
        """One update, finished before 200 is answered: what is only queued dies with the process."""
        assert self._secret is not None
        given = request.headers.get(SECRET_HEADER, "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, self._secret.encode()):
            raise web.HTTPForbidden
        if request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType
        body = await request.read()
        if not self.name:
            raise web.HTTPServiceUnavailable
        update = self._update(body)
        try:
            await self.bot.take(update)
        except Exception:  # counted and logged; Telegram delivers it again
            return web.Response(status=500)
        return web.Response()

    def _update(self, body: bytes) -> Update:
        try:
            data = json.loads(body)
            number = data["update_id"]
            if not isinstance(number, int) or isinstance(number, bool):
                raise TypeError
            return Update.de_json(data, self.bot.application.bot)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise web.HTTPBadRequest from None

    async def _connect(self) -> None:
        if self.name:
            return
        application = self.bot.application
        await application.initialize()
        self.name = (await application.bot.get_me()).username or ""

    async def _serve(self) -> None:
        await self._insist(self._connect)
        await self._insist(self._choose_way)
        try:
            await describe(self.bot.application.bot, self._texts, self._town)
        except TelegramError as fault:  # the menu of commands is a convenience
            log.warning("telegram_menu_not_set", exc_info=fault)
        self.ready.set()
        log.info("telegram_ready", webhook=self.by_webhook)
        if not self.by_webhook:
            await Polling(self.bot).run()

    async def _choose_way(self) -> None:
        bot = self.bot.application.bot
        if self.by_webhook:
            await bot.set_webhook(
                self._address,
                secret_token=self._secret,
                max_connections=_CONNECTIONS,
                allowed_updates=ALLOWED_UPDATES,
            )
        else:
            await bot.delete_webhook()

    @staticmethod
    async def _insist(attempt: Callable[[], Awaitable[None]]) -> None:
        pause = 1.0
        while True:
            try:
                await attempt()
                return
            except TelegramError as fault:
                log.warning("telegram_not_reached", exc_info=fault)
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE_S)


def _secret(settings: Settings) -> str | None:
    """Of the webhook (https://core.telegram.org/bots/api#setwebhook); None means long polling."""
    if settings.telegram_webhook_secret is None or not settings.public_url.startswith("https://"):
        return None
    secret = settings.telegram_webhook_secret.get_secret_value()
    if re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret) is None:
        raise ConfigurationFault("TELEGRAM_WEBHOOK_SECRET: 1 to 256 letters, digits, _ and - are needed.")
    return secret
