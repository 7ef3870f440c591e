"""A verdict as it is kept beside its scan, so that the same nonce is told the same again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.db.types import from_milliseconds, to_milliseconds
from core.dialog.words import Written
from core.errors import Refused
from core.visits.scans import Verdict


def keep(verdict: Verdict) -> dict[str, Any]:
    reason = verdict.reason
    return {
        "code": reason.code if reason else "",
        "params": {name: _keep(value) for name, value in reason.params.items()} if reason else {},
        "direction": verdict.direction,
        "persons": verdict.persons,
        "inside": verdict.inside,
        "remaining": verdict.remaining,
        "booking_id": verdict.booking_id,
        "number": verdict.number,
        "clock_error_ms": verdict.clock_error_ms,
    }


def tell(kept: Mapping[str, Any]) -> Verdict:
    params = {name: _tell(value) for name, value in kept["params"].items()}
    return Verdict(
        reason=Refused(kept["code"], **params) if kept["code"] else None,
        direction=kept["direction"],
        persons=kept["persons"],
        inside=kept["inside"],
        remaining=kept["remaining"],
        booking_id=kept["booking_id"],
        number=kept["number"],
        clock_error_ms=kept["clock_error_ms"],
        repeated=True,
    )


def _keep(value: object) -> Any:
    if isinstance(value, datetime):
        return {"at": to_milliseconds(value)}
    if isinstance(value, Written):
        return {"written": dict(value.by_language)}
    return value


def _tell(kept: Any) -> object:
    if isinstance(kept, dict):
        return from_milliseconds(kept["at"]) if "at" in kept else Written(kept["written"])
    return kept
