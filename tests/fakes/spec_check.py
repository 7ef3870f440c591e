"""The official descriptions of Telegram's and Twilio's interfaces, as checks.

They lie beside the repository (`../shared/specs`), or where PASO_SPECS says.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

ROOT = Path(__file__).resolve().parents[2]


def specs_folder() -> Path:
    return Path(os.environ.get("PASO_SPECS") or ROOT.parent / "shared" / "specs")


def specs_or_skip() -> Path:
    """The folder, or the reason why tests that need it cannot run."""
    folder = specs_folder()
    if not (folder / "check_telegram.py").exists():
        pytest.skip(f"the official descriptions are not at {folder}; set PASO_SPECS")
    return folder


@cache
def telegram() -> Any:
    """The module `check_telegram`: `check`, `check_response`, `check_update`, `plain_text`."""
    specification = importlib.util.spec_from_file_location(
        "check_telegram", specs_or_skip() / "check_telegram.py"
    )
    assert specification
    assert specification.loader
    module = importlib.util.module_from_spec(specification)
    import sys

    sys.modules[specification.name] = module  # dataclasses look their module up
    specification.loader.exec_module(module)
    return module


@cache
def _twilio() -> dict[str, Any]:
    described = json.loads((specs_or_skip() / "twilio_api_v2010.json").read_text("utf-8"))
    plain: dict[str, Any] = _nullable(described)
    return plain


def _nullable(node: Any) -> Any:
    """OpenAPI 3.0's `nullable` in the words of JSON Schema."""
    if isinstance(node, list):
        return [_nullable(item) for item in node]
    if not isinstance(node, dict):
        return node
    plain = {key: _nullable(value) for key, value in node.items()}
    if plain.pop("nullable", False) is True and isinstance(plain.get("type"), str):
        plain["type"] = [plain["type"], "null"]
    return plain


@cache
def _paths() -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    found = []
    for path, operations in _twilio()["paths"].items():
        pattern = re.sub(r"\\\{\w+\\\}", r"[^/.]+", re.escape(path))
        found.append((re.compile(pattern), operations))
    return found


def check_twilio(
    method: str,
    path: str,
    query: Iterable[tuple[str, str]],
    form: Iterable[tuple[str, str]],
    status: int | None = None,
    body: Any = None,
) -> list[str]:
    """What is wrong with a request, and with its answer when `status` is given; 4xx and 5xx pass."""
    operation = next(
        (found.get(method.lower()) for pattern, found in _paths() if pattern.fullmatch(path)), None
    )
    if operation is None:
        return [f"{method} {path}: no such operation"]
    known = {item["name"]: item for item in operation.get("parameters", []) if item["in"] == "query"}
    problems = [f"{method}: no query parameter {name}" for name, _ in query if name not in known]
    content = operation.get("requestBody", {}).get("content", {})
    if content:
        schema = content["application/x-www-form-urlencoded"]["schema"]
        problems += _problems(_fields(form, schema), schema | {"additionalProperties": False}, "form")
    elif list(form):
        problems.append(f"{method}: takes no form")
    if status is not None and status < 400:
        answer = operation["responses"].get(str(status))
        if answer is None:
            problems.append(f"{method}: no answer {status} is foreseen")
        elif "content" in answer:
            problems += _problems(body, answer["content"]["application/json"]["schema"], "answer")
    return problems


def _fields(form: Iterable[tuple[str, str]], schema: Mapping[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, value in form:
        if schema["properties"].get(name, {}).get("type") == "array":
            fields.setdefault(name, []).append(value)
        else:
            fields[name] = value
    return fields


def _problems(value: Any, schema: Mapping[str, Any], what: str) -> list[str]:
    whole = {**schema, "components": _twilio()["components"]}
    found = jsonschema.Draft202012Validator(whole).iter_errors(value)
    return [f"{what}: {'.'.join(map(str, error.absolute_path))}: {error.message}" for error in found]
