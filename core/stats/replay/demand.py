"""A model of demand. It is a model, not data: who wanted what, and when, nobody has recorded of the real town.

Its totals are the model town's (1,973 users; 4,658 and 1,654 applications; 4,507 and 1,249 attended). The rest is
assumed, and written down here and in docs/figures.md:

- three of four sport wishes are for the pool; the hours of a day are wanted as `HOURS` says (an evening peak), the
  weekdays and months as `WEEKDAYS` and `MONTHS` say;
- evenings of the festival are wanted alike, films too; a third as many want to dance in autumn;
- people ask some hours to two weeks ahead, most of them a day or two, between 7:00 and 23:00;
- few people ask often, many once or twice; each asks for one thing a day;
- nine of ten whose hour is full take another of the same day within three hours; the others ask all the same and
  are refused;
- 1 % of sport bookings and 8 % of the others are cancelled; who else does not come is drawn so that the totals of
  those attended are met.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from typing import Protocol, TypeVar

from core.activities.definition import Activity
from core.activities.planning import PlannedSlot
from core.stats.replay.town import APPLICATIONS, SEASON, USERS, ZONE, slots_of

T = TypeVar("T")
HOURS = {8: 5, 9: 5, 10: 4, 11: 3, 12: 2, 13: 1, 14: 1, 15: 1, 16: 3, 17: 7, 18: 13, 19: 16, 20: 9}
WEEKDAYS = (11, 10, 11, 10, 9, 7, 0)
MONTHS = {6: 9, 7: 11, 8: 6, 9: 11, 10: 12}
SHARES = {"pool": 75, "gym": 25, "festival": 45, "cinema": 36, "dance": 19}
PARTIES = {
    "pool": (90, 10),
    "gym": (100,),
    "dance": (100,),
    "festival": (25, 42, 15, 14, 4),
    "cinema": (28, 45, 14, 13),
}
FLEXIBLE = 0.9
CANCELLED = {"sport": 0.01, "culture": 0.08}
CHANNELS = (("telegram", 45), ("web", 40), ("phone", 8), ("desk", 7))
MOST_AHEAD = timedelta(days=13)
_FIRST_HOUR, _LAST_HOUR = 7, 22


class Chance(Protocol):
    def random(self) -> float:
        """From 0 up to 1, each as likely as any other."""
        ...


@dataclass(frozen=True)
class Wish:
    """What somebody wants, and how they take it if it cannot be. Chances are from 0 to 1, drawn once, so that every
    variant is played with the same people."""

    number: int
    citizen: int
    channel: str
    asked_at: datetime
    """UTC, on the hour."""
    activity: str
    category: str
    day: date
    starts_at: datetime
    occasion: str
    persons: int
    follows: float
    """Takes a suggested quieter hour where this is below the acceptance."""
    flexible: bool
    cancels: bool
    shows: float
    """Who does not come is drawn from the top."""


@dataclass(frozen=True)
class Demand:
    wishes: Sequence[Wish]
    """As they are asked, each hour's in the order of their numbers."""
    joined: Mapping[int, datetime]
    """Citizen -> when the number is verified: just before the first wish, or at any time for who never asks."""


def demand(
    chance: Chance,
    activities: Mapping[str, Activity],
    applications: Mapping[str, int] = APPLICATIONS,
    users: int = USERS,
) -> Demand:
    """The season's, the same for the same chance."""
    busy: set[tuple[int, date]] = set()
    draw_citizen = _weighed(chance, [(n, 1 / (n + 12) ** 0.85) for n in range(users)])
    channel_of = [_weighed(chance, CHANNELS)() for _ in range(users)]
    wishes: list[Wish] = []
    for category, count in applications.items():
        keys = [key for key in SHARES if activities[key].category == category]
        draw_activity = _weighed(chance, [(key, SHARES[key]) for key in keys])
        draw_slot = {key: _weighed(chance, _weights(activities[key])) for key in keys}
        for _ in range(count):
            key = draw_activity()
            slot = draw_slot[key]()
            day = slot.starts_at.astimezone(ZONE).date()
            citizen = _of_category(draw_citizen(), category, users)
            while (citizen, day) in busy:
                citizen = _of_category(draw_citizen(), category, users)
            busy.add((citizen, day))
            persons = _weighed(chance, list(enumerate(PARTIES[key], start=1)))()
            wish = Wish(
                number=len(wishes),
                citizen=citizen,
                channel=channel_of[citizen],
                asked_at=_asked(chance, slot.starts_at),
                activity=key,
                category=category,
                day=day,
                starts_at=slot.starts_at,
                occasion=slot.occasion if activities[key].type == "Event" else "",
                persons=persons,
                follows=chance.random(),
                flexible=chance.random() < FLEXIBLE,
                cancels=chance.random() < CANCELLED[category],
                shows=chance.random(),
            )
            wishes.append(wish)
    wishes.sort(key=lambda wish: (wish.asked_at, wish.number))
    joined: dict[int, datetime] = {}
    for wish in wishes:
        joined.setdefault(wish.citizen, wish.asked_at)
    for citizen in range(users):
        if citizen not in joined:
            day = SEASON.first + timedelta(days=int(chance.random() * SEASON.days))
            joined[citizen] = _hour(day, 9 + int(chance.random() * 10))
    return Demand(wishes, joined)


def _weights(activity: Activity) -> list[tuple[PlannedSlot, float]]:
    """How much each slot is wanted; of lanes at one hour only the hour counts, so the first stands for all."""
    hours: dict[datetime, PlannedSlot] = {}
    for slot in slots_of(activity):
        hours.setdefault(slot.starts_at, slot)
    weights = []
    for slot in hours.values():
        local = slot.starts_at.astimezone(ZONE)
        weight = 1.0
        if activity.type == "FacilityUse":
            weight = HOURS[local.hour] * WEEKDAYS[local.weekday()] * MONTHS[local.month]
        weights.append((slot, weight))
    return weights


def _asked(chance: Chance, starts_at: datetime) -> datetime:
    """An hour or more before; most a day or two; in waking hours; not before the season begins."""
    ahead = min(timedelta(hours=1 + 60 * chance.random() ** 2 + 250 * chance.random() ** 8), MOST_AHEAD)
    local = (starts_at - ahead).astimezone(ZONE)
    hour = local.hour
    if hour < _FIRST_HOUR:
        local, hour = local - timedelta(days=1), _LAST_HOUR
    asked = _hour(local.date(), min(hour, _LAST_HOUR))
    earliest = _hour(SEASON.first, _FIRST_HOUR)
    return max(asked, min(earliest, starts_at - timedelta(hours=1)))


def _hour(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), ZONE).astimezone(UTC)


def _of_category(citizen: int, category: str, users: int) -> int:
    """Those who swim most are not those who go to most concerts."""
    return citizen if category == "sport" else (citizen * 7 + 600) % users


def _weighed(chance: Chance, weights: Sequence[tuple[T, float]]) -> Callable[[], T]:
    ends = list(accumulate(weight for _, weight in weights))

    def draw() -> T:
        return weights[min(bisect(ends, chance.random() * ends[-1]), len(weights) - 1)][0]

    return draw
