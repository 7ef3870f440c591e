"""Writes the migration from the newest revision to today's tables: `make migration NAME="what changes"`.

Compared on PostgreSQL, which keeps comments and types that SQLite forgets. Read it before committing it.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys

from alembic import command
from sqlalchemy import Connection

import core.tables
from core.db.database import Database
from core.db.migrate import configuration, migrate
from core.db.revision import SCRIPTS
from tests.fakes.postgres import private_postgres

assert core.tables


async def write(address: str, name: str) -> None:
    database = Database(f"{address}/postgres")
    if any(SCRIPTS.glob("versions/0*.py")):
        await migrate(database)
    number = 1 + len(list(SCRIPTS.glob("versions/0*.py")))

    def compare(connection: Connection) -> None:
        command.revision(configuration(connection), name, autogenerate=True, rev_id=f"{number:04d}")

    async with database.writing() as connection:
        await connection.run_sync(compare)
    await database.close()


if __name__ == "__main__":
    with private_postgres() as server:
        asyncio.run(write(server, sys.argv[1]))
    for tool in (["ruff", "check", "--fix", "--exit-zero", "-q"], ["ruff", "format", "-q"]):
        subprocess.run([sys.executable, "-m", *tool, str(SCRIPTS / "versions")], check=True)
