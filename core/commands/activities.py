"""`paso activity`: what can be booked, from files and to files."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

from core.activities.definition import Activity
from core.activities.faults import Faults
from core.activities.loading import dump, load, parse
from core.activities.service import Activities
from core.adapters.system import SystemClock, SystemCodes
from core.config import Settings, read_settings
from core.db.database import Database
from core.db.work import Work
from core.db.writer import Writer
from core.errors import ConfigurationFault, Conflict, Refused
from core.messages.texts import Texts

app = typer.Typer(no_args_is_help=True, help="What can be booked, from files and to files.")
_File = Annotated[Path, typer.Argument(help="A definition in JSON (docs/activities.md).", show_default=False)]
_Language = Annotated[str, typer.Option("--language", help="Of the sentences about faults: el or en.")]


@app.command()
def check(file: _File, language: _Language = "el") -> None:
    """List all faults of a definition with their places; exit 1 if there is any."""
    settings = read_settings()
    read(settings, file, language)
    typer.echo(f"{file}: no fault.")


@app.command("import")
def import_(file: _File, language: _Language = "el") -> None:
    """Publish a definition: bookable at once on every channel. With any fault nothing is saved."""
    settings = read_settings()
    activity = read(settings, file, language)
    try:
        revision = asyncio.run(publish(settings, [activity], Work()))[0]
    except Faults as faults:  # what only the other activities show, such as a facility's number
        _tell(settings, file, faults, language)
        raise typer.Exit(1) from None
    except Conflict:
        raise ConfigurationFault(
            f"{activity.key} was published by somebody else just now; try again."
        ) from None
    typer.echo(f"{activity.key}: revision {revision} is published.")


@app.command()
def export(key: Annotated[str, typer.Argument(help="The activity's key.", show_default=False)]) -> None:
    """Write the current revision's definition to standard output."""
    found = asyncio.run(_get(read_settings(), key))
    typer.echo(json.dumps(dump(found), ensure_ascii=False, indent=2))


def read(settings: Settings, file: Path, language: str) -> Activity:
    """The activity in a file. Its faults are told on standard error, and end the command."""
    try:
        document = parse(file.read_bytes())
        return load(document, SystemClock().now().astimezone(settings.zone).date())
    except OSError as failure:
        raise ConfigurationFault(f"{file} cannot be read: {failure.strerror}.") from None
    except Faults as faults:
        _tell(settings, file, faults, language)
        raise typer.Exit(1) from None


async def publish(settings: Settings, found: list[Activity], work: Work) -> list[int]:
    """Publish them all in one unit of work, or none. Returns their revisions."""
    database, clock = Database(settings.database_url), SystemClock()
    service = Activities(database, clock, SystemCodes())
    writer = Writer(database, clock)
    try:
        revisions = [await service.publish(work, activity) for activity in found]
        await writer.commit(work)
        return revisions
    finally:
        await writer.close()
        await database.close()


def _tell(settings: Settings, file: Path, faults: Faults, language: str) -> None:
    texts = Texts(settings.zone)
    for fault in faults.found:
        sentence = texts.say(fault.text, texts.choose(language))
        typer.echo(f"{file}: {fault.path or '.'}: {sentence}", err=True)


async def _get(settings: Settings, key: str) -> Activity:
    database = Database(settings.database_url)
    try:
        return await Activities(database, SystemClock(), SystemCodes()).get(key)
    except Refused:
        raise ConfigurationFault(f"There is no activity {key}.") from None
    finally:
        await database.close()
