"""What the house asks of every file."""

from __future__ import annotations

import ast
import re
import string
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.commands.processes import STANDIN, TOWN, environment
from core.config import Settings
from core.messages import texts

ROOT = Path(__file__).parents[2]
PACKAGES = ("core", "edge", "bot", "webhooks", "admin", "standin")
OUR_TEXT = ("core", "edge", "bot", "webhooks", "admin")
LONGEST_FILE = 400
_LINTER = Path(sys.executable).with_name("lint-imports")
MIGRATIONS = ROOT / "core/db/migrations/versions"
NOT_SAID = (
    ROOT / "core/dialog/phrases",  # words that people say to us
    ROOT / "core/messages/segments.py",  # the alphabet of SMS
    ROOT / "core/config.py",  # the invented town's name, a setting
)
AT_THE_EDGE = (ROOT / "core/adapters", ROOT / "core/config.py")
TIME_AND_CHANCE = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("date", "today"),
    ("time", "time"),
    ("os", "environ"),
    ("os", "getenv"),
    ("os", "urandom"),
    ("uuid", "uuid4"),
}


def sources(*packages: str) -> Iterator[tuple[Path, ast.Module]]:
    for package in packages:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path, ast.parse(path.read_text("utf-8"))


def test_the_import_contract_holds() -> None:
    told = subprocess.run([_LINTER, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout


def test_time_and_chance_are_handed_in() -> None:
    found = []
    for path, tree in sources("core", "bot", "webhooks", "admin"):
        if any(path.is_relative_to(edge) for edge in AT_THE_EDGE):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                if (node.value.id, node.attr) in TIME_AND_CHANCE:
                    found.append(f"{path}:{node.lineno}")
            elif isinstance(node, ast.Import | ast.ImportFrom):
                names = {name.name for name in node.names} | {getattr(node, "module", None)}
                if names & {"random", "secrets"}:
                    found.append(f"{path}:{node.lineno}")
    assert found == []


def test_no_sentence_for_people_stands_in_the_code() -> None:
    found = []
    for path, tree in sources(*OUR_TEXT):
        if any(path.is_relative_to(place) for place in NOT_SAID):
            continue
        for text in _strings(tree):
            if re.search(r"[\u0370-\u03ff\u1f00-\u1fff]{2}", text.value):
                found.append(f"{path}:{text.lineno} {text.value[:40]}")
    assert found == []


def test_no_file_is_too_long() -> None:
    lengths = {
        path: len(path.read_text("utf-8").splitlines())
        for folder in (*PACKAGES, "tests", "bench")
        for path in (ROOT / folder).rglob("*.py")
        if not path.is_relative_to(MIGRATIONS)
    }
    assert {path: lines for path, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_every_language_has_every_text_with_the_same_places() -> None:
    first, *others = texts.languages()
    known = _places(first)
    assert len(known) > 1
    for language in others:
        theirs = _places(language)
        assert set(theirs) == set(known), language
        assert {key: theirs[key] for key in known if theirs[key] != known[key]} == {}, language


def test_every_refusal_has_its_sentence() -> None:
    known = texts.keys("el")
    missing = []
    for path, tree in sources(*OUR_TEXT):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Refused" and node.args:
                code = node.args[0]
                if isinstance(code, ast.Constant):
                    area, _, name = str(code.value).partition(".")
                    if f"{area}.refused.{name}" not in known:
                        missing.append(f"{path}:{node.lineno} {code.value}")
    assert missing == []


def test_every_setting_is_documented_and_given_to_a_process() -> None:
    table = (ROOT / "README.md").read_text("utf-8")
    for name in Settings.model_fields:
        assert f"`{name.upper()}`" in table, name
    given = {name for process in (*TOWN, STANDIN) for name in process.settings}
    assert given | {"keys_dir"} == set(Settings.model_fields)


def test_the_procfile_starts_the_same_processes() -> None:
    lines = (ROOT / "Procfile").read_text("utf-8").splitlines()
    started = {name: command for name, _, command in (line.partition(": ") for line in lines)}
    assert set(started) == {process.name for process in TOWN}
    for process in TOWN:
        assert started[process.name].endswith("python -m " + " ".join(process.arguments))
        assert f"KEYS_DIR=${{KEYS_DIR:-var/keys}}/{process.name} " in started[process.name]


def test_no_process_is_told_a_secret_of_another() -> None:
    secret = "not-for-everyone"
    settings = Settings.model_validate(
        {
            "telegram_bot_token": secret,
            "telegram_webhook_secret": secret,
            "twilio_auth_token": secret,
            "telegram_api_url": f"https://{secret}",
        }
    )
    holders = {process.name for process in (*TOWN, STANDIN) if secret in str(environment(process, settings))}
    assert holders == {"web", "worker", "standin"}
    by_name = {process.name: environment(process, settings) for process in (*TOWN, STANDIN)}
    assert "TELEGRAM_WEBHOOK_SECRET" not in by_name["worker"]
    assert set(by_name["standin"]) == {"TWILIO_AUTH_TOKEN"}


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "requirements-node.txt"])
def test_versions_are_locked_with_hashes_and_name_no_address(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    assert "://" not in text
    assert "--index" not in text
    blocks = re.split(r"\n(?=[a-zA-Z0-9])", text.strip())
    assert len(blocks) > 1
    for block in blocks:
        assert re.match(r"[a-z0-9.\[\]-]+==\S+( ;[^\\]+)? \\\n    --hash=sha256:[0-9a-f]{64}", block), block[
            :80
        ]


def _strings(tree: ast.Module) -> Iterator[ast.Constant]:
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings are for us
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node


def _places(language: str) -> dict[str, frozenset[str]]:
    return {key: _names(leaf) for key, leaf in texts._catalogue(language).items()}


def _names(leaf: Any) -> frozenset[str]:
    sentence = leaf if isinstance(leaf, str) else leaf["other"]
    return frozenset(name for _, name, _, _ in string.Formatter().parse(sentence) if name)
