"""Those who come in together, as the batch finds them and leaves them: their scans, their stays, their slot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from core.activities.definition import Activity
from core.bookings.queries import sessions_of
from core.db.types import FAR_FUTURE
from core.ports import Codes
from core.visits.rules import PassFacts
from core.visits.scans import ENTRY, EXIT
from core.visits.stays import History, Passing, Session, Stay, assumed_exit_at, retrace


@dataclass(frozen=True)
class Slot:
    """Times are UTC."""

    id: int
    activity_id: int
    activity: Activity
    revision: int
    place: str
    state: str
    capacity: int
    sessions: tuple[Session, ...]

    @classmethod
    def of(cls, row: Any, activity: Activity) -> Slot:
        return cls(
            id=row.slot_id,
            activity_id=row.activity_id,
            activity=activity,
            revision=row.revision,
            place=row.place,
            state=row.slot_state,
            capacity=row.capacity,
            sessions=sessions_of(row.sessions) or ((row.starts_at, row.ends_at),),
        )

    @property
    def facility(self) -> str:
        return self.activity.facility.key

    @property
    def limit(self) -> int:
        """The most persons who may be inside for it."""
        counts_bookings = self.activity.capacity.unit == "bookings"
        return self.capacity * (self.activity.people.party.max if counts_bookings else 1)

    @property
    def grace(self) -> timedelta:
        return timedelta(minutes=self.activity.gate.assumed_exit_grace_minutes)

    def assumed_exit_at(self, entered_at: datetime) -> datetime:
        return assumed_exit_at(self.sessions, entered_at, self.grace)


@dataclass(frozen=True)
class Kept:
    """A stay as it stands in the database."""

    id: int
    stay: Stay


@dataclass
class Party:
    """A booking (with its pass), or the walk-ins of a slot (without)."""

    slot: Slot
    booking_id: int | None = None
    facts: PassFacts | None = None
    number: str | None = None
    passings: list[Passing] = field(default_factory=list)
    cleared: list[datetime] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    flagged: dict[str, bool] = field(default_factory=dict)
    """By nonce: whether the row is marked as a conflict now."""
    changed: bool = False
    _history: History | None = None

    @property
    def history(self) -> History:
        if self._history is None:
            allowance = self.facts.allowance if self.facts is not None else None
            self._history = retrace(self.passings, self.cleared, allowance)
        return self._history

    def add(self, passing: Passing) -> None:
        self.passings.append(passing)
        self._history, self.changed = None, True

    def amend(self, nonce: str, persons: int) -> None:
        """Fewer passed by this scan than were let through."""
        self.passings = [
            replace(each, persons=persons) if each.nonce == nonce else each for each in self.passings
        ]
        self._history, self.changed = None, True

    def clear(self, moment: datetime) -> None:
        self.cleared.append(moment)
        self._history, self.changed = None, True

    def settle(self, codes: Codes) -> Settled:
        """What must be written so that the stays are what the scans say."""
        wanted = Counter(self.history.stays)
        gone: list[int] = []
        for kept in self.kept:
            if wanted[kept.stay]:
                wanted[kept.stay] -= 1
            else:
                gone.append(kept.id)
        new = [
            {
                "id": codes.new_id(),
                "facility": self.slot.facility,
                "place": self.slot.place,
                "slot_id": self.slot.id,
                "booking_id": self.booking_id,
                "persons": stay.persons,
                "entered_at": stay.entered_at,
                "left_at": stay.left_at,
                "assumed": stay.assumed,
            }
            for stay in wanted.elements()
        ]
        conflicts = self.history.conflicts
        flags = {
            nonce: nonce in conflicts for nonce, was in self.flagged.items() if was != (nonce in conflicts)
        }
        before = [kept.stay for kept in self.kept]
        return Settled(gone, new, flags, _difference(before, self.history.stays))


@dataclass(frozen=True)
class Settled:
    gone: Sequence[int]
    """Ids of stays that are no longer so."""
    new: Sequence[dict[str, Any]]
    flags: dict[str, bool]
    """By nonce: conflicts that became one or ceased to be."""
    moved: Counter[tuple[str, datetime, bool]]
    """(direction, when, assumed) -> persons more than before, or fewer where something was corrected."""


def _difference(before: Iterable[Stay], after: Iterable[Stay]) -> Counter[tuple[str, datetime, bool]]:
    moved: Counter[tuple[str, datetime, bool]] = Counter()
    for sign, stays in ((1, after), (-1, before)):
        for stay in stays:
            moved[ENTRY, stay.entered_at, False] += sign * stay.persons
            if stay.left_at != FAR_FUTURE:
                moved[EXIT, stay.left_at, stay.assumed] += sign * stay.persons
    return Counter({key: persons for key, persons in moved.items() if persons})
