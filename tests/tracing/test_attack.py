"""Somebody has the panel: its keys, and every right to write the database. What can he make the worker say?"""

from __future__ import annotations

import copy
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import Table, delete, insert, select, update

from core.bookings.model import bookings
from core.db import audit
from core.db.work import Work
from core.messages.model import outbox
from core.people.model import addresses
from core.people.numbers import parse_number
from core.tracing.model import officers, releases, spoken, typed_codes, warned, warnings
from core.tracing.officers import Duty
from core.visits.model import visits
from tests.tracing.town import APPROVER, DRAFTER, NUMBERS, TEST, THIRD, WATCHER, Alkyona, morning

EVIL = {"el": "Στείλτε χρήματα", "en": "Send money"}


class Attacker:
    """Writes what he likes. He drafted a warning himself, in the name of an officer, and reads every row."""

    def __init__(self, town: Alkyona, warning: int) -> None:
        self.town = town
        self.warning = warning

    async def set(self, table: Table, where: Any = True, **changes: Any) -> None:
        await self.town.write(update(table).where(where).values(**changes))

    async def add(self, table: Table, **row: Any) -> None:
        await self.town.write(insert(table).values(**row))

    async def copy_of(self, table: Table) -> list[dict[str, Any]]:
        async with self.town.database.reading() as connection:
            return [dict(row) for row in (await connection.execute(select(table))).mappings()]


async def edited_text(a: Attacker) -> None:
    await a.set(
        warnings, wording={"texts": {each: f"{text} {{where}} {{when}}" for each, text in EVIL.items()}}
    )


async def edited_shown_text(a: Attacker) -> None:
    """The worker says the words anew; what the panel shows is nothing to it."""
    await a.set(warnings, texts=EVIL)


async def another_advice(a: Attacker) -> None:
    await a.set(warnings, wording={"template": "exposure", "params": {"advice": "home"}})


async def another_group(a: Attacker) -> None:
    await a.set(
        warnings, group={"kind": "event", "activity": "hall", "start": 0, "booked": True, "case": None}
    )


async def swapped_ids(a: Attacker) -> None:
    stranger = await a.town.make_citizen("6990000001")
    first = (await a.copy_of(bookings))[0]["id"]
    await a.set(bookings, bookings.c.id == first, citizen_id=stranger)


async def another_drafter(a: Attacker) -> None:
    await a.set(warnings, drafter_id=APPROVER)


async def forged_releases(a: Attacker) -> None:
    await a.set(releases, state="given")
    await a.set(warnings, state="waiting")


async def own_code(a: Attacker) -> None:
    """A row of `releases` with a MAC of his own making."""
    for officer, part in ((DRAFTER, "drafter"), (APPROVER, "approver")):
        new = a.town.codes.new_id()
        row = {"warning_id": a.warning, "staff_id": officer, "part": part, "mac": b"x" * 32, "medium": "sms"}
        await a.add(releases, id=new, state="given", asked_at=a.town.clock.now(), **row)
        typed = {"warning_id": a.warning, "staff_id": officer, "code": "12345678"}
        await a.add(typed_codes, id=a.town.codes.new_id(), at=a.town.clock.now(), **typed)


async def said_to_be_right(a: Attacker) -> None:
    for officer in (DRAFTER, APPROVER):
        typed = {"warning_id": a.warning, "staff_id": officer, "code": "1", "outcome": "right"}
        await a.add(typed_codes, id=a.town.codes.new_id(), at=a.town.clock.now(), **typed)


async def said_to_be_sent(a: Attacker) -> None:
    """Rows of whom it went to, without any order that is ours."""
    await a.set(warnings, state="sent", released_at=a.town.clock.now())
    for row in await a.copy_of(bookings):
        new = a.town.codes.new_id()
        sent = {"warning_id": a.warning, "language": "el", "calls_ordered": False, "chat_ordered": False}
        order = {"template": "warning", "params": {"warning": str(a.warning), "words": EVIL["el"]}}
        now = a.town.clock.now()
        await a.add(
            outbox, id=new, medium="sms", citizen_id=row["citizen_id"], language="el", mac=b"x" * 32,
            state="queued", attempts=0, due_at=now, expires_at=now.replace(year=2027), created_at=now,
            changed_at=now, **order,
        )  # fmt: skip
        await a.add(warned, citizen_id=row["citizen_id"], order_id=new, **sent)


