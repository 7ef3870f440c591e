"""Somebody has a complete copy of the panel: its environment, its key files, all it may read of the database, and
its memory. Nobody whom the town knows is in it, and no telephone number can be tried against what is stored.

Why trying fails is no matter of how long it takes: a number is stored as an HMAC under the look-up key, which is 256
random bits that the panel was never given. The active attack, with the right to write, is tests/tracing/test_attack.py;
what PostgreSQL refuses the panel's user is test_grants.py.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from core.adapters import keys
from core.adapters.keys import KeyFolder
from core.adapters.sealing import HmacLookUp
from core.commands.processes import ADMIN
from tests.bot.telegram_person import TelegramPerson
from tests.fakes.telegram_server import TelegramServer, telegram_server
from tests.fakes.twilio_provider import TwilioProvider, twilio_provider
from tests.whole.memory import dump
from tests.whole.panel import sign_in, visit_everything
from tests.whole.processes import Processes, open_processes
from tests.whole.secrets import Secret, found
from tests.whole.test_nothing_leaks import (
    COMPANION,
    LANDLINE,
    MOBILE,
    NAME,
    OTHER_NAME,
    on_telegram,
    on_the_web,
)
from tests.whole.town import free_port
from tests.whole.worker import provided_by

DECOYS = [Secret("name", "Ερμιόνη Ζαχαράκη"), Secret("phone", "+306955550171"), Secret("chat", "6712345678")]
"""What was never in the town, and is put into the panel's memory to show that the search would find it."""
TRIED = 20_000
"""Numbers tried under each key, beside the real ones."""


@pytest.fixture
async def provider() -> AsyncIterator[TwilioProvider]:
    async with twilio_provider() as opened:
        yield opened


@pytest.fixture
async def messenger() -> AsyncIterator[TelegramServer]:
    async with telegram_server() as opened:
        yield opened


@pytest.fixture
async def town(
    tmp_path: Path, provider: TwilioProvider, messenger: TelegramServer
) -> AsyncIterator[Processes]:
    port = free_port()
    async with open_processes(
        tmp_path,
        f"sqlite:///{tmp_path}/paso.db",
        activities=("pool", "tennis"),
        migrated=True,
        telegram_bot_token=messenger.token,
        telegram_api_url=messenger.base_url,
        admin_port=port,
        admin_url=f"http://127.0.0.1:{port}",
        **provided_by(provider),
    ) as opened:
        await opened.start(ADMIN)
        yield opened


async def test_a_complete_copy_of_the_panel_names_nobody(
    town: Processes, provider: TwilioProvider, messenger: TelegramServer, tmp_path: Path
) -> None:
    person = TelegramPerson(messenger.person("Θρασύβουλος"))
    await on_the_web(town, provider)
    await on_telegram(person, provider)
    secrets = [
        *(Secret("name", name) for name in (NAME, OTHER_NAME, COMPANION)),
        *(Secret("phone", f"+30{number}") for number in (LANDLINE, MOBILE)),
        Secret("chat", str(person.chat.id)),
    ]
    code = pass_code(tmp_path / "paso.db")
    async with sign_in(town) as browser:
        assert await visit_everything(town, browser) == []
        await browser.visit("/day/find")
        await browser.send("/day/find", code=code)
        assert browser.last.status == 200
        writers = [await half_a_request(town, secret) for secret in DECOYS]
        page = (await browser.visit("/day")).html.encode()
        copied = {"a page": page, **copy_of_the_panel(town, tmp_path)}
        for writer in writers:
            writer.close()
    assert {secret for _, secret, _ in found(DECOYS, {"memory": copied["memory"]})} == {
        "name",
        "phone",
        "chat",
    }
    assert found(secrets, copied) == []
    held = {path.name: path.read_bytes().split()[0] for path in (tmp_path / "keys").glob("*.*")}
    in_memory = {
        name
        for name, key in held.items()
        if key in copied["memory"] or base64.b64decode(key) in copied["memory"]
    }
    assert keys.PANEL in in_memory
    assert in_memory <= ADMIN.keys


async def test_no_number_can_be_tried_against_what_is_stored(
    town: Processes, provider: TwilioProvider, tmp_path: Path
) -> None:
    await on_the_web(town, provider)
    stored = looked_up(tmp_path / "paso.db")
    real = [f"+30{LANDLINE}"]
    assert len(stored) >= 1
    lookup = KeyFolder(tmp_path / "keys").load(keys.LOOKUP)
    assert set(found_by(lookup, real)) & stored, (
        "whoever holds the look-up key finds them: the try is a real one"
    )
    chance = Random(7)
    numbers = [*real, *(f"+3069{chance.randrange(10**8):08d}" for _ in range(TRIED))]
    folder = tmp_path / "keys/admin"
    held = {path.name: KeyFolder(folder).load(path.name) for path in folder.iterdir()}
    assert held.keys() == ADMIN.keys
    environment = town.environment(ADMIN)
    tried = [b"", *held.values(), *(value.encode() for value in environment.values())]
    tried += [hashlib.sha256(key).digest() for key in held.values()]
    for key in tried:
        assert not stored.intersection(found_by(key, numbers if key in held.values() else numbers[:500]))
    for plain in numbers:
        for algorithm in ("md5", "sha1", "sha256"):
            assert hashlib.new(algorithm, plain.encode()).digest() not in stored


def copy_of_the_panel(town: Processes, folder: Path) -> dict[str, bytes]:
    """All that whoever has taken it over can carry away. SQLite gives it the whole database."""
    pid = town.pid(ADMIN)
    files = {path.name: path.read_bytes() for path in (folder / "keys/admin").iterdir()}
    database = {path.name: path.read_bytes() for path in folder.glob("paso.db*")}
    return {
        **files,
        **database,
        "environment": Path(f"/proc/{pid}/environ").read_bytes(),
        "memory": dump(pid),
        "log": (folder / "log/admin.log").read_bytes(),
    }


async def half_a_request(town: Processes, secret: Secret) -> asyncio.StreamWriter:
    """It never ends, so the panel keeps what it has of it."""
    _, writer = await asyncio.open_connection("127.0.0.1", town.settings.admin_port)
    said = secret.value.encode()
    writer.write(b"POST /in HTTP/1.1\r\nHost: panel\r\nX-Note: " + b" ".join([said] * 40))
    await writer.drain()
    await asyncio.sleep(0)
    return writer


def pass_code(file: Path) -> str:
    with closing(sqlite3.connect(file)) as database:
        return str(database.execute("select code from passes where state = 'valid'").fetchone()[0])


def looked_up(file: Path) -> set[bytes]:
    with closing(sqlite3.connect(file)) as database:
        tables = ("addresses", "verifications")
        return {
            bytes(value) for table in tables for (value,) in database.execute(f"select lookup from {table}")
        }


def found_by(key: bytes, numbers: list[str]) -> Iterator[bytes]:
    look_up = HmacLookUp(lambda: (key or b"\x00",))
    return (look_up.of("number", number) for number in numbers)
