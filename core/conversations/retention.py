"""What is old is erased: by one job each night, which proves that it ran, and at once what must not wait for a night.

The job runs after half past midnight on the town's clock; where the worker was down then, as soon as it is back. Each
run leaves an entry in the audit log, with how many rows of each kind it erased, and the time in `heartbeats`; whoever
looks there and finds it missing raises the alarm (`is_late`): `readyz`, the metrics, the panel, `paso doctor`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import Delete, Table, Update, delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.activities.model import slots
from core.bookings.model import bookings, closure_notices, reminded, session_notices, staff_changes
from core.config import Settings
from core.conversations.model import conversations, data_requests
from core.db import audit
from core.db.database import Database
from core.db.schema import handled
from core.db.work import Work
from core.db.writer import Writer
from core.messages.chores import KEPT as MESSAGES_KEPT
from core.messages.chores import old_orders
from core.messages.model import outbox
from core.messages.worker import Chore, beat, last_seen
from core.people.desk import old_tickets
from core.people.verification import old_codes
from core.ports import Clock
from core.tracing.model import warned
from core.visits.model import alerts_told
from core.visits.retention import midnight_of
from core.visits.service import Visits

PROCESS = "retention"
"""Its row among the heartbeats."""
AT = time(0, 30)
"""On the town's clock: after midnight, when nothing recorded without tracing may be left of yesterday."""
LATE_AFTER = timedelta(hours=26)
"""A night has 24 hours, or 25; then it is given one to come back."""
DIALOGS_KEPT = timedelta(days=1)
KEYS_KEPT = timedelta(days=7)
"""Nobody delivers an update or a callback again after a day (`facts.md`)."""
NOTICES_KEPT = timedelta(days=14)
"""That a citizen was told something of a booking: after the end of what was booked, so that nobody is told twice."""

Erase = Callable[[Work, Counter[str]], Awaitable[None]]


class Retention:
    """For the worker. Each kind is a transaction of its own, so that nobody waits long."""

    def __init__(
        self, database: Database, writer: Writer, clock: Clock, settings: Settings, visits: Visits
    ) -> None:
        self._database = database
        self._writer = writer
        self._clock = clock
        self._settings = settings
        self._visits = visits

    @property
    def chore(self) -> Chore:
        return Chore("retention", timedelta(minutes=1), self._if_due)

    async def run(self) -> Mapping[str, int]:
        """Erase all that is old now; how many rows of each kind. Harmless at any time, any number of times."""
        now = self._clock.now()
        counted: Counter[str] = Counter()
        cut: dict[str, str] = {}
        for erase in (self._presence, self._rows, self._untraced):
            work = Work()
            await erase(work, counted)
            await self._writer.commit(work)
        if self._settings.audit_days is not None:
            cut = await self._trim_audit(now - timedelta(days=self._settings.audit_days), counted)
        work = Work()
        facts: audit.Facts = {**{kind: counted[kind] for kind in _KINDS}, **cut}
        audit.append(work, at=now, actor="worker", action="account.retention", facts=facts)
        beat(work, self._database, PROCESS, now)
        await self._writer.commit(work)
        return dict(counted)

    async def _if_due(self, _work: Work) -> None:
        seen = await last_seen(self._database, PROCESS)
        if seen is None or seen < last_due(self._clock.now(), self._settings):
            await self.run()

    async def _presence(self, work: Work, counted: Counter[str]) -> None:
        since = presence_since(self._clock.now(), self._settings)
        self._visits.forget_before(work, since, counted)

    async def _untraced(self, work: Work, counted: Counter[str]) -> None:
        await self._visits.forget_untraced(work, midnight_of(self._clock.now(), self._settings.zone), counted)

    async def _rows(self, work: Work, counted: Counter[str]) -> None:
        now = self._clock.now()
        # What became of a warning is counted over these a week after it; till then they stay.
        counting = select(warned.c.order_id).where(warned.c.order_id.is_not(None))
        old = {
            "messages": old_orders(now).where(outbox.c.id.not_in(counting)),
            "codes": old_codes(now),
            "dialogs": _old_dialogs(now),
            "requests": delete(data_requests).where(data_requests.c.asked_at <= now - MESSAGES_KEPT),
            "keys": delete(handled).where(handled.c.at <= now - KEYS_KEPT),
            "tickets": old_tickets(now),
            "alerts": delete(alerts_told).where(alerts_told.c.at <= now - MESSAGES_KEPT),
        }
        notices = [_old_notices(table, now) for table in _NOTICES]

        async def job(transaction: AsyncConnection, _work: Work) -> None:
            for kind, statement in old.items():
                counted[kind] = (await transaction.execute(statement)).rowcount
            for statement in notices:
                counted["notices"] += (await transaction.execute(statement)).rowcount

        work.job(job)

    async def _trim_audit(self, before: datetime, counted: Counter[str]) -> dict[str, str]:
        cut: dict[str, str] = {}

        async def job(transaction: AsyncConnection, _work: Work) -> None:
            counted["audit"], last = await audit.trim(transaction, before)
            if last is not None:
                cut["cut"] = last.hex()

        work = Work()
        work.job(job)
        await self._writer.commit(work)
        return cut


def at_once(clock: Clock) -> list[Chore]:
    """What does not wait for the night: dialogs silent for a day, and files that nobody has fetched."""

    async def forget_dialogs(work: Work) -> None:
        work.run(_old_dialogs(clock.now()))

    async def erase_files(work: Work) -> None:
        work.run(_unfetched(clock.now()))

    return [
        Chore("dialogs", timedelta(minutes=10), forget_dialogs),
        Chore("files", timedelta(seconds=10), erase_files),
    ]


def last_due(now: datetime, settings: Settings) -> datetime:
    """When the job should have run last (UTC or local, aware)."""
    local = now.astimezone(settings.zone)
    day = local.date() if local.time() >= AT else local.date() - timedelta(days=1)
    return datetime.combine(day, AT, settings.zone)


def presence_since(now: datetime, settings: Settings) -> datetime:
    """The first moment of which presence is kept: a local midnight."""
    return midnight_of(now - timedelta(days=settings.presence_days), settings.zone)


def is_late(seen: datetime | None, now: datetime) -> bool:
    """Whether the night's job has failed to run. `seen`: `last_seen(database, PROCESS)`."""
    return seen is None or now - seen > LATE_AFTER


def _old_dialogs(now: datetime) -> Delete:
    """Who was verified on Telegram is known by the chat still."""
    return delete(conversations).where(conversations.c.heard_at <= now - DIALOGS_KEPT)


def _old_notices(notices: Table, now: datetime) -> Delete:
    over = (
        exists()
        .where(bookings.c.id == notices.c.booking_id, slots.c.id == bookings.c.slot_id)
        .where(slots.c.ends_at <= now - NOTICES_KEPT)
    )
    return delete(notices).where(over)


def _unfetched(now: datetime) -> Update:
    over = data_requests.c.file.is_not(None), data_requests.c.expires_at <= now
    erased: dict[str, Any] = {"file": None, "mac": None}
    return update(data_requests).where(*over).values(**erased)


_KINDS = (
    "presence",
    "untraced",
    "messages",
    "codes",
    "dialogs",
    "requests",
    "keys",
    "tickets",
    "alerts",
    "notices",
    "audit",
)
_NOTICES = (reminded, closure_notices, session_notices, staff_changes)
