"""`paso figures verify`: agreement is said, a difference is an exit code."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from core.commands.main import app
from core.config import Settings
from core.db.database import Database
from tests.stats.test_figures import a_month


def paso(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    assert paso("init").exit_code == 0
    return tmp_path / "var/paso.db"


async def _tell(path: Path) -> None:
    database = Database(f"sqlite:///{path}")
    await a_month(5, 60).tell(database)
    await database.close()


def test_figures_are_verified_also_after_everyone_was_erased(town: Path) -> None:
    asyncio.run(_tell(town))
    first = paso("figures", "verify")
    assert first.exit_code == 0
    assert "all agree" in first.stdout
    with closing(sqlite3.connect(town)) as connection, connection:
        for table in ("companions", "answers", "addresses", "citizens"):
            connection.execute(f"delete from {table}")
    assert paso("figures", "verify").stdout == first.stdout


def test_a_figure_that_differs_from_the_log_is_an_exit_code(town: Path) -> None:
    asyncio.run(_tell(town))
    paso("figures", "verify")
    with closing(sqlite3.connect(town)) as connection, connection:
        connection.execute("update figures_days set peak = peak + 1")
    found = paso("figures", "verify")
    assert found.exit_code == 1
    assert "differ from the event log" in found.stderr
