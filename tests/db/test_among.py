"""One statement for any number of values, and by the index."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event, insert, select

from core.db.among import among
from core.db.database import Database
from core.db.schema import events, handled
from tests.fakes.clock import StoppedClock


@pytest.mark.parametrize("wanted", [[], ["b"], ["a", "c", "nobody's", 'quo"te'], ["a"] * 500])
async def test_it_finds_what_is_among_the_values(
    database: Database, clock: StoppedClock, wanted: list[str]
) -> None:
    async with database.writing() as connection:
        await connection.execute(insert(handled), [{"key": key, "at": clock.now()} for key in "abc"])
    async with database.reading() as connection:
        statement = select(handled.c.key).where(among(handled.c.key, "keys"))
        found = set((await connection.execute(statement, {"keys": wanted})).scalars())
    assert found == set("abc") & set(wanted)


async def test_large_numbers_come_back_as_they_were(database: Database, clock: StoppedClock) -> None:
    ids = [1, 2**53 + 1, 2**62 - 1]
    rows = [{"id": each, "at": clock.now(), "name": "", "facts": {}} for each in ids]
    async with database.writing() as connection:
        await connection.execute(insert(events), rows)
    async with database.reading() as connection:
        statement = select(events.c.id).where(among(events.c.id, "ids")).order_by(events.c.id)
        assert list((await connection.execute(statement, {"ids": ids[1:]})).scalars()) == ids[1:]


async def test_the_statement_is_the_same_for_any_number(database: Database) -> None:
    said: list[str] = []

    @event.listens_for(database.engine.sync_engine, "before_cursor_execute")
    def hear(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        said.append(statement)

    async with database.reading() as connection:
        for count in (1, 2, 100):
            statement = select(events.c.id).where(among(events.c.id, "ids"))
            await connection.execute(statement, {"ids": list(range(count))})
    assert len({each for each in said if each.startswith("SELECT")}) == 1


async def test_sqlite_uses_the_index(database: Database) -> None:
    if not database.is_sqlite:  # PostgreSQL's plan depends on how full the tables are
        return
    statement = str(select(events).where(among(events.c.id, "ids")).compile(dialect=database.engine.dialect))
    async with database.reading() as connection:
        plan = await connection.exec_driver_sql(f"explain query plan {statement}", ("[]",))
        assert "SEARCH events" in plan.all()[0][3]
