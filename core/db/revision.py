"""Which tables a database has, and which the code needs; for servers, which need no more of Alembic."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from core.db.database import Database

SCRIPTS = Path(__file__).parent / "migrations"


async def revision_of(database: Database) -> str | None:
    """The revision a database stands at; `None` for an empty one."""
    async with database.reading() as connection:
        return await connection.run_sync(_revision)


@lru_cache(maxsize=1)
def newest() -> str:
    """The revision that this version of the code needs: migrations are numbered in one line."""
    return max(path.name for path in (SCRIPTS / "versions").glob("[0-9]*.py")).partition("_")[0]


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("select version_num from alembic_version")).scalar()
