"""The audit log: who did what, newest first; and whether its chain is whole."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from admin.routes import Entry, Routes
from admin.visit import Visit
from core.db import audit
from core.db.types import from_milliseconds
from core.people.staff_log import PAGE, LogEntry, entries
from core.people.staff_roles import Permission, Role

_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)
_ACTOR = re.compile(r"[a-z]{1,20}(:[0-9]{1,19})?", re.ASCII)
routes = Routes(Entry("/audit", Permission.AUDIT_READ, "admin.audit_log"))


@dataclass(frozen=True)
class Line:
    """An entry, in words."""

    id: int
    at: datetime
    actor: str
    who: str
    what: str
    facts: list[tuple[str, str]]


@routes.get("/audit", needs=Permission.AUDIT_READ)
async def log(visit: Visit) -> web.Response:
    asked = visit.request.query
    before = int(asked["before"]) if _NUMBER.fullmatch(asked.get("before", "")) else None
    actor = asked.get("actor", "") if _ACTOR.fullmatch(asked.get("actor", "")) else ""
    found = await entries(visit.side.database, before=before, actor=actor)
    logins = await visit.side.staff.logins()
    lines = [_told(visit, entry, logins) for entry in found]
    older = found[-1].id if len(found) == PAGE else None
    who = _who(visit, actor, logins) if actor else ""
    return visit.page("audit.html", lines=lines, older=older, actor=actor, who=who)


@routes.get("/audit/check", needs=Permission.AUDIT_READ)
async def check(visit: Visit) -> web.Response:
    """Recompute the whole chain, as `paso audit verify` does."""
    wrong = await audit.verify(visit.side.database)
    key = "whole" if wrong is None else "broken"
    return visit.page("audit_check.html", key=key, wrong=wrong)


def _told(visit: Visit, entry: LogEntry, logins: dict[int, str]) -> Line:
    area, _, name = entry.action.partition(".")
    facts = [(_name(visit, fact), _value(visit, fact, value, logins)) for fact, value in entry.facts.items()]
    what = _words(visit, f"{area}.audit.{name}", f"admin.audit_log.did.{entry.action}") or entry.action
    return Line(entry.id, entry.at, entry.actor, _who(visit, entry.actor, logins), what, facts)


def _name(visit: Visit, fact: str) -> str:
    return _words(visit, f"admin.audit_log.fact.{fact}") or fact


def _words(visit: Visit, *keys: str) -> str:
    """Of the first of these keys that the catalogue has."""
    return next((visit.t(key) for key in keys if visit.has(key)), "")


def _value(visit: Visit, fact: str, value: str | int | bool, logins: dict[int, str]) -> str:
    """A fact as it is read: names for ids of staff and roles, words for what the catalogue knows."""
    if fact == "staff" and isinstance(value, int):
        return logins.get(value, str(value))
    if fact == "roles":
        return ", ".join(visit.t(f"staff.role.{role}") for role in str(value).split() if role in tuple(Role))
    if isinstance(value, bool):
        return visit.t(f"admin.audit_log.value.{'yes' if value else 'no'}")
    if fact in ("start", "end") and isinstance(value, int):
        return visit.t("admin.audit_log.minute", when=from_milliseconds(value))
    written = str(value)
    of_a_list = {"reason": "activities.closure", "section": "panel_activities.section"}.get(fact, "")
    name = re.sub("[^a-z]", "_", written)
    return _words(visit, f"admin.audit_log.{fact}.{name}", f"{of_a_list}.{written}") or written


def _who(visit: Visit, actor: str, logins: dict[int, str]) -> str:
    kind, _, number = actor.partition(":")
    if kind == "staff" and number.isdigit():
        return logins.get(int(number), actor)
    return _words(visit, f"admin.audit_log.actor.{kind}") or actor
