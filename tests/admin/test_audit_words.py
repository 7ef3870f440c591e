"""The audit log is read by people: every entry that the code writes has its words, and every fact its name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.messages.texts import keys

_ACTION = re.compile(r"[a-z_]+(\.[a-z_]+)?")


def _written() -> Iterator[tuple[str, set[str]]]:
    """Actions with the facts beside them, as the code has them; of those made while it runs, nothing."""
    for folder in ("core", "admin", "webhooks"):
        for path in Path(folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call):
                    yield from _of_call(node)
                elif isinstance(node, ast.AnnAssign) and "Facts" in ast.unparse(node.annotation):
                    yield "", _names(node.value)


def _of_call(node: ast.Call) -> Iterator[tuple[str, set[str]]]:
    given = {each.arg: each.value for each in node.keywords if each.arg}
    if getattr(node.func, "attr", "") == "commit" and len(node.args) == 2:
        yield _constant(node.args[1]), set(given)
    elif {"actor", "action", "facts"} <= set(given):
        yield _constant(given["action"]), _names(given["facts"])


def _constant(node: ast.expr) -> str:
    found = node.value if isinstance(node, ast.Constant) else ""
    return found if isinstance(found, str) and _ACTION.fullmatch(found) else ""


def _names(node: ast.expr | None) -> set[str]:
    names = node.keys if isinstance(node, ast.Dict) else ()
    return {each.value for each in names if isinstance(each, ast.Constant) and isinstance(each.value, str)}


@pytest.mark.parametrize("language", ["el", "en"])
def test_every_entry_and_every_fact_has_its_words(language: str) -> None:
    known, found = keys(language), list(_written())
    actions = {action for action, _ in found if action}
    facts = set().union(*(names for _, names in found))
    assert len(actions) > 40
    assert {"why", "boxes", "slot"} <= facts
    wordless = {
        action
        for action in actions
        if action.replace(".", ".audit.", 1) not in known and f"admin.audit_log.did.{action}" not in known
    }
    assert wordless == set()
    assert {fact for fact in facts if f"admin.audit_log.fact.{fact}" not in known} == set()
