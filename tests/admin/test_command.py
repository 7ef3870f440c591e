"""`paso staff`, and the account of the demonstration."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pyotp
import pytest
from click.testing import Result
from sqlalchemy import select
from typer.testing import CliRunner

from core.adapters.keys import make_keys
from core.commands.main import app
from core.commands.staff import ensure
from core.config import Settings
from core.db.database import Database
from core.db.schema import audit
from core.people.staff_model import staff, staff_links
from tests.admin.conftest import Panel, make_tables, serve
from tests.fakes.clock import StoppedClock


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    address = f"sqlite:///{tmp_path}/paso.db"
    make_keys(tmp_path / "keys")
    asyncio.run(make_tables(address))
    return Settings.model_validate({"database_url": address, "keys_dir": tmp_path / "keys"})


def paso(settings: Settings, *arguments: str) -> Result:
    environment = {
        "DATABASE_URL": settings.database_url,
        "KEYS_DIR": str(settings.keys_dir),
        "ADMIN_URL": "https://panel.example",
    }
    return CliRunner().invoke(app, list(arguments), env=environment)


def test_a_link_is_made_and_its_making_is_in_the_log(settings: Settings) -> None:
    made = paso(settings, "staff", "add", "Eleni", "--role", "administrator", "--role", "gate")
    assert made.exit_code == 0
    assert made.stdout.startswith("https://panel.example/join/")
    token = made.stdout.strip().rpartition("/")[2]

    async def look() -> None:
        database = Database(settings.database_url)
        async with database.reading() as connection:
            link = (await connection.execute(select(staff_links))).one()
            entry = (await connection.execute(select(audit))).one()
        await database.close()
        assert (link.login, link.roles) == ("eleni", ["administrator", "gate"])
        assert token.encode() not in link.hash
        assert (entry.actor, entry.action) == ("command", "staff.invited")
        assert token not in str(entry.facts)

    asyncio.run(look())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("add", "Ελένη", "--role", "gate"), "small Latin letters"),
        (("renew", "nobody"), "does not exist"),
        (("add", "eleni"), "--role"),
        (("add", "eleni", "--role", "king"), "king"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(
    settings: Settings, arguments: tuple[str, ...], words: str
) -> None:
    answer = paso(settings, "staff", *arguments)
    assert answer.exit_code != 0
    assert words in answer.output
    assert "Traceback" not in answer.output


async def test_the_demonstrations_account_signs_in_and_is_made_once(
    panel: Panel, key_folder: Path, clock: StoppedClock
) -> None:
    secret = pyotp.random_base32()
    for _ in range(2):
        await ensure(panel.side.settings, "demo", "1234-5678-9012", secret)
    assert await panel.written() == 1
    assert await panel.count(staff) == 1
    async with serve(panel.side.settings.database_url, key_folder, clock) as other:
        browser = await other.browser()
        await browser.visit("/in")
        await browser.send("/in", login="demo", password="1234-5678-9012")
        await browser.send("/in/code", code=pyotp.TOTP(secret).at(clock.now()))
        assert browser.last.path == "/"
    await ensure(panel.side.settings, "demo", "2345-6789-0123", secret)
    assert await panel.written() == 3
