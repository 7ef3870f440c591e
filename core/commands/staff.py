"""`paso staff`: the first accounts, and the way back in for who lost everything."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from sqlalchemy import select, update

from core.adapters import keys
from core.adapters.sealing import AesKeeper
from core.adapters.system import SystemClock, SystemCodes
from core.config import Settings, read_settings
from core.db import audit
from core.db.database import Database
from core.db.work import Work
from core.db.writer import Writer
from core.errors import ConfigurationFault, Refused
from core.messages.texts import Texts
from core.people.staff import LINK_LASTS, Staff
from core.people.staff_factor import Factors
from core.people.staff_model import staff
from core.people.staff_passwords import Passwords
from core.people.staff_roles import Role
from core.ports import BrokenBox

app = typer.Typer(no_args_is_help=True, help="Accounts of the staff panel.")
_ACTOR = "command"
_Login = Annotated[str, typer.Argument(help="The user name.", show_default=False)]
_Roles = Annotated[list[Role], typer.Option("--role", help="May be given several times.", show_default=False)]


@app.command()
def add(login: _Login, role: _Roles) -> None:
    """Make a one-time link by which somebody joins: they choose the password and connect their telephone."""
    _print_link(read_settings(), login, role)


@app.command()
def renew(login: _Login) -> None:
    """Make a one-time link by which an account gets a new password and second factor."""
    _print_link(read_settings(), login, None)


def _print_link(settings: Settings, login: str, roles: list[Role] | None) -> None:
    try:
        token = asyncio.run(_link(settings, login, roles))
    except Refused as refused:
        raise ConfigurationFault(Texts(settings.zone).say(refused.text_key, "en", **refused.params)) from None
    typer.echo(f"{settings.admin_url}/join/{token}")
    typer.echo(f"It works once, within {LINK_LASTS.total_seconds() / 3600:.0f} hours.", err=True)


async def _link(settings: Settings, login: str, roles: list[Role] | None) -> str:
    database, clock = Database(settings.database_url), SystemClock()
    writer = Writer(database, clock)
    service, work = _service(settings, database), Work()
    try:
        if roles is not None:
            token = service.invite(work, login, roles)
            action, facts = "staff.invited", {"login": login.lower(), "roles": " ".join(roles)}
        else:
            known = {name: number for number, name in (await service.logins()).items()}
            token = await service.renew(work, known.get(login.lower(), 0))
            action, facts = "staff.renewal_offered", {"login": login.lower()}
        audit.append(work, at=clock.now(), actor=_ACTOR, action=action, facts=facts)
        await writer.commit(work)
        return token
    finally:
        await writer.close()
        await database.close()


async def ensure(settings: Settings, login: str, password: str, secret: str) -> None:
    """The demonstration's account, with every role. What was changed of it by hand is set right again."""
    database, clock, codes = Database(settings.database_url), SystemClock(), SystemCodes()
    writer = Writer(database, clock)
    factors, passwords = _factors(settings), Passwords(codes)
    try:
        async with database.reading() as connection:
            row = (await connection.execute(select(staff).where(staff.c.login == login))).one_or_none()
        same = row and row.active and _holds(factors, row.id, row.factor, secret)
        if row and same and await passwords.fits(row.password, password):
            return
        staff_id, work = row.id if row else codes.new_id(), Work()
        kept = {
            "password": await passwords.hash(password),
            "factor": factors.keep(f"staff:{staff_id}", secret),
            "factor_step": 0,
        }
        if row:
            work.run(update(staff).where(staff.c.id == staff_id).values(active=True, **kept))
        else:
            roles = [str(role) for role in Role]
            work.insert(
                staff, id=staff_id, login=login, roles=roles, active=True, joined_at=clock.now(), **kept
            )
        audit.append(work, at=clock.now(), actor=_ACTOR, action="staff.demonstration", facts={})
        await writer.commit(work)
    finally:
        await writer.close()
        await database.close()


def _holds(factors: Factors, staff_id: int, kept: bytes, secret: str) -> bool:
    try:
        return factors.read(f"staff:{staff_id}", kept) == secret
    except BrokenBox:
        return False


def _service(settings: Settings, database: Database) -> Staff:
    codes = SystemCodes()
    return Staff(database, SystemClock(), codes, Passwords(codes), _factors(settings))


def _factors(settings: Settings) -> Factors:
    keeper = AesKeeper(keys.KeyFolder(settings.keys_dir).file(keys.PANEL))
    return Factors(keeper, SystemClock(), SystemCodes())
