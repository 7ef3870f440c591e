"""The database's file: making room for it, copying it, and putting a copy back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from core.config import Settings
from core.db.database import Database, database_url
from core.errors import ConfigurationFault


def open_database(settings: Settings) -> Database:
    """The database; for SQLite the folder of its file is made first, closed to other users."""
    if (file := database_file(settings)) is not None:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.touch(mode=0o600)
    return Database(settings.database_url)


def backup(settings: Settings, target: Path) -> None:
    """Copy the database page by page while others read and write. Raises `ConfigurationFault`."""
    file = _sqlite_only(settings)
    if not file.exists():
        raise ConfigurationFault(f"There is no database at {file}.")
    try:
        target.touch(mode=0o600, exist_ok=False)
    except FileExistsError:
        raise ConfigurationFault(f"{target} exists already; name a new file.") from None
    except OSError as fault:
        raise ConfigurationFault(f"{target} cannot be written: {fault.strerror}.") from None
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
        copy.execute("pragma journal_mode = delete")  # one file, nothing beside it


def restore(settings: Settings, source: Path) -> None:
    """Put the copy in the database's place, whole or not at all. Raises `ConfigurationFault`."""
    file = _sqlite_only(settings)
    _check(source)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with closing(sqlite3.connect(source)) as copy, closing(sqlite3.connect(file, timeout=1)) as target:
        try:
            target.execute("pragma locking_mode = exclusive")
            target.execute("begin exclusive")
            target.rollback()
            target.execute("pragma secure_delete = on")
            copy.backup(target)
        except sqlite3.OperationalError:
            raise ConfigurationFault("The database is in use; stop the processes first.") from None
    file.chmod(0o600)


def _check(source: Path) -> None:
    if not source.is_file():
        raise ConfigurationFault(f"There is no file {source}.")
    try:
        with closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as copy:
            sound = copy.execute("pragma quick_check").fetchone() == ("ok",)
            copy.execute("select version_num from alembic_version").fetchone()
    except sqlite3.DatabaseError:
        sound = False
    if not sound:
        raise ConfigurationFault(f"{source} is no backup of Paso's, or is damaged.")


def _sqlite_only(settings: Settings) -> Path:
    file = database_file(settings)
    if file is None:
        raise ConfigurationFault("DATABASE_URL is PostgreSQL: use pg_dump and pg_restore (docs/running.md).")
    return file


def database_file(settings: Settings) -> Path | None:
    """Where SQLite's file is, or shall be; `None` with PostgreSQL."""
    url = database_url(settings.database_url)
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None
