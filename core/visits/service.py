"""The gate, as its servers use it: scans in, verdicts out, and what keeps the record clean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Delete, Select, delete, select, union
from sqlalchemy.ext.asyncio import AsyncConnection

from core.activities.model import activities, slots
from core.activities.service import Activities
from core.db.database import Database
from core.db.types import FAR_FUTURE
from core.db.work import Work
from core.errors import Refused
from core.passes import code, token
from core.ports import Clock, Codes, PassVerifier
from core.visits.alerting import Alerting
from core.visits.desk import WORKER, GateDesk, Shown
from core.visits.model import alerts, scans, visits
from core.visits.parties import Slot
from core.visits.reading import slot_columns
from core.visits.scans import AllOut, Question, Scan, Seen, Verdict

_LONGEST_CODE = 60


class Answer:
    """The verdict, known once the work is committed."""

    def __init__(self) -> None:
        self._verdict: Verdict | None = None

    def take(self, verdict: Verdict, _work: Work) -> None:
        self._verdict = verdict

    @property
    def verdict(self) -> Verdict:
        assert self._verdict is not None, "commit the work first"
        return self._verdict


class Visits:
    """`verifier` holds the pass-verifying key; the worker, which is shown no pass, has none."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        codes: Codes,
        activities: Activities,
        verifier: PassVerifier | None = None,
        *,
        presence_days: int = 14,
    ) -> None:
        self._database = database
        self._clock = clock
        self._codes = codes
        self._activities = activities
        self._verifier = verifier
        self._desk = GateDesk(activities, clock, codes, timedelta(days=presence_days))
        self._alerting = Alerting(activities, codes)

    def scan(self, work: Work, question: Question) -> Answer:
        """Add a question of the gate to `work`; a refusal is an answer too, and is recorded.

        The same nonce sent again gets the same verdict and changes nothing. Several questions may share a `Work`
        (what a gate had queued while it had no line), in any order.
        """
        answer = Answer()
        work.ask(self._desk, self._read(question), answer.take)
        return answer

    async def assume_exits(self, work: Work) -> None:
        """Take those to have left whose hour and its grace are over. For the worker, every minute."""
        now = self._clock.now()
        async with self._database.reading() as connection:
            rows = (await connection.execute(_INSIDE)).all()
        due: dict[int, tuple[Slot, datetime]] = {}
        for row in rows:
            slot = Slot.of(row, await self._activities.get(row.key, row.revision))
            moment = slot.assumed_exit_at(row.entered_at)
            if moment <= now:
                _, latest = due.get(slot.id, (slot, moment))
                due[slot.id] = slot, max(moment, latest)
        for slot, moment in due.values():
            nonce = self._codes.token(16).hex()
            seen = Seen(nonce, slot.facility, WORKER, None, moment, now)
            self.scan(work, AllOut(seen, slot.id))

    async def watch_limits(self, work: Work) -> None:
        """Limits change with the hour although nobody moves. For the worker, every minute."""
        now = self._clock.now()
        async with self._database.reading() as connection:
            facilities = set((await connection.execute(_BUSY)).scalars())

        async def job(transaction: AsyncConnection, _work: Work) -> None:
            await self._alerting.watch(transaction, now, facilities)

        if facilities:
            work.job(job)

    async def forget_untraced(self, work: Work, midnight: datetime, counted: Counter[str]) -> None:
        """Erase what was recorded before `midnight` (today's, local) for activities without tracing. How many rows
        that were stands in `counted["untraced"]` once the work is committed."""
        untraced = [activity_id for activity_id, tracing in await self._ever_used() if not tracing]
        of_them = select(slots.c.id).where(slots.c.activity_id.in_(untraced))
        _forget(work, _old(midnight, of_them), counted, "untraced")

    def forget_before(self, work: Work, midnight: datetime, counted: Counter[str]) -> None:
        """Erase presence from before `midnight`, and its scans: for the nightly retention; `counted["presence"]`."""
        nobodys = delete(scans).where(scans.c.scanned_at < midnight, scans.c.slot_id.is_(None))
        _forget(work, [*_old(midnight, select(slots.c.id)), nobodys], counted, "presence")

    async def _ever_used(self) -> Collection[tuple[int, bool]]:
        async with self._database.reading() as connection:
            rows = (await connection.execute(_ACTIVITIES)).all()
        return [(row.id, (await self._activities.get(row.key, row.revision)).tracing) for row in rows]

    def _read(self, question: Question) -> Shown:
        if not isinstance(question, Scan):
            return Shown(question)
        try:
            return Shown(question, self._key(question.shown))
        except Refused as fault:
            return Shown(question, fault=fault)

    def _key(self, shown: str) -> bytes | str:
        if len(shown) <= _LONGEST_CODE:
            return code.parse(shown)
        signed = token.decode(shown)
        if self._verifier is None or not signed.is_genuine(self._verifier):
            raise Refused("visits.forged")
        return signed.payload.number.to_bytes(8, "big")


def _forget(work: Work, old: Sequence[Delete], counted: Counter[str], kind: str) -> None:
    async def job(transaction: AsyncConnection, _work: Work) -> None:
        counted[kind] = 0
        for statement in old:
            counted[kind] += (await transaction.execute(statement)).rowcount

    work.job(job)


def _old(midnight: datetime, of_slots: Select[int]) -> list[Delete]:
    """Scans go together with the stays made of them, or the stays would come back. A slot in which somebody was
    inside over midnight has its turn a day later."""
    over_midnight = select(visits.c.slot_id).where(
        visits.c.entered_at < midnight, visits.c.left_at >= midnight
    )
    spared = {
        table: table.c.slot_id.in_(of_slots) & table.c.slot_id.not_in(over_midnight)
        for table in (scans, visits)
    }
    return [
        delete(scans).where(scans.c.scanned_at < midnight, spared[scans]),
        delete(visits).where(visits.c.left_at < midnight, spared[visits]),
    ]


_INSIDE = (
    select(visits.c.entered_at, *slot_columns())
    .join(slots, slots.c.id == visits.c.slot_id)
    .join(activities, activities.c.id == slots.c.activity_id)
    .where(visits.c.left_at == FAR_FUTURE)
)
_BUSY = union(
    select(visits.c.facility).where(visits.c.left_at == FAR_FUTURE),
    select(alerts.c.facility).where(alerts.c.ended_at == FAR_FUTURE),
)
_ACTIVITIES = select(activities.c.id, activities.c.key, activities.c.revision)
