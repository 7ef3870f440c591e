"""`paso grants`: each process its own rights in PostgreSQL."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from core.commands.copies import database_file
from core.commands.rights import PROCESSES, grants
from core.config import read_settings
from core.db.database import Database
from core.errors import ConfigurationFault


def grants_(
    apply: Annotated[bool, typer.Option("--apply", help="Carry it out, as the owner of the tables.")] = False,
    prefix: Annotated[str, typer.Option(help="Of the names of the three database users.")] = "paso_",
) -> None:
    """Print (or carry out) what each process may do with which table. PostgreSQL only; again after each migration."""
    if not prefix.isidentifier() or prefix != prefix.lower():
        raise ConfigurationFault("--prefix: small letters, digits and _ only.")
    statements = list(grants(prefix))
    if not apply:
        typer.echo("begin;")
        for statement in statements:
            typer.echo(f"{statement};")
        typer.echo("commit;")
        return
    settings = read_settings()
    if database_file(settings) is not None:
        raise ConfigurationFault(
            "DATABASE_URL is SQLite, which has no users: the wall needs PostgreSQL there."
        )
    asyncio.run(_carry_out(settings.database_url, statements, prefix))
    typer.echo(f"{', '.join(f'{prefix}{name}' for name in PROCESSES)} have their rights, and no others.")


async def _carry_out(address: str, statements: list[str], prefix: str) -> None:
    database = Database(address)
    try:
        async with database.writing() as connection:
            for statement in statements:
                await connection.execute(text(statement))
    except ProgrammingError as fault:
        words = str(fault.orig).partition(": ")[2] or str(fault.orig)
        made = ", ".join(f"create role {prefix}{name} login password '...'" for name in PROCESSES)
        raise ConfigurationFault(f"{words.splitlines()[0]}. The users are made first: {made}.") from None
    finally:
        await database.close()
