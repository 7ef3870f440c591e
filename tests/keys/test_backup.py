"""The keys leave the machine only under a passphrase, and never beside the database."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from core.adapters import keys
from core.adapters.archives import read_archive, write_archive
from core.adapters.erasures import ErasuresFile
from core.commands.main import app
from core.config import Settings
from core.errors import ConfigurationFault

PASSPHRASE = "four words, well chosen"


@pytest.fixture(autouse=True)
def _town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "safe").mkdir()
    (tmp_path / "passphrase").write_text(PASSPHRASE + "\n", "utf-8")
    assert paso("init").exit_code == 0


def paso(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def test_an_archive_opens_under_its_passphrase_alone(tmp_path: Path) -> None:
    place = tmp_path / "archive"
    write_archive(place, {"a.key": b"secret"}, PASSPHRASE)
    assert place.stat().st_mode & 0o077 == 0
    assert b"secret" not in place.read_bytes()
    assert read_archive(place, PASSPHRASE) == {"a.key": b"secret"}
    with pytest.raises(ConfigurationFault, match="passphrase is another"):
        read_archive(place, PASSPHRASE + ".")
    changed = bytearray(place.read_bytes())
    changed[-1] ^= 1
    place.write_bytes(bytes(changed))
    with pytest.raises(ConfigurationFault, match="damaged"):
        read_archive(place, PASSPHRASE)
    with pytest.raises(ConfigurationFault, match="exists already"):
        write_archive(place, {}, PASSPHRASE)
    with pytest.raises(ConfigurationFault, match="too short"):
        write_archive(tmp_path / "another", {}, "short")


def test_the_two_never_lie_in_one_folder(tmp_path: Path) -> None:
    told = paso("backup", "copy.db", "--keys", "keys.sealed", "--passphrase-file", "passphrase")
    assert told.exit_code == 1
    assert "apart" in told.stderr
    assert not (tmp_path / "copy.db").exists()
    assert paso("backup", "copy.db", "--keys", "safe", "--passphrase-file", "passphrase").exit_code == 0
    (archive,) = (tmp_path / "safe").iterdir()
    assert set(keys.NAMES) <= read_archive(archive, PASSPHRASE).keys()


def test_other_keys_are_not_overwritten(tmp_path: Path) -> None:
    assert paso("backup", "copy.db", "--keys", "safe/a", "--passphrase-file", "passphrase").exit_code == 0
    place = tmp_path / "var/keys" / keys.ORIGIN
    place.unlink()
    assert paso("keys", "make").exit_code == 0
    made = place.read_bytes()
    told = paso("restore", "copy.db", "--keys", "safe/a", "--passphrase-file", "passphrase")
    assert told.exit_code == 1
    assert "holds other keys" in told.stderr
    assert place.read_bytes() == made


def test_the_list_of_the_forgotten_survives_a_crash_in_the_middle_of_a_line(tmp_path: Path) -> None:
    at = datetime(2026, 11, 24, tzinfo=UTC)
    outside = ErasuresFile(tmp_path / "list")
    assert outside.read() == {}
    outside.add({1: at})
    with (tmp_path / "list").open("a") as file:
        file.write("2 2026-")
    assert outside.read() == {1: at}
    outside.add({3: at})
    assert outside.read() == {1: at, 3: at}
    (tmp_path / "list").write_text("rubbish\n")
    with pytest.raises(ConfigurationFault, match="damaged"):
        outside.read()