async def own_telephone(a: Attacker) -> None:
    """His number for an officer's: a box made without the origin key."""
    await a.set(officers, officers.c.staff_id == APPROVER, box=b"his own")


async def swapped_telephones(a: Attacker) -> None:
    boxes = {row["staff_id"]: row["box"] for row in await a.copy_of(officers)}
    await a.set(officers, officers.c.staff_id == DRAFTER, box=boxes[APPROVER])


async def both_parts_to_one(a: Attacker) -> None:
    await a.set(releases, releases.c.part == "approver", staff_id=DRAFTER)


ATTACKS: list[Callable[[Attacker], Awaitable[None]]] = [
    edited_text,
    another_advice,
    another_group,
    swapped_ids,
    another_drafter,
    forged_releases,
    own_code,
    said_to_be_right,
    said_to_be_sent,
    both_parts_to_one,
]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
async def test_before_the_second_release_nothing_he_writes_sends_anything(
    town: Alkyona, attack: Callable[[Attacker], Awaitable[None]]
) -> None:
    await town.crowd()
    warning = await town.draft()
    await town.step()
    codes = {officer: town.code_of(officer) for officer in (DRAFTER, APPROVER)}
    await town.type_code(warning, DRAFTER, codes[DRAFTER])
    await attack(Attacker(town, warning))
    for _ in range(3):
        await town.step()
    assert town.warnings_sent() == []
    assert town.calls.sent == town.chats.sent == []
    assert EVIL["el"] not in "".join(each.text for each in town.sms.sent)
    assert await audit.verify(town.database) is None


@pytest.mark.parametrize("attack", [edited_text, another_advice, another_group, swapped_ids, another_drafter])
async def test_what_he_edits_is_not_released_by_the_right_codes(
    town: Alkyona, attack: Callable[[Attacker], Awaitable[None]]
) -> None:
    await town.crowd()
    warning = await town.draft()
    await town.step()
    codes = {officer: town.code_of(officer) for officer in (DRAFTER, APPROVER)}
    await attack(Attacker(town, warning))
    for officer, code in codes.items():
        assert await town.type_code(warning, officer, code) != "right"
    assert town.warnings_sent() == []
    assert await town.happened("tracing_refused") != []


async def test_what_the_panel_shows_is_not_what_is_sent(town: Alkyona) -> None:
    await town.crowd()
    warning = await town.draft()
    await town.step()
    await edited_shown_text(Attacker(town, warning))
    await town.release(warning)
    assert len(town.warnings_sent()) == 6
    assert EVIL["el"] not in "".join(each.text for each in town.sms.sent)


async def test_an_edit_after_the_release_reaches_nobody(town: Alkyona) -> None:
    await town.crowd()
    warning = await town.draft()
    await town.step()
    codes = {officer: town.code_of(officer) for officer in (DRAFTER, APPROVER)}
    for officer, code in codes.items():
        work = Work()
        town.panel.type_code(work, warning, officer, code)
        await town.writer.commit(work)
    await town.worker.releasing.step()
    attacker = Attacker(town, warning)
    await edited_text(attacker)
    stranger = await town.make_citizen("6990000001")
    rows = [row for row in await attacker.copy_of(outbox) if row["template"] == "warning"]
    words = copy.deepcopy(rows[0]["params"]) | {"words": EVIL["el"]}
    await attacker.set(outbox, outbox.c.id == rows[0]["id"], params=words)
    await attacker.set(outbox, outbox.c.id == rows[1]["id"], citizen_id=stranger)
    await attacker.set(outbox, outbox.c.id == rows[2]["id"], language="en", medium="call")
    await town.deliver()
    assert len(town.warnings_sent()) == 3
    assert EVIL["el"] not in "".join(each.text for each in town.sms.sent)
    assert "+306990000001" not in {each.to for each in town.sms.sent}
    assert town.calls.sent == []


async def test_somebody_elses_number_under_a_citizen_is_not_warned(town: Alkyona) -> None:
    await town.crowd()
    await town.make_citizen("6990000001")
    warning = await town.draft()
    await town.step()
    rows = await Attacker(town, warning).copy_of(addresses)
    stranger, victim = rows[-1], rows[0]
    await town.write(
        update(addresses).where(addresses.c.id == victim["id"]).values(lookup=b"gone", box=stranger["box"])
    )
    await town.release(warning)
    assert len(town.warnings_sent()) == 5
    assert "+306990000001" not in {each.to for each in town.sms.sent}


