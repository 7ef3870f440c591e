"""The season in memory: the same wishes, the same choices, without the services. It tells beforehand who will have a
place, so that who comes can be drawn to meet the model's totals, and it is quick enough to be repeated for a study."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from core.activities.definition import Activity
from core.stats.definitions import Reduction
from core.stats.replay.choosing import Choice, Seat, Suggest, choose, quieter
from core.stats.replay.demand import Demand, Wish
from core.stats.replay.town import ATTENDED, ZONE, slots_of

CANCELLED_BEFORE = timedelta(hours=5)


@dataclass(frozen=True)
class Rehearsed:
    """What became of each wish."""

    choices: Sequence[Choice]
    attended: frozenset[int]
    """Numbers of wishes."""
    facilities: Mapping[str, str]
    """By activity."""

    @property
    def refused(self) -> int:
        return sum(choice.seat is None for choice in self.choices)

    def peaks(self, category: str = "sport") -> Reduction:
        """Sums of the daily peaks of the category's facilities: as they were, and by first choices of those who
        came."""
        actual: dict[tuple[str, date], Counter[datetime]] = defaultdict(Counter)
        first: dict[tuple[str, date], Counter[datetime]] = defaultdict(Counter)
        for choice in self._of(category):
            if choice.wish.number not in self.attended or choice.seat is None:
                continue
            where, persons = self._where(choice.wish), choice.wish.persons
            actual[where][choice.seat.starts_at] += persons
            first[where][choice.first.starts_at] += persons
        sums = [sum(max(hours.values()) for hours in each.values()) for each in (actual, first)]
        return Reduction(*sums)

    def without_limits(self, category: str = "sport") -> Reduction:
        """Beside the hours wanted first by all, those included who found no place."""
        wanted: dict[tuple[str, date], Counter[datetime]] = defaultdict(Counter)
        for choice in self._of(category):
            if choice.seat is None or choice.wish.number in self.attended:
                wanted[self._where(choice.wish)][choice.first.starts_at] += choice.wish.persons
        return Reduction(self.peaks(category).actual, sum(max(hours.values()) for hours in wanted.values()))

    def _of(self, category: str) -> list[Choice]:
        return [choice for choice in self.choices if choice.wish.category == category]

    def _where(self, wish: Wish) -> tuple[str, date]:
        return self.facilities[wish.activity], wish.day


def rehearse(
    wanted: Demand,
    activities: Mapping[str, Activity],
    acceptance: float,
    suggest: Suggest = quieter,
    attended: Mapping[str, int] = ATTENDED,
) -> Rehearsed:
    """Raises `ValueError` where the demand leaves fewer with a place than are to have come."""
    seats = seats_of(activities)
    leaving: list[tuple[datetime, int, Seat, int]] = []
    choices: list[Choice] = []
    for wish in wanted.wishes:
        while leaving and leaving[0][0] <= wish.asked_at:
            _, _, left, persons = heapq.heappop(leaving)
            left.taken -= persons
        choice = choose(wish, seats[wish.activity, wish.day], suggest, acceptance)
        choices.append(choice)
        when = cancelled_at(choice)
        if when is not None and choice.seat is not None:
            heapq.heappush(leaving, (when, wish.number, choice.seat, wish.persons))
    facilities = {key: activity.facility.key for key, activity in activities.items()}
    return Rehearsed(choices, who_comes(choices, attended), facilities)


def cancelled_at(choice: Choice) -> datetime | None:
    """When it is cancelled: five hours before the start, on the hour; None for what is asked for later than that, or
    stands."""
    if choice.seat is None or not choice.wish.cancels:
        return None
    when = (choice.seat.starts_at - CANCELLED_BEFORE).replace(minute=0)
    return when if when > choice.wish.asked_at else None


def who_comes(choices: Sequence[Choice], attended: Mapping[str, int]) -> frozenset[int]:
    """Exactly so many of each category; of those with a place, the readiest."""
    coming: set[int] = set()
    for category, count in attended.items():
        standing = [
            choice.wish
            for choice in choices
            if choice.wish.category == category and choice.seat is not None and cancelled_at(choice) is None
        ]
        if len(standing) < count:
            raise ValueError(f"{len(standing)} of {category} have a place; {count} are to have come")
        standing.sort(key=lambda wish: (wish.shows, wish.number))
        coming |= {wish.number for wish in standing[:count]}
    return frozenset(coming)


def seats_of(activities: Mapping[str, Activity]) -> dict[tuple[str, date], list[Seat]]:
    """Empty, by activity and day, each day's by hour and place."""
    seats: dict[tuple[str, date], list[Seat]] = defaultdict(list)
    number = 0
    for key, activity in activities.items():
        for slot in sorted(slots_of(activity), key=lambda slot: (slot.starts_at, slot.place)):
            number += 1
            day = slot.starts_at.astimezone(ZONE).date()
            times = (slot.starts_at, slot.ends_at)
            seats[key, day].append(Seat(number, slot.place, slot.occasion, *times, slot.capacity, 0))
    return seats
