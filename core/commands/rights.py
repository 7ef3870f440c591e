"""Who may do what in a PostgreSQL database: one line for each table, from which the grants are made.

Each process is a database user of its own (`paso_web`, `paso_admin`, `paso_worker`; DATABASE_URL of each); the owner of
the tables migrates. A taken-over panel then cannot even read what is sealed, nor order a message. SQLite has no users.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import core.tables
from core.db.schema import metadata

assert core.tables

PROCESSES = ("web", "admin", "worker")
_VERBS = {"r": "select", "a": "insert", "c": "update", "d": "delete"}
_ALL, _GROWS = "racd", "ra"
"""`_GROWS`: added to and read; no process changes or takes away what happened."""


@dataclass(frozen=True)
class Rights:
    """r(ead), a(dd), c(hange), d(elete), for each process; and the columns of which it may not even read."""

    web: str = ""
    admin: str = ""
    worker: str = ""
    hidden: tuple[str, ...] = ()
    """From `admin`: it may not write them either."""
    unwritten: tuple[str, ...] = ()
    """By `admin`, which may see that it is there."""
    unread: tuple[str, ...] = ()
    """By `web` and `worker`: secrets of the staff."""


def _everyone(rights: str) -> Rights:
    return Rights(rights, rights, rights)


_TOWN = _everyone(_ALL)
"""What is to be booked, and what was: no personal data without the tables of people."""
_FIGURES = _everyone(_ALL)
_STAFF = Rights(admin=_ALL)

RIGHTS: dict[str, Rights] = {
    "absences": _TOWN,
    "activities": _TOWN,
    "addresses": Rights(_ALL, "r", _ALL, hidden=("lookup", "box")),
    "alembic_version": _everyone("r"),
    "alerts": _TOWN,
    "alerts_told": _TOWN,
    "answers": Rights(_ALL, "", _ALL),
    "audit": Rights(_GROWS, _GROWS, _GROWS + "d"),  # the worker lets the oldest entries go
    "bookings": _TOWN,
    "citizens": Rights(_ALL, "r", _ALL, hidden=("box",)),
    "closed_sessions": _TOWN,
    "closings": _TOWN,
    "closure_notices": _TOWN,
    "companions": Rights(_ALL, "", _ALL),
    "conversations": Rights(_ALL, "", _ALL),
    "data_requests": Rights(_ALL, "", _ALL),
    "desk_tickets": _TOWN,
    "drafts": Rights("", _ALL, ""),
    "enrolments": Rights(_ALL, "rad", _ALL, unwritten=("box",)),
    "erasures": Rights(_ALL, "", _ALL),
    "events": Rights(
        _GROWS, _GROWS + "c", _GROWS + "c"
    ),  # "c" to lock it for the figures: see `_APPEND_ONLY`
    "figures_applications": _FIGURES,
    "figures_days": _FIGURES,
    "figures_minutes": _FIGURES,
    "figures_state": _FIGURES,
    "handled": _everyone(_ALL),
    "heartbeats": Rights("r", "r", _ALL),
    "kpi_alerts": _FIGURES,
    "kpi_targets": _FIGURES,
    "officers": Rights("", "r", _ALL, hidden=("box",)),
    "opendata_items": _everyone(_ALL),
    "outbox": Rights(_ALL, "r", _ALL, hidden=("box", "mac", "params")),
    "passes": _TOWN,
    "previews": Rights("", _ALL, _ALL),
    "provisional": Rights(_ALL, "", _ALL),
    "releases": Rights("", "r", _ALL, hidden=("mac",)),
    "reminded": _TOWN,
    "reported": Rights(_ALL, _ALL, _ALL),
    "revisions": _TOWN,
    "scans": _TOWN,
    "session_notices": _TOWN,
    "slots": _TOWN,
    "spoken": Rights(_ALL, "", _ALL),
    "staff": Rights("r", _ALL, "r", unread=("password", "factor", "factor_step")),
    "staff_changes": _TOWN,
    "staff_links": _STAFF,
    "staff_recovery": _STAFF,
    "staff_sessions": _STAFF,
    "staff_tries": _STAFF,
    "typed_codes": Rights("", _ALL, _ALL),
    "verifications": Rights(_ALL, "", _ALL),
    "visits": _TOWN,
    "waiting": _TOWN,
    "warned": Rights(_ALL, "r", _ALL),
    "warned_before": Rights(_GROWS, "r", _GROWS + "d"),
    "warnings": Rights("r", _ALL, _ALL),
}


_APPEND_ONLY = """create or replace function paso_append_only() returns trigger language plpgsql as $$
begin raise exception 'what happened is not changed' using errcode = 'insufficient_privilege'; end $$"""
"""PostgreSQL lets only those lock a table who may change it; this lets nobody change it, the owner neither."""


def grants(prefix: str = "paso_") -> Iterator[str]:
    """Statements of SQL, to be run by the owner of the tables in one transaction, again after each migration."""
    roles = {process: f"{prefix}{process}" for process in PROCESSES}
    everyone = ", ".join(roles.values())
    yield "revoke create on schema public from public"
    yield "revoke all on all tables in schema public from public"
    yield f"revoke all on all tables in schema public from {everyone}"
    yield f"grant usage on schema public to {everyone}"
    yield f"grant usage on all sequences in schema public to {everyone}"
    yield _APPEND_ONLY
    yield (
        "create or replace trigger paso_append_only before update or delete on events"
        " for each statement execute function paso_append_only()"
    )
    for table, rights in RIGHTS.items():
        for process, role in roles.items():
            for letter in getattr(rights, process):
                yield f'grant {_VERBS[letter]}{_columns(table, rights, process, letter)} on "{table}" to {role}'


def _columns(table: str, rights: Rights, process: str, letter: str) -> str:
    left_out = rights.hidden + (rights.unwritten if letter != "r" else ())
    if process != "admin":
        left_out = rights.unread
    if not left_out or letter == "d":
        return ""
    kept = (f'"{column.name}"' for column in metadata.tables[table].columns if column.name not in left_out)
    return f" ({', '.join(kept)})"
