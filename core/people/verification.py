"""Proves that a telephone is at hand: six digits go to it and come back.

The code exists three times, each for one reader: as a MAC for checking here, sealed in the outbox for the
worker, and, for a call only, under the conversation key, because this side speaks it once a key was
pressed. All are erased when it is used, voided, locked or ten minutes old (`design.md`, 5).
"""

from __future__ import annotations

import base64
import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Delete, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.config import Settings
from core.db.database import Database
from core.db.schema import events
from core.db.turns import take_turns
from core.db.work import Work
from core.db.writer import Writer
from core.errors import Refused
from core.messages.model import outbox
from core.messages.outbox import Outbox, void
from core.messages.states import CALL, SMS
from core.messages.worker import Chore
from core.people.limits import DAY, IN_DAY, Traffic, Verdict, earliest_next, judge
from core.people.model import addresses, verifications
from core.people.numbers import MOBILE, PhoneNumber, fold_digits
from core.people.traffic import traffic_of
from core.ports import BrokenBox, Clock, Codes, Keeper, LookUp, Origin

TEMPLATE = "code"
DIGITS = 6
LIFE = timedelta(minutes=10)
TRIES = 5
SOON = timedelta(seconds=90)
"""Up to here a wait is told in seconds, beyond as a time of day."""
_ALERT_EVERY = timedelta(hours=1)
_ASKER_KEPT = timedelta(hours=1)
_ERASED: dict[str, Any] = {"code_mac": None, "spoken_code": None, "call_token": None}


@dataclass(frozen=True)
class Started:
    """A code is on its way. The same is answered whether the number is known here or not."""

    id: int
    medium: str
    """`sms` or `call`."""
    resend_at: datetime
    """When another one may be asked for (UTC)."""
    expires_at: datetime
    scarce: bool
    """Codes are sent only to numbers of citizens for the time being: say so, and whom to telephone."""


@dataclass(frozen=True)
class CodeCall:
    """What a call about a code says."""

    language: str
    code: str


