"""The real channel in a real server, against the Bot API server of the tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web
from prometheus_client import CollectorRegistry

from core.config import Settings
from core.messages.texts import Texts
from tests.fakes.telegram_server import TelegramServer
from webhooks.telegram import TelegramChannel

SECRET = "a-secret-of-tests_1"


class Running:
    """`address` is where the webhook listens."""

    def __init__(self, channel: TelegramChannel, registry: CollectorRegistry, address: str) -> None:
        self.channel = channel
        self.registry = registry
        self.address = address

    def counted(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(f"{name}_total", labels) or 0.0


def settings_for(server: TelegramServer, *, webhook: bool, **changes: Any) -> Settings:
    given: dict[str, Any] = {
        "telegram_bot_token": server.token,
        "telegram_api_url": server.base_url,
        "public_url": "https://paso.example" if webhook else "http://127.0.0.1:8080",
        "telegram_webhook_secret": SECRET,
    }
    return Settings(**(given | changes))


@asynccontextmanager
async def running_bot(
    server: TelegramServer,
    conversations: Any,
    *,
    webhook: bool = True,
    calls_per_second: float = 0,
    **changes: Any,
) -> AsyncIterator[Running]:
    """Started, and left as a process that stops. The webhook is told by its loopback address."""
    registry = CollectorRegistry()
    channel = TelegramChannel(
        settings_for(server, webhook=webhook, **changes),
        conversations,
        Texts(ZoneInfo("Europe/Athens")),
        registry=registry,
        calls_per_second=calls_per_second,
    )
    application = web.Application()
    application.add_routes(channel.routes)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}/telegram"
    try:
        await channel.start()
        await channel.ready.wait()
        if webhook:
            assert server.webhook == "https://paso.example/telegram"
            server.webhook = address
        yield Running(channel, registry, address)
    finally:
        await channel.stop()
        await runner.cleanup()
