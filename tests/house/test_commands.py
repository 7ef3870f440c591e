"""The command line: what is wrong is one sentence and exit 1."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from core.commands.main import app
from core.commands.processes import ADMIN, TOWN, check_wall
from core.commands.supervising import configuration
from core.config import Settings, read_settings
from core.errors import ConfigurationFault

ROOT = Path(__file__).parents[2]
POOL = ROOT / "core/activities/demonstration/pool.json"


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def paso(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def test_what_is_made_is_made_once_and_closed_to_others(tmp_path: Path) -> None:
    assert paso("init").exit_code == 0
    keys = {path: path.read_bytes() for path in (tmp_path / "var/keys").rglob("*.*")}
    assert paso("init").exit_code == 0
    assert keys == {path: path.read_bytes() for path in (tmp_path / "var/keys").rglob("*.*")}
    closed = [*keys, tmp_path / "var/paso.db", tmp_path / "var", tmp_path / "var/keys"]
    assert {path.stat().st_mode & 0o077 for path in closed} == {0}


def test_the_status_of_the_keys_tells_who_holds_them() -> None:
    paso("keys", "make")
    told = {line.split()[0]: line.split()[1:] for line in paso("keys", "status").stdout.splitlines()}
    assert told["opening.key"] == ["there", "worker"]
    assert told["panel.key"] == ["there", "admin"]
    assert told["lookup.key"] == ["there", "web"]


def test_a_key_that_strayed_is_taken_away_again(tmp_path: Path) -> None:
    paso("keys", "make")
    folder = tmp_path / "var/keys/admin"
    (folder / "opening.key").write_bytes((tmp_path / "var/keys/opening.key").read_bytes())
    settings = Settings(keys_dir=folder)
    with pytest.raises(ConfigurationFault, match=r"admin must not hold opening\.key"):
        check_wall(ADMIN, settings)
    paso("keys", "make")
    check_wall(ADMIN, settings)


@pytest.mark.parametrize("name", ["telegram_bot_token", "telegram_webhook_secret", "twilio_auth_token"])
def test_the_panel_refuses_a_secret_of_the_others(name: str, tmp_path: Path) -> None:
    paso("keys", "make")
    settings = Settings.model_validate({"keys_dir": tmp_path / "var/keys/admin", name: "x"})
    with pytest.raises(ConfigurationFault, match=name.upper()):
        check_wall(ADMIN, settings)


def test_an_activity_goes_in_and_comes_out_the_same(tmp_path: Path) -> None:
    paso("init")
    assert paso("activity", "check", POOL).exit_code == 0
    assert paso("activity", "import", POOL).exit_code == 0
    exported = tmp_path / "pool.json"
    exported.write_text(
        paso("activity", "export", json.loads(POOL.read_text("utf-8"))["key"]).stdout, "utf-8"
    )
    assert paso("activity", "check", exported).exit_code == 0


def test_an_activity_that_nobody_knows_cannot_be_exported() -> None:
    paso("init")
    told = paso("activity", "export", "nothing")
    assert (told.exit_code, told.stdout) == (1, "")
    assert told.stderr.count("\n") == 1


def test_faults_of_an_activity_are_listed_and_nothing_is_saved(tmp_path: Path) -> None:
    paso("init")
    document = json.loads(POOL.read_text("utf-8"))
    del document["name"]["el"]
    document["category"] = "music"
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps(document), "utf-8")
    told = paso("activity", "import", wrong, "--language", "en")
    assert told.exit_code == 1
    assert f"{wrong}: category: " in told.stderr
    assert f"{wrong}: name.el: " in told.stderr
    with closing(sqlite3.connect(tmp_path / "var/paso.db")) as database:
        assert database.execute("select count(*) from activities").fetchone() == (0,)


def test_a_backup_can_be_put_back(tmp_path: Path) -> None:
    paso("init")
    file = tmp_path / "var/paso.db"
    _note(file, "before")
    assert paso("backup", "copy.db").exit_code == 0
    assert (tmp_path / "copy.db").stat().st_mode & 0o077 == 0
    _note(file, "after")
    assert paso("restore", "copy.db").exit_code == 0
    with closing(sqlite3.connect(file)) as database:
        assert database.execute("select key from handled").fetchall() == [("before",)]


def test_a_backup_overwrites_nothing(tmp_path: Path) -> None:
    paso("init")
    (tmp_path / "copy.db").write_text("mine")
    assert paso("backup", "copy.db").exit_code == 1
    assert (tmp_path / "copy.db").read_text() == "mine"


def test_what_is_no_backup_is_not_put_back(tmp_path: Path) -> None:
    paso("init")
    before = (tmp_path / "var/paso.db").read_bytes()
    (tmp_path / "wrong.db").write_text("no database")
    for name in ("wrong.db", "missing.db"):
        told = paso("restore", name)
        assert told.exit_code == 1
        assert name in told.stderr
    assert (tmp_path / "var/paso.db").read_bytes() == before
    assert not (tmp_path / "missing.db").exists()


def test_a_database_in_use_is_not_replaced(tmp_path: Path) -> None:
    paso("init")
    paso("backup", "copy.db")
    with closing(sqlite3.connect(tmp_path / "var/paso.db")) as database:
        database.execute("select * from handled").fetchall()
        told = paso("restore", "copy.db")
    assert told.exit_code == 1
    assert told.stderr == "The database is in use; stop the processes first.\n"


def test_the_audit_log_of_a_new_town_is_whole() -> None:
    paso("init")
    assert paso("audit", "verify").exit_code == 0


def test_the_doctor_names_what_is_missing_and_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    told = paso("doctor")
    assert told.exit_code == 1
    assert "opening.key is missing; `paso keys make` makes it" in told.stdout
    assert "there is no database; `paso init` makes it" in told.stdout
    paso("init")
    for name, value in {"ACCOUNT_SID": "AC1", "AUTH_TOKEN": "hush", "FROM": "+302110000000"}.items():
        monkeypatch.setenv(f"TWILIO_{name}", value)
    monkeypatch.setenv("PUBLIC_URL", "https://paso.example.gr")
    told = paso("doctor")
    failing = [line for line in told.stdout.splitlines() if line.startswith("FAIL")]
    assert all("make set-up" in line for line in failing)  # a machine without the browser's parts
    assert "hush" not in told.stdout


def test_a_wrong_setting_is_named_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "hush")
    told = paso("run")
    assert told.exit_code == 1
    assert told.stderr.startswith("PORT: ")
    assert "hush" not in told.stderr


@pytest.mark.parametrize("value", ['a "town"', "a ; b", "a\nb"])
def test_a_value_that_the_supervisor_would_misread_is_refused(value: str, tmp_path: Path) -> None:
    settings = Settings(municipality_el=value)
    with pytest.raises(ConfigurationFault, match="MUNICIPALITY_EL"):
        configuration(settings, TOWN, tmp_path, tmp_path, tmp_path / "socket")


def test_settings_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "9000")
    assert read_settings().port == 9000


def _note(file: Path, key: str) -> None:
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("insert into handled (key, at) values (?, 0)", [key])
