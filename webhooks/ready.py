"""What the citizens' front door needs, and how it finds out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from core.conversations.retention import PROCESS as RETENTION
from core.conversations.retention import is_late
from core.messages.worker import DOWN_AFTER, last_seen
from edge.health import Readiness

if TYPE_CHECKING:
    from core.bootstrap.citizen import CitizenSide

log = structlog.get_logger()


async def look_around(side: CitizenSide) -> Readiness:
    """Without the database nobody is served. Without the worker, or a provider for it, codes are not sent.

    `retention`: the nightly erasing of old data has not run."""
    house = side.house
    try:
        seen = await last_seen(house.database)
        erased = await last_seen(house.database, RETENTION)
    except Exception as fault:  # drivers have faults of their own; whatever it is, there is no database
        log.warning("database_not_read", fault=type(fault).__name__)
        return Readiness(("database",), serves=False)
    missing = []
    if seen is None or house.clock.now() - seen > DOWN_AFTER:
        missing.append("worker")
    if is_late(erased, house.clock.now()):
        missing.append("retention")
    settings = house.settings
    if not (settings.twilio_account_sid and settings.twilio_auth_token and settings.twilio_from):
        missing.append("provider")
    return Readiness(missing)
