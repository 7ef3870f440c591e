"""Inside now, everywhere, as it changes (Server-Sent Events, HTML Living Standard 9.2)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import aiohttp_jinja2
from aiohttp import web
from aiohttp_sse import sse_response

from admin.broadcast import BROADCAST, Snapshot
from admin.routes import Entry, Routes
from admin.visit import Visit
from core.people.staff_roles import Permission
from core.visits.live import Alert
from core.visits.now import FacilityNow

STREAM_S = 240.0
"""Then the browser asks again, and whether it still may: a screen on a wall stays signed in, a lost one does not."""
_PATIENCE_S = 5.0
routes = Routes(Entry("/live", Permission.DAY_SEE, "gate.live"))


@dataclass(frozen=True)
class Notice:
    """An alert, in words."""

    words: str
    level: int
    lasts: bool
    alert: Alert


@routes.get("/live", needs=Permission.DAY_SEE)
async def live(visit: Visit) -> web.Response:
    snapshot = await visit.request.config_dict[BROADCAST].look()
    return visit.page("gate/live.html", drawn=_draw(visit, snapshot))


@routes.get("/live/stream", needs=Permission.DAY_SEE)
async def stream(visit: Visit) -> web.StreamResponse:
    broadcast = visit.request.config_dict[BROADCAST]
    loop = asyncio.get_running_loop()
    until = loop.time() + STREAM_S
    version = 0
    async with sse_response(visit.request) as response:
        while response.is_connected() and loop.time() < until and not broadcast.stopped:
            version, snapshot = await broadcast.next(version, _PATIENCE_S)
            if snapshot is not None:
                await response.send(_draw(visit, snapshot), retry=1000)
    return response


def _draw(visit: Visit, snapshot: Snapshot) -> str:
    if visit.language not in snapshot.drawn:
        facts = {
            "t": visit.t,
            "facilities": sorted(snapshot.facilities, key=lambda each: not (each.limit or each.inside)),
            "notices": [_told(visit, alert, snapshot) for alert in _gravest(snapshot.alerts)],
        }
        snapshot.drawn[visit.language] = aiohttp_jinja2.render_string(
            "gate/live_now.html", visit.request, facts
        )
    return snapshot.drawn[visit.language]


def _gravest(alerts: Sequence[Alert]) -> list[Alert]:
    """Of those that last for one place only the highest: whoever is full is at 90 % too. Where the whole facility is as
    high as its places, it alone; the places are marked in its list."""
    lasting: dict[tuple[str, int | None], int] = {}
    for alert in alerts:
        if alert.ended_at is None:
            place = alert.facility, alert.slot_id
            lasting[place] = max(alert.level, lasting.get(place, 0))
    return [
        alert
        for alert in alerts
        if alert.ended_at is not None
        or (
            alert.level == lasting[alert.facility, alert.slot_id]
            and (alert.slot_id is None or alert.level > lasting.get((alert.facility, None), 0))
        )
    ]


def _told(visit: Visit, alert: Alert, snapshot: Snapshot) -> Notice:
    where = _where(visit, alert, {each.key: each for each in snapshot.facilities})
    if alert.ended_at is None:
        words = visit.t(
            "visits.alert.reached", where=where, n=alert.inside, level=alert.level, limit=alert.limit
        )
    else:
        words = visit.t("visits.alert.fallen", where=where, level=alert.level)
    return Notice(words, alert.level, alert.ended_at is None, alert)


def _where(visit: Visit, alert: Alert, facilities: dict[str, FacilityNow]) -> str:
    facility = facilities.get(alert.facility)
    if facility is None:
        return alert.facility
    name = visit.t(facility.name)
    hour = next((each for each in facility.hours if each.slot_id == alert.slot_id), None)
    if hour is None:
        return name
    place = visit.t(hour.place) if hour.place else visit.t(hour.activity)
    return visit.t("gate.live.where", facility=name, place=place, when=hour.starts_at)
