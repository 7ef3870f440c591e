"""The commands, and how a fault is said: one sentence, exit 1."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

import typer
from typer.core import TyperGroup

from core.adapters.keys import make_keys
from core.commands import (
    activities,
    backups,
    copies,
    demonstration,
    doctor,
    duty,
    figures,
    grants,
    keys,
    season,
    staff,
)
from core.commands.processes import TOWN, share_keys
from core.commands.running import Supervised, check_ports, processes_of, with_addresses
from core.config import Settings, read_settings
from core.db import audit, migrate
from core.db.database import Database
from core.errors import ConfigurationFault


class _Commands(TyperGroup):
    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except ConfigurationFault as fault:
            typer.echo(str(fault), err=True)
            raise typer.Exit(1) from None


app = typer.Typer(cls=_Commands, no_args_is_help=True, add_completion=False, help="Paso: municipal booking.")
audit_app = typer.Typer(no_args_is_help=True, help="The log of who did what.")
app.add_typer(keys.app, name="keys")
app.add_typer(activities.app, name="activity")
app.add_typer(audit_app, name="audit")
app.add_typer(figures.app, name="figures")
app.add_typer(season.app, name="season")
app.add_typer(staff.app, name="staff")
app.add_typer(duty.app, name="duty")


@app.command()
def init() -> None:
    """Make what is missing: folders, keys, tables. Nothing is overwritten."""
    _prepare(read_settings())
    typer.echo("Keys and tables are in place.")


@app.command()
def run() -> None:
    """Run everything on this machine; with an empty database and no provider, a demonstration."""
    settings = with_addresses(read_settings())
    check_ports(settings, TOWN)
    _prepare(settings)
    settings = asyncio.run(demonstration.settle(settings))
    processes = processes_of(demonstration.needs_standin(settings))
    check_ports(settings, processes)
    supervised = Supervised(settings, processes, demonstration.FOLDER)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        typer.echo("Starting ...")
        supervised.start()
        typer.echo(demonstration.addresses(settings))
        code = supervised.wait()
        typer.echo("The supervisor ended by itself; see var/run/supervisord.log.", err=True)
        raise typer.Exit(code or 1)
    except KeyboardInterrupt:
        typer.echo("\nStopping ...")
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        supervised.stop()


@app.command("migrate")
def migrate_() -> None:
    """Bring the database to the tables of this version."""
    typer.echo(f"The database stands at {asyncio.run(_migrate(read_settings()))}.")


@app.command()
def worker() -> None:
    """The notifier: outbox, reminders, retention. Runs until it is stopped."""
    from core.commands.worker import work  # the whole product: the other commands start without it

    work()


@app.command("doctor")
def doctor_() -> None:
    """Look everything over; what is wrong is said with its remedy, and the exit code is 1."""
    findings = asyncio.run(doctor.examine(read_settings()))
    for finding in findings:
        typer.echo(f"{'ok  ' if finding.well else 'FAIL'}  {finding.what}")
    raise typer.Exit(0 if all(finding.well for finding in findings) else 1)


app.command()(backups.backup)
app.command()(backups.restore)
app.command("grants")(grants.grants_)


@audit_app.command("verify")
def audit_verify() -> None:
    """Recompute the chain of the audit log; exit 1 at the first entry that does not fit."""
    wrong = asyncio.run(_verify(read_settings()))
    if wrong is not None:
        raise ConfigurationFault(f"The audit log is broken at entry {wrong}.")
    typer.echo("The audit log is whole.")


def _prepare(settings: Settings) -> None:
    demonstration.FOLDER.mkdir(mode=0o700, exist_ok=True)
    make_keys(settings.keys_dir)
    share_keys(settings)
    asyncio.run(_migrate(settings))


async def _migrate(settings: Settings) -> str:
    database = copies.open_database(settings)
    try:
        return await migrate.migrate(database)
    finally:
        await database.close()


async def _verify(settings: Settings) -> int | None:
    database = Database(settings.database_url)
    try:
        return await audit.verify(database)
    finally:
        await database.close()
