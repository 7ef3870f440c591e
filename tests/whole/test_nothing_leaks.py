"""After a whole walk nobody's name, number or chat is found in the database, its copies, the logs, or error pages."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import asyncpg
import pytest

from core.commands.processes import WEB, WORKER
from tests.bot.telegram_person import TelegramPerson
from tests.conversations.web_person import WebPerson
from tests.fakes.telegram_server import TelegramServer, telegram_server
from tests.fakes.twilio_provider import TwilioProvider, twilio_provider
from tests.whole.later_walk import later_walk
from tests.whole.processes import Processes, open_processes
from tests.whole.secrets import Secret, forms, found
from tests.whole.worker import provided_by, received, until

LANDLINE, MOBILE, STRANGE = "2105550147", "6945550163", "6945550189"
NAME, OTHER_NAME, COMPANION = "Ευρυδίκη Μπαξεβάνη", "Θρασύβουλος Κεχαγιάς", "Πολυξένη"
AT_HOME, THIRD_NAME = "2105550198", "Αγλαΐα Ξυνογαλά"


WRITTEN = (
    *("citizens", "addresses", "companions", "bookings", "outbox", "audit", "verifications"),
    *("provisional", "waiting", "staff_changes", "data_requests", "desk_tickets", "spoken"),
)
"""Tables that hold something after the walk."""


@pytest.fixture
async def provider() -> AsyncIterator[TwilioProvider]:
    async with twilio_provider() as opened:
        yield opened


@pytest.fixture
async def messenger() -> AsyncIterator[TelegramServer]:
    async with telegram_server() as opened:
        yield opened
        assert opened.problems == []


@pytest.fixture
async def town(
    tmp_path: Path, provider: TwilioProvider, messenger: TelegramServer
) -> AsyncIterator[Processes]:
    async with open_processes(
        tmp_path,
        f"sqlite:///{tmp_path}/paso.db",
        activities=("pool", "tennis"),
        migrated=True,
        telegram_bot_token=messenger.token,
        telegram_api_url=messenger.base_url,
        **provided_by(provider),
    ) as opened:
        yield opened


async def test_nothing_personal_is_found_after_a_whole_walk(
    town: Processes, provider: TwilioProvider, messenger: TelegramServer, tmp_path: Path
) -> None:
    secrets = await walked(town, provider, messenger)
    errors = await every_error(town, secrets)
    copy = tmp_path / "copy.db"
    made = subprocess.run(  # noqa: ASYNC221 (nothing else is to be done meanwhile)
        [sys.executable, "-m", "core.commands", "backup", str(copy)],
        cwd=tmp_path,
        env=town.environment(WEB),
        check=False,
        capture_output=True,
    )
    assert made.returncode == 0, made.stderr
    places = contents(tmp_path) | errors | {"paso backup": made.stdout}
    town.kill(WEB)
    town.kill(WORKER)
    assert {"paso.db", "paso.db-wal", "copy.db", "web.log", "worker.log"} < places.keys()
    with closing(sqlite3.connect(copy)) as database:
        for table in WRITTEN:  # what is searched is not empty
            assert database.execute(f"select count(*) from {table}").fetchone()[0], table
    assert b"telegram_ready" in places["web.log"]
    assert found(secrets, places) == []


async def test_nothing_personal_is_found_in_postgresql_either(
    provider: TwilioProvider, messenger: TelegramServer, postgres_database: Any, tmp_path: Path
) -> None:
    await postgres_database.empty()
    async with open_processes(
        tmp_path,
        postgres_database.address,
        activities=("pool", "tennis"),
        telegram_bot_token=messenger.token,
        telegram_api_url=messenger.base_url,
        **provided_by(provider),
    ) as town:
        secrets = await walked(town, provider, messenger)
        places = contents(tmp_path) | await dump(postgres_database.address)
    assert {"web.log", "worker.log", *WRITTEN} <= places.keys()
    assert [name for name in WRITTEN if not places[name]] == [], "what is searched is not empty"
    assert b"tennis" in places["activities"]
    assert found(secrets, places) == []


async def walked(town: Processes, provider: TwilioProvider, messenger: TelegramServer) -> list[Secret]:
    """The whole walk; what must not be found after it."""
    thrasyvoulos = TelegramPerson(messenger.person("Θρασύβουλος"))
    await on_the_web(town, provider)
    await on_telegram(thrasyvoulos, provider)
    await later_walk(town, thrasyvoulos, THIRD_NAME, AT_HOME)
    return [
        *(Secret("name", name) for name in (NAME, OTHER_NAME, COMPANION, THIRD_NAME)),
        *(Secret("phone", f"+30{number}") for number in (LANDLINE, MOBILE, STRANGE, AT_HOME)),
        Secret("chat", str(thrasyvoulos.chat.id)),
    ]


async def dump(address: str) -> dict[str, bytes]:
    """Everything in every table of a PostgreSQL database, by table."""
    connection = await asyncpg.connect(address)
    tables = await connection.fetch("select tablename from pg_tables where schemaname = 'public'")
    held = {}
    for (table,) in tables:
        rows = await connection.fetch(f'select * from "{table}"')
        values = (value for row in rows for value in row.values())
        held[table] = b"\n".join(each if isinstance(each, bytes) else str(each).encode() for each in values)
    await connection.close()
    return held


def contents(folder: Path) -> dict[str, bytes]:
    files = [*folder.glob("*.db*"), *(folder / "log").iterdir()]
    return {path.name: path.read_bytes() for path in files}


async def on_the_web(town: Processes, provider: TwilioProvider) -> None:
    """Registered by a spoken code, booked with a named companion, cancelled, booked again; wrong answers between."""
    async with WebPerson(town.address) as person:
        await person.command("start", "tennis")
        for choice in (1, 0, 0, 0):
            await person.press(person.buttons()[choice])
        await person.press("Το διάβασα")
        for typed in (NAME, f"+30 {MOBILE} {NAME}", f"{STRANGE}0", f"+44{LANDLINE}", LANDLINE):
            await person.type(typed)
        for typed in (NAME, LANDLINE, "000000", await code(provider, 1)):
            await person.type(typed)
        for typed in (f"<b>{LANDLINE}", NAME, "ναι", "ναι", COMPANION):
            await person.type(typed)
        await person.press("Επιβεβαιώνω")
        assert "Έγινε η κράτηση" in person.heard()
        await person.press("Ακύρωση")
        await person.press("Ναι")
        await person.command("start", "pool")
        await person.type(f"{NAME} {LANDLINE}")
        for choice in (1, 0, 0, 0):
            await person.press(person.buttons()[choice])
        await person.press("Επιβεβαιώνω")
        assert "Έγινε η κράτηση" in person.heard()
        await person.command("start", "tennis")  # and a dialog is left open, with a name typed into it
        await person.type(COMPANION)


async def on_telegram(person: TelegramPerson, provider: TwilioProvider) -> None:
    """Registered by sharing one's own contact; few words, since the bot keeps to the messenger's limits."""
    chat = person.chat
    await chat.type("/my_bookings")
    await chat.until(lambda: chat.buttons)
    await person.press("Το διάβασα")
    await chat.until(lambda: chat.keyboard)
    await chat.share_contact(f"+30{MOBILE}")
    await chat.type(await code(provider, 2))
    for asked, typed in (("Πώς σας λένε", OTHER_NAME), ("κάτοικος", "ναι"), ("θυμίζουμε", "όχι")):
        await chat.until(lambda asked=asked: asked in chat.last.text)
        await chat.type(typed)
    await chat.until(lambda: not any(label == "Όχι" for label in chat.buttons))


async def code(provider: TwilioProvider, number: int) -> str:
    async def came() -> bool:
        return len(received(provider)) >= number

    await until(came)
    return received(provider)[number - 1]


async def every_error(town: Processes, secrets: list[Secret]) -> dict[str, bytes]:
    """What is answered to requests that hold personal data where none belong, headers and all."""
    pages: dict[str, bytes] = {}
    async with WebPerson(town.address) as person:
        await person.visit("/chat")
        csrf = person.page.forms[-1].fields["csrf"]
        for number, secret in enumerate(secrets):
            said = quote(secret.value)
            form = {"Content-Type": "application/x-www-form-urlencoded"}
            requests = [
                ("GET", f"/{said}", b"", {}),
                ("GET", f"/chat/pass/{said}.pdf", b"", {}),
                ("GET", f"/?language={said}", b"", {"Accept-Language": said, "User-Agent": said}),
                (
                    "GET",
                    f"/chat?start={said}",
                    None,
                    {"Cookie": f"paso={said}", "Referer": f"http://{said}/"},
                ),
                ("PUT", f"/chat?{said}", secret.value.encode(), {}),
                ("POST", "/chat", secret.value.encode(), {"Content-Type": "text/plain"}),
                ("POST", "/chat", f"csrf={said}&answer={said}".encode(), form),
                ("POST", "/chat", f"csrf={csrf}&once={said}&command={said}".encode(), form),
                ("POST", "/chat", b"answer=%ff" + secret.value.encode(), form),
                ("POST", f"/twilio/status?reference={said}", f"To={said}".encode(), form),
                ("POST", "/telegram", json.dumps({"text": secret.value}).encode(), {}),
                ("POST", "/chat", secret.value.encode() * 60_000, form),
            ]
            for method, path, body, headers in requests:
                asked = person.client.request(
                    method, town.address + path, data=io.BytesIO(body), headers=headers, allow_redirects=False
                )
                async with asked as answer:
                    text = await answer.read()
                    head = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
                    pages[f"{number}: {method} {path.split('?')[0][:8]} {len(pages)}"] = head.encode() + text
    assert len(pages) == len(secrets) * 12
    return pages


PLANTS: dict[str, Callable[[Secret], object]] = {
    "text": lambda secret: f"a line with {secret.value} in it",
    "spaced": lambda secret: sorted(secret.texts)[0],
    "upper": lambda secret: secret.value.upper(),
    "escaped": lambda secret: json.dumps({"it": secret.value}),
    "repr": lambda secret: repr(secret.value.encode()),
    "in a url": lambda secret: f"GET /{quote(secret.value)} HTTP/1.1",
    "utf-16": lambda secret: secret.value.encode("utf-16"),
    "hex": lambda secret: f"ab{secret.value.encode().hex()}",
    "base64": lambda secret: base64.b64encode(f"a {secret.value}".encode()).decode(),
    "base64 elsewhere": lambda secret: base64.urlsafe_b64encode(f"{{{secret.value}}}".encode()),
    "md5": lambda secret: hashlib.md5(secret.value.encode()).hexdigest(),
    "sha1": lambda secret: hashlib.sha1(secret.value.encode()).digest(),
    "sha256": lambda secret: hashlib.sha256(secret.value.encode()).hexdigest(),
    "integer": lambda secret: int(secret.value),
    "row id": lambda secret: int(secret.value),
    "integer in hex": lambda secret: hex(int(secret.value)),
    "packed": lambda secret: int(secret.value).to_bytes(8, "little"),
}
SECRETS = [Secret("name", NAME), Secret("phone", f"+30{MOBILE}"), Secret("chat", "6000000007")]


@pytest.mark.parametrize("secret", SECRETS, ids=lambda secret: secret.kind)
@pytest.mark.parametrize("plant", PLANTS)
def test_the_search_finds_what_is_planted(plant: str, secret: Secret, tmp_path: Path) -> None:
    """In a database's file, as SQLite itself writes it, in UTF-8 and in UTF-16, and once in the `-wal` alone."""
    numeric = plant in ("integer", "row id", "integer in hex", "packed")
    if numeric and secret.kind == "name":
        assert not secret.numbers
        return
    for encoding in ("UTF-8", "UTF-16le"):
        file = tmp_path / f"{encoding}.db"
        with closing(sqlite3.connect(file)) as database:
            database.execute(f"pragma encoding = '{encoding}'")
            database.execute("pragma journal_mode = wal")
            database.execute("create table planted (id integer primary key, what)")
            database.execute("pragma wal_checkpoint(truncate)")
            clean = file.read_bytes()
            column = "id" if plant == "row id" else "what"
            database.execute(f"insert into planted ({column}) values (?)", (PLANTS[plant](secret),))
            database.commit()
            places = {"clean": clean, "wal": Path(f"{file}-wal").read_bytes()}
            if encoding == "UTF-8" or plant in ("text", "spaced", "integer", "row id", "packed"):
                assert {place for place, _, _ in found([secret], places)} == {"wal"}


def test_no_form_is_so_short_that_chance_would_find_it() -> None:
    for secret in SECRETS:
        for form, needle in forms(secret):
            assert len(needle) >= 5, (form, needle)
