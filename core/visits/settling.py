"""What follows from scans: stays, marks of conflict, events for the figures, alerts.

Events of going in and out name the facility, the minute and how many, never the booking or the slot: they outlive
the stays, and a court has one booking an hour. They add up to the stays; what is corrected later (an assumed exit
that was seen after all) is taken back by a negative number, so that the log is only ever added to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.db.schema import events
from core.db.types import to_milliseconds
from core.ports import Codes
from core.visits.alerting import Alerting
from core.visits.model import scans, visits
from core.visits.parties import Party
from core.visits.scans import ENTRY
from core.visits.stays import session_at

ENTERED = "entered"
LEFT = "left"
ATTENDED = "attended"


def attended(party: Party, at: datetime, persons: int) -> dict[str, Any]:
    """The first entry of a booking in a session. Told at the session's start: when they came is nobody's business
    once the stays are erased."""
    slot = party.slot
    start, _ = slot.sessions[session_at(slot.sessions, at)]
    facts = {
        "booking": party.booking_id,
        "slot": slot.id,
        "activity": slot.activity.key,
        "category": slot.activity.category,
        "facility": slot.facility,
        "place": slot.place,
        "starts": to_milliseconds(start),
        "persons": persons,
    }
    return {"at": start, "name": ATTENDED, "facts": facts}


async def settle(
    transaction: AsyncConnection,
    codes: Codes,
    alerting: Alerting,
    now: datetime,
    parties: Sequence[Party],
    happened: list[dict[str, Any]],
) -> None:
    """Write what the parties' scans amount to; `happened` are further events."""
    gone: list[int] = []
    new: list[dict[str, Any]] = []
    flags: dict[str, bool] = {}
    moved: Counter[tuple[str, str, str, datetime, bool]] = Counter()
    for party in parties:
        settled = party.settle(codes)
        gone += settled.gone
        new += settled.new
        flags |= settled.flags
        slot = party.slot
        for (direction, at, assumed), persons in settled.moved.items():
            minute = at.replace(second=0, microsecond=0)
            moved[slot.facility, slot.activity.category, direction, minute, assumed] += persons
    if gone:
        await transaction.execute(delete(visits).where(visits.c.id.in_(gone)))
    if new:
        await transaction.execute(insert(visits), new)
    if flags:
        rows = [{"of": nonce, "mark": mark} for nonce, mark in sorted(flags.items())]
        await transaction.execute(_MARK, rows)
    happened += [_passed(*key, persons) for key, persons in moved.items() if persons]
    if happened:
        await transaction.execute(insert(events), happened)
    if moved:
        await alerting.watch(transaction, now, {party.slot.facility for party in parties})


def _passed(
    facility: str, category: str, direction: str, minute: datetime, assumed: bool, persons: int
) -> dict[str, Any]:
    facts: dict[str, Any] = {"facility": facility, "category": category, "persons": persons}
    if assumed:
        facts["assumed"] = True
    return {"at": minute, "name": ENTERED if direction == ENTRY else LEFT, "facts": facts}


_MARK = update(scans).where(scans.c.nonce == bindparam("of")).values(conflict=bindparam("mark"))
