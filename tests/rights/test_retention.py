"""What is old is erased each night, and that it was is proved."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.activities.model import slots
from core.bookings.model import bookings
from core.config import Settings
from core.conversations.model import conversations, data_requests
from core.conversations.retention import PROCESS, Retention, at_once, is_late, last_due
from core.db import audit
from core.db.schema import audit as log
from core.db.schema import events, handled
from core.db.work import Work
from core.db.writer import Writer
from core.messages.model import outbox
from core.messages.worker import last_seen
from core.people.model import verifications
from core.visits.model import scans, visits
from core.visits.service import Visits
from tests.conversations.core_person import CorePerson
from tests.rights.office import Office, book_tennis, open_office


class Night:
    """The office, and the worker's nightly job."""

    def __init__(self, office: Office, **settings: Any) -> None:
        self.office = office
        house = office.house
        self.settings = house.settings.model_copy(update=settings)
        self.visits = Visits(house.database, house.clock, house.codes, house.activities)
        self.job = Retention(house.database, house.writer, house.clock, self.settings, self.visits)

    async def minute(self) -> None:
        """What the worker does each minute."""
        work = Work()
        await self.job.chore.do(work)
        await self.office.house.writer.commit(work)

    async def runs(self) -> list[dict[str, Any]]:
        return await self.office.noted("account.retention")


