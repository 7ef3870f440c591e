"""`paso keys`: made, told about, rotated, retired."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated

import typer
from sqlalchemy.exc import SQLAlchemyError

from core.adapters import keys
from core.adapters.keys import KeyFile, make_keys, present, whereabouts
from core.adapters.sealing import AesKeeper
from core.adapters.system import SystemClock
from core.commands import lookups
from core.commands.copies import database_file
from core.commands.processes import TOWN, key_folder, renew_keys, share_keys
from core.commands.rotating import UNNOTICED, Kind, Standing, keep_factors_anew, retire, rotate, standing
from core.config import Settings, read_settings
from core.db import audit
from core.db.database import Database
from core.db.work import Work
from core.db.writer import Writer
from core.errors import ConfigurationFault

app = typer.Typer(no_args_is_help=True, help="The key files under KEYS_DIR.")
_Kinds = Annotated[list[Kind] | None, typer.Argument(help="Which; all but the look-up key by default.")]
_ACTOR = "command"


@app.command()
def make() -> None:
    """Make the keys that are missing, and each process's own folder of them."""
    settings = read_settings()
    made = make_keys(settings.keys_dir)
    share_keys(settings)
    renew_keys(settings)
    typer.echo(f"Made: {', '.join(made)}." if made else "Every key is there already.")


@app.command()
def status() -> None:
    """Which keys are there, which process holds which, and how far a rotation is."""
    settings = read_settings()
    for name, there in present(settings.keys_dir).items():
        holders = [process.name for process in TOWN if (key_folder(settings, process) / name).exists()]
        typer.echo(f"{name:20} {'there' if there else 'missing':8} {', '.join(holders)}".rstrip())
    for each in asyncio.run(_standings(settings)):
        _tell(each)


@app.command("rotate")
def rotate_(kinds: _Kinds = None) -> None:
    """Make new generations. Nothing stops: the worker seals everything anew, and older keys are retired later."""
    settings = read_settings()
    chosen = kinds or list(UNNOTICED)
    if Kind.LOOKUP in chosen:
        raise ConfigurationFault("The look-up key is changed by `paso keys replace-lookup`.")
    _need_database(settings)
    for kind in chosen:
        rotate(settings, kind, SystemClock().now())
    if Kind.PANEL in chosen:
        _keep_factors(settings)
    _note(settings, "keys.rotated", chosen)
    typer.echo(f"Rotated: {', '.join(chosen)}. Every process uses the new keys from now on.")
    typer.echo("`paso keys status` tells how far it is; `paso keys retire` takes the older keys away.")


@app.command("retire")
def retire_(
    kinds: _Kinds = None,
    anyway: Annotated[
        bool, typer.Option(help="Though something was made under them; it will be lost.")
    ] = False,
) -> None:
    """Take older generations away, of each kind that does not need them any more."""
    settings = read_settings()
    older = [each for each in asyncio.run(_standings(settings)) if len(each.generations) > 1]
    done = []
    for each in older:
        if kinds and each.kind not in kinds:
            continue
        if each.waits_for and not (anyway and kinds):
            typer.echo(f"{each.kind}: not yet: {each.waits_for}.")
            continue
        if each.kind is Kind.LOOKUP and not anyway:
            asyncio.run(lookups.make_anew(settings))  # whoever a change that was broken off has left out
        retire(settings, each.kind)
        done.append(each.kind)
        typer.echo(f"{each.kind}: the older key is gone.")
    if done:
        _note(settings, "keys.retired", done)
    if not older:
        typer.echo("There is no older key.")


@app.command("replace-lookup")
def replace_lookup() -> None:
    """Make a new look-up key and, with the key that opens, all that was found by the old one, lost or not."""
    settings = read_settings()
    _need_database(settings)
    lookups.begin(settings, SystemClock().now())
    done = asyncio.run(lookups.make_anew(settings))
    lookups.end(settings)
    _note(settings, "keys.rotated", [Kind.LOOKUP])
    typer.echo(f"{done.made_anew} numbers and chats are found by the new key.")
    if done.broken or done.twice:
        typer.echo(f"{done.broken} boxes do not open; {done.twice} were registered anew meanwhile.")


def _tell(each: Standing) -> None:
    for place, generation in enumerate(each.generations):
        made = f"{generation.made_at:%Y-%m-%d %H:%M} UTC" if generation.made_at else "at the beginning"
        state = "lost" if generation.is_lost else "older" if place else "newest"
        count = f"{each.under[place]:9,} under it" if each.under else ""
        typer.echo(f"{each.kind:20} {state:8} made {made:21} {count}".rstrip())
    if each.strange:
        typer.echo(f"{each.kind:20} {'':8} {'without a mark':26} {each.strange:9,}")
    if each.waits_for:
        typer.echo(f"{each.kind:20} waits    {each.waits_for}")


async def _standings(settings: Settings) -> list[Standing]:
    now = SystemClock().now()
    if _has_database(settings):
        database = Database(settings.database_url)
        try:
            async with database.reading() as connection:
                return [await standing(settings, kind, connection, now) for kind in Kind]
        except (SQLAlchemyError, OSError):
            typer.echo("The database does not answer, so nothing is counted.", err=True)
        finally:
            await database.close()
    return [await standing(settings, kind, None, now) for kind in Kind]


def _has_database(settings: Settings) -> bool:
    file = database_file(settings)
    return file is None or file.exists()


def _need_database(settings: Settings) -> None:
    if not _has_database(settings):
        raise ConfigurationFault("There is no database; `paso init` makes it, or DATABASE_URL is wrong.")


def _keep_factors(settings: Settings) -> None:
    place = whereabouts(settings.keys_dir, keys.PANEL)
    assert place is not None
    keeper = AesKeeper(KeyFile(place))

    async def keep(database: Database, work: Work) -> None:
        async with database.reading() as connection:
            await keep_factors_anew(connection, keeper, work)

    asyncio.run(_commit(settings, keep))


def _note(settings: Settings, action: str, kinds: Sequence[Kind]) -> None:
    async def note(_database: Database, work: Work) -> None:
        facts: audit.Facts = {"kinds": " ".join(kinds)}
        audit.append(work, at=SystemClock().now(), actor=_ACTOR, action=action, facts=facts)

    asyncio.run(_commit(settings, note))


async def _commit(settings: Settings, fill: Callable[[Database, Work], Awaitable[None]]) -> None:
    database, work = Database(settings.database_url), Work()
    writer = Writer(database, SystemClock())
    try:
        await fill(database, work)
        await writer.commit(work)
    finally:
        await writer.close()
        await database.close()
