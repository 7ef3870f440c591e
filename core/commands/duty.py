"""`paso duty`: who may release warnings or is told of alerts, and on which telephone.

On the worker's machine alone, with its keys.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Annotated

import typer
from sqlalchemy import select

from core.adapters import keys
from core.adapters.sealing import HmacOrigin, HpkeOpener, HpkeSealer, sealing_keys_of
from core.adapters.system import SystemClock, SystemCodes
from core.config import Settings, read_settings
from core.db import audit
from core.db.database import Database
from core.db.work import Work
from core.db.writer import Writer
from core.errors import ConfigurationFault, Refused
from core.messages.outbox import Outbox
from core.messages.states import SMS
from core.messages.texts import Texts
from core.people.numbers import parse_number
from core.people.staff_model import staff
from core.tracing.enrolling import brought, forget_brought
from core.tracing.model import officers
from core.tracing.officers import Duty, Enrolling, Enrolment, Officers

app = typer.Typer(
    no_args_is_help=True, help="Officers who release warnings or are told of alerts, on their own telephones."
)
_Login = Annotated[str, typer.Argument(help="The user name on the panel.", show_default=False)]
Act = Callable[[Database, Writer, Enrolment, Work], Awaitable[None]]


@app.command()
def add(
    login: _Login,
    number: Annotated[str, typer.Argument(help="Their own number; or --chat with a Telegram chat's id.")],
    duty: Annotated[list[Duty] | None, typer.Option(help="May be given several times.")] = None,
    place: Annotated[int, typer.Option(min=1, help="On the duty list: the lowest is asked first.")] = 1,
    language: Annotated[str, typer.Option(help="el or en")] = "el",
    chat: Annotated[bool, typer.Option("--chat", help="The number is a chat's id.")] = False,
) -> None:
    """Send a code to their telephone, and enrol them once they have read it out. The worker must be running."""
    region = read_settings().default_region

    async def act(database: Database, writer: Writer, enrolment: Enrolment, work: Work) -> None:
        to = number if chat else parse_number(number, region)
        asking = Work()
        chosen = duty or [Duty.TRACING]
        begun = await enrolment.begin(asking, login, to, chosen, place=place, language=language)
        await writer.commit(asking)
        typed = await asyncio.to_thread(typer.prompt, "The code on their telephone")
        enrolment.finish(work, begun, typed)
        facts = {"login": login.lower(), "duties": " ".join(sorted(chosen))}
        audit.append(work, at=SystemClock().now(), actor="command", action="duty.enrolled", facts=facts)

    _run(act)
    typer.echo(f"{login} is enrolled.")


@app.command()
def confirm(
    login: _Login,
    code: Annotated[str, typer.Argument(help="The eight digits they read out to you.", show_default=False)],
    duty: Annotated[list[Duty] | None, typer.Option(help="May be given several times.")] = None,
    place: Annotated[int | None, typer.Option(min=1, help="On the duty list.")] = None,
) -> None:
    """Enrol the telephone that they brought themselves, by the link on the panel. Be sure who reads out the code:
    nobody else can tell theirs from a stranger's."""
    opener = _opener()

    async def act(database: Database, writer: Writer, enrolment: Enrolment, work: Work) -> None:
        clock = SystemClock()
        known = {each.staff_id: each for each in await Officers(database, clock, opener).all(Work())}
        begun = await brought(database, clock, opener, login, code)
        before = known.get(begun.staff_id)
        duties = duty or (before.duties if before else [Duty.TRACING])
        chosen = replace(begun, duties=frozenset(duties), place=place or (before.place if before else 1))
        enrolment.finish(work, chosen, begun.code)
        forget_brought(work, begun.staff_id)
        facts = {"login": login.lower(), "duties": " ".join(sorted(duties))}
        audit.append(work, at=clock.now(), actor="command", action="duty.enrolled", facts=facts)

    _run(act)
    typer.echo(f"{login} is enrolled.")


@app.command()
def remove(login: _Login) -> None:
    """Not on the duty list any more."""

    async def act(database: Database, writer: Writer, enrolment: Enrolment, work: Work) -> None:
        enrolment.leave(work, await _staff_id(database, login))
        facts = {"login": login.lower()}
        audit.append(work, at=SystemClock().now(), actor="command", action="duty.removed", facts=facts)

    _run(act)
    typer.echo(f"{login} is no officer any more.")


