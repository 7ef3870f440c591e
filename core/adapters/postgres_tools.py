"""`pg_dump` and `pg_restore`, where the machine has them. The password goes by the environment, never by an argument."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from sqlalchemy import URL

from core.errors import ConfigurationFault


def dump(url: URL, target: Path) -> None:
    """A consistent copy while others read and write. Raises `ConfigurationFault` with the next step."""
    _run("pg_dump", url, "--format=custom", "--no-owner", "--no-privileges", f"--file={target}")


def check(source: Path) -> None:
    """Raises `ConfigurationFault` where it is no copy made by `dump`."""
    listed = _call("pg_restore", {}, "--list", str(source))
    if listed.returncode or " alembic_version " not in listed.stdout:
        raise ConfigurationFault(f"{source} is no backup of Paso's, or is damaged.")


def load(url: URL, source: Path) -> None:
    """Into an empty schema `public`, whole or not at all. Raises `ConfigurationFault`."""
    options = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", "--schema=public")
    _run("pg_restore", url, *options, f"--dbname={url.database}", str(source))


def _run(program: str, url: URL, *arguments: str) -> None:
    given = {
        "PGHOST": url.host,
        "PGPORT": url.port,
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
        "PGCONNECT_TIMEOUT": 10,
    }
    told = _call(
        program, {name: str(value) for name, value in given.items() if value is not None}, *arguments
    )
    if told.returncode:
        words = told.stderr.strip().splitlines()
        reason = words[-1] if words else "it ended without a word"
        raise ConfigurationFault(f"{program} did not succeed: {reason}")


def _call(program: str, environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    place = shutil.which(program)
    if place is None:
        raise ConfigurationFault(
            f"DATABASE_URL is PostgreSQL, whose own {program} makes and reads copies; it is not on this machine: "
            "install the client of your server's version (Debian: postgresql-client), or use your host's backups."
        )
    command = [place, *arguments]
    settings = {"LC_ALL": "C", "TZ": "UTC", **environment}
    return subprocess.run(command, env=settings, capture_output=True, text=True, check=False)  # noqa: S603
