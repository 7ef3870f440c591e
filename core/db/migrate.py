"""Brings a database to the tables of this version, by Alembic, without a configuration file."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from core.db.database import Database
from core.db.revision import SCRIPTS, newest

_LOCK = 7_276_431  # any number; it is the same for every process that migrates


async def migrate(database: Database) -> str:
    """Run what is missing, in one transaction; two that migrate at once take turns. Returns the revision."""
    async with database.writing() as connection:
        if not database.is_sqlite:
            await connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        await connection.run_sync(_upgrade)
    return newest()


def configuration(connection: Connection) -> Config:
    """What Alembic needs to know, with the connection it shall use."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection) -> None:
    command.upgrade(configuration(connection), "head")
