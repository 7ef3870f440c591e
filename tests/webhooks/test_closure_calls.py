"""A closed slot told to a landline: the real worker calls, the stand-in answers, `web` speaks; again until heard."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from core.activities.closing import Closing
from core.bookings.model import bookings
from core.db.work import Work
from core.tracing.model import spoken
from core.tracing.warning_message import AGAIN_AFTER
from tests.conversations.web_person import WebPerson
from tests.fakes.clock import StoppedClock
from tests.fakes.twilio_provider import TwilioProvider, twilio_provider
from tests.webhooks.conftest import ON_BOTH
from tests.webhooks.test_confirmations import calls, ended, rows
from tests.whole.people import LANDLINE, book_lane
from tests.whole.town import Town, open_town
from tests.whole.worker import hurry, idles, provided_by, worker

CLOSED = "Η κράτησή σας για Τετάρτη 2 Δεκεμβρίου, 19:00 δεν μπορεί να γίνει"


@pytest.fixture
async def provider(clock: StoppedClock) -> AsyncIterator[TwilioProvider]:
    async with twilio_provider(clock.now) as opened:
        yield opened


@pytest.fixture
async def town(
    tmp_path: Path,
    address: str,
    clock: StoppedClock,
    provider: TwilioProvider,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Town]:
    """Somebody on a landline has a lane tomorrow at 19:00; then the lane is closed."""
    async with open_town(
        tmp_path, database_url=address, activities=("pool",), clock=clock, **provided_by(provider)
    ) as opened:
        hurry(opened, monkeypatch)
        async with WebPerson(opened.address) as citizen:
            await book_lane(citizen, opened, LANDLINE)
        clock.move(minutes=11)  # the code that was asked for is not called any more
        house, work = opened.side.house, Work()
        ((slot_id,),) = await rows(opened, select(bookings.c.slot_id))
        await Closing(house.database, house.clock, house.codes).close_slot(work, slot_id, "weather", 1)
        await house.writer.commit(work)
        yield opened


@ON_BOTH
async def test_who_presses_1_hears_it_twice_and_is_not_called_again(
    town: Town, clock: StoppedClock, provider: TwilioProvider
) -> None:
    async with worker(town):
        await ended(town, clock, provider, 1)
        for pause in (10, 20, 31):
            clock.move(minutes=pause)
            await idles(town, clock, seconds=1)
    (call,) = calls(provider)
    assert call.to == f"+30{LANDLINE}"
    heard = " ".join(call.spoken)
    assert heard.count(CLOSED) == 2
    assert "κρούσμα" not in heard
    (kept,) = await rows(town, select(spoken.c.heard_at, spoken.c.notice))
    assert kept.heard_at is not None
    assert kept.notice is not None


@pytest.mark.parametrize("mode", ["machine", "absent"])
async def test_who_does_not_listen_is_called_again_after_10_30_and_60_minutes(
    town: Town, clock: StoppedClock, provider: TwilioProvider, mode: str
) -> None:
    provider.callee.mode = mode
    async with worker(town):
        await ended(town, clock, provider, 1)
        first = clock.now()
        for number, pause in enumerate(AGAIN_AFTER, start=2):
            clock.at = first + pause
            await ended(town, clock, provider, number)
        await idles(town, clock, seconds=3600)
    assert [each.created for each in calls(provider)] == [
        first + pause for pause in (timedelta(), *AGAIN_AFTER)
    ]
    assert CLOSED not in " ".join(words for call in calls(provider) for words in call.spoken)
