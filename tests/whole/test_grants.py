"""On PostgreSQL each process has a database user of its own, which can do what it needs and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from core.commands.processes import ADMIN, WEB, WORKER
from core.commands.rights import RIGHTS, grants
from core.db.database import Database
from core.db.migrate import migrate
from core.db.schema import metadata
from tests.conftest import PostgresDatabase
from tests.conversations.web_person import WebPerson
from tests.fakes.twilio_provider import twilio_provider
from tests.whole.panel import sign_in, visit_everything
from tests.whole.people import MOBILE
from tests.whole.processes import open_processes
from tests.whole.test_walk import code, hold
from tests.whole.town import free_port
from tests.whole.worker import provided_by

FORBIDDEN = {
    "paso_admin": (
        'select box from "addresses"',
        'select lookup from "addresses"',
        'select * from "addresses"',
        'select box from "citizens"',
        'select * from "companions"',
        'select * from "answers"',
        'select * from "conversations"',
        'select code_mac from "verifications"',
        'select * from "verifications"',
        'select box from "officers"',
        "update officers set box = 'x'",
        "update officers set on_duty = true",
        "update enrolments set box = 'x'",
        "insert into enrolments (box) values ('x')",
        'select box from "outbox"',
        'select params from "outbox"',
        'insert into "outbox" (id) values (1)',
        "update outbox set state = 'queued'",
        'delete from "outbox"',
        "update citizens set language = 'el'",
        'delete from "citizens"',
        'update "addresses" set citizen_id = 1',
        'select mac from "releases"',
        "update releases set state = 'given'",
        'insert into "warned" (warning_id) values (1)',
        'select * from "spoken"',
        'select * from "data_requests"',
        "update audit set action = 'x'",
        'delete from "audit"',
        'delete from "events"',
        "update events set name = 'x'",
        'create table "mine" (id int)',
        'drop table "audit"',
        "create role another superuser",
        "copy audit to program 'true'",
    ),
    "paso_web": (
        'select password from "staff"',
        'select factor from "staff"',
        'select * from "staff_sessions"',
        'insert into "staff" (id) values (1)',
        "update warnings set state = 'sent'",
        'select * from "releases"',
        'select * from "typed_codes"',
        'select box from "officers"',
        'delete from "audit"',
    ),
    "paso_worker": (
        'select password from "staff"',
        'select * from "staff_sessions"',
        "update staff set active = true",
        "update audit set action = 'x'",
    ),
}


@pytest.fixture
async def address(postgres_database: PostgresDatabase, postgres_address: str) -> AsyncIterator[str]:
    """Of the owner. The three users exist, and have their rights."""
    await postgres_database.empty()
    owner = await asyncpg.connect(postgres_database.address)
    await owner.execute("drop schema public cascade; create schema public")
    await owner.close()
    database = Database(postgres_database.address)
    await migrate(database)
    await database.close()
    owner = await asyncpg.connect(postgres_database.address)
    for role in FORBIDDEN:
        if not await owner.fetchval("select 1 from pg_roles where rolname = $1", role):
            await owner.execute(f"create role {role} login password 'x'")
    for _ in range(2):  # again after a migration: nothing stands in its way
        for statement in grants():
            await owner.execute(statement)
    yield postgres_database.address
    await owner.execute("drop schema public cascade; create schema public")
    await owner.close()


def under(address: str, role: str) -> str:
    return address.replace("//postgres@", f"//{role}:x@")


def test_every_table_has_a_line() -> None:
    """Who adds a table says in core/commands/rights.py who may do what with it."""
    assert set(RIGHTS) == {*metadata.tables, "alembic_version"}


def test_whatever_is_sealed_or_kept_is_hidden_from_the_panel() -> None:
    for name, table in metadata.tables.items():
        rights = RIGHTS[name]
        for column in ("box", "lookup", "kept", "mac", "code_mac", "speaker"):
            assert not (rights.admin and column in table.c) or column in rights.hidden + rights.unwritten, (
                name,
                column,
            )


@pytest.mark.parametrize("role", FORBIDDEN)
async def test_a_taken_over_process_is_refused_by_the_database_itself(address: str, role: str) -> None:
    connection = await asyncpg.connect(under(address, role))
    allowed: list[Any] = []
    for statement in FORBIDDEN[role]:
        try:
            async with connection.transaction():
                await connection.execute(statement)
                allowed.append(statement)
        except asyncpg.InsufficientPrivilegeError:
            continue
    await connection.close()
    assert allowed == []


async def test_the_product_works_with_three_users(address: str, tmp_path: Any) -> None:
    async with twilio_provider() as provider:
        port = free_port()
        async with open_processes(
            tmp_path,
            address,
            activities=("pool",),
            databases={process: under(address, f"paso_{process.name}") for process in (WEB, ADMIN, WORKER)},
            admin_port=port,
            admin_url=f"http://127.0.0.1:{port}",
            **provided_by(provider),
        ) as town:
            await town.start(ADMIN)
            async with WebPerson(town.address) as person:
                await hold(person, "pool")
                await person.press("Το διάβασα")
                await person.type(MOBILE)
                for typed in (await code(provider, 1), "Μαρία Παππά", "ναι", "όχι"):
                    await person.type(typed)
                await person.press("Επιβεβαιώνω")
                assert "Έγινε η κράτηση" in person.heard()
            async with sign_in(town) as browser:
                assert await visit_everything(town, browser) == []
            assert "permission denied" not in town.logs()
            assert "Insufficient" not in town.logs()
