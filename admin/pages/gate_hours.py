"""The gate's other pages: the hours with those inside, who overstays, conflicts, and the list for a dead telephone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby

from aiohttp import web

from admin.broadcast import BROADCAST
from admin.fields import Line, Number
from admin.forms import Form
from admin.routes import Routes
from admin.visit import Visit
from core.activities.places import Facility
from core.dialog.words import Written
from core.people.staff_roles import Permission
from core.visits.live import Clash, Expected
from core.visits.now import facilities_now
from core.visits.retention import midnight_of
from core.visits.scans import AllOut, Seen

SLOT = Number("slot", least=1, most=2**63 - 1)
FACILITY = Line("facility", longest=60)
ALL_OUT = Form("gate.all_out", SLOT, FACILITY)
PANEL = "panel"
"""The gate that is none: somebody at the panel."""
routes = Routes()


@dataclass(frozen=True)
class Told:
    """A conflict in words."""

    at: datetime
    number: str | None
    place: str
    persons: int
    what: str
    gates: str


@routes.get("/gate/hours", needs=Permission.GATE_SCAN)
async def hours(visit: Visit) -> web.Response:
    side = visit.side
    here, facilities, places = await _chosen(visit)
    now = side.clock.now()
    inside = {each.key: each for each in await facilities_now(side.database, side.clock, side.activities)}
    begin, end = _day(visit, now)
    key = here.key if here else ""
    return visit.page(
        "gate/hours.html",
        here=visit.request.path,
        facility=here,
        facilities=facilities,
        places=places,
        now=inside.get(key),
        moment=now,
        overstayers=await side.live.overstayers(key),
        clashes=[_told(visit, clash, places) for clash in await side.live.clashes(key, begin, end)],
    )


@routes.post("/gate/all-out", needs=Permission.GATE_SCAN)
async def all_out(visit: Visit) -> web.Response:
    """Everyone of this hour has left: one tap, marked as assumed."""
    form = ALL_OUT.read(visit.fields)
    if not form.is_right:
        raise web.HTTPBadRequest
    now = visit.side.clock.now()
    nonce = visit.side.codes.token(16).hex()
    seen = Seen(nonce, form[FACILITY], PANEL, visit.who.staff_id, now, now)
    work = visit.work()
    answer = visit.side.visits.scan(work, AllOut(seen, form[SLOT] or 0))
    written = await visit.commit(work, "gate.all_out", facility=form[FACILITY], slot=form[SLOT] or 0)
    visit.request.config_dict[BROADCAST].kick()
    if written and answer.verdict.reason is not None:
        raise answer.verdict.reason
    return visit.go(f"/gate/hours?facility={form[FACILITY]}", done="gate.all_out")


@routes.get("/gate/list", needs=Permission.GATE_SCAN)
async def printable(visit: Visit) -> web.Response:
    """Codes and persons of the day, by hour: on paper beside a telephone that may die."""
    here, facilities, places = await _chosen(visit)
    now = visit.side.clock.now()
    day = await visit.side.live.day(here.key, *_day(visit, now)) if here else []
    expected = [each for each in day if each.state not in ("cancelled", "moved")]
    return visit.page(
        "gate/list.html",
        facility=here,
        facilities=facilities,
        places=places,
        moment=now,
        groups=_by_hour(expected),
        total=sum(each.persons for each in expected),
    )


def _by_hour(day: Iterable[Expected]) -> list[tuple[datetime, datetime, list[Expected]]]:
    return [
        (begin, end, sorted(group, key=lambda each: each.code))
        for (begin, end), group in (
            (key, list(each)) for key, each in groupby(day, key=lambda one: (one.starts_at, one.ends_at))
        )
    ]


async def _chosen(visit: Visit) -> tuple[Facility | None, list[Facility], Mapping[str, Written]]:
    """The facility asked for (else the first), all of them, and the names of its places."""
    every = {each.facility.key: each.facility for each in await visit.side.activities.in_use()}
    facilities = sorted(every.values(), key=lambda each: each.number)
    wanted = every.get(visit.request.query.get("facility", ""))
    here = wanted or (facilities[0] if facilities else None)
    places = here.individual_facilities if here else ()
    return here, facilities, {place.key: place.name.written() for place in places}


def _day(visit: Visit, now: datetime) -> tuple[datetime, datetime]:
    zone = visit.side.settings.zone
    begin = midnight_of(now, zone)
    return begin.astimezone(UTC), midnight_of(begin + timedelta(hours=30), zone).astimezone(UTC)


def _told(visit: Visit, clash: Clash, places: Mapping[str, Written]) -> Told:
    if clash.reason != "admitted":
        what = visit.t("visits.clash.nevertheless")
    elif clash.direction == "exit":
        what = visit.t("visits.clash.unseen_exit")
    elif clash.other_at is not None:
        key = "gate.clash.twice_here" if clash.other_gate == clash.gate else "visits.clash.twice"
        what = visit.t(key, first=clash.other_at, second=clash.at)
    else:
        what = visit.t("visits.clash.nevertheless")
    gates = [gate for gate in (clash.other_gate, clash.gate) if gate]
    place = visit.t(places[clash.place]) if clash.place in places else ""
    return Told(clash.at, clash.number, place, clash.persons, what, " → ".join(dict.fromkeys(gates)))
