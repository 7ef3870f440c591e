"""The processes as they really run: each on its own, and each with its own keys only."""

from __future__ import annotations

import base64
import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from core.commands.processes import ADMIN, TOWN
from core.commands.processes import environment as told_to
from core.config import Settings
from tests.house.running import Town, environment, eventually, running

NAMES = {"web", "admin", "worker", "standin"}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with running(tmp_path_factory.mktemp("town")) as started:
        yield started


def test_one_command_starts_everything_and_says_where_it_is(town: Town) -> None:
    assert set(town.pids()) == NAMES
    assert {name: town.get(name) for name in ("web", "admin", "standin")} == dict.fromkeys(
        ("web", "admin", "standin"), 200
    )
    assert town.get("admin", "/readyz") == 200
    for port in ("PORT", "ADMIN_PORT", "STANDIN_PORT"):
        assert f"http://127.0.0.1:{town.environment[port]}/" in town.said
    assert "the wall between their keys is a demonstration" in town.said


def test_the_invented_town_is_there_and_loaded_once(town: Town) -> None:
    with closing(sqlite3.connect(town.folder / "var/paso.db")) as database:
        activities = database.execute("select count(*) from activities").fetchone()[0]
        events = [name for (name,) in database.execute("select name from events")]
    assert activities >= 6
    assert events.count("demonstration_loaded") == 1


@pytest.mark.parametrize("killed", sorted(NAMES))
def test_the_sudden_death_of_one_is_not_noticed_by_the_others(town: Town, killed: str) -> None:
    eventually("all run", lambda: set(town.pids()) == NAMES)
    before = town.pids()
    os.kill(before[killed], signal.SIGKILL)
    eventually(f"{killed} is back", lambda: town.pids().get(killed, before[killed]) != before[killed])
    after = town.pids()
    assert {name: pid for name, pid in after.items() if name != killed} == {
        name: pid for name, pid in before.items() if name != killed
    }
    for name in ("web", "admin", "standin"):
        eventually(f"{name} answers", lambda name=name: town.get(name) == 200)


def test_the_panel_is_told_nothing_of_the_others(town: Town) -> None:
    eventually("all run", lambda: set(town.pids()) == NAMES)
    pids = town.pids()
    told = {name: _environment(pid) for name, pid in pids.items()}
    secret = told["worker"]["TWILIO_AUTH_TOKEN"]
    assert secret == told["web"]["TWILIO_AUTH_TOKEN"]
    assert secret not in told["admin"].values()
    assert not {name for name in told["admin"] if name.startswith(("TWILIO", "TELEGRAM"))}
    folder = Path(told["admin"]["KEYS_DIR"])
    assert {path.name for path in folder.iterdir()} == ADMIN.keys
    keys = town.folder.resolve() / "var/keys"
    opened = [path for path in _open_files(pids["admin"]) if path.startswith(str(keys))]
    assert opened == []


def test_every_process_is_told_how_long_presence_is_kept() -> None:
    for process in TOWN:
        assert told_to(process, Settings(presence_days=20))["PRESENCE_DAYS"] == "20", process.name


def test_each_process_has_its_own_folder_of_keys(town: Town) -> None:
    for process in TOWN:
        folder = Path(_environment(town.pids()[process.name])["KEYS_DIR"])
        assert {path.name for path in folder.iterdir()} == process.keys
        assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_the_memory_of_the_panel_holds_no_key_of_the_others(town: Town) -> None:
    eventually("all run", lambda: set(town.pids()) == NAMES)
    keys = {path.name: path.read_bytes().strip() for path in (town.folder / "var/keys").glob("*.*")}
    forms = {name: (written, base64.b64decode(written)) for name, written in keys.items()}

    def found(process: str) -> set[str]:
        return set(_found_in_memory(town.pids()[process], forms))

    # A process that was begun again just now has not read its keys yet; the search must find those that are there.
    eventually("web holds its look-up key", lambda: "lookup.key" in found("web"))
    eventually("admin holds its own key", lambda: "panel.key" in found("admin"))
    assert found("admin") <= ADMIN.keys


def test_a_taken_port_is_named_with_the_setting_that_changes_it(town: Town, tmp_path: Path) -> None:
    for setting in ("PORT", "ADMIN_PORT", "STANDIN_PORT"):
        taken = town.environment[setting]
        told = _paso(tmp_path, {**environment(), setting: taken}, "run")
        assert told.returncode == 1
        assert (
            told.stderr
            == f"Port {taken} cannot be used (Address already in use); set {setting} to another.\n"
        )


def test_it_stops_as_one_and_starts_a_second_time(tmp_path: Path) -> None:
    with running(tmp_path) as first:
        pids = first.pids()
        assert first.stop() == 0
        assert [pid for pid in pids.values() if Path(f"/proc/{pid}").exists()] == []
    with running(tmp_path) as second:
        assert set(second.pids()) == NAMES


def test_a_process_that_cannot_start_says_why(tmp_path: Path) -> None:
    env = environment()
    assert _paso(tmp_path, env, "init").returncode == 0
    (tmp_path / "var/keys/admin/panel.key").write_text("damaged\n")
    told = _paso(tmp_path, env, "run")
    assert told.returncode == 1
    assert "admin: KEYS_DIR: panel.key is damaged." in told.stderr


def test_without_a_provider_and_without_a_demonstration_no_standin_runs(tmp_path: Path) -> None:
    with running(tmp_path, PASO_DEMONSTRATION="0") as town:
        assert set(town.pids()) == NAMES - {"standin"}
        assert "Codes cannot be sent" in town.said
    assert not (tmp_path / "var/demonstration.env").exists()


def _paso(folder: Path, env: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "core.commands", *words]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


def _environment(pid: int) -> dict[str, str]:
    pairs = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
    return dict(pair.split("=", 1) for pair in pairs if "=" in pair)


def _open_files(pid: int) -> list[str]:
    return [os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir()]


def _found_in_memory(pid: int, forms: dict[str, tuple[bytes, ...]]) -> set[str]:
    found = set()
    with Path(f"/proc/{pid}/mem").open("rb", 0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            begin, end, rights = re.match(r"(\w+)-(\w+) (\S+)", line).groups()  # type: ignore[union-attr]
            if not rights.startswith("rw"):
                continue
            try:
                memory.seek(int(begin, 16))
                block = memory.read(int(end, 16) - int(begin, 16))
            except OSError:
                continue  # a part that cannot be read
            found |= {name for name, written in forms.items() if any(form in block for form in written)}
    return found
