"""A town's booking side in a test: `make_...` with good defaults, and `**changes` where they matter."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from core.activities.definition import Activity
from core.activities.loading import load
from core.activities.model import slots
from core.activities.service import Activities
from core.adapters.signing import Ed25519Signer
from core.bookings.box_office import BoxOffice
from core.bookings.decisions import Confirmed, Held, RefusedPlace
from core.bookings.model import bookings
from core.bookings.queries import Occupancy
from core.bookings.requests import HoldRequest
from core.bookings.service import Bookings
from core.bookings.views import BookingView
from core.config import Settings
from core.db.database import Database
from core.db.schema import events
from core.db.work import Work
from core.db.writer import Writer
from core.passes.service import Passes
from core.people.model import addresses, citizens
from core.ports import Codes
from tests.activities.makers import hall
from tests.fakes.clock import KnownCodes, StoppedClock

_numbers = itertools.count(1)


class OpenSealer:
    """Seals nothing, so that a test can see what would have been in the box."""

    def seal(self, table: str, row_id: int, plain: bytes) -> bytes:
        return f"{table}:{row_id}:".encode() + plain


@dataclass
class Town:
    """One process's booking side on a database that others may share."""

    database: Database
    clock: StoppedClock
    codes: Codes = field(default_factory=KnownCodes)
    settings: Settings = field(default_factory=Settings)

    def __post_init__(self) -> None:
        self.writer = Writer(self.database, self.clock)
        self.activities = Activities(self.database, self.clock, self.codes)
        self.passes = Passes(self.database, self.clock, self.codes, Ed25519Signer(bytes(32)))
        self.box_office = BoxOffice(self.activities, self.clock, self.settings)
        self.occupancy = Occupancy(self.database, self.clock)
        self.bookings = Bookings(
            self.database,
            self.clock,
            self.codes,
            OpenSealer(),
            self.box_office,
            self.activities,
            self.passes,
            self.settings,
        )

    # -- makers

    async def make_activity(self, **changes: Any) -> Activity:
        """Published: every day at 10:00 a slot of ten persons, parties as large as fit. Changes as in
        `hall`."""
        places = changes.get("facility__individual_facilities", [])
        most = min([changes.get("capacity__per_slot", 10), *(place["capacity"] for place in places)])
        kinds = ["day", "time", *(["lane"] if places else []), *(["people"] if most > 1 else [])]
        defaults: dict[str, Any] = {
            "people": {"party": {"min": 1, "max": most}},
            "steps": [{"key": kind, "kind": kind} for kind in kinds],
        }
        today = self.clock.now().astimezone(self.settings.zone).date()
        activity = load(hall(**{**defaults, **changes}), today)
        await self.write(lambda work: self.activities.publish(work, activity))
        return activity

    async def make_citizen(self, *, kind: str = "mobile", **changes: Any) -> int:
        """A verified citizen; `kind` of the number: mobile or landline."""
        citizen_id = self.codes.new_id()
        row = {
            "id": citizen_id,
            "box": b"",
            "language": "el",
            "birth_year": None,
            "resident": True,
            "notice_version": 1,
            "reminders": False,
            "registered_at": self.clock.now(),
            "last_verified_at": self.clock.now(),
            **changes,
        }
        address = {
            "id": self.codes.new_id(),
            "citizen_id": citizen_id,
            "kind": kind,
            "lookup": str(next(_numbers)).encode(),
            "box": b"",
            "verified_at": self.clock.now(),
        }
        async with self.database.writing() as connection:
            await connection.execute(insert(citizens), row)
            await connection.execute(insert(addresses), address)
        return citizen_id

    async def make_citizens(self, count: int) -> list[int]:
        return [await self.make_citizen() for _ in range(count)]

    async def make_booking(self, slot_id: int, citizen_id: int, **changes: Any) -> BookingView:
        """Held and confirmed. Changes as in `hold`; `names`, `answers`."""
        names, answers = changes.pop("names", ()), changes.pop("answers", {})
        held = await self.hold(slot_id, citizen_id, **changes)
        assert isinstance(held, Held), held
        confirmed = await self.confirm(held.booking_id, citizen_id, names=names, answers=answers)
        assert isinstance(confirmed, Confirmed), confirmed
        return confirmed.booking

    # -- acting

    async def write(self, fill: Callable[[Work], Any], once: str | None = None) -> None:
        work = Work(once)
        outcome = fill(work)
        if outcome is not None and hasattr(outcome, "__await__"):
            await outcome
        await self.writer.commit(work)

    async def hold(
        self, slot_id: int, citizen_id: int | None = None, *, once: str | None = None, **changes: Any
    ) -> Held | RefusedPlace:
        wish = {
            "activity": "hall",
            "revision": 1,
            "persons": 1,
            "booker_takes_part": True,
            "holder": str(citizen_id).encode(),
            "channel": "web",
            **changes,
        }
        decided: list[Held | RefusedPlace] = []
        request = HoldRequest(slot_id=slot_id, citizen_id=citizen_id, **wish)
        await self.write(
            lambda work: self.bookings.hold(work, request, lambda decision, _: decided.append(decision)), once
        )
        return decided[-1]

    async def confirm(
        self, booking_id: int, citizen_id: int, *, names: Any = (), answers: Any = None
    ) -> Confirmed | RefusedPlace:
        return await self._decided(
            lambda work, then: self.bookings.confirm(
                work, booking_id, citizen_id, list(names), answers or {}, then
            )
        )

    async def move(
        self, booking: BookingView, citizen_id: int, slot_id: int, kept: int | None = None
    ) -> Confirmed | RefusedPlace:
        activity = await self.activities.get(booking.activity, booking.revision)
        return await self._decided(
            lambda work, then: self.bookings.move(work, booking, activity, citizen_id, slot_id, then, kept)
        )

    async def reduce(self, booking: BookingView, citizen_id: int, persons: int) -> Confirmed | RefusedPlace:
        activity = await self.activities.get(booking.activity, booking.revision)
        return await self._decided(
            lambda work, then: self.bookings.reduce(work, booking, activity, citizen_id, persons, then)
        )

    async def cancel(self, booking: BookingView, citizen_id: int) -> None:
        await self.write(lambda work: self.bookings.cancel(work, booking, citizen_id))

    async def _decided(self, ask: Callable[[Work, Any], None]) -> Confirmed | RefusedPlace:
        decided: list[Confirmed | RefusedPlace] = []
        await self.write(lambda work: ask(work, lambda decision, _: decided.append(decision)))
        return decided[-1]

    # -- looking

    async def slot_at(self, moment: datetime, place: str = "") -> int:
        statement = select(slots.c.id).where(slots.c.starts_at == moment, slots.c.place == place)
        async with self.database.reading() as connection:
            return int((await connection.execute(statement)).scalar_one())

    async def slot_row(self, slot_id: int) -> Any:
        async with self.database.reading() as connection:
            return (await connection.execute(select(slots).where(slots.c.id == slot_id))).one()

    async def booking_row(self, booking_id: int) -> Any:
        async with self.database.reading() as connection:
            return (await connection.execute(select(bookings).where(bookings.c.id == booking_id))).one()

    async def happenings(self) -> list[tuple[str, dict[str, Any]]]:
        async with self.database.reading() as connection:
            rows = await connection.execute(select(events.c.name, events.c.facts).order_by(events.c.id))
            return [(row.name, row.facts) for row in rows]
