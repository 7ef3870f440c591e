"""From a draft to the outbox, on the worker: officers are asked on their own telephones, and nothing goes without
their codes.

Every row that the panel writes is a claim. Each step reads it again, finds the group again, says the words again, and
compares the hash of all with what the journal knows. So an edit, a changed count, a row set back or put in, or a code
typed by the wrong person releases nothing.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.config import Settings
from core.db import audit
from core.db.database import Database
from core.db.schema import events
from core.db.work import Work
from core.db.writer import Writer
from core.errors import Conflict, Refused
from core.messages.model import outbox
from core.messages.outbox import Outbox
from core.ports import Clock, Codes
from core.tracing.asking import APPROVER, DRAFTER, Asking
from core.tracing.claims import Claim, Claims
from core.tracing.journal import Journal
from core.tracing.model import releases, typed_codes, warned, warnings
from core.tracing.officers import Duty, Officer, Officers
from core.tracing.warning_message import LASTS, order_row
from core.tracing.wording import Fixed, in_language

log = logging.getLogger(__name__)

VALID = timedelta(hours=24)
DELAY = timedelta(minutes=10)
"""Of what one officer alone released: time for those who are told to stop it."""
MOST_GUESSES = 5
MOST_ASKED = 12
"""Orders an hour: a panel in wrong hands shall not keep officers' telephones ringing."""
_AT_ONCE = 20
_ALARMING = frozenset({"malformed", "not_an_officer", "too_many_orders", "replayed", "unknown_release"})
"""Reasons that the panel itself never lets through: somebody else wrote the row."""


