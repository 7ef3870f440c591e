"""Forget me, with figures: nothing of the person is left anywhere, and no figure changes by a digit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from core.bookings.model import bookings, waiting
from core.conversations.forgetting import forget_citizen
from core.conversations.model import conversations, data_requests
from core.db.work import Work
from core.messages.model import outbox
from core.messages.states import SENDING
from core.passes.model import passes
from core.people.model import addresses, citizens, erasures
from core.stats.model import figures_applications, figures_days, figures_minutes
from core.stats.rollup import RollUp
from core.stats.verify import verify
from core.visits.model import scans, visits
from core.visits.scans import Scan, Seen
from core.visits.service import Visits
from tests.rights.office import Office, book_tennis

ATHENS = ZoneInfo("Europe/Athens")


async def figures(office: Office) -> dict[str, Any]:
    """Every figure that is kept, and that the log gives them all again."""
    await RollUp(office.database, office.house.writer, ATHENS).refresh()
    checked = await verify(office.database, office.clock, ATHENS)
    assert checked.wrong == ()
    assert checked.compared > 0
    kept = {}
    async with office.database.reading() as connection:
        for table in (figures_applications, figures_minutes, figures_days):
            rows = (await connection.execute(select(table))).all()
            kept[table.name] = sorted(map(repr, rows))
    return kept


async def come_and_go(office: Office) -> None:
    """They are let in by their code, and leave an hour later."""
    (ticket,) = await office.rows(passes, passes.c.state == "valid")
    gate = Visits(office.database, office.clock, office.world.codes, office.house.activities)
    activity = await office.house.activities.get("tennis")
    for direction in ("entry", "exit"):
        office.clock.at = ticket.starts_at + timedelta(minutes=1 if direction == "entry" else 50)
        now = office.clock.now()
        seen = Seen(office.world.codes.token(8).hex(), activity.facility.key, "gate", None, now, now)
        work = Work()
        gate.scan(work, Scan(seen, ticket.code, direction, None))
        await office.house.writer.commit(work)


async def test_no_figure_changes_by_a_digit(office: Office) -> None:
    maria = office.person()
    citizen = await office.register(maria)
    await office.register(office.person("web", "other"), "2101234567", "Άλλος Κάποιος")
    await book_tennis(maria)
    await come_and_go(office)
    await maria.command("my_data")
    await office.deliver()
    office.clock.move(days=2)
    before = await figures(office)
    assert before["figures_applications"]
    await maria.command("forget_me")
    asked = office.clock.now()
    await maria.press("Ναι")
    assert "σβήστηκαν" in maria.heard()
    after = await figures(office)
    assert after == before
    for table in (addresses, conversations, data_requests, waiting, outbox):
        assert await office.count(table, *_theirs(table, citizen)) == 0, table.name
    assert await office.count(citizens, citizens.c.id == citizen) == 0
    assert await office.count(bookings, bookings.c.citizen_id == citizen) == 0
    assert await office.count(visits) > 0
    assert await office.count(visits, visits.c.booking_id.is_not(None)) == 0
    assert await office.count(scans, scans.c.booking_id.is_not(None)) == 0
    assert await office.count(passes, passes.c.state == "valid") <= 1, "of a past hour"
    (erased,) = await office.rows(erasures)
    assert (erased.citizen_id, erased.at) == (citizen, asked), "at once, and known to whoever restores a copy"


def _theirs(table: Any, citizen: int) -> tuple[Any, ...]:
    return (table.c.citizen_id == citizen,)


async def test_twice_is_harmless(office: Office) -> None:
    maria = office.person()
    citizen = await office.register(maria)
    for _ in range(2):
        work = Work()
        await forget_citizen(work, office.house.bookings, citizen, office.clock.now())
        await office.house.writer.commit(work)
    assert await office.count(erasures) == 1
    assert await office.happened("citizen_forgotten") == 1


@pytest.mark.parametrize("dies", [False, True])
async def test_what_is_being_sent_as_one_is_forgotten_is_no_forgery(office: Office, dies: bool) -> None:
    maria = office.person()
    await office.register(maria)
    await maria.command("my_data")
    (order,) = await office.delivery.claim(1)
    await maria.command("forget_me")
    await maria.press("Ναι")
    (row,) = await office.rows(outbox, outbox.c.id == order.id)
    assert row.state == SENDING
    if dies:
        office.clock.move(minutes=2)
        await office.deliver()
    else:
        await office.delivery.deliver(order)
    (row,) = await office.rows(outbox, outbox.c.id == order.id)
    assert row.state == "failed"
    assert office.chats.files == []
    assert await office.happened("order_forged") == 0
