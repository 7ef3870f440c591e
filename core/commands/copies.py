"""Copies of the database: made while everything runs, and put back when nothing does."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import inspect, select, text
from sqlalchemy.exc import SQLAlchemyError

from core.adapters import postgres_tools
from core.config import Settings
from core.db.database import Database, database_url
from core.errors import ConfigurationFault
from core.people.model import erasures

_ASIDE = "before_restore"


def open_database(settings: Settings) -> Database:
    """The database; for SQLite the folder of its file is made first, closed to other users."""
    if (file := database_file(settings)) is not None:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.touch(mode=0o600)
    return Database(settings.database_url)


def backup(settings: Settings, target: Path) -> None:
    """Copy the database to a new file, 0600, while others read and write. Raises `ConfigurationFault`."""
    file = database_file(settings)
    if file is not None and not file.exists():
        raise ConfigurationFault(f"There is no database at {file}.")
    try:
        target.touch(mode=0o600, exist_ok=False)
    except FileExistsError:
        raise ConfigurationFault(f"{target} exists already; name a new file.") from None
    except OSError as fault:
        raise ConfigurationFault(f"{target} cannot be written: {fault.strerror}.") from None
    if file is None:
        try:
            postgres_tools.dump(database_url(settings.database_url), target)
        except ConfigurationFault:
            target.unlink()
            raise
        return
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)  # page by page
        copy.execute("pragma journal_mode = delete")  # one file, nothing beside it


def restore(settings: Settings, source: Path) -> None:
    """Put the copy in the database's place, whole or not at all. Raises `ConfigurationFault`."""
    if not source.is_file():
        raise ConfigurationFault(f"There is no file {source}.")
    file = database_file(settings)
    if file is None:
        postgres_tools.check(source)
        asyncio.run(_restore_postgres(settings, source))
        return
    _check(source)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    mode = (
        file.stat().st_mode & 0o777 if file.exists() else 0o600
    )  # three users share one: it keeps its rights
    with closing(sqlite3.connect(source)) as copy, closing(sqlite3.connect(file, timeout=1)) as target:
        try:
            target.execute("pragma locking_mode = exclusive")
            target.execute("begin exclusive")
            target.rollback()
            target.execute("pragma secure_delete = on")
            copy.backup(target)
        except sqlite3.OperationalError:
            raise ConfigurationFault("The database is in use; stop the processes first.") from None
    file.chmod(mode)


async def erasures_of(settings: Settings) -> dict[int, datetime]:
    """Who was forgotten, as the database knows it; nobody where there is none, or an older one."""
    file = database_file(settings)
    if file is not None and not file.exists():
        return {}
    database = Database(settings.database_url)
    try:
        async with database.reading() as connection:
            if not await connection.run_sync(lambda sync: inspect(sync).has_table(erasures.name)):
                return {}
            return {row.citizen_id: row.at for row in await connection.execute(select(erasures))}
    except (SQLAlchemyError, OSError):  # it is lost: that is why a copy is put back
        return {}
    finally:
        await database.close()


async def _restore_postgres(settings: Settings, source: Path) -> None:
    database = Database(settings.database_url)
    others = (
        "select count(*) from pg_stat_activity where datname = current_database()"
        " and pid <> pg_backend_pid() and backend_type = 'client backend'"
    )
    try:
        async with database.reading() as connection:
            if await connection.scalar(text(others)):
                raise ConfigurationFault("The database is in use; stop the processes first.")
        async with database.writing() as connection:
            await connection.execute(text(f"alter schema public rename to {_ASIDE}"))
            await connection.execute(text("create schema public"))
        await database.close()
        try:
            postgres_tools.load(database_url(settings.database_url), source)
        except ConfigurationFault:
            async with database.writing() as connection:
                await connection.execute(text("drop schema public cascade"))
                await connection.execute(text(f"alter schema {_ASIDE} rename to public"))
            raise
        async with database.writing() as connection:
            await connection.execute(text(f"drop schema {_ASIDE} cascade"))
    finally:
        await database.close()


def _check(source: Path) -> None:
    try:
        with closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as copy:
            sound = copy.execute("pragma quick_check").fetchone() == ("ok",)
            copy.execute("select version_num from alembic_version").fetchone()
    except sqlite3.DatabaseError:
        sound = False
    if not sound:
        raise ConfigurationFault(f"{source} is no backup of Paso's, or is damaged.")


def database_file(settings: Settings) -> Path | None:
    """Where SQLite's file is, or shall be; `None` with PostgreSQL."""
    url = database_url(settings.database_url)
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None


def new_name(target: Path, name: str, now: datetime) -> Path:
    """A file of that name and the time in a folder; or the file that was named."""
    if not target.is_dir():
        return target
    stem, _, ending = name.partition(".")
    return target / f"{stem}-{now.astimezone(UTC):%Y%m%d-%H%M%S}.{ending}"