class Releasing:
    """One worker releases; the journal is its own."""

    def __init__(
        self,
        database: Database,
        writer: Writer,
        clock: Clock,
        codes: Codes,
        settings: Settings,
        claims: Claims,
        officers: Officers,
        outbox: Outbox,
        journal: Journal,
        asking: Asking,
    ) -> None:
        self._database = database
        self._writer = writer
        self._clock = clock
        self._codes = codes
        self._settings = settings
        self._claims = claims
        self._officers = officers
        self._outbox = outbox
        self._journal = journal
        self._asking = asking

    async def step(self) -> None:
        """One round: what was drafted, typed, is overdue, or is released."""
        async with self._database.reading() as connection:
            open_rows = (await connection.execute(_OPEN)).mappings().all()
            typed = (await connection.execute(_TYPED)).mappings().all()
            since = self._clock.now() - VALID
            over = (await connection.execute(_OVER.where(warnings.c.asked_at >= since))).scalars().all()
        for order in over:
            if self._journal.asked_at(order) is not None and not self._journal.was_stopped(order):
                self._journal.stopped(order)
        await self._finish()
        for row in open_rows:
            if row["state"] == "drafted":
                await self._ask(row)
        for code in typed:
            await self._check(code)
        for row in open_rows:
            if row["state"] in ("asked", "waiting"):
                await self._follow(row["id"])

    # -- drafted

    async def _ask(self, row: Any) -> None:
        work = Work()
        try:
            claim = await self._claims.read(row["group"], row["wording"])
            every = await self._officers.all(work)
            drafter = next((each for each in every if each.staff_id == row["drafter_id"]), None)
            if drafter is None or Duty.TRACING not in drafter.duties:
                raise Refused("tracing.not_an_officer")
            if self._journal.asked_since(self._clock.now() - timedelta(hours=1)) >= MOST_ASKED:
                raise Refused("tracing.too_many_orders")
            order = claim.hash(row["id"], row["drafter_id"])
            asked = self._whom_first(claim, every, drafter)
            if self._is_over(order):
                raise Refused("tracing.replayed")
        except Refused as refused:
            await self._stop(row["id"], "refused", refused.code, work)
            return
        self._journal.asked(order)
        for officer, part in asked:
            await self._asking.tell(work, claim, row["id"], order, officer, part, officer.medium)
        now = self._clock.now()
        changes = {"texts": dict(claim.texts), "counts": claim.counts, "hash": order, "asked_at": now}
        drafted = update(warnings).where(warnings.c.id == row["id"], warnings.c.state == "drafted")
        work.run(drafted.values(state="asked", **changes), or_else=Conflict("changed meanwhile"))
        facts = {"warning": str(row["id"]), "people": claim.counts["people"], "hash": order.hex()}
        audit.append(work, at=now, actor="worker", action="tracing.asked", facts=facts)
        await self._commit(work)
        for officer, part in asked:
            self._journal.told(order, officer.staff_id, part, officer.medium)

    def _whom_first(self, claim: Claim, every: list[Officer], drafter: Officer) -> list[tuple[Officer, str]]:
        if self._settings.tracing_one_officer:
            if not isinstance(claim.wording, Fixed):
                raise Refused("tracing.fixed_only")
            if not self._asking.watchers(every):
                raise Refused("tracing.nobody_to_tell")
            return [(drafter, DRAFTER)]
        approver = self._asking.next_approver(every, drafter, set())
        if approver is None:
            raise Refused("tracing.no_second_officer")
        return [(drafter, DRAFTER), (approver, APPROVER)]

    # -- typed

    async def _check(self, typed: Any) -> None:
        """Read a code once; what came of it takes its place."""
        outcome = await self._outcome(typed)
        work = Work()
        done = update(typed_codes).where(typed_codes.c.id == typed["id"])
        work.run(done.values(code="", outcome=outcome))
        if outcome != "right":
            await self._report(
                work, "tracing.code_refused", typed["warning_id"], outcome, by=typed["staff_id"]
            )
        await self._commit(work)

    async def _outcome(self, typed: Any) -> str:
        row = await self._row(typed["warning_id"])
        if row is None or row["state"] != "asked":
            return "tracing.not_waiting"
        claim = await self._same(row)
        if claim is None:
            return "tracing.changed"
        order, warning_id = row["hash"], row["id"]
        if self._is_over(order):
            await self._stop(warning_id, "void", "tracing.replayed")
            return "tracing.replayed"
        async with self._database.reading() as connection:
            asked = (
                (await connection.execute(select(releases).where(releases.c.warning_id == warning_id)))
                .mappings()
                .all()
            )
        given = "".join(typed["code"].split())
        fitting = next((each for each in asked if self._asking.fits(order, each, given)), None)
        if fitting is None or fitting["staff_id"] != typed["staff_id"]:
            self._journal.wrong(order)
            if self._journal.guesses(order) >= MOST_GUESSES:
                await self._stop(warning_id, "void", "tracing.too_many_tries", alarm=True)
            return "tracing.wrong_code" if fitting is None else "tracing.other_person"
        part = fitting["part"]
        if (part == DRAFTER) != (fitting["staff_id"] == row["drafter_id"]):
            return "tracing.other_person"
        self._journal.confirmed(order, fitting["staff_id"], part)
        now = self._clock.now()
        work = Work()
        work.run(update(releases).where(releases.c.id == fitting["id"]).values(state="given"))
        facts = {"warning": str(warning_id), "part": part, "hash": order.hex()}
        audit.append(work, at=now, actor=f"staff:{typed['staff_id']}", action="tracing.released", facts=facts)
        if self._settings.tracing_one_officer:
            every = await self._officers.all(work)
            await self._asking.tell_watchers(work, every, claim, "alone", now + DELAY)
            work.run(update(warnings).where(warnings.c.id == warning_id).values(state="waiting"))
        await self._commit(work)
        return "right"

    # -- asked

    async def _follow(self, warning_id: int) -> None:
        """Send what is released; void what is too old; ask again, and others, where nobody answers."""
        row = await self._row(warning_id)
        if row is None or row["state"] not in ("asked", "waiting"):
            return
        order, now = row["hash"] or b"", self._clock.now()
        asked_at = self._journal.asked_at(order)
        if self._is_over(order):
            await self._stop(warning_id, "void", "tracing.replayed")
        elif asked_at is None:
            await self._stop(warning_id, "void", "tracing.unknown_release")
        elif now >= asked_at + VALID:
            await self._stop(warning_id, "void", "tracing.expired")
        elif self._is_released(order, row["drafter_id"], now):
            claim = await self._same(row)
            if claim is not None:
                await self._send(row, claim)
        else:
            await self._remind(row, order, now)

    def _is_over(self, order: bytes) -> bool:
        """Sent, or stopped: a row that says otherwise was set back."""
        return self._journal.was_released(order) or self._journal.was_stopped(order)

    def _is_released(self, order: bytes, drafter_id: int, now: datetime) -> bool:
        parts = self._journal.parts(order)
        drafter, approver = parts.get(DRAFTER), parts.get(APPROVER)
        if drafter is None or drafter.staff_id != drafter_id:
            return False
        if approver is not None:
            return approver.staff_id != drafter_id
        return self._settings.tracing_one_officer and now >= drafter.at + DELAY

    async def _remind(self, row: Any, order: bytes, now: datetime) -> None:
        due = self._asking.due(order, now, row["drafter_id"], one=self._settings.tracing_one_officer)
        if not due:
            return
        work = Work()
        every = await self._officers.all(work)
        chosen = self._asking.choose(due, order, every)
        if not chosen:
            return
        claim = await self._same(row)
        if claim is None:
            return
        for officer, part, medium in chosen:
            await self._asking.tell(work, claim, row["id"], order, officer, part, medium)
        await self._commit(work)
        for officer, part, medium in chosen:
            self._journal.told(order, officer.staff_id, part, medium)

    # -- released

    async def _send(self, row: Any, claim: Claim) -> None:
        order, now = row["hash"], self._clock.now()
        orders: list[dict[str, Any]] = []
        reached: list[dict[str, Any]] = []
        for citizen_id, way in claim.found.citizens.items():
            order_id = None if way.medium is None else self._codes.new_id()
            language = in_language(claim.texts, way.language)
            reached.append(
                {
                    "warning_id": row["id"],
                    "citizen_id": citizen_id,
                    "language": language,
                    "order_id": order_id,
                    "calls_ordered": False,
                    "chat_ordered": way.medium == "telegram",
                    "heard_at": None,
                }
            )
            if order_id is not None and way.medium is not None:
                orders.append(
                    order_row(
                        self._outbox,
                        order_id,
                        way.medium,
                        warning_id=row["id"],
                        citizen_id=citizen_id,
                        language=language,
                        words=claim.texts[language],
                        expires_at=now + LASTS,
                    )
                )
        work = Work()
        unsent = update(warnings).where(
            warnings.c.id == row["id"], warnings.c.state.in_(("asked", "waiting"))
        )

        async def write(transaction: AsyncConnection, _work: Work) -> None:
            sent = await transaction.execute(
                unsent.values(state="sent", released_at=now, texts=dict(claim.texts), counts=claim.counts)
            )
            if sent.rowcount == 0:
                raise Conflict("stopped meanwhile")
            await transaction.execute(insert(warned), reached)
            if orders:
                await transaction.execute(insert(outbox), orders)

        work.job(write)
        facts = {"warning": str(row["id"]), "people": len(reached), "hash": order.hex()}
        audit.append(work, at=now, actor="worker", action="tracing.sent", facts=facts)
        work.insert(events, at=now, name="warning_sent", facts={"people": len(reached)})
        self._journal.releasing(order, claim.group_hash)
        if await self._commit(work):
            self._journal.released(order)

    async def _finish(self) -> None:
        """Whoever died between the outbox and the journal: what is in the outbox is released, and not again."""
        unfinished = self._journal.unfinished()
        if not unfinished:
            return
        query = select(warnings.c.hash).where(warnings.c.state == "sent", warnings.c.hash.in_(unfinished))
        async with self._database.reading() as connection:
            sent = (await connection.execute(query)).scalars().all()
        for order in sent:
            self._journal.released(order)

    # -- shared

    async def _same(self, row: Any) -> Claim | None:
        """The claim, if it is still what the officers were shown; else it is void."""
        try:
            claim = await self._claims.read(row["group"], row["wording"])
        except Refused:
            claim = None
        if claim is None or claim.hash(row["id"], row["drafter_id"]) != row["hash"]:
            await self._stop(row["id"], "void", "tracing.changed")
            return None
        return claim

    async def _stop(
        self, warning_id: int, state: str, reason: str, work: Work | None = None, *, alarm: bool = False
    ) -> None:
        """Nothing is sent of it any more."""
        work = work or Work()
        still = update(warnings).where(warnings.c.id == warning_id)
        work.run(
            still.where(warnings.c.state.in_(("drafted", "asked", "waiting"))).values(
                state=state, reason=reason
            )
        )
        work.run(update(releases).where(releases.c.warning_id == warning_id).values(state="void"))
        await self._report(work, f"tracing.{state}", warning_id, reason, alarm=alarm)
        await self._commit(work)

    async def _report(
        self, work: Work, action: str, warning_id: int, reason: str, *, by: int = 0, alarm: bool = False
    ) -> None:
        now = self._clock.now()
        facts = {"warning": str(warning_id), "reason": reason}
        actor = f"staff:{by}" if by else "worker"
        audit.append(work, at=now, actor=actor, action=action, facts=facts)
        work.insert(events, at=now, name="tracing_refused", facts=facts)
        if alarm or reason.removeprefix("tracing.") in _ALARMING | {"other_person"}:
            log.error("warning %s: %s", warning_id, reason)
            work.insert(events, at=now, name="tracing_alarm", facts=facts)
            await self._asking.alarm(work, await self._officers.all(work), reason)

    async def _row(self, warning_id: int) -> Any:
        async with self._database.reading() as connection:
            found = await connection.execute(select(warnings).where(warnings.c.id == warning_id))
            return found.mappings().one_or_none()

    async def _commit(self, work: Work) -> bool:
        try:
            await self._writer.commit(work)
        except Conflict:  # cancelled on the panel in this very moment
            return False
        return True


_OPEN = (
    select(warnings)
    .where(warnings.c.state.in_(("drafted", "asked", "waiting")))
    .order_by(warnings.c.drafted_at)
    .limit(_AT_ONCE)
)
_OVER = select(warnings.c.hash).where(
    warnings.c.state.in_(("cancelled", "void")), warnings.c.hash.is_not(None)
)
_TYPED = select(typed_codes).where(typed_codes.c.outcome.is_(None)).order_by(typed_codes.c.at).limit(_AT_ONCE)
