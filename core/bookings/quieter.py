"""Which quieter hour, day or programme is offered first, where the wanted hour is crowded. Pure.

One rule for everybody: the booking dialog asks it, and the season's rehearsal and replay ask it too, so that the effect
that is measured is the effect that citizens meet. It looks at hours as a whole, all lanes together: what is to be
spread are the people who are in a place at the same time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar
from zoneinfo import ZoneInfo

CROWDED = 50
"""Per cent of an hour's places, with those who ask among the taken, from which a quieter one is offered first. Half:
whoever asks early makes the peak as much as whoever asks last, and can still be spared it."""
EMPTIER = 30
"""Per cent of its places by which the other must be emptier, those who ask counted in both. Less is not worth a
question: at 10 people swap one crowd for another."""
NEAR = timedelta(hours=2)
"""How far another hour of the day may be: farther away is another plan for the evening."""
SOON = timedelta(minutes=30)
"""Nobody is sent to what begins sooner: they must still get there."""

HOUR, DAY, PROGRAMME = "hour", "day", "programme"


class Place(Protocol):
    """A slot as somebody on a channel sees it: `core.bookings.queries.SlotView` is one. Times are UTC."""

    @property
    def place(self) -> str: ...
    @property
    def starts_at(self) -> datetime: ...
    @property
    def capacity(self) -> int: ...
    @property
    def taken(self) -> int: ...
    @property
    def free(self) -> int:
        """Units that can be booked there now; 0 where it is closed, over, or not open for booking yet."""
        ...


P = TypeVar("P", bound=Place)


@dataclass(frozen=True)
class Hour(Generic[P]):
    """All places of an activity that begin together."""

    slots: Sequence[P]

    @property
    def starts_at(self) -> datetime:
        return self.slots[0].starts_at

    @property
    def capacity(self) -> int:
        return sum(slot.capacity for slot in self.slots)

    @property
    def taken(self) -> int:
        return sum(slot.taken for slot in self.slots)

    def per_cent_with(self, units: int) -> float:
        """How full it is, once so many more come."""
        return 100 * (self.taken + units) / self.capacity

    def place_for(self, units: int, like: str) -> P | None:
        """The same lane or court where it has room, else the one with most; None where none has."""
        fitting = [slot for slot in self.slots if slot.free >= units]
        return max(fitting, key=lambda slot: (slot.place == like, slot.free), default=None)


@dataclass(frozen=True)
class Offer(Generic[P]):
    """What is offered instead."""

    how: str
    """`hour`: another of the day; `day`: the same hour of a neighbouring day; `programme`: another activity."""
    slot: P
    hour: Hour[P]


def crowded(slots: Sequence[P], units: int) -> bool:
    """Whether an hour (all its slots) will be so full that something quieter is looked for at all."""
    return Hour(slots).per_cent_with(units) >= CROWDED


def quieter(
    wanted: P,
    seen: Iterable[P],
    units: int,
    now: datetime,
    zone: ZoneInfo,
    elsewhere: Iterable[Sequence[P]] = (),
) -> tuple[Offer[P], ...]:
    """What to offer before `wanted`, best first; empty where it is not crowded, or nothing is clearly emptier.

    `seen`: open slots of its activity that the person may book, those of its own hour among them, and of the days
    before and after if these are to be offered; a slot that is full, closed or over has nothing free. `elsewhere`: the
    same of comparable activities, one sequence for each; looked at only where `wanted`'s own has nothing quieter.
    """
    hours = _hours(seen)
    here = hours.pop(wanted.starts_at)
    if not crowded(here.slots, units):
        return ()
    crowd = here.per_cent_with(units)

    def best(how: str, candidates: Iterable[Hour[P]]) -> list[Offer[P]]:
        found = []
        for hour in candidates:
            slot = hour.place_for(units, wanted.place)
            full = hour.per_cent_with(units)
            if slot is not None and full <= crowd - EMPTIER and hour.starts_at > now + SOON:
                rank = abs(hour.starts_at - wanted.starts_at), full, hour.starts_at
                found.append((rank, Offer(how, slot, hour)))
        return [min(found, key=lambda each: each[0])[1]] if found else []

    near = [hour for hour in hours.values() if abs(hour.starts_at - wanted.starts_at) <= NEAR]
    others = [hour for hour in hours.values() if _same_hour_beside(wanted.starts_at, hour.starts_at, zone)]
    own = best(HOUR, near) + best(DAY, others)
    if own:
        return tuple(own)
    alike = [
        hour
        for activity in elsewhere
        for hour in _hours(activity).values()
        if abs(hour.starts_at - wanted.starts_at) <= NEAR
    ]
    return tuple(best(PROGRAMME, alike))


def _hours(slots: Iterable[P]) -> dict[datetime, Hour[P]]:
    together: dict[datetime, list[P]] = defaultdict(list)
    for slot in slots:
        together[slot.starts_at].append(slot)
    return {starts_at: Hour(each) for starts_at, each in together.items()}


def _same_hour_beside(wanted: datetime, other: datetime, zone: ZoneInfo) -> bool:
    """By the wall clock, on the nights of the clock changes too."""
    one, two = wanted.astimezone(zone), other.astimezone(zone)
    return one.time() == two.time() and abs((one.date() - two.date()).days) == 1
