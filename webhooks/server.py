"""The citizens' front door, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from edge.bodies import LARGEST_BODY, bounded
from webhooks import health, twilio, twilio_warnings
from webhooks.opendata import feeds
from webhooks.portal import chat, embedding, landing
from webhooks.portal.pages import set_up_templates, static_file
from webhooks.protection import dress, explained
from webhooks.side import BOT, SIDE
from webhooks.telegram import TelegramChannel

if TYPE_CHECKING:
    from core.bootstrap.citizen import CitizenSide


def make_application(side: CitizenSide) -> web.Application:
    """Portal page, web chat, Telegram, provider's callbacks, health. The caller owns `side` and closes it.

    Raises `ConfigurationFault` for a setting of Telegram that cannot be used.
    """
    application = web.Application(
        middlewares=[health.measured, explained, bounded], client_max_size=LARGEST_BODY
    )
    application[SIDE] = side
    application[BOT] = None
    application[health.MEASURES] = health.Measures()
    application.on_response_prepare.append(dress)
    set_up_templates(application)
    for part in (health, landing, chat, embedding, twilio, twilio_warnings):
        application.add_routes(part.routes)
    application.router.add_get("/static/{name}", static_file)
    feeds.mount(application)
    if side.house.settings.telegram_bot_token is not None:
        _mount_telegram(application, side)
    return application


def _mount_telegram(application: web.Application, side: CitizenSide) -> None:
    registry = application[health.MEASURES].registry
    house = side.house
    channel = TelegramChannel(house.settings, side.conversations, house.texts, registry=registry)

    async def start(_: web.Application) -> None:
        await channel.start()

    async def stop(_: web.Application) -> None:
        await channel.stop()

    application[BOT] = channel
    application.add_routes(channel.routes)
    application.on_startup.append(start)
    application.on_cleanup.append(stop)