@pytest.mark.parametrize("journal", ["database set back", "rows deleted"])
async def test_an_approval_is_not_replayed(town: Alkyona, journal: str) -> None:
    await town.crowd()
    warning = await town.draft()
    await town.step()
    attacker = Attacker(town, warning)
    tables = (warnings, releases, typed_codes, warned)
    before = {table: await attacker.copy_of(table) for table in tables}
    codes = {officer: town.code_of(officer) for officer in (DRAFTER, APPROVER)}
    await town.release(warning)
    assert len(town.warnings_sent()) == 6
    for table in reversed(tables):
        await town.write(delete(table))
    await town.write(delete(outbox))
    for table in tables:
        for row in before[table]:
            await attacker.add(table, **row)
    if journal == "rows deleted":
        await attacker.set(warnings, state="drafted", hash=None)
    town.start_worker()
    for officer, code in codes.items():
        assert await town.type_code(warning, officer, code) != "right"
    assert len(town.warnings_sent()) == 6
    assert "tracing.replayed" in await town.happened("tracing_alarm")


@pytest.mark.parametrize("attack", [own_telephone, swapped_telephones])
async def test_his_telephone_is_no_officers(
    town: Alkyona, attack: Callable[[Attacker], Awaitable[None]]
) -> None:
    await town.crowd()
    warning = await town.draft()
    await attack(Attacker(town, warning))
    await town.step()
    state, reason = await town.state(warning)
    assert (state, reason) in (
        ("refused", "tracing.no_second_officer"),
        ("refused", "tracing.not_an_officer"),
    )
    assert town.sms.sent == []


async def test_an_account_of_his_own_making_asks_nobody(town: Alkyona) -> None:
    await town.enrol(WATCHER, parse_number(NUMBERS[WATCHER], "GR"), Duty.ADMINISTRATOR)
    await town.crowd()
    for drafter in (THIRD, WATCHER, 9999):
        warning = await town.draft(by=drafter)
        await town.step()
        assert await town.state(warning) == ("refused", "tracing.not_an_officer")
    assert "not_an_officer" in (await town.happened("tracing_alarm"))[0]
    alarms = [each for each in town.sms.sent if each.to == NUMBERS[WATCHER]]
    assert len(alarms) == 1, "those who watch are told, and not flooded"


@pytest.mark.parametrize("column", ["group", "wording"])
@pytest.mark.parametrize("junk", [None, [], {"kind": "hours"}, {"texts": {"el": "x"}}, "x" * 1000, 5])
async def test_a_malformed_order_is_refused_recorded_and_does_not_stop_the_worker(
    town: Alkyona, column: str, junk: Any
) -> None:
    await town.crowd()
    forged = await town.draft()
    if junk is None:
        junk = {}
    await Attacker(town, forged).set(warnings, **{column: junk})
    genuine = await town.draft()
    await town.step()
    assert (await town.state(forged))[0] == "refused"
    assert (await town.state(genuine))[0] == "asked"


async def test_a_flood_of_orders_does_not_keep_telephones_ringing(town: Alkyona) -> None:
    await town.crowd()
    for _ in range(15):
        await town.draft()
    for _ in range(3):
        await town.step()
    assert sum(each.to == NUMBERS[APPROVER] for each in town.sms.sent) == 12


async def test_a_call_cannot_be_given_other_words(town: Alkyona) -> None:
    await town.make_visit(await town.make_citizen("2100000009"))
    await town.crowd()
    warning = await town.draft()
    await town.step()
    await town.release(warning)
    (call,) = town.calls.sent
    await Attacker(town, warning).set(spoken, box=b"\0" * 64)
    assert await town.spoken.read(call.path.split("/")[-1].split("?")[0]) is None


async def test_no_code_stands_in_any_table(town: Alkyona) -> None:
    await town.crowd()
    warning = await town.draft(morning(), TEST)
    await town.step()
    codes = [town.code_of(officer) for officer in (DRAFTER, APPROVER)]
    attacker = Attacker(town, warning)
    everything = repr(
        [await attacker.copy_of(table) for table in (warnings, releases, typed_codes, outbox, visits)]
    )
    assert not any(code in everything for code in codes)
    assert not any(number in everything for number in NUMBERS.values())
