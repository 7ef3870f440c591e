"""Who gets what: the one place where that is decided. Pure.

Given what is free and the requests in their order: first come first served, all or none for a group. The
box office calls it with requests as they arrive; a waiting list calls it with those who wait when something
becomes free; a draw calls it with the same requests in an order made from a published seed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

Kept = Mapping[str, int]
"""For each channel with a share of its own: the share less what it has taken. Below 0 it has taken more."""


@dataclass
class Room:
    """A slot's room, in its unit. `allocate` keeps it up to date."""

    capacity: int
    taken: int
    kept: dict[str, int] = field(default_factory=dict)
    is_open: bool = True

    def free(self, channel: str) -> int:
        """Units that `channel` may still give away."""
        if not self.is_open:
            return 0
        return max(0, self.capacity - self.taken - kept_from(self.kept, channel))

    def take(self, units: int, channel: str) -> None:
        self.taken += units
        if channel in self.kept:
            self.kept[channel] -= units

    def give_back(self, units: int, channel: str) -> None:
        self.take(-units, channel)


@dataclass(frozen=True)
class Stake:
    """Units of a slot, taken through a channel."""

    slot: int
    units: int
    channel: str


@dataclass(frozen=True)
class Request:
    """Gives up `leaves` and wants `wants`, both or neither; either may be missing."""

    wants: Stake | None = None
    leaves: Stake | None = None


@dataclass(frozen=True)
class Decision:
    """`reason` is empty when granted; else `unknown`, `closed`, `full`, or `too_few` (something is free,
    but less than the group needs)."""

    reason: str = ""
    free: int = 0

    @property
    def granted(self) -> bool:
        return not self.reason


GRANTED = Decision()


def kept_from(kept: Kept, channel: str) -> int:
    """Units that are kept for other channels, and not yet used by them."""
    return sum(max(0, share) for name, share in kept.items() if name != channel) if kept else 0


def allocate(places: Mapping[int, Room], requests: Iterable[Request]) -> list[Decision]:
    """One decision for each request, in order. `places` (slot id -> room) shows afterwards what is left."""
    return [_decide(places, request) for request in requests]


def _decide(places: Mapping[int, Room], request: Request) -> Decision:
    """What is left counts as free for the same request: a lane may be changed for a larger share of it."""
    wants, leaves = request.wants, request.leaves
    if leaves is not None:
        places[leaves.slot].give_back(leaves.units, leaves.channel)
    if wants is None:
        return GRANTED
    refused = _refused(places.get(wants.slot), wants)
    if refused is None:
        places[wants.slot].take(wants.units, wants.channel)
        return GRANTED
    if leaves is not None:
        places[leaves.slot].take(leaves.units, leaves.channel)
    return refused


def _refused(room: Room | None, wants: Stake) -> Decision | None:
    if wants.units < 1:
        raise ValueError("a request is for one unit or more")
    if room is None:
        return Decision("unknown")
    if not room.is_open:
        return Decision("closed")
    free = room.free(wants.channel)
    if free >= wants.units:
        return None
    return Decision("too_few" if free else "full", free)


@dataclass(frozen=True)
class Candidate:
    """A slot that might do instead."""

    slot: int
    starts_at: datetime
    free: int


def next_best(
    wanted_at: datetime, units: int, candidates: Iterable[Candidate], most: int = 3
) -> Sequence[Candidate]:
    """The nearest in time with room for all: another lane at the same hour, then the hours around it, and
    of two equally near the later one."""
    fitting = [each for each in candidates if each.free >= units]

    def distance(each: Candidate) -> tuple[timedelta, bool]:
        return abs(each.starts_at - wanted_at), each.starts_at < wanted_at

    return sorted(fitting, key=distance)[:most]