@app.command()
def on(login: _Login) -> None:
    """On duty again: asked for releases, told of alerts."""
    _set_duty(login, True)


@app.command()
def off(login: _Login) -> None:
    """Off duty: stays enrolled, and whoever is next on the list takes over."""
    _set_duty(login, False)


@app.command("list")
def list_() -> None:
    """The duty list, first asked first; no numbers."""

    async def act(database: Database, writer: Writer, enrolment: Enrolment, work: Work) -> None:
        query = select(staff.c.login, officers.c.place, officers.c.on_duty).join(
            officers, officers.c.staff_id == staff.c.id
        )
        async with database.reading() as connection:
            for row in await connection.execute(query.order_by(officers.c.place)):
                typer.echo(f"{row.place:3}  {row.login:24} {'on duty' if row.on_duty else 'off duty'}")

    _run(act)


def _set_duty(login: str, on_duty: bool) -> None:
    async def act(database: Database, writer: Writer, enrolment: Enrolment, work: Work) -> None:
        enrolment.set_duty(work, await _staff_id(database, login), on_duty)
        facts: audit.Facts = {"login": login.lower(), "on": on_duty}
        audit.append(work, at=SystemClock().now(), actor="command", action="duty.changed", facts=facts)

    _run(act)
    typer.echo(f"{login} is {'on' if on_duty else 'off'} duty.")


async def ensure(settings: Settings, numbers: Mapping[str, str], *, served: bool) -> None:
    """The demonstration's officers: login -> a number that the stand-in alone serves, so nobody reads out a code.

    Not `served`, because messages go to a real provider: who is enrolled with such a number is no officer any more.
    """
    folder, clock = keys.KeyFolder(settings.keys_dir), SystemClock()
    opening, origin = folder.file(keys.OPENING), HmacOrigin(folder.file(keys.ORIGIN))
    database, codes = Database(settings.database_url), SystemCodes()
    writer, work = Writer(database, clock), Work()
    sealer = HpkeSealer(sealing_keys_of(opening), origin)
    enrolment = Enrolment(database, clock, codes, sealer, Outbox(codes, clock, origin, sealer))
    try:
        every = await Officers(database, clock, HpkeOpener(opening, origin)).all(work)
        known = {each.staff_id: each.to for each in every}
        for place, (login, number) in enumerate(numbers.items(), start=1):
            staff_id = await _staff_id(database, login)
            if served and staff_id not in known:
                duties = frozenset({Duty.TRACING, Duty.ALERTS} if place == 1 else {Duty.TRACING})
                enrolment.finish(work, Enrolling(staff_id, duties, SMS, number, "el", place, ""), "")
            elif not served and known.get(staff_id) == number:
                enrolment.leave(work, staff_id)
        await writer.commit(work)
    finally:
        await writer.close()
        await database.close()


async def _staff_id(database: Database, login: str) -> int:
    async with database.reading() as connection:
        found = await connection.scalar(select(staff.c.id).where(staff.c.login == login.lower()))
    if found is None:
        raise Refused("tracing.unknown_login")
    return int(found)


def _opener() -> HpkeOpener:
    folder = keys.KeyFolder(read_settings().keys_dir)
    return HpkeOpener(folder.file(keys.OPENING), HmacOrigin(folder.file(keys.ORIGIN)))


def _run(act: Act) -> None:
    settings = read_settings()
    folder = keys.KeyFolder(settings.keys_dir)
    opening, origin = folder.file(keys.OPENING), HmacOrigin(folder.file(keys.ORIGIN))

    async def go() -> None:
        clock, codes, database = SystemClock(), SystemCodes(), Database(settings.database_url)
        writer, work = Writer(database, clock), Work()
        sealer = HpkeSealer(sealing_keys_of(opening), origin)
        enrolment = Enrolment(database, clock, codes, sealer, Outbox(codes, clock, origin, sealer))
        try:
            await act(database, writer, enrolment, work)
            await writer.commit(work)
        finally:
            await writer.close()
            await database.close()

    try:
        asyncio.run(go())
    except Refused as refused:
        raise ConfigurationFault(Texts(settings.zone).say(refused.text_key, "en", **refused.params)) from None
