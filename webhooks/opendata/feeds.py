"""The addresses below `/opendata`. Anyone may read them, from anywhere; none of them takes anything in.

`activities` and `free-places` as JSON and CSV, OpenActive's RPDE feeds below `rpde/` (what there is, and the slots of a
whole facility and of its lanes or courts), and a calendar to subscribe to for each activity, `calendar/KEY.ics`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from core.conversations.house import House
from core.errors import Refused
from core.stats.published import Published
from edge.tables import as_csv
from webhooks.opendata import model
from webhooks.opendata.calendar import activity_calendar
from webhooks.opendata.rows import ACTIVITY_FIELDS, PLACE_FIELDS, activity_row, open_slots, place_rows
from webhooks.side import SIDE

routes = web.RouteTableDef()
LOOKED_AT = timedelta(seconds=10)
"""How long an RPDE feed stands before it looks again at what has changed."""
_LARGEST_CHANGE = 2**53
_ANYONE = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "public, max-age=10",
}
_KINDS = {
    "facility-uses": "FacilityUse",
    "facility-use-slots": "FacilityUse/Slot",
    "individual-facility-use-slots": "IndividualFacilityUse/Slot",
}
"""A feed of each kind, by OpenActive's names for them."""


class Freshness:
    """When the RPDE feeds were last looked after, by this process."""

    def __init__(self) -> None:
        self.at: datetime | None = None
        self.lock = asyncio.Lock()


FRESHNESS: web.AppKey[Freshness] = web.AppKey("freshness", Freshness)


def mount(application: web.Application) -> None:
    application[FRESHNESS] = Freshness()
    application.add_routes(routes)


@routes.get("/opendata")
async def index(request: web.Request) -> web.Response:
    """Which feeds there are, as addresses."""
    house = _house(request)
    base = f"{house.settings.public_url}/opendata"
    feeds = {
        "activities": [f"{base}/activities.json", f"{base}/activities.csv"],
        "free_places": [f"{base}/free-places.json", f"{base}/free-places.csv"],
        "rpde": [f"{base}/rpde/{name}" for name in _KINDS],
        "calendars": [f"{base}/calendar/{each.key}.ics" for each in await house.activities.published()],
        "license": model.LICENCE,
    }
    return web.json_response(feeds, headers=_ANYONE)


@routes.get("/opendata/activities.{form:json|csv}")
async def activities(request: web.Request) -> web.Response:
    house, language = _house(request), _language(request)
    rows = [activity_row(house, each, language) for each in await house.activities.published()]
    return _as_wished(request, "activities", ACTIVITY_FIELDS, rows)


@routes.get("/opendata/free-places.{form:json|csv}")
async def free_places(request: web.Request) -> web.Response:
    house, language = _house(request), _language(request)
    rows: list[dict[str, Any]] = []
    wanted = request.query.get("activity")
    for activity in await house.activities.published():
        if wanted in (None, activity.key):
            rows += await place_rows(house, activity, language)
    return _as_wished(request, "free_places", PLACE_FIELDS, rows)


@routes.get("/opendata/rpde/{name:[a-z-]+}")
async def rpde(request: web.Request) -> web.Response:
    """A page of a feed (RPDE 1.0, by change number). The last page names itself as the next."""
    house, kind = _house(request), _KINDS.get(request.match_info["name"])
    if kind is None:
        raise web.HTTPNotFound
    after = _change_number(request)
    published = Published(house.database, house.writer, house.clock)
    await _look_again(request.app[FRESHNESS], house, published)
    items = await published.page(kind, after)
    last = items[-1].change if items else after
    body = {
        "next": f"{house.settings.public_url}{request.path}?afterChangeNumber={last}",
        "items": [
            {
                "state": "deleted" if item.data is None else "updated",
                "kind": kind,
                "id": item.id,
                "modified": item.change,
                **({} if item.data is None else {"data": item.data}),
            }
            for item in items
        ],
        "license": model.LICENCE,
    }
    # As RPDE recommends: what is on a page stays true, only the end of the feed moves.
    headers = {**_ANYONE, "Cache-Control": f"public, max-age={3600 if items else 8}"}
    return web.json_response(body, headers=headers)


@routes.get("/opendata/calendar/{key}.ics")
async def calendar(request: web.Request) -> web.Response:
    house = _house(request)
    try:
        activity = await house.activities.get(request.match_info["key"])
    except Refused:
        raise web.HTTPNotFound from None
    slots = await open_slots(house, activity)
    body = activity_calendar(house, activity, slots, _language(request))
    return web.Response(body=body, content_type="text/calendar", charset="utf-8", headers=_ANYONE)


async def _look_again(freshness: Freshness, house: House, published: Published) -> None:
    async with freshness.lock:
        now = house.clock.now()
        if freshness.at is not None and freshness.at <= now < freshness.at + LOOKED_AT:
            return
        told: dict[str, dict[str, Mapping[str, Any]]] = {kind: {} for kind in _KINDS.values()}
        for activity in await house.activities.published():
            if activity.type != "FacilityUse":
                continue
            told["FacilityUse"][activity.key] = model.facility_use(house, activity)
            for view in await open_slots(house, activity):
                told[model.slot_kind(view)][str(view.id)] = model.slot(house, activity, view)
        for kind, items in told.items():
            await published.publish(kind, items)
        freshness.at = now


def _change_number(request: web.Request) -> int:
    given = request.query.get("afterChangeNumber", "0")
    if not (given.isascii() and given.isdigit()) or len(given) > 16 or int(given) >= _LARGEST_CHANGE:
        raise web.HTTPBadRequest
    return int(given)


def _as_wished(
    request: web.Request, name: str, fields: tuple[str, ...], rows: list[dict[str, Any]]
) -> web.Response:
    if request.match_info["form"] == "json":
        return web.json_response({name: rows, "license": model.LICENCE}, headers=_ANYONE)
    text = as_csv(fields, ([row[name] for name in fields] for row in rows))
    return web.Response(text=text, content_type="text/csv", charset="utf-8", headers=_ANYONE)


def _house(request: web.Request) -> House:
    return request.config_dict[SIDE].house


def _language(request: web.Request) -> str:
    """Named in the address, so that a feed says the same to everyone; Greek by default."""
    return _house(request).texts.choose(request.query.get("language"))
