"""From the event log to applications: one record each, as everything told about it has left it. Pure.

The log is the source of every figure. Facts of the events (all without personal data):

`application_accepted`, `application_refused` (`reason`): activity, category, facility, place, occasion, slot, starts,
ends, persons, channel; `age` and `resident` where told; accepted ones `booking`, and `first_...` where another slot
had been wanted. `booking_moved` (`moved_from`), `booking_reduced`, `booking_cancelled`: the same, of the booking.
`attended` (once for each session entered): booking. `entered`, `left`: facility, persons, by the minute.
`citizen_registered`, `citizen_forgotten`: only that it happened. `warning_sent`: people.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from core.bookings.happenings import (
    APPLICATION_ACCEPTED,
    APPLICATION_REFUSED,
    BOOKING_CANCELLED,
    BOOKING_MOVED,
    BOOKING_REDUCED,
)
from core.db.types import from_milliseconds
from core.visits.settling import ATTENDED, ENTERED, LEFT

REGISTERED = "citizen_registered"
ERASED = "citizen_forgotten"
WARNED = "warning_sent"


@dataclass(frozen=True)
class Event:
    """A row of the log."""

    id: int
    at: datetime
    name: str
    facts: Mapping[str, Any]


@dataclass
class Application:
    """A confirmed request by a verified citizen, accepted or refused for lack of places. Times are UTC."""

    event_id: int
    booking_id: int | None
    """The booking as it stands, after moves; None when refused."""
    confirmed_at: datetime
    confirmed_on: date
    """The town's date."""
    accepted: bool
    reason: str
    """Why refused: `full` or `too_few` (room, but not for the whole party); else empty."""
    channel: str
    age: str | None
    resident: str | None
    slot_id: int
    activity: str
    category: str
    facility: str
    place: str
    occasion: str
    starts_at: datetime
    ends_at: datetime
    day: date
    weekday: int
    """0 is Monday."""
    hour: int
    persons: int
    first_facility: str | None = None
    first_starts_at: datetime | None = None
    first_ends_at: datetime | None = None
    first_why: str | None = None
    cancelled_at: datetime | None = None
    moves: int = 0
    attended: bool = False


@dataclass
class Minute:
    """What passed a facility's gates within a minute."""

    entered: int = 0
    net: int = 0
    """Entries minus exits."""


@dataclass
class Log:
    """What a stretch of the log amounts to. It may be continued from what was kept of the part before
    (`known`)."""

    zone: ZoneInfo
    known: dict[int, Application] = field(default_factory=dict)
    """By booking."""
    applications: dict[int, Application] = field(default_factory=dict)
    """By event: those that this stretch has told of or changed."""
    minutes: dict[tuple[str, datetime], Minute] = field(default_factory=lambda: defaultdict(Minute))
    registered: Counter[date] = field(default_factory=Counter)
    """By the town's date."""
    erased: Counter[date] = field(default_factory=Counter)
    warned: Counter[date] = field(default_factory=Counter)
    """People warned of a case, by the town's date."""
    last: int = 0

    def read(self, events: Iterable[Event]) -> Log:
        """In the order of their ids. What is not about figures is passed over."""
        for event in events:
            self._read(event)
            self.last = event.id
        return self

    def _read(self, event: Event) -> None:
        facts = event.facts
        if event.name in (APPLICATION_ACCEPTED, APPLICATION_REFUSED):
            self._apply(event)
        elif event.name in (ENTERED, LEFT):
            minute = self.minutes[facts["facility"], event.at]
            sign = 1 if event.name == ENTERED else -1
            minute.net += sign * facts["persons"]
            minute.entered += facts["persons"] if event.name == ENTERED else 0
        elif event.name == REGISTERED:
            self.registered[event.at.astimezone(self.zone).date()] += 1
        elif event.name == ERASED:
            self.erased[event.at.astimezone(self.zone).date()] += 1
        elif event.name == WARNED:
            self.warned[event.at.astimezone(self.zone).date()] += facts["people"]
        elif event.name in (BOOKING_MOVED, BOOKING_REDUCED, BOOKING_CANCELLED, ATTENDED):
            self._change(event)

    def _apply(self, event: Event) -> None:
        facts = event.facts
        booking_id = facts.get("booking")
        found = Application(
            event_id=event.id,
            booking_id=booking_id,
            confirmed_at=event.at,
            confirmed_on=event.at.astimezone(self.zone).date(),
            accepted=event.name == APPLICATION_ACCEPTED,
            reason=facts.get("reason", ""),
            channel=facts["channel"],
            age=facts.get("age"),
            resident=facts.get("resident"),
            persons=facts["persons"],
            **self._slot(facts),
        )
        if "first_starts" in facts:
            found.first_facility, found.first_why = facts["first_facility"], facts["first_why"]
            found.first_starts_at = from_milliseconds(facts["first_starts"])
            found.first_ends_at = from_milliseconds(facts["first_ends"])
        if booking_id is not None:
            self.known[booking_id] = found
        self.applications[event.id] = found

    def _change(self, event: Event) -> None:
        facts = event.facts
        moved = event.name == BOOKING_MOVED
        found = self.known.get(facts["moved_from"] if moved else facts["booking"])
        if found is None:
            return  # of a booking that no event told of: older than the log
        if moved:
            del self.known[facts["moved_from"]]
            self.known[facts["booking"]] = found
            found.booking_id, found.moves = facts["booking"], found.moves + 1
            for name, value in self._slot(facts).items():
                setattr(found, name, value)
        elif event.name == BOOKING_REDUCED:
            found.persons = facts["persons"]
        elif event.name == BOOKING_CANCELLED:
            found.cancelled_at = event.at
        else:
            found.attended = True
        self.applications[found.event_id] = found

    def _slot(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        starts_at = from_milliseconds(facts["starts"])
        local = starts_at.astimezone(self.zone)
        return {
            "slot_id": facts["slot"],
            "activity": facts["activity"],
            "category": facts["category"],
            "facility": facts["facility"],
            "place": facts["place"],
            "occasion": facts["occasion"],
            "starts_at": starts_at,
            "ends_at": from_milliseconds(facts["ends"]),
            "day": local.date(),
            "weekday": local.weekday(),
            "hour": local.hour,
        }


def bookings_of(events: Iterable[Event]) -> set[int]:
    """The bookings that must be known before these events are read."""
    names = ("booking", "moved_from")
    return {event.facts[name] for event in events for name in names if name in event.facts}
