"""Who did not come, noted for the rule about it (`core.bookings.absences`), by the worker.

It is the *did not come* of the figures: accepted, not cancelled, its hour over, no entry. Only activities with a rule
are looked at, only slots that were not closed, and only where the gate was worked that day: where nobody at all was
scanned, an absence tells nothing. Scans that come in late (a gate without a line) take an absence back.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import bindparam, delete, exists, func, insert, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.activities.model import activities as activities_table
from core.activities.model import slots
from core.activities.service import Activities
from core.bookings.model import absences, bookings
from core.db.database import Database
from core.db.schema import events
from core.db.types import Instant
from core.db.work import Work
from core.messages.worker import Chore
from core.ports import Clock
from core.stats.model import figures_applications, figures_days, figures_state

EVERY = timedelta(minutes=15)
LATE = timedelta(hours=6)
"""After the end of the hour: by then a gate without a line has told what it saw."""
LOOKS_BACK = timedelta(days=3)
"""A worker that stood still so long misses none; who is told of later is forgiven."""


def note_absences(database: Database, clock: Clock, activities: Activities) -> Chore:
    """Note new absences, take back those who were seen after all, and delete what no rule looks back to."""

    async def do(work: Work) -> None:
        now = clock.now()
        async with database.reading() as connection:
            ids = {row.key: row.id for row in await connection.execute(_IDS)}
        ruled = {
            ids[activity.key]: activity.rules.no_show
            for activity in await activities.published()
            if activity.rules.no_show is not None and activity.key in ids
        }

        async def note(transaction: AsyncConnection, _work: Work) -> None:
            await transaction.execute(delete(absences).where(absences.c.activity_id.not_in(list(ruled))))
            for activity_id, rule in ruled.items():
                reach = now - timedelta(days=rule.within_days + rule.pause_days)
                old = absences.c.activity_id == activity_id, absences.c.at <= reach
                await transaction.execute(delete(absences).where(*old))
            if (await transaction.execute(_BEHIND)).first() is not None:
                return  # the figures are not up to date: who came may not be known yet
            span = {"since": now - LOOKS_BACK, "until": now - LATE}
            await transaction.execute(_SEEN_AFTER_ALL, {"since": span["since"]})
            for activity_id in ruled:
                await transaction.execute(_NOTE, {"activity": activity_id, **span})

        work.job(note)

    return Chore("absences", EVERY, do)


_IDS = select(activities_table.c.key, activities_table.c.id)
_KEPT_UNTIL = func.coalesce(select(figures_state.c.last_event).scalar_subquery(), 0)
_BEHIND = select(events.c.id).where(events.c.id > _KEPT_UNTIL, events.c.name == "attended").limit(1)
_SINCE = bindparam("since", type_=Instant)
_WORKED = exists().where(
    figures_days.c.facility == figures_applications.c.facility,
    figures_days.c.day == figures_applications.c.day,
    figures_days.c.entered > 0,
)
_NOTE = insert(absences).from_select(
    ["booking_id", "citizen_id", "activity_id", "at"],
    select(bookings.c.id, bookings.c.citizen_id, bookings.c.activity_id, slots.c.ends_at)
    .select_from(bookings)
    .join(slots, slots.c.id == bookings.c.slot_id)
    .join(figures_applications, figures_applications.c.booking_id == bookings.c.id)
    .where(
        bookings.c.activity_id == bindparam("activity"),
        bookings.c.state == "confirmed",
        bookings.c.citizen_id.is_not(None),
        slots.c.state == "open",
        slots.c.ends_at > _SINCE,
        slots.c.ends_at <= bindparam("until", type_=Instant),
        figures_applications.c.accepted,
        figures_applications.c.cancelled_at.is_(None),
        ~figures_applications.c.attended,
        _WORKED,
        ~exists(literal_column("1")).where(absences.c.booking_id == bookings.c.id),
    ),
)
_SEEN_AFTER_ALL = delete(absences).where(
    absences.c.at > _SINCE,
    exists(literal_column("1")).where(
        figures_applications.c.booking_id == absences.c.booking_id, figures_applications.c.attended
    ),
)
