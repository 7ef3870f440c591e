"""How full the coming days are: every activity by day and hour, for anyone, before any conversation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from aiohttp import web

from core.activities.definition import Activity
from core.bookings.queries import SlotView
from core.bookings.rules import opens_before, zone_of
from core.conversations.shares import shares_words
from webhooks.portal.chat import remember_language
from webhooks.portal.pages import page
from webhooks.side import SIDE, language_of

if TYPE_CHECKING:
    from core.bootstrap.citizen import CitizenSide

_DAYS = ("7", "14")
_LEVELS = ((40, "quiet"), (70, "some"), (100, "crowded"))
"""Below so many per cent it is called so; 100 is full, and said only where nothing is left."""
routes = web.RouteTableDef()


@dataclass(frozen=True)
class Fullness:
    """Units as the web chat sees them: what is kept for the desk and the telephone is not counted as free."""

    taken: int
    free: int

    @property
    def per_cent(self) -> int:
        """As the dialog tells it for a day (`DayFree.per_cent`)."""
        room = self.taken + self.free
        return self.taken * 100 // room if room else 100

    @property
    def level(self) -> str:
        return next((name for below, name in _LEVELS if self.per_cent < below), "full")


@dataclass(frozen=True)
class Hour:
    """What begins at one time, all lanes together."""

    starts_at: datetime
    occasion: str
    fullness: Fullness | None
    """None where it is closed."""


@dataclass(frozen=True)
class Day:
    day: date
    fullness: Fullness
    hours: Sequence[Hour]


@dataclass(frozen=True)
class Coming:
    """An activity's coming days."""

    key: str
    name: str
    shares: str
    """What is kept for desk and telephone, in words; or empty."""
    days: Sequence[Day]


@routes.get("/how-full")
async def how_full(request: web.Request) -> web.Response:
    side = request.config_dict[SIDE]
    wanted = request.query.get("language", "")
    language = wanted if wanted in side.house.texts.languages else language_of(request)
    days = int(request.query.get("days", "")) if request.query.get("days", "") in _DAYS else int(_DAYS[0])
    coming = [
        await coming_days(side, activity, days, language)
        for activity in await side.house.activities.published()
    ]
    facts = {"activities": coming, "days": days, "choices": [int(each) for each in _DAYS]}
    response = page(request, "how_full.html", language, facts)
    if language == wanted:
        remember_language(response, language)
    return response


async def coming_days(side: CitizenSide, activity: Activity, days: int, language: str) -> Coming:
    """The local days from today that have something to book; what opens for booking later is not shown yet."""
    house, zone = side.house, zone_of(activity)
    last = house.clock.now().astimezone(zone).date() + timedelta(days=days - 1)
    opens = opens_before(activity, house.clock.now())
    by_day: dict[date, list[SlotView]] = defaultdict(list)
    for slot in await house.occupancy.ahead(activity, "web"):
        day = slot.starts_at.astimezone(zone).date()
        if day <= last and (opens is None or slot.starts_at < opens):
            by_day[day].append(slot)
    say, shares = house.texts.say, shares_words(activity)
    return Coming(
        key=activity.key,
        name=say(activity.name.written(), language),
        shares=say(shares, language) if shares else "",
        days=[
            Day(day, _fullness(open_ones), _hours(side, activity, slots, language))
            for day, slots in by_day.items()
            if (open_ones := [slot for slot in slots if slot.state == "open"])
        ],
    )


def _hours(side: CitizenSide, activity: Activity, slots: Iterable[SlotView], language: str) -> list[Hour]:
    together: dict[tuple[datetime, str], list[SlotView]] = defaultdict(list)
    for slot in slots:
        together[slot.starts_at, slot.occasion].append(slot)
    hours = []
    for (starts_at, occasion), each in together.items():
        name = activity.occasion_name(occasion) if occasion else None
        open_ones = [slot for slot in each if slot.state == "open"]
        hours.append(
            Hour(
                starts_at,
                side.house.texts.say(name.written(), language) if name else "",
                _fullness(open_ones) if open_ones else None,
            )
        )
    return hours


def _fullness(slots: Sequence[SlotView]) -> Fullness:
    return Fullness(sum(slot.taken for slot in slots), sum(slot.free for slot in slots))
