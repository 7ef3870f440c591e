"""The citizens' front door, put together."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web

from edge.assets import Assets
from edge.bodies import LARGEST_BODY, bounded
from edge.health import MEASURES, Readiness, add_health, measured
from edge.templates import set_up_templates
from webhooks import twilio, twilio_confirmations, twilio_waiting, twilio_warnings
from webhooks.opendata import feeds
from webhooks.portal import chat, desk, embedding, how_full, landing, my_data
from webhooks.protection import dress, explained
from webhooks.ready import look_around
from webhooks.side import BOT, SIDE
from webhooks.telegram import TelegramChannel
from webhooks.telephone import routes as telephone

if TYPE_CHECKING:
    from core.bootstrap.citizen import CitizenSide

_PORTAL = Path(__file__).parent / "portal"
_FOR_ANYONE = frozenset({"embed.js"})
"""What the city's own portal may load from us."""


def make_application(side: CitizenSide) -> web.Application:
    """Portal page, web chat, Telegram, provider's callbacks, health. The caller owns `side` and closes it.

    Raises `ConfigurationFault` for a setting of Telegram that cannot be used.
    """
    application = web.Application(middlewares=[measured, explained, bounded], client_max_size=LARGEST_BODY)
    application[SIDE] = side
    application[BOT] = None
    application.on_response_prepare.append(dress)
    set_up_templates(application, _PORTAL / "templates", Assets(_PORTAL / "static", for_anyone=_FOR_ANYONE))

    async def ready() -> Readiness:
        return await look_around(side)

    add_health(application, ready)
    calls = (twilio, telephone, twilio_confirmations, twilio_waiting, twilio_warnings)
    for part in (landing, how_full, chat, my_data, embedding, *calls):
        application.add_routes(part.routes)
    desk.mount(application)
    feeds.mount(application)
    if side.house.settings.telegram_bot_token is not None:
        _mount_telegram(application, side)
    return application


def _mount_telegram(application: web.Application, side: CitizenSide) -> None:
    registry = application[MEASURES].registry
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
