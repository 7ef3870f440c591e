"""What a gate takes along for when it has no line: which passes are known or revoked today, and nothing of anyone.

Codes are kept as salted slow hashes, PBKDF2-HMAC-SHA256 (RFC 8018), the one slow hash that every browser has
(WebCrypto). Nine digits can be tried out by whoever steals the phone and hires a graphics card for some hours; what
they win is the codes of a day that is over.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import BindParameter, bindparam, func, select

from core.activities.model import activities, slots
from core.activities.service import Activities
from core.db.database import Database
from core.db.types import FAR_FUTURE, Instant
from core.errors import Refused
from core.ports import Clock, Codes
from core.visits.model import visits
from core.visits.parties import Slot
from core.visits.reading import passes_with_slots

ITERATIONS = 100_000
"""A slow phone takes about 0.25 s for one code; this machine 0.02 s."""
HASH_BYTES = 16
CODES_AT_ONCE = 100
"""Hashes made for one bundle: the first of the day would else take half a minute. The next asks for the rest."""
_MOST_DAYS = 64


@dataclass(frozen=True)
class KnownPass:
    """A pass of the day. Times are UTC."""

    number: str
    """As in the token: 16 hexadecimal digits."""
    code_hash: str | None
    """Hexadecimal; None while it is not made yet (`Bundle.complete`)."""
    persons: int
    opens_at: datetime
    entry_closes_at: datetime
    ends_at: datetime
    re_entry: bool
    scans_exit: bool
    entered: int
    inside: int
    """As known when the bundle was made."""


@dataclass(frozen=True)
class Bundle:
    facility: str
    facility_number: int
    """As in the token."""
    made_at: datetime
    verifying_keys: tuple[bytes, ...]
    """Ed25519, 32 bytes each, the newest first: a pass is genuine under any of them."""
    early_minutes: int
    """For a pass that was issued since: when its hour opens."""
    salt: bytes
    iterations: int
    known: tuple[KnownPass, ...]
    revoked: tuple[str, ...]
    """Numbers of passes that open nothing any more."""
    complete: bool
    """False: more hashes next time; ask again soon."""


@dataclass
class _Day:
    salt: bytes
    hashes: dict[int, str] = field(default_factory=dict)
    """By the id of the pass."""


class Bundles:
    """Makes bundles; keeps the hashes it has made (not the codes) for the day."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        codes: Codes,
        activities: Activities,
        verifying_keys: Callable[[], Sequence[bytes]],
    ) -> None:
        self._database = database
        self._clock = clock
        self._codes = codes
        self._activities = activities
        self._verifying_keys = verifying_keys
        self._days: dict[tuple[str, datetime], _Day] = {}

    async def bundle(self, facility: str, begin: datetime, end: datetime) -> Bundle:
        """For sessions that start from `begin` to `end` (a local day, in UTC). Raises
        `Refused("visits.unknown_facility")`."""
        now = self._clock.now()
        params = {"facility": facility, "begin": begin, "end": end}
        async with self._database.reading() as connection:
            used = (await connection.execute(_ACTIVITIES, params)).all()
            rows = (await connection.execute(_PASSES, params)).all()
            came = {row.booking_id: row for row in await connection.execute(_CAME, params)}
        if not used:
            raise Refused("visits.unknown_facility")
        current = [await self._activities.get(row.key, row.revision) for row in used]
        valid, revoked = [], []
        for row in rows:
            if (row.pass_state, row.booking_state, row.slot_state) == ("valid", "confirmed", "open"):
                valid.append(row)
            elif row.booking_state != "held":  # a provisional one may be confirmed since: as if issued since
                revoked.append(row.number.hex())
        sessions: list[tuple[int, str, Slot, tuple[datetime, datetime], str, int, int, int]] = []
        for row in valid:
            slot = Slot.of(row, await self._activities.get(row.key, row.revision))
            for session in slot.sessions:
                if begin <= session[0] < end:
                    visit = came.get(row.booking_id)
                    counts = (row.persons, visit.entered, visit.inside) if visit else (row.persons, 0, 0)
                    sessions.append((row.pass_id, row.number.hex(), slot, session, row.code, *counts))
                    break
        sessions.sort(key=lambda each: (each[3][1] <= now, each[3], each[1]))
        day = self._day(facility, begin)
        wanted = [(each[0], each[4]) for each in sessions if each[0] not in day.hashes]
        day.hashes |= await asyncio.to_thread(_hashes, wanted[:CODES_AT_ONCE], day.salt)
        return Bundle(
            facility=facility,
            facility_number=current[0].facility.number,
            made_at=now,
            verifying_keys=tuple(self._verifying_keys()),
            early_minutes=min(activity.gate.early_minutes for activity in current),
            salt=day.salt,
            iterations=ITERATIONS,
            known=tuple(
                _known(number, day.hashes.get(pass_id), slot, session, persons, entered, inside)
                for pass_id, number, slot, session, _, persons, entered, inside in sessions
            ),
            revoked=tuple(sorted(revoked)),
            complete=len(wanted) <= CODES_AT_ONCE,
        )

    def _day(self, facility: str, begin: datetime) -> _Day:
        key = facility, begin
        if key not in self._days:
            if len(self._days) >= _MOST_DAYS:
                del self._days[min(self._days, key=lambda each: each[1])]
            self._days[key] = _Day(self._codes.token(16))
        return self._days[key]


def code_hash(code: str, salt: bytes) -> str:
    """Of the ten digits, as the scanner page computes it too."""
    return hashlib.pbkdf2_hmac("sha256", code.encode("ascii"), salt, ITERATIONS, HASH_BYTES).hex()


def _hashes(wanted: list[tuple[int, str]], salt: bytes) -> dict[int, str]:
    return {pass_id: code_hash(code, salt) for pass_id, code in wanted}


def _known(
    number: str,
    hashed: str | None,
    slot: Slot,
    session: tuple[datetime, datetime],
    persons: int,
    entered: int,
    inside: int,
) -> KnownPass:
    gate, (start, end) = slot.activity.gate, session
    late = gate.late_minutes
    return KnownPass(
        number=number,
        code_hash=hashed,
        persons=persons,
        opens_at=start - timedelta(minutes=gate.early_minutes),
        entry_closes_at=end if late is None else min(end, start + timedelta(minutes=late)),
        ends_at=end,
        re_entry=gate.re_entry,
        scans_exit=gate.scan == "entry_and_exit",
        entered=entered,
        inside=inside,
    )


_BEGIN, _END = bindparam("begin", type_=Instant), bindparam("end", type_=Instant)
_FACILITY: BindParameter[str] = bindparam("facility")
_ACTIVITIES = (
    select(activities.c.key, activities.c.revision)
    .where(activities.c.facility == _FACILITY)
    .order_by(activities.c.key)
)
_PASSES = passes_with_slots().where(
    activities.c.facility == _FACILITY, slots.c.starts_at < _END, slots.c.ends_at > _BEGIN
)
_CAME = (
    select(
        visits.c.booking_id,
        func.sum(visits.c.persons).label("entered"),
        func.coalesce(func.sum(visits.c.persons).filter(visits.c.left_at == FAR_FUTURE), 0).label("inside"),
    )
    .where(
        visits.c.facility == _FACILITY,
        visits.c.booking_id.is_not(None),
        visits.c.entered_at < _END,
        visits.c.left_at > _BEGIN,
    )
    .group_by(visits.c.booking_id)
)
