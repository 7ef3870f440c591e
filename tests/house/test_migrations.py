"""The migrations and the tables in the code are one and the same, on both databases."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from alembic.script import ScriptDirectory
from sqlalchemy import text

from core.db.database import Database
from core.db.migrate import migrate
from core.db.revision import SCRIPTS, newest, revision_of
from core.db.schema import metadata

_SQLITE = "select type, tbl_name, name, sql from sqlite_master where tbl_name not like 'alembic%'"
_POSTGRESQL = """
    select 'column', c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
        || case when a.attnotnull then ' not null' else '' end
        || coalesce(' ' || pg_get_expr(d.adbin, d.adrelid), '')
        || coalesce(' -- ' || col_description(c.oid, a.attnum), '')
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace
    union all select 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid)
    from pg_constraint where connamespace = 'public'::regnamespace
    union all select 'index', tablename, indexname, indexdef from pg_indexes where schemaname = 'public'
    union all select 'comment', relname, '', obj_description(oid) from pg_class
    where relkind = 'r' and relnamespace = 'public'::regnamespace
"""


async def test_the_migrated_tables_are_those_of_the_code(database: Database) -> None:
    created = await _described(database)
    async with database.writing() as connection:
        await connection.run_sync(metadata.drop_all)
    assert await _described(database) == set()
    assert await migrate(database) == await revision_of(database) == newest()
    migrated = await _described(database)
    assert migrated == created
    assert {table for _, table, *_ in migrated} == set(metadata.tables)


async def test_migrating_twice_and_at_once_does_it_once(database: Database) -> None:
    async with database.writing() as connection:
        await connection.run_sync(metadata.drop_all)
    assert await revision_of(database) is None
    assert await asyncio.gather(migrate(database), migrate(database)) == [newest(), newest()]


def test_the_newest_by_its_number_is_the_head_of_one_line() -> None:
    assert ScriptDirectory(str(SCRIPTS)).get_heads() == [newest()]


async def _described(database: Database) -> set[tuple[Any, ...]]:
    """Every column, constraint, index and comment as the database itself tells it."""
    async with database.reading() as connection:
        rows = await connection.execute(text(_SQLITE if database.is_sqlite else _POSTGRESQL))
        told = {tuple(_in_any_order(str(value)) for value in row) for row in rows}
    return {row for row in told if "alembic_version" not in row}


def _in_any_order(statement: str) -> str:
    """SQLite tells a table by the statement that made it; columns added later share a line with others."""
    parts = (part.strip() for part in re.split(r",?\s*\n|, ", statement))
    return "\n".join(sorted(part for part in parts if part))
