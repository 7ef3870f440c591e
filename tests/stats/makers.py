"""A log of events, as the box office and the gate write it, without them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert

from core.db.database import Database
from core.db.schema import events
from core.db.types import to_milliseconds
from core.stats.records import Event, Log

ATHENS = ZoneInfo("Europe/Athens")


def at(day: int, hour: int, minute: int = 0, month: int = 12) -> datetime:
    """That hour in Athens, of 2026."""
    return datetime(2026, month, day, hour, minute, tzinfo=ATHENS).astimezone(UTC)


@dataclass
class Story:
    """What happened, in order. `tell` writes it; `log` reads it without a database."""

    events: list[Event] = field(default_factory=list)

    def happen(self, when: datetime, name: str, **facts: Any) -> int:
        self.events.append(Event(len(self.events) + 1, when, name, facts))
        return len(self.events)

    def apply(self, when: datetime, starts: datetime, booking: int | None = None, **changes: Any) -> int:
        """Accepted with `booking`, refused without."""
        facts = {**self._slot(starts), "channel": "web", "persons": 1, **changes}
        if booking is None:
            return self.happen(when, "application_refused", **{"reason": "full", **facts})
        return self.happen(when, "application_accepted", booking=booking, **facts)

    def move(self, when: datetime, moved_from: int, booking: int, starts: datetime, **changes: Any) -> None:
        facts = {**self._slot(starts), "channel": "web", "persons": 1, **changes}
        self.happen(when, "booking_moved", moved_from=moved_from, booking=booking, **facts)

    def cancel(self, when: datetime, booking: int) -> None:
        self.happen(when, "booking_cancelled", booking=booking)

    def attend(self, when: datetime, booking: int) -> None:
        self.happen(when, "attended", booking=booking)

    def passing(self, when: datetime, persons: int, facility: str = "pool") -> None:
        """Above 0 they enter, below they leave."""
        name = "entered" if persons > 0 else "left"
        self.happen(when, name, facility=facility, category="sport", persons=abs(persons))

    def visit(self, booking: int, starts: datetime, persons: int = 1, facility: str = "pool") -> None:
        self.attend(starts, booking)
        self.passing(starts, persons, facility)
        self.passing(starts + timedelta(hours=1), -persons, facility)

    def log(self) -> Log:
        return Log(ATHENS).read(self.events)

    async def tell(self, database: Database, since: int = 0) -> None:
        rows = [
            {"id": each.id, "at": each.at, "name": each.name, "facts": dict(each.facts)}
            for each in self.events[since:]
        ]
        async with database.writing() as connection:
            await connection.execute(insert(events), rows)

    def _slot(self, starts: datetime) -> dict[str, Any]:
        return {
            "slot": to_milliseconds(starts) // 1000,
            "activity": "pool",
            "category": "sport",
            "facility": "pool",
            "place": "lane-1",
            "occasion": "",
            "starts": to_milliseconds(starts),
            "ends": to_milliseconds(starts + timedelta(hours=1)),
        }


def wanted(starts: datetime, why: str = "suggested", facility: str = "pool") -> dict[str, Any]:
    """The facts of a first choice."""
    return {
        "first_slot": 1,
        "first_activity": facility,
        "first_facility": facility,
        "first_place": "",
        "first_starts": to_milliseconds(starts),
        "first_ends": to_milliseconds(starts + timedelta(hours=1)),
        "first_why": why,
    }
