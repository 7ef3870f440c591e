"""`paso backup` and `paso restore`: the database and the keys, each in a file of its own, and who was forgotten since."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import delete, update

from core.adapters import keys
from core.adapters.archives import read_archive, write_archive
from core.adapters.erasures import ErasuresFile
from core.adapters.system import SystemClock
from core.bootstrap.citizen import citizen_side
from core.commands import copies
from core.commands.processes import share_keys
from core.config import Settings, read_settings
from core.conversations.erasures import forget_again
from core.db import audit
from core.db.migrate import migrate
from core.db.work import Work
from core.errors import ConfigurationFault
from core.messages.model import outbox
from core.messages.states import QUEUED, SENDING
from core.people.staff_model import staff_links, staff_sessions

_JOURNAL = "releases.journal"
_Passphrase = Annotated[
    Path | None, typer.Option("--passphrase-file", help="Its first line; asked for where it is not given.")
]
_Keys = Annotated[Path | None, typer.Option("--keys", help="The archive of keys; kept in another place.")]


def backup(
    place: Annotated[Path, typer.Argument(help="A new file, or a folder.", show_default=False)],
    keys_place: _Keys = None,
    passphrase_file: _Passphrase = None,
) -> None:
    """Copy the database while everything runs; with --keys the keys too, under a passphrase, in a file of their own."""
    settings, now = read_settings(), SystemClock().now()
    ending = "db" if copies.database_file(settings) is not None else "dump"
    target = copies.new_name(place, f"paso.{ending}", now)
    if keys_place is not None:
        archive = copies.new_name(keys_place, "paso-keys.sealed", now)
        if archive.resolve().parent == target.resolve().parent:
            raise ConfigurationFault("Keep the keys apart from the database: name another folder for --keys.")
        _keep_keys(settings, archive, _passphrase(passphrase_file, new=True))
        typer.echo(f"Written: {archive}.")
    copies.backup(settings, target)
    typer.echo(f"Written: {target}.")
    if keys_place is None:
        typer.echo(
            "The keys are not in it; without them it cannot be opened (--keys writes them to another place)."
        )


def restore(
    file: Annotated[Path, typer.Argument(help="A copy made by `paso backup`.", show_default=False)],
    keys_place: _Keys = None,
    erasures: Annotated[
        list[Path] | None, typer.Option("--erasures", help="Who was forgotten since: the worker's list.")
    ] = None,
    passphrase_file: _Passphrase = None,
) -> None:
    """Put a copy in the place of the database, migrate it, and forget again who was forgotten since. Nothing may run."""
    settings = read_settings()
    forgotten = asyncio.run(copies.erasures_of(settings))
    for path in [settings.erasures_journal, *(erasures or [])]:
        forgotten |= ErasuresFile(path).read()
        if not path.exists() and path != settings.erasures_journal:
            raise ConfigurationFault(f"There is no file {path}.")
    if keys_place is not None:
        _bring_keys_back(settings, keys_place, _passphrase(passphrase_file, new=False))
    _need_keys(settings)
    copies.restore(settings, file)
    revision, again = asyncio.run(_settle(settings, forgotten))
    typer.echo(f"Restored; the database stands at {revision}. Forgotten again: {again}.")
    if not forgotten:
        typer.echo(
            "Nobody is known to have been forgotten since: --erasures names the worker's list, if there is one."
        )
    typer.echo("The staff sign in anew, and links that were not used yet are to be made again.")


async def _settle(settings: Settings, forgotten: dict[int, datetime]) -> tuple[str, int]:
    """What a copy from some time ago must not bring back."""
    database = copies.open_database(settings)
    try:
        revision = await migrate(database)
    finally:
        await database.close()
    side = citizen_side(settings)
    house, work = side.house, Work()
    try:
        again = await forget_again(house.database, house.writer, house.bookings, forgotten)
        work.run(delete(staff_sessions))  # some were ended since
        work.run(delete(staff_links))  # some were used since
        unsent = outbox.c.state.in_((QUEUED, SENDING)), outbox.c.attempts == 0
        work.run(
            update(outbox).where(*unsent).values(attempts=1)
        )  # the provider is asked first: it may have it
        facts: audit.Facts = {"forgotten_again": again}
        audit.append(work, at=house.clock.now(), actor="command", action="restored", facts=facts)
        await house.writer.commit(work)
    finally:
        await side.close()
    return revision, again


def _keep_keys(settings: Settings, archive: Path, passphrase: str) -> None:
    places = {name: keys.whereabouts(settings.keys_dir, name) for name in keys.NAMES}
    files = {name: place.read_bytes() for name, place in places.items() if place is not None}
    missing = sorted(places.keys() - files.keys())
    if settings.tracing_journal.exists():  # what was released, and the worker's own key
        files[_JOURNAL] = settings.tracing_journal.read_bytes()
    write_archive(archive, files, passphrase)
    if missing:
        typer.echo(f"Not on this machine, so not in it: {', '.join(missing)}.", err=True)


def _bring_keys_back(settings: Settings, archive: Path, passphrase: str) -> None:
    files = read_archive(archive, passphrase)
    settings.keys_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    there = [name for name in files if (settings.keys_dir / name).exists()]
    if any((settings.keys_dir / name).read_bytes() != files[name] for name in there):
        raise ConfigurationFault(f"{settings.keys_dir} holds other keys; move them away first.")
    journal = files.pop(_JOURNAL, None)
    for name, written in files.items():
        _write(settings.keys_dir / name, written)
    if journal is not None and not settings.tracing_journal.exists():
        settings.tracing_journal.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(settings.tracing_journal, journal)
    share_keys(settings)


def _need_keys(settings: Settings) -> None:
    """Before anything is replaced: to forget again, places are freed, and that takes what `web` holds."""
    missing = [name for name in keys.NAMES if keys.whereabouts(settings.keys_dir, name) is None]
    if missing:
        raise ConfigurationFault(f"KEYS_DIR: {missing[0]} is missing; --keys brings the keys back.")


def _write(path: Path, written: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(written)


def _passphrase(file: Path | None, *, new: bool) -> str:
    if file is None:
        return str(typer.prompt("Passphrase of the keys", hide_input=True, confirmation_prompt=new))
    try:
        lines: Sequence[str] = file.read_text("utf-8").splitlines()
    except OSError as fault:
        raise ConfigurationFault(f"{file} cannot be read: {fault.strerror}.") from None
    return lines[0].strip() if lines else ""