@pytest.fixture(params=["tennis", "gym"])
async def traced(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def stay(office: Office, days_ago: float) -> None:
    """Somebody was at the tennis courts for an hour, so many days ago."""
    (slot, *_) = await office.rows(slots)
    entered = office.clock.now() - timedelta(days=days_ago)
    row = {"facility": "x", "place": "", "slot_id": slot.id, "persons": 1}
    left = entered + timedelta(hours=1)
    seen = {"shown": "walk_in", "direction": "entry", "received_at": entered, "clock_error_ms": 0}
    rest = {"gate": "g", "verdict": "admitted", "told": {}, "decided_by": "server", "conflict": False}
    new = office.world.codes.new_id
    await office.write(
        visits.insert().values(id=new(), entered_at=entered, left_at=left, assumed=False, **row),
        scans.insert().values(
            id=new(),
            nonce=str(new()),
            facility="x",
            slot_id=slot.id,
            persons=1,
            scanned_at=entered,
            **seen,
            **rest,
        ),
    )


async def test_it_runs_once_a_night_and_leaves_a_proof(office: Office) -> None:
    night = Night(office)
    await night.minute()
    assert len(await night.runs()) == 1, "never before: at once"
    await night.minute()
    office.clock.move(hours=10)  # the evening
    await night.minute()
    assert len(await night.runs()) == 1
    office.clock.move(hours=5)  # half past midnight is over
    await night.minute()
    await night.minute()
    assert len(await night.runs()) == 2
    assert await last_seen(office.database, PROCESS) == office.clock.now()
    office.clock.move(days=3)  # the worker was down
    await night.minute()
    assert len(await night.runs()) == 3
    assert await audit.verify(office.database) is None


async def test_each_kind_goes_when_its_time_is_over_and_what_remains_is_counted(office: Office) -> None:
    maria = office.person()
    await office.register(maria)
    await book_tennis(maria)
    await maria.command("my_data")
    await office.deliver()
    happened = await office.count(events)
    await stay(office, 0.5)
    left = {}
    for day in range(17):
        await Night(office).job.run()
        for name, table in {
            "presence": visits, "scans": scans, "messages": outbox, "codes": verifications,
            "dialogs": conversations, "requests": data_requests, "keys": handled,
        }.items():  # fmt: skip
            if await office.count(table):
                left[name] = day
        office.clock.move(days=1)
    assert left == {
        "presence": 13, "scans": 13, "messages": 7, "codes": 0, "dialogs": 0, "requests": 6, "keys": 6,
    }  # fmt: skip
    assert await office.count(events) >= happened
    assert await office.count(bookings, bookings.c.state == "confirmed") == 1
    counted = [facts for facts in await office.noted("account.retention") if facts["presence"]]
    assert [facts["presence"] for facts in counted] == [2]
    assert set(counted[0]) == {
        "presence", "untraced", "messages", "codes", "dialogs", "requests", "keys",
        "tickets", "alerts", "notices", "audit",
    }  # fmt: skip
    for kind in counted[0]:
        assert office.house.texts.has(f"admin.audit_log.fact.{kind}", "el"), kind


async def test_the_town_may_keep_presence_shorter_and_not_beyond_the_ceiling(office: Office) -> None:
    await stay(office, 3)
    await Night(office, presence_days=4).job.run()
    assert await office.count(visits) == 1
    await Night(office, presence_days=2).job.run()
    assert await office.count(visits) == 0
    with pytest.raises(ValueError, match="less than or equal to 28"):
        Settings(presence_days=29)


async def test_without_tracing_nothing_outlives_its_day(tmp_path: Path, database_url: str) -> None:
    async with open_office(tmp_path, database_url, activities=("cinema",)) as office:
        activity = await office.house.activities.get("cinema")
        await stay(office, 0.2)
        night = Night(office)
        await night.job.run()
        assert await office.count(visits) == 1
        office.clock.move(hours=15)
        await night.minute()
        assert await office.count(visits) == (1 if activity.tracing else 0)


async def test_a_file_is_erased_after_ten_minutes_without_waiting_for_the_night(office: Office) -> None:
    from core.dialog.heard import Command
    from tests.rights.test_my_data import Browser, on_the_web

    person: CorePerson = await on_the_web(office)
    await person.hear(Command("my_data", Browser().key))
    await office.deliver()
    for minutes, there in ((9, True), (1, False)):
        office.clock.move(minutes=minutes)
        work = Work()
        for chore in at_once(office.clock):
            await chore.do(work)
        await office.house.writer.commit(work)
        (row,) = await office.rows(data_requests)
        assert (row.file is not None) is there


async def test_the_audit_log_is_cut_and_not_torn(office: Office) -> None:
    night = Night(office, audit_days=365)
    for _ in range(5):
        await night.job.run()
        office.clock.move(days=100)
    await night.job.run()
    assert await office.count(log) < 6
    assert await audit.verify(office.database) is None
    first = min(row.id for row in await office.rows(log))
    await office.write(log.delete().where(log.c.id == first))
    assert await audit.verify(office.database) == first + 1


@pytest.mark.parametrize(("hours", "late"), [(1, False), (25, False), (26.1, True)])
def test_it_is_late_after_a_night_was_missed(office_time: Any, hours: float, late: bool) -> None:
    assert is_late(office_time - timedelta(hours=hours), office_time) is late
    assert is_late(None, office_time)


@pytest.fixture
def office_time(clock: Any) -> Any:
    return clock.now()


def test_half_past_midnight_is_the_towns(clock: Any) -> None:
    settings = Settings()
    due = last_due(clock.now(), settings)
    assert due.isoformat() == "2026-12-01T00:30:00+02:00"
    assert last_due(due - timedelta(minutes=1), settings).isoformat() == "2026-11-30T00:30:00+02:00"


async def test_a_night_that_fails_is_not_proved(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    night = Night(office)

    async def broken(*_: Any) -> AsyncIterator[None]:
        raise OSError("full")

    monkeypatch.setattr(night.visits, "forget_untraced", broken)
    with pytest.raises(OSError, match="full"):
        await night.minute()
    assert await last_seen(office.database, PROCESS) is None
    assert await night.runs() == []
    assert isinstance(office.house.writer, Writer)


@pytest.mark.parametrize(
    ("days", "said", "in_english"), [(20, "20 ημέρες", "20 days"), (1, "1 ημέρα", "1 day")]
)
async def test_the_privacy_notice_says_how_long_presence_is_kept(
    tmp_path: Path, database_url: str, days: int, said: str, in_english: str
) -> None:
    async with open_office(tmp_path, database_url, presence_days=days) as office:
        for language, words in (("el", said), ("en", in_english)):
            person = office.person(address=language, language=language)
            await person.command("account")
            assert f" {words}." in person.heard()
