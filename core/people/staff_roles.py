"""What staff may do: permissions, and the roles that hold them. Nobody has one that their work does not need."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final


class Permission(StrEnum):
    """One thing that a route may ask for."""

    OWN = "own"
    """One's own account: everyone who is signed in."""
    ACTIVITIES_SEE = "activities.see"
    ACTIVITIES_EDIT = "activities.edit"
    """Create, revise, publish, close, archive."""
    DAY_SEE = "day.see"
    """Hours, lanes, bookings without names; who is inside now."""
    DAY_CHANGE = "day.change"
    """Walk-ins; moves and cancellations on somebody's behalf."""
    DESK_OPEN = "desk.open"
    """Open the citizens' side for somebody at the counter."""
    GATE_SCAN = "gate.scan"
    GATE_OVERRIDE = "gate.override"
    """Let in against the verdict, with a reason."""
    GATE_DEVICES = "gate.devices"
    """Make log-in links for gate telephones, and end them."""
    TRACING = "tracing"
    FIGURES_SEE = "figures.see"
    FIGURES_SET = "figures.set"
    """Set the targets of key figures."""
    STAFF_MANAGE = "staff.manage"
    AUDIT_READ = "audit.read"


class Role(StrEnum):
    ADMINISTRATOR = "administrator"
    OFFICER = "officer"
    GATE = "gate"
    DESK = "desk"
    TRACING = "tracing"
    AUDITOR = "auditor"


_P = Permission
PERMISSIONS: Final[Mapping[Role, frozenset[Permission]]] = {
    Role.ADMINISTRATOR: frozenset({_P.STAFF_MANAGE, _P.AUDIT_READ, _P.ACTIVITIES_SEE, _P.FIGURES_SEE}),
    Role.OFFICER: frozenset(
        {_P.ACTIVITIES_SEE, _P.ACTIVITIES_EDIT, _P.DAY_SEE, _P.DAY_CHANGE}
        | {_P.FIGURES_SEE, _P.FIGURES_SET}
        | {_P.GATE_SCAN, _P.GATE_OVERRIDE, _P.GATE_DEVICES}
    ),
    Role.GATE: frozenset({_P.GATE_SCAN}),
    Role.DESK: frozenset({_P.ACTIVITIES_SEE, _P.DAY_SEE, _P.DAY_CHANGE, _P.DESK_OPEN}),
    Role.TRACING: frozenset({_P.TRACING}),
    Role.AUDITOR: frozenset({_P.AUDIT_READ, _P.FIGURES_SEE}),
}


def permissions_of(roles: Iterable[Role]) -> frozenset[Permission]:
    """All that these roles may do together, and what everyone may."""
    return frozenset({Permission.OWN}).union(*(PERMISSIONS[role] for role in roles))