class Verification:
    """Starts and checks codes. Counts are the database's: shared by all channels, and by all processes."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        codes: Codes,
        lookup: LookUp,
        origin: Origin,
        keeper: Keeper,
        settings: Settings,
        outbox: Outbox,
        writer: Writer,
    ) -> None:
        self._database = database
        self._writer = writer
        self._clock = clock
        self._codes = codes
        self._lookup = lookup
        self._origin = origin
        self._keeper = keeper
        self._outbox = outbox
        self._settings = settings

    async def start(self, work: Work, number: PhoneNumber, speaker: bytes, language: str) -> Started:
        """Have `work` send a code to `number`, voiding earlier ones; also how a code is sent again.

        `speaker` is the look-up of the chat or session that asks: only it may answer. Raises `Refused`:
        `people.wait` (seconds `n`) or `people.wait_until` (`until`), `people.too_many` (`until`),
        `people.paused`, `people.soon` (the look-up key is being replaced), `people.cannot_send` (no
        provider). In a race with another request for the same number the commit of `work` raises it instead.
        """
        if not (self._settings.twilio_account_sid and self._settings.twilio_from):
            raise Refused("people.cannot_send", phone=self._settings.contact_phone)
        if self._lookup.is_being_replaced:
            raise Refused("people.soon")
        now = self._clock.now()
        found = self._lookup.all_of("number", number.e164)
        verification_id = self._codes.new_id()
        prepared = self._prepare(verification_id, number, found[0], speaker, language, now)
        async with self._database.reading() as connection:
            sent, _, verdict = await self._consider(connection, number, found, now)

        async def job(transaction: AsyncConnection, work: Work) -> None:
            await take_turns(transaction, "codes")
            _, traffic, verdict = await self._consider(transaction, number, found, now)
            await _void_pending(transaction, found, now)
            row, order = prepared
            known = await _is_known(transaction, found)
            ordered = known or not verdict.scarce
            if not ordered:  # the same rows are written, but one stays here
                order = {**order, "box": None, "state": "failed", "fault": "withheld"}
            await transaction.execute(insert(verifications).values(**row, known=known, ordered=ordered))
            await transaction.execute(insert(outbox).values(**order))
            if ordered:
                work.insert(events, at=now, name="code_ordered", facts={"medium": order["medium"]})
            await self._alert(transaction, work, number, traffic, verdict, now)

        work.job(job)
        resend_at = earliest_next([*sent, now])
        assert resend_at is not None
        medium = SMS if number.kind == MOBILE else CALL
        return Started(verification_id, medium, resend_at, now + LIFE, verdict.scarce)

    async def expect_call(self, work: Work, number: PhoneNumber, speaker: bytes, language: str) -> None:
        """A call that proves the same at a later hour counts as a code of today. Raises `Refused` as `start`, and
        `people.paused` to everybody while only citizens' numbers are served: whether this is one is not told.
        """
        if not (self._settings.twilio_account_sid and self._settings.twilio_from):
            raise Refused("people.cannot_send", phone=self._settings.contact_phone)
        if self._lookup.is_being_replaced:
            raise Refused("people.soon")
        now, found = self._clock.now(), self._lookup.all_of("number", number.e164)
        row = {
            "id": self._codes.new_id(),
            "lookup": found[0],
            "prefix": number.prefix,
            "number_class": number.kind,
            "speaker": speaker,
            "language": language,
            "ordered": True,
            "state": "expired",  # there is nothing to type
            "tries_left": 0,
            "sent_at": now,
            "expires_at": now + LIFE,
        }
        async with self._database.reading() as connection:
            await self._consider(connection, number, found, now)

        async def job(transaction: AsyncConnection, _work: Work) -> None:
            await take_turns(transaction, "codes")
            _, _, verdict = await self._consider(transaction, number, found, now)
            if verdict.scarce:
                raise Refused("people.paused", phone=self._settings.contact_phone)
            known = await _is_known(transaction, found)
            await transaction.execute(insert(verifications).values(**row, known=known))

        work.job(job)

    async def check(self, work: Work, verification_id: int, speaker: bytes, typed: str) -> None:
        """Compare what was typed. Right: `work` marks the code used. Wrong: the try is counted, durably, at
        once.

        A try is taken before anything is compared, so that a thousand guesses sent together are still five.
        Raises `Refused`: `people.not_a_code` (not six digits: no try is lost), `wrong_code` (`n` tries
        left), `locked`, `expired_code`, `used_code`, `voided_code`, `no_code` (not this speaker's).
        """
        digits = "".join(char for char in fold_digits(typed[:40]) if char not in " -")
        if len(digits) != DIGITS or not (digits.isascii() and digits.isdigit()):
            raise Refused("people.not_a_code")
        taken: list[Any] = []

        async def take(transaction: AsyncConnection, _work: Work) -> None:
            taken.clear()
            taken.append(await self._take_try(transaction, verification_id, speaker))

        attempt = Work()
        attempt.job(take)
        await self._writer.commit(attempt)
        row = taken[0]
        if not self._origin.check(row.code_mac, *_mac_parts(verification_id, row.lookup, digits)):
            if row.tries_left == 0:
                await self._lock(verification_id)
                raise Refused("people.locked")
            raise Refused("people.wrong_code", n=row.tries_left)
        now = self._clock.now()

        async def use(transaction: AsyncConnection, work: Work) -> None:
            mine = verifications.c.id == verification_id
            used = await transaction.execute(
                update(verifications)
                .where(mine, verifications.c.code_mac.is_not(None))
                .values(state="used", **_ERASED)
            )
            if used.rowcount == 0:
                raise Refused("people.used_code")
            await void(transaction, [verification_id], now)
            work.insert(events, at=now, name="code_used", facts={"kind": row.number_class})

        work.job(use)

    async def code_for_call(self, token: str) -> CodeCall | None:
        """What the call with this token says; None when its code is used, voided or expired."""
        found = await self._kept_for_call(hash_of_token(token), _context)
        return found and CodeCall(found[0].language, found[1].decode())

    async def _kept_for_call(self, call: bytes, context: Callable[[int], str]) -> tuple[Any, bytes] | None:
        """The row of the call whose token has this hash, and what was kept for it, while it stands."""
        stands = verifications.c.state == "pending", verifications.c.expires_at > self._clock.now()
        query = select(verifications).where(verifications.c.call_token == call, *stands)
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        try:
            return row, self._keeper.read(context(row.id), row.spoken_code)
        except BrokenBox:
            return None

    def _prepare(
        self,
        verification_id: int,
        number: PhoneNumber,
        found: bytes,
        speaker: bytes,
        language: str,
        now: datetime,
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """The rows of the verification and of its order."""
        code = self._codes.digits(DIGITS)
        sealed = {
            "to": number.e164,
            "token": base64.urlsafe_b64encode(self._codes.token(16)).decode().rstrip("="),
            "spoken": base64.b64encode(self._keeper.keep(_context(verification_id), code.encode())).decode(),
        }
        if number.kind == MOBILE:
            sealed["code"] = code
        order = self._outbox.row(
            verification_id,
            TEMPLATE,
            SMS if number.kind == MOBILE else CALL,
            language=language,
            expires_at=now + LIFE,
            sealed=sealed,
        )
        row = {
            "id": verification_id,
            "lookup": found,
            "prefix": number.prefix,
            "number_class": number.kind,
            "speaker": speaker,
            "language": language,
            "code_mac": self._origin.mac(*_mac_parts(verification_id, found, code)),
            "state": "pending",
            "tries_left": TRIES,
            "sent_at": now,
            "expires_at": now + LIFE,
        }
        return row, order

    async def _consider(
        self, connection: AsyncConnection, number: PhoneNumber, found: Sequence[bytes], now: datetime
    ) -> tuple[list[datetime], Traffic, Verdict]:
        """May a code be sent now? Raises `Refused`."""
        same_number = verifications.c.lookup.in_(found)
        query = select(verifications.c.sent_at).where(same_number, verifications.c.sent_at > now - DAY)
        sent = list((await connection.scalars(query.order_by(verifications.c.sent_at))).all())
        until = earliest_next(sent)
        if until is not None and until > now:
            if len(sent) >= IN_DAY:
                raise Refused("people.too_many", until=until)
            if until - now > SOON:
                raise Refused("people.wait_until", until=until)
            raise Refused("people.wait", n=math.ceil((until - now).total_seconds()))
        traffic = await traffic_of(connection, number.prefix, now)
        verdict = judge(traffic, number.kind, self._settings.codes_per_day)
        if verdict.stopped:
            raise Refused("people.paused", phone=self._settings.contact_phone)
        return sent, traffic, verdict

    async def _alert(
        self,
        transaction: AsyncConnection,
        work: Work,
        number: PhoneNumber,
        traffic: Traffic,
        verdict: Verdict,
        now: datetime,
    ) -> None:
        """Tell the staff, at most once an hour for each reason."""
        why = "cap" if traffic.day + 1 >= self._settings.codes_per_day else verdict.why
        if not why:
            return
        facts = {"why": why, **({"prefix": number.prefix} if why == "prefix" else {})}
        recent = select(events.c.facts).where(
            events.c.name == "codes_alert", events.c.at > now - _ALERT_EVERY
        )
        if facts not in (await transaction.scalars(recent)).all():
            await transaction.execute(insert(events).values(at=now, name="codes_alert", facts=facts))

    async def _take_try(self, transaction: AsyncConnection, verification_id: int, speaker: bytes) -> Any:
        mine = verifications.c.id == verification_id, verifications.c.speaker == speaker
        now = self._clock.now()
        taken = await transaction.execute(
            update(verifications)
            .where(*mine, verifications.c.state == "pending")
            .where(verifications.c.tries_left > 0, verifications.c.expires_at > now)
            .values(tries_left=verifications.c.tries_left - 1)
            .returning(
                verifications.c.lookup,
                verifications.c.number_class,
                verifications.c.code_mac,
                verifications.c.tries_left,
            )
        )
        row = taken.one_or_none()
        if row is not None:
            return row
        found = await transaction.execute(select(verifications.c.state).where(*mine))
        state = found.scalar_one_or_none()
        if state == "pending":
            expired = await transaction.scalar(select(verifications.c.expires_at).where(*mine))
            raise Refused(
                "people.expired_code" if expired is not None and expired <= now else "people.locked"
            )
        reasons = {
            "used": "used_code",
            "voided": "voided_code",
            "locked": "locked",
            "expired": "expired_code",
        }
        raise Refused(f"people.{reasons.get(state or '', 'no_code')}")

    async def _lock(self, verification_id: int) -> None:
        now = self._clock.now()

        async def job(transaction: AsyncConnection, _work: Work) -> None:
            mine = verifications.c.id == verification_id
            await transaction.execute(update(verifications).where(mine).values(state="locked", **_ERASED))
            await void(transaction, [verification_id], now)

        work = Work()
        work.job(job)
        await self._writer.commit(work)


def erase_expired(clock: Clock) -> Chore:
    """Codes that are ten minutes old are erased, and after an hour who asked for them."""

    async def do(work: Work) -> None:
        now = clock.now()
        over = verifications.c.state == "pending", verifications.c.expires_at <= now
        work.run(update(verifications).where(*over).values(state="expired", **_ERASED))
        known = verifications.c.speaker != b"", verifications.c.sent_at <= now - _ASKER_KEPT
        work.run(update(verifications).where(*known).values(speaker=b""))

    return Chore("expired codes", timedelta(seconds=5), do)


def old_codes(now: datetime) -> Delete:
    """What is needed only to count: how many went to a number, and in the town, within a day."""
    return delete(verifications).where(verifications.c.sent_at <= now - DAY)


def hash_of_token(token: str) -> bytes:
    """How the random id in a call's address is stored: 128 random bits need no key."""
    return hashlib.sha256(token.encode()).digest()


async def _void_pending(transaction: AsyncConnection, found: Sequence[bytes], now: datetime) -> None:
    pending = verifications.c.lookup.in_(found), verifications.c.state == "pending"
    voided = await transaction.scalars(
        update(verifications).where(*pending).values(state="voided", **_ERASED).returning(verifications.c.id)
    )
    await void(transaction, list(voided.all()), now)


async def _is_known(transaction: AsyncConnection, found: Sequence[bytes]) -> bool:
    return (await transaction.scalar(select(addresses.c.id).where(addresses.c.lookup.in_(found)))) is not None


def _mac_parts(verification_id: int, found: bytes, code: str) -> tuple[bytes, ...]:
    return b"code", str(verification_id).encode(), found, code.encode()


def _context(verification_id: int) -> str:
    return f"code:{verification_id}"
