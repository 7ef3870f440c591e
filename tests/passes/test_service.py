"""Passes with their bookings: issued, shown, voided."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from core.adapters.signing import Ed25519Signer, Ed25519Verifier
from core.db.database import Database
from core.errors import Refused
from core.passes.code import parse
from core.passes.token import decode
from tests.fakes.clock import StoppedClock
from tests.makers import Town

VERIFIER = Ed25519Verifier(Ed25519Signer(bytes(32)).public_key())


@pytest.fixture
async def town(database: Database, clock: StoppedClock) -> AsyncIterator[Town]:
    opened = Town(database, clock)
    yield opened
    await opened.writer.close()


async def test_a_pass_is_signed_when_shown_and_the_same_each_time(town: Town) -> None:
    await town.make_activity()
    starts_at = datetime(2026, 12, 2, 8, tzinfo=UTC)
    booking = await town.make_booking(await town.slot_at(starts_at), await town.make_citizen(), persons=3)
    token = await town.passes.token(booking.id)
    assert token == await town.passes.token(booking.id)
    read = decode(token)
    assert read.is_genuine(VERIFIER)
    assert (read.payload.facility, read.payload.starts_at, read.payload.persons) == (9, starts_at, 3)
    assert booking.code is not None
    assert parse(booking.code) == booking.code


async def test_a_voided_pass_is_not_shown_any_more(town: Town) -> None:
    await town.make_activity()
    citizen = await town.make_citizen()
    booking = await town.make_booking(await town.slot_at(datetime(2026, 12, 2, 8, tzinfo=UTC)), citizen)
    await town.write(lambda work: town.passes.void(work, booking.id))
    with pytest.raises(Refused, match=r"passes\.unknown"):
        await town.passes.token(booking.id)
    seen = await town.bookings.one(citizen, booking.id)
    assert seen is not None
    assert seen.code is None


async def test_a_booking_without_a_pass_shows_none(town: Town) -> None:
    with pytest.raises(Refused, match=r"passes\.unknown"):
        await town.passes.token(404)
