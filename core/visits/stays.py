"""From scans to stays: who was inside from when to when. Pure, and the same in whatever order the scans came in.

A *party* is a booking, or the walk-ins of a slot. Its members are not told apart: who came first is taken to have
left first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.db.types import FAR_FUTURE
from core.visits.scans import ENTRY, EXIT, Direction

Session = tuple[datetime, datetime]

LONGEST_STAY = timedelta(hours=36)
"""No stay is longer, so that tracing can bound where it looks."""
LATE_EXIT = timedelta(hours=6)
"""Who was taken to have left and is scanned out within this time had in truth stayed until then."""


@dataclass(frozen=True)
class Passing:
    """Persons who went in or out; times are UTC."""

    nonce: str
    at: datetime
    direction: Direction
    persons: int
    gate: str = ""
    allowed: bool = False
    """A supervisor let them through: no conflict."""


@dataclass(frozen=True)
class Stay:
    persons: int
    entered_at: datetime
    left_at: datetime = FAR_FUTURE
    assumed: bool = False


@dataclass(frozen=True)
class Allowance:
    """How many may enter: of a pass. Walk-ins have none."""

    persons: int
    re_entry: bool
    sessions: Sequence[Session]


@dataclass(frozen=True)
class History:
    """What the scans of a party amount to."""

    stays: tuple[Stay, ...]
    conflicts: frozenset[str]
    """Nonces of entries beyond what the pass allows, and of exits of more than were inside."""
    entered: dict[int, int] = field(default_factory=dict)
    """Persons who entered, by the index of the session; with an allowance only."""

    @property
    def inside(self) -> int:
        return sum(stay.persons for stay in self.stays if stay.left_at == FAR_FUTURE)

    def inside_since(self, moment: datetime) -> int:
        """Of those inside, who had come by then."""
        present = (stay for stay in self.stays if stay.left_at == FAR_FUTURE)
        return sum(stay.persons for stay in present if stay.entered_at <= moment)

    def assumed_out(self, now: datetime) -> int:
        """Who was taken to have left, so recently that they may be standing at the gate."""
        return sum(stay.persons for stay in self.stays if stay.assumed and now - stay.left_at <= LATE_EXIT)


@dataclass
class _Open:
    persons: int
    entered_at: datetime
    assumed_at: datetime | None = None


def retrace(
    passings: Iterable[Passing], cleared: Iterable[datetime] = (), allowance: Allowance | None = None
) -> History:
    """`cleared`: when everyone still inside was taken to have left."""
    moments: list[tuple[datetime, int, str, Passing | None]] = [
        (passing.at, 0 if passing.direction == ENTRY else 1, passing.nonce, passing) for passing in passings
    ]
    moments += [(moment, 2, "", None) for moment in set(cleared)]
    stays: list[Stay] = []
    present: list[_Open] = []
    conflicts: set[str] = set()
    entered: dict[int, int] = {}
    for at, _, nonce, passing in sorted(moments, key=lambda moment: moment[:3]):
        if passing is None:
            for each in present:
                each.assumed_at = each.assumed_at or at
        elif passing.direction == EXIT:
            unseen = _leave(present, stays, passing.persons, at)
            if unseen and not passing.allowed:
                conflicts.add(nonce)
        else:
            if allowance is not None:
                session = session_at(allowance.sessions, at)
                free = _may_enter(allowance, present, entered.get(session, 0))
                if passing.persons > free and not passing.allowed:
                    conflicts.add(nonce)
                entered[session] = entered.get(session, 0) + passing.persons
            if passing.persons:
                present.append(_Open(passing.persons, at))
    for each in present:
        left = each.assumed_at
        stays.append(Stay(each.persons, each.entered_at, left or FAR_FUTURE, left is not None))
    stays.sort(key=lambda stay: (stay.entered_at, stay.left_at, stay.persons, stay.assumed))
    return History(tuple(stays), frozenset(conflicts), entered)


def session_at(sessions: Sequence[Session], at: datetime) -> int:
    """The session that a moment belongs to: the first that is not over; after the last, the last."""
    return next((index for index, (_, end) in enumerate(sessions) if at < end), len(sessions) - 1)


def assumed_exit_at(sessions: Sequence[Session], entered_at: datetime, grace: timedelta) -> datetime:
    """When somebody who was not scanned out is taken to have left."""
    end = sessions[session_at(sessions, entered_at)][1]
    return min(max(end, entered_at) + grace, entered_at + LONGEST_STAY)


def _may_enter(allowance: Allowance, present: Sequence[_Open], entered: int) -> int:
    inside = sum(each.persons for each in present if each.assumed_at is None)
    return allowance.persons - (inside if allowance.re_entry else entered)


def _leave(present: list[_Open], stays: list[Stay], persons: int, at: datetime) -> int:
    """Take out those who came first; before those who had been taken to have left already. How many are missing."""
    for assumed in (False, True):
        for each in list(present):
            if not persons:
                return 0
            if (each.assumed_at is not None) != assumed or at - each.entered_at > LONGEST_STAY:
                continue
            if each.assumed_at is not None and at - each.assumed_at > LATE_EXIT:
                continue
            leaving = min(persons, each.persons)
            stays.append(Stay(leaving, each.entered_at, at))
            persons -= leaving
            each.persons -= leaving
            if not each.persons:
                present.remove(each)
    return persons
