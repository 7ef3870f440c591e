"""`paso figures`: whether every figure that is shown is the one that the event log gives."""

from __future__ import annotations

import asyncio

import typer

from core.adapters.system import SystemClock
from core.config import Settings, read_settings
from core.db.database import Database
from core.db.writer import Writer
from core.errors import ConfigurationFault
from core.stats.rollup import RollUp
from core.stats.verify import Verified
from core.stats.verify import verify as hold_against

app = typer.Typer(no_args_is_help=True, help="The figures, and the log they come from.")
_MOST_TOLD = 20


@app.callback()
def figures() -> None:
    """The figures, and the log they come from."""


@app.command()
def verify() -> None:
    """Recompute all figures from the event log; exit 1 where one differs from what pages show."""
    found = asyncio.run(_verify(read_settings()))
    if not found.wrong:
        typer.echo(f"{found.compared} figures recomputed from the event log; all agree.")
        return
    for each in found.wrong[:_MOST_TOLD]:
        typer.echo(f"{each.what}: shown {each.shown}, by the log {each.recomputed}", err=True)
    raise ConfigurationFault(f"{len(found.wrong)} of {found.compared} figures differ from the event log.")


async def _verify(settings: Settings) -> Verified:
    database, clock = Database(settings.database_url), SystemClock()
    writer = Writer(database, clock)
    try:
        await RollUp(database, writer, settings.zone).refresh()
        return await hold_against(database, clock, settings.zone)
    finally:
        await writer.close()
        await database.close()
