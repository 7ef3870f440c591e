"""Every table that knows of a citizen or a booking is told to the citizen, forgotten with them, and emptied in time:
a new one that is forgotten fails here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import update

from core.bookings.provisional import end_unconfirmed
from core.bookings.waiting_chores import forget_waits
from core.conversations.forgetting import forget_citizen
from core.conversations.model import conversations
from core.conversations.retention import Retention, at_once
from core.db.schema import metadata
from core.db.work import Work
from core.people.model import citizens
from core.stats.absent import note_absences
from core.tracing.chores import forget
from core.visits.service import Visits
from tests.conversations.core_person import CorePerson
from tests.rights.office import Office, book_tennis
from tests.rights.rows import fill, left, rows_of

NOT_TOLD = {
    "addresses": "told by their boxes, which a row made here does not have; and tested with the file",
    "answers": "sealed; tested with the file",
    "bookings": "real here; tested with the file",
    "companions": "sealed; tested with the file",
    "erasures": "only of those who are no more",
    "figures_applications": "counted from the log; says nothing of a booking that the booking does not",
}
STAYS_OF_A_BOOKING = {
    "bookings": "of nobody",
    "passes": "void, or of an hour that is over; of a booking of nobody",
    "figures_applications": "a count, of a booking of nobody",
    "reminded": "that it was told, of a booking of nobody; until the retention",
    "closure_notices": "the same",
    "session_notices": "the same",
    "staff_changes": "the same",
    "provisional": "without number or box; a day",
}
FOR_EVER = {
    "activities": "what the town offers",
    "addresses": "until forget me, or replaced",
    "alerts": "how full it was: about facilities",
    "answers": "with the booking, until forget me; sealed",
    "audit": "accountability, without personal data; for as long as set",
    "bookings": "figures; of nobody after forget me",
    "citizens": "until forget me",
    "closed_sessions": "what the town closed",
    "closings": "what the town closed",
    "companions": "with the booking, until forget me; sealed",
    "drafts": "definitions that staff are writing; until they throw them away",
    "erasures": "as long as backups are kept",
    "events": "figures, without personal data",
    "figures_applications": "figures, computed from the log",
    "figures_days": "figures, computed from the log",
    "figures_minutes": "figures, computed from the log",
    "figures_state": "figures, computed from the log",
    "heartbeats": "one row for each process",
    "kpi_alerts": "figures",
    "kpi_targets": "figures, with their history",
    "officers": "staff, until removed",
    "opendata_items": "public",
    "passes": "with the booking",
    "releases": "which officer released what: accountability of staff",
    "revisions": "what was booked, as it was defined",
    "slots": "what could be booked",
    "staff": "until removed",
    "staff_recovery": "of an account, until used or made anew",
    "warnings": "what was sent, to how many; names nobody",
}
BY_THE_PANEL = {
    "staff_links": "an invitation that is over goes when the next is made",
    "staff_sessions": "what has ended goes when somebody signs in",
    "staff_tries": "a day old, they go with the next try",
}
"""The worker may not even read them (`core.commands.rights`)."""


def tables_with(*columns: str) -> set[str]:
    return {table.name for table in metadata.sorted_tables if set(columns) & set(table.c.keys())}


def about_somebody() -> set[str]:
    """Those that name a citizen, a booking or a pass, and those whose rows belong to one."""
    owners = {"citizens", "bookings", "passes"}
    belonging = {
        table.name
        for table in metadata.sorted_tables
        if owners & {key.column.table.name for key in table.foreign_keys}
    }
    return tables_with("citizen_id", "booking_id", "pass_id") | belonging


@pytest.fixture
async def maria(office: Office) -> CorePerson:
    person = office.person()
    await office.register(person)
    await book_tennis(person)
    return person


@pytest.fixture
async def citizen(office: Office, maria: CorePerson) -> int:
    (row,) = await office.rows(citizens)
    return int(row.id)


@pytest.mark.parametrize("language", ["el", "en"])
async def test_my_data_tells_of_every_table(
    office: Office, maria: CorePerson, citizen: int, language: str
) -> None:
    await office.write(update(conversations).values(language=language))
    moments = await fill(office, citizen, datetime(2026, 11, 20, tzinfo=UTC))
    await maria.command("my_data")
    await office.deliver()
    held = office.chats.files[-1].data()
    told = set(_moments(held))
    untold = {name for name in about_somebody() if moments.get(name) not in told}
    assert untold == NOT_TOLD.keys()
    page = office.chats.files[-1].part("paso.html")
    assert ("Απουσίες" if language == "el" else "Absences") in page
    assert page.count("<section") == len([name for name in held if name not in ("format", "made_at")])


def _moments(held: Any) -> list[datetime]:
    """Everything in the file that is a time."""
    if isinstance(held, Mapping):
        return [each for value in held.values() for each in _moments(value)]
    if isinstance(held, list):
        return [each for value in held for each in _moments(value)]
    try:
        return [datetime.fromisoformat(held).astimezone(UTC)]
    except (TypeError, ValueError):
        return []


async def test_forget_me_leaves_no_row_of_theirs_in_any_table(office: Office, citizen: int) -> None:
    await fill(office, citizen, datetime(2026, 11, 20, tzinfo=UTC), without=("erasures",))
    (booking,) = await office.rows(
        metadata.tables["bookings"], metadata.tables["bookings"].c.citizen_id == citizen
    )
    there = tables_with("citizen_id")
    for name in there - {"erasures"}:
        assert await rows_of(office, metadata.tables[name], "citizen_id", citizen), name
    work = Work()
    await forget_citizen(work, office.house.bookings, citizen, office.clock.now())
    await office.house.writer.commit(work)
    for name in there:
        expected = 1 if name == "erasures" else 0
        assert await rows_of(office, metadata.tables[name], "citizen_id", citizen) == expected, name
    stays = {
        name
        for name in tables_with("booking_id")
        if await rows_of(office, metadata.tables[name], "booking_id", booking.id)
    }
    sealed = {name for name in ("companions", "answers") if await office.count(metadata.tables[name])}
    assert stays | sealed == STAYS_OF_A_BOOKING.keys() - {"bookings"}
    (kept,) = await office.rows(metadata.tables["bookings"], metadata.tables["bookings"].c.id == booking.id)
    assert (kept.citizen_id, kept.holder) == (None, b"")


async def test_every_table_is_emptied_by_a_job_or_stays_for_a_reason(office: Office, citizen: int) -> None:
    house, clock = office.house, office.clock
    await fill(office, citizen, clock.now())
    assert await left(office) == set(metadata.tables) - {"audit"}, "a row in every table"
    clock.move(days=60)
    visits = Visits(office.database, clock, house.codes, house.activities)
    chores = [
        *at_once(clock),
        end_unconfirmed(office.database, clock, house.bookings),
        forget_waits(clock),
        note_absences(office.database, clock, house.activities),
        forget(office.database, clock),
    ]
    for _ in range(2):  # messages outlive the warnings that count them
        for chore in chores:
            work = Work()
            await chore.do(work)
            await house.writer.commit(work)
        await Retention(office.database, house.writer, clock, house.settings, visits).run()
    assert await left(office) == FOR_EVER.keys() | BY_THE_PANEL.keys()
    proofs = await office.noted("account.retention")
    assert {"notices": 4, "tickets": 1, "alerts": 1}.items() <= proofs[0].items()
