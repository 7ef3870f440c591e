"""The writer: batches are durable, whole, in order, and nobody in one suffers from another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from core.db.database import Database
from core.db.schema import audit, events, handled
from core.db.work import Asked, Work
from core.db.writer import Writer
from core.errors import Conflict, Duplicate, Refused
from tests.fakes.clock import StoppedClock


@pytest.fixture
async def writer(database: Database, clock: StoppedClock) -> AsyncIterator[Writer]:
    opened = Writer(database, clock)
    yield opened
    await opened.close()


def event(clock: StoppedClock, name: str) -> dict[str, Any]:
    return {"at": clock.now(), "name": name, "facts": {}}


async def names(database: Database) -> list[str]:
    async with database.reading() as connection:
        return list((await connection.execute(select(events.c.name).order_by(events.c.id))).scalars())


async def keys(database: Database) -> set[str]:
    async with database.reading() as connection:
        return set((await connection.execute(select(handled.c.key))).scalars())


async def all_of(writer: Writer, works: Sequence[Work]) -> list[BaseException | None]:
    return await asyncio.gather(*(writer.commit(work) for work in works), return_exceptions=True)


async def test_what_is_committed_is_there_in_the_order_in_which_it_came(
    database: Database, writer: Writer, clock: StoppedClock
) -> None:
    works = [Work() for _ in range(20)]
    for number, work in enumerate(works):
        work.insert(events, **event(clock, f"e{number}"))
    assert await all_of(writer, works) == [None] * 20
    assert await names(database) == [f"e{number}" for number in range(20)]


async def test_the_same_key_ten_times_at_once_has_one_effect(
    database: Database, writer: Writer, clock: StoppedClock
) -> None:
    works = [Work(once="update:1") for _ in range(10)]
    for work in works:
        work.insert(events, **event(clock, "once"))
    outcomes = await all_of(writer, works)
    assert outcomes[0] is None
    assert [type(outcome) for outcome in outcomes[1:]] == [Duplicate] * 9
    assert await names(database) == ["once"]
    with pytest.raises(Duplicate):
        await writer.commit(Work(once="update:1"))


async def test_the_same_key_in_two_processes_at_once_has_one_effect(
    database: Database, writer: Writer, clock: StoppedClock
) -> None:
    other = Writer(database, clock)
    works = [Work(once="update:2") for _ in range(10)]
    for work in works:
        work.insert(events, **event(clock, "once"))
    outcomes = await asyncio.gather(
        *(each.commit(work) for each, work in zip([writer, other] * 5, works, strict=True)),
        return_exceptions=True,
    )
    await other.close()
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Duplicate"] * 9 + ["NoneType"]
    assert await names(database) == ["once"]


async def test_a_fault_undoes_its_own_work_and_no_other(
    database: Database, writer: Writer, clock: StoppedClock
) -> None:
    works = [Work(once=f"k{number}") for number in range(9)]
    for number, work in enumerate(works):
        work.insert(events, **event(clock, f"e{number}"))
    works[4].insert(handled, key="k4", at=clock.now())
    outcomes = await all_of(writer, works)
    assert isinstance(outcomes[4], IntegrityError)
    assert [outcome for outcome in outcomes if outcome is not outcomes[4]] == [None] * 8
    assert await names(database) == [f"e{number}" for number in range(9) if number != 4]
    assert "k4" not in await keys(database)


async def test_a_work_whose_statement_changes_no_row_is_undone(
    database: Database, writer: Writer, clock: StoppedClock
) -> None:
    rename = update(events).where(events.c.name == "nobody").values(name="somebody")
    wrong, right = Work(once="wrong"), Work()
    wrong.insert(events, **event(clock, "wrong"))
    wrong.run(rename, or_else=Conflict("nobody is there"))
    right.insert(events, **event(clock, "right"))
    outcomes = await all_of(writer, [wrong, right])
    assert isinstance(outcomes[0], Conflict)
    assert outcomes[1] is None
    assert await names(database) == ["right"]
    assert await keys(database) == set()


async def test_a_statement_shared_by_many_works_fails_only_for_whom_it_changes_nothing(
    database: Database, writer: Writer, clock: StoppedClock
) -> None:
    for name in ("a", "b", "c"):
        work = Work()
        work.insert(events, **event(clock, name))
        await writer.commit(work)
    rename = update(events).where(events.c.name == bindparam("was")).values(name=bindparam("new"))
    works = [Work() for _ in range(4)]
    for work, was in zip(works, ("a", "b", "nobody", "c"), strict=True):
        work.run(rename, {"was": was, "new": was.upper()}, or_else=Conflict(was))
    outcomes = await all_of(writer, works)
    assert [type(outcome) for outcome in outcomes] == [type(None), type(None), Conflict, type(None)]
    assert await names(database) == ["A", "B", "C"]


async def test_a_job_reads_and_writes_in_one_breath(
    database: Database, writer: Writer, clock: StoppedClock
) -> None:
    async def count(transaction: AsyncConnection, work: Work) -> None:
        here = (await transaction.execute(select(func.count()).select_from(audit))).scalar_one()
        row = {"at": clock.now(), "actor": "", "action": str(here), "facts": {}, "previous_hash": b""}
        await transaction.execute(insert(audit), {**row, "hash": str(here).encode()})
        work.insert(events, **event(clock, f"saw {here}"))

    works = [Work() for _ in range(5)]
    for work in works:
        work.job(count)
    assert await all_of(writer, works) == [None] * 5
    assert await names(database) == [f"saw {number}" for number in range(5)]


class Counter:
    """A desk that gives away what there is, and remembers how it was asked."""

    def __init__(self, there_is: int) -> None:
        self.left = there_is
        self.batches: list[int] = []

    async def decide(self, transaction: AsyncConnection, asked: Sequence[Asked]) -> None:
        self.batches.append(len(asked))
        for each in asked:
            if each.request == "refuse":
                each.refuse(Refused("test.no"))
            else:
                each.answer(each.request)


async def test_a_desk_decides_a_whole_batch_at_once(
    database: Database, writer: Writer, clock: StoppedClock
) -> None:
    desk = Counter(5)
    works = [Work() for _ in range(12)]
    for number, work in enumerate(works):
        work.ask(desk, f"e{number}", lambda name, here: here.insert(events, **event(clock, name)))
    assert await all_of(writer, works) == [None] * 12
    assert desk.batches == [12]
    assert await names(database) == [f"e{number}" for number in range(12)]


async def test_who_is_refused_by_a_desk_or_refuses_its_answer_writes_nothing_and_may_come_again(
    database: Database, writer: Writer, clock: StoppedClock
) -> None:
    def object_to(_decision: Any, _work: Work) -> None:
        raise Refused("test.rather_not")

    works = [Work(once="a"), Work(once="b"), Work(once="c")]
    for work in works:
        work.insert(events, **event(clock, str(work.once)))
    works[0].ask(Counter(1), "refuse", lambda _decision, _work: None)
    works[1].ask(Counter(1), "grant", object_to)
    outcomes = await all_of(writer, works)
    assert [str(outcome) for outcome in outcomes] == ["test.no", "test.rather_not", "None"]
    assert await names(database) == ["c"]
    assert await keys(database) == {"c"}


async def test_what_a_desk_added_in_a_failed_attempt_is_not_written_twice(
    database: Database, writer: Writer, clock: StoppedClock
) -> None:
    works = [Work(), Work()]
    works[0].ask(Counter(1), "told", lambda name, here: here.insert(events, **event(clock, name)))
    works[1].run(update(events).where(events.c.id == -1).values(name=""), or_else=Conflict(""))
    outcomes = await all_of(writer, works)
    assert [type(outcome) for outcome in outcomes] == [type(None), Conflict]
    assert await names(database) == ["told"]


async def test_a_batch_that_is_refused_altogether_leaves_no_trace(
    database: Database, writer: Writer, clock: StoppedClock
) -> None:
    works = [Work(once="a"), Work(once="b")]
    for work in works:
        work.insert(events, **event(clock, "never"))
        work.ask(Counter(1), "refuse", lambda _decision, _work: None)
    outcomes = await all_of(writer, works)
    assert [type(outcome) for outcome in outcomes] == [Refused, Refused]
    assert await names(database) == []
    assert await keys(database) == set()


async def test_whoever_stops_waiting_does_not_stop_the_others(
    database: Database, writer: Writer, clock: StoppedClock
) -> None:
    works = [Work() for _ in range(3)]
    for number, work in enumerate(works):
        work.insert(events, **event(clock, f"e{number}"))
    waiting = [asyncio.create_task(writer.commit(work)) for work in works]
    await asyncio.sleep(0)
    waiting[1].cancel()
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(outcome).__name__ for outcome in outcomes] == ["NoneType", "CancelledError", "NoneType"]
    assert {"e0", "e2"} <= set(await names(database))


async def test_closing_finishes_what_is_waiting(database: Database, clock: StoppedClock) -> None:
    writer = Writer(database, clock)
    works = [Work() for _ in range(300)]  # more than one batch
    for work in works:
        work.insert(events, **event(clock, "e"))
    waiting = [asyncio.create_task(writer.commit(work)) for work in works]
    await asyncio.sleep(0)
    await writer.close()
    await asyncio.gather(*waiting)
    assert len(await names(database)) == 300
    with pytest.raises(RuntimeError):
        await writer.commit(Work())


async def test_a_code_that_happens_to_be_taken_is_drawn_again(
    database: Database, writer: Writer, clock: StoppedClock
) -> None:
    draws = iter(["taken", "free"])
    first = Work()
    first.insert(handled, key="taken", at=clock.now())
    await writer.commit(first)
    second = Work()
    second.ask(Counter(1), "", lambda _d, here: here.insert(handled, key=next(draws), at=clock.now()))
    await writer.commit(second)
    assert await keys(database) == {"taken", "free"}


def test_tables_are_written_before_those_that_refer_to_them() -> None:
    from core.activities.model import activities, slots
    from core.bookings.model import bookings
    from core.db.writer import _place_of
    from core.passes.model import passes

    order = [_place_of(table) for table in (activities, slots, bookings, passes)]
    assert order == sorted(order)
