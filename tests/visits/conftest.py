"""A hall with a gate: 2 December, a slot of ten at 10:00 in Athens."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from core.adapters.signing import Ed25519Signer, Ed25519Verifier
from core.bookings.views import BookingView
from core.db.database import Database
from core.db.types import FAR_FUTURE
from core.db.work import Work
from core.visits.live import Live
from core.visits.model import scans, visits
from core.visits.scans import AllOut, Question, Scan, Seen, Verdict, WalkIn
from core.visits.service import Visits
from tests.fakes.clock import StoppedClock
from tests.makers import Town

TEN = datetime(2026, 12, 2, 8, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 12, 1, 22, 0, tzinfo=UTC)
DAY = (MIDNIGHT, MIDNIGHT + timedelta(days=1))


@dataclass
class Gate:
    """Staff with scanners. `town.clock` is the time at the server; gates' clocks agree with it unless told."""

    town: Town
    nonces: Any = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        town = self.town
        verifier = Ed25519Verifier(Ed25519Signer(bytes(32)).public_key())
        self.visits = Visits(
            town.database,
            town.clock,
            town.codes,
            town.activities,
            verifier,
            presence_days=town.settings.presence_days,
        )
        self.live = Live(town.database, town.clock, town.activities)

    def at(self, minutes: float) -> datetime:
        """The clock is moved to so many minutes after ten; the moment."""
        self.town.clock.at = TEN + timedelta(minutes=minutes)
        return self.town.clock.at

    def seen(self, **changes: Any) -> Seen:
        now = self.town.clock.now()
        usual = {
            "nonce": f"nonce-{next(self.nonces):012}",
            "facility": "hall",
            "gate": "gate-1",
            "staff_id": 7,
            "scanned_at": now,
            "sent_at": now,
        }
        return Seen(**{**usual, **changes})

    async def ask(self, *questions: Question) -> list[Verdict]:
        work = Work()
        answers = [self.visits.scan(work, question) for question in questions]
        await self.town.writer.commit(work)
        return [answer.verdict for answer in answers]

    async def scan(self, shown: str | None, *, seen: dict[str, Any] | None = None, **changes: Any) -> Verdict:
        (verdict,) = await self.ask(Scan(self.seen(**seen or {}), shown or "", **changes))
        return verdict

    async def walk_in(self, slot_id: int, persons: int, **changes: Any) -> Verdict:
        (verdict,) = await self.ask(WalkIn(self.seen(), slot_id, persons, **changes))
        return verdict

    async def all_out(self, slot_id: int) -> Verdict:
        (verdict,) = await self.ask(AllOut(self.seen(), slot_id))
        return verdict

    async def book(self, persons: int = 1, at: datetime = TEN, **changes: Any) -> BookingView:
        slot_id = changes.pop("slot_id", None) or await self.town.slot_at(at)
        citizen = await self.town.make_citizen()
        return await self.town.make_booking(slot_id, citizen, persons=persons, **changes)

    async def token(self, booking: BookingView) -> str:
        return await self.town.passes.token(booking.id)

    async def stays(self) -> list[tuple[int | None, int, datetime, datetime | None, bool]]:
        """(booking, persons, entered, left, assumed), by entry and exit."""
        statement = select(visits).order_by(visits.c.entered_at, visits.c.left_at)
        async with self.town.database.reading() as connection:
            rows = (await connection.execute(statement)).all()
        return [
            (
                row.booking_id,
                row.persons,
                row.entered_at,
                None if row.left_at == FAR_FUTURE else row.left_at,
                row.assumed,
            )
            for row in rows
        ]

    async def scans_kept(self) -> int:
        async with self.town.database.reading() as connection:
            return int((await connection.execute(select(func.count()).select_from(scans))).scalar_one())

    async def inside(self) -> int:
        """Counted both ways, which agree."""
        counted, recounted = await self.live.inside_now(), await self.live.recount()
        assert counted == recounted
        return sum(counted.values())


def code_of(verdict: Verdict) -> str | None:
    return verdict.reason.code if verdict.reason else None


@pytest.fixture
async def gate(database: Database, clock: StoppedClock) -> AsyncIterator[Gate]:
    town = Town(database, clock)
    await town.make_activity()
    yield Gate(town)
    await town.writer.close()
