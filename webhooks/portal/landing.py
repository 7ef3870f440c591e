"""The portal page: what can be booked, how much is free, and the ways into a conversation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from aiohttp import web

from core.activities.definition import Activity
from core.conversations.shares import shares_words
from core.people.numbers import shown
from webhooks.portal.chat import remember_language
from webhooks.portal.pages import page
from webhooks.portal.session import session_of
from webhooks.side import BOT, SIDE, language_of

if TYPE_CHECKING:
    from core.bootstrap.citizen import CitizenSide

_CATEGORIES = ("sport", "culture")
routes = web.RouteTableDef()


@dataclass(frozen=True)
class Offer:
    """A card of the page."""

    key: str
    name: str
    summary: str
    venue: str
    next_day: date | None
    """The next day with a free place (the town's calendar); None when everything is taken or over."""
    free: int
    """Units free on that day, all its slots together."""
    unit: str
    """What is counted: `persons` or `bookings`."""
    shares: str
    """What is kept for desk and telephone, in words; or empty."""


@routes.get("/")
async def landing(request: web.Request) -> web.Response:
    side = request.config_dict[SIDE]
    wanted = request.query.get("language", "")
    language = wanted if wanted in side.house.texts.languages else language_of(request)
    offers = await _offers(side, language)
    groups = [(category, offers[category]) for category in _CATEGORIES if offers[category]]
    bot = request.config_dict[BOT]
    facts = {
        "groups": groups,
        "bot": bot.name if bot else "",
        "number": shown(side.house.settings.twilio_from or ""),
        "in_session": session_of(request) is not None,
    }
    response = page(request, "landing.html", language, facts)
    if language == wanted:
        remember_language(response, language)
    return response


@routes.get("/robots.txt")
async def robots(request: web.Request) -> web.Response:
    """A robot that follows a link into the chat would begin a conversation."""
    return web.Response(text="User-agent: *\nDisallow: /chat\n")


async def _offers(side: CitizenSide, language: str) -> dict[str, Sequence[Offer]]:
    offers: dict[str, list[Offer]] = {category: [] for category in _CATEGORIES}
    for activity in await side.house.activities.published():
        offers[activity.category].append(await _offer(side, activity, language))
    return {**offers}


async def _offer(side: CitizenSide, activity: Activity, language: str) -> Offer:
    days = await side.house.occupancy.days(activity, "web")
    open_day = next((day.day for day in days if day.free > 0), None)
    slots = await side.house.occupancy.slots_of(activity, open_day, "web") if open_day else []
    say, shares = side.house.texts.say, shares_words(activity)
    return Offer(
        key=activity.key,
        name=say(activity.name.written(), language),
        summary=say(activity.summary.written(), language),
        venue=say(activity.venue.name.written(), language),
        next_day=open_day,
        free=sum(slot.free for slot in slots),
        unit=activity.capacity.unit,
        shares=say(shares, language) if shares else "",
    )
