"""How people choose, given what they see. Pure; the rehearsal in memory and the replay on the real services share it.

`Suggest` is the hook for a policy: what is offered first instead of a slot that has room. `quieter` is the product's own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.bookings import quieter as product
from core.stats.replay.demand import Wish
from core.stats.replay.town import ZONE

INSTEAD = timedelta(hours=3)
"""How far from a full hour people are ready to go."""


@dataclass(slots=True)
class Seat:
    """A slot as it is seen. `taken` is kept up to date while several choose at the same time."""

    id: int
    place: str
    occasion: str
    starts_at: datetime
    ends_at: datetime
    capacity: int
    taken: int

    @property
    def free(self) -> int:
        return self.capacity - self.taken


@dataclass(frozen=True)
class Choice:
    """`seat` None: there was no room, and they asked for `first` all the same."""

    wish: Wish
    first: Seat
    seat: Seat | None
    why: str
    """Why not the first: `suggested`, `full`, or empty."""


Suggest = Callable[[Wish, Seat, Sequence[Seat]], Seat | None]


def choose(wish: Wish, seats: Sequence[Seat], suggest: Suggest, acceptance: float) -> Choice:
    """`seats`: of the activity's day, by hour and place. What is chosen is taken."""
    first = first_of(wish, seats)
    seat, why = (first, "") if first.free >= wish.persons else (None, "full")
    if seat is not None and acceptance > 0 and not wish.occasion:
        offered = suggest(wish, first, seats)
        if offered is not None and wish.follows < acceptance:
            seat, why = offered, "suggested"
    elif seat is None and wish.flexible and not wish.occasion:
        seat = _nearest(wish, seats)
    if seat is not None:
        seat.taken += wish.persons
    return Choice(wish, first, seat, why)


def first_of(wish: Wish, seats: Sequence[Seat]) -> Seat:
    """Of the wanted hour the place with most room."""
    here = [seat for seat in seats if seat.starts_at == wish.starts_at and _same(seat, wish)]
    return max(here, key=lambda seat: seat.free)


def quieter(wish: Wish, first: Seat, seats: Sequence[Seat]) -> Seat | None:
    """As the product offers it (`core.bookings.quieter`). The people of this model change the hour, never the day or
    the programme: what else is offered they let pass."""
    offers = product.quieter(first, seats, wish.persons, wish.asked_at, ZONE)
    return next((offer.slot for offer in offers if offer.how == product.HOUR), None)


def _nearest(wish: Wish, seats: Sequence[Seat]) -> Seat | None:
    fitting = [
        seat
        for seat in seats
        if seat.free >= wish.persons
        and abs(seat.starts_at - wish.starts_at) <= INSTEAD
        and seat.starts_at > wish.asked_at + timedelta(minutes=30)
    ]
    return min(fitting, key=lambda seat: (abs(seat.starts_at - wish.starts_at), seat.starts_at), default=None)


def _same(seat: Seat, wish: Wish) -> bool:
    return not wish.occasion or seat.occasion == wish.occasion
