"""What staff see of the gate: who is inside, who overstays, the day's bookings, conflicts, alerts. Nobody's name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BindParameter, bindparam, func, or_, select

from core.activities.model import activities, slots
from core.activities.service import Activities
from core.bookings.model import bookings
from core.db.database import Database
from core.db.types import FAR_FUTURE, Instant
from core.passes.model import passes
from core.ports import Clock
from core.visits.model import alerts, scans, visits
from core.visits.parties import Slot
from core.visits.reading import ALL_OUT, passing_of, short_number, slot_columns
from core.visits.stays import Allowance, Passing, retrace

Inside = Mapping[tuple[str, str], int]
"""(facility, place) -> persons; only where anybody is."""


@dataclass(frozen=True)
class Overstay:
    """Still inside although the hour is over. Times are UTC."""

    number: str | None
    """Of the pass; None: walk-ins."""
    slot_id: int
    place: str
    persons: int
    ended_at: datetime


@dataclass(frozen=True)
class Expected:
    """A booking of the day, or its pass: who-less."""

    booking_id: int
    slot_id: int
    place: str
    starts_at: datetime
    ends_at: datetime
    number: str
    code: str
    """For the printed list and for finding it; not for every screen."""
    persons: int
    channel: str
    state: str
    """`expected`, `part` (some of them are inside), `inside`, `left`, `absent` (the hour is over), `cancelled` or
    `moved`."""
    inside: int


@dataclass(frozen=True)
class Clash:
    """Persons let through who, as known today, should not have been."""

    number: str | None
    place: str
    gate: str
    at: datetime
    persons: int
    direction: str
    reason: str
    """`admitted` where each gate was right by what it knew: two of them admitted the same pass; else the code of the
    refusal that it could not know of."""
    other_gate: str | None
    other_at: datetime | None
    """The entry before it."""


@dataclass(frozen=True)
class Alert:
    id: int
    facility: str
    slot_id: int | None
    """None: of the facility as a whole."""
    level: int
    """90 or 100 per cent."""
    inside: int
    limit: int
    raised_at: datetime
    ended_at: datetime | None


class Live:
    """Queries; nothing is kept."""

    def __init__(self, database: Database, clock: Clock, activities: Activities) -> None:
        self._database = database
        self._clock = clock
        self._activities = activities

    async def inside_now(self) -> Inside:
        """Everywhere, by facility and place."""
        async with self._database.reading() as connection:
            rows = (await connection.execute(_INSIDE)).all()
        return {(row.facility, row.place): row.persons for row in rows}

    async def inside_by_slot(self, facility: str) -> Mapping[int, int]:
        """Slot id -> persons inside now."""
        async with self._database.reading() as connection:
            rows = (await connection.execute(_INSIDE_BY_SLOT, {"facility": facility})).all()
        return {row.slot_id: row.persons for row in rows}

    async def recount(self) -> Inside:
        """The same as `inside_now`, from nothing but the scans: entries minus exits."""
        passings: dict[tuple[int, int | None], list[Passing]] = defaultdict(list)
        cleared: dict[int, list[datetime]] = defaultdict(list)
        of_slots: dict[int, Slot] = {}
        allowances: dict[int, Allowance] = {}
        async with self._database.reading() as connection:
            for row in await connection.execute(_EVERY_SCAN):
                if row.shown == ALL_OUT:
                    cleared[row.slot_id].append(row.scanned_at)
                else:
                    passings[row.slot_id, row.booking_id].append(passing_of(row))
                if row.slot_id not in of_slots:
                    activity = await self._activities.get(row.key, row.revision)
                    of_slots[row.slot_id] = Slot.of(row, activity)
                if row.booking_id is not None:
                    slot = of_slots[row.slot_id]
                    gate = slot.activity.gate
                    allowances[row.booking_id] = Allowance(row.booked, gate.re_entry, slot.sessions)
        inside: dict[tuple[str, str], int] = defaultdict(int)
        for (slot_id, booking_id), theirs in passings.items():
            allowance = None if booking_id is None else allowances[booking_id]
            slot = of_slots[slot_id]
            inside[slot.facility, slot.place] += retrace(theirs, cleared[slot_id], allowance).inside
        return {place: persons for place, persons in inside.items() if persons}

    async def overstayers(self, facility: str) -> list[Overstay]:
        """Longest first. Where nobody is scanned out nobody can be seen to overstay."""
        now = self._clock.now()
        found: list[Overstay] = []
        async with self._database.reading() as connection:
            rows = (await connection.execute(_STILL_INSIDE, {"facility": facility})).all()
        for row in rows:
            slot = Slot.of(row, await self._activities.get(row.key, row.revision))
            over = slot.assumed_exit_at(row.entered_at) - slot.grace
            if slot.activity.gate.scan == "entry_and_exit" and over <= now:
                number = None if row.number is None else short_number(row.number)
                found.append(Overstay(number, slot.id, slot.place, row.persons, over))
        return sorted(found, key=lambda each: (each.ended_at, -each.persons))

    async def day(self, facility: str, begin: datetime, end: datetime) -> list[Expected]:
        """The passes of every session that starts from `begin` to `end` (a local day, in UTC), by hour and place.
        A pass that was replaced is left out."""
        now = self._clock.now()
        params = {"facility": facility, "begin": begin, "end": end}
        async with self._database.reading() as connection:
            rows = (await connection.execute(_PASSES_OF, params)).all()
            came = {row.booking_id: row for row in await connection.execute(_CAME, params)}
        found: list[Expected] = []
        for row in rows:
            slot = Slot.of(row, await self._activities.get(row.key, row.revision))
            session = next((each for each in slot.sessions if begin <= each[0] < end), None)
            if session is None:
                continue
            visit = came.get(row.booking_id)
            inside = visit.inside if visit is not None else 0
            found.append(
                Expected(
                    booking_id=row.booking_id,
                    slot_id=slot.id,
                    place=slot.place,
                    starts_at=session[0],
                    ends_at=session[1],
                    number=short_number(row.number),
                    code=row.code,
                    persons=row.persons,
                    channel=row.channel,
                    state=_state(row.state, visit is not None, inside, row.persons, session[1] <= now),
                    inside=inside,
                )
            )
        return sorted(found, key=lambda each: (each.starts_at, each.place, each.number))

    async def clashes(self, facility: str, begin: datetime, end: datetime) -> list[Clash]:
        """Of the scans from `begin` to `end`, newest first."""
        params = {"facility": facility, "begin": begin, "end": end}
        found: list[Clash] = []
        async with self._database.reading() as connection:
            rows = (await connection.execute(_CONFLICTS, params)).all()
            for row in rows:
                before = (
                    await connection.execute(
                        _BEFORE, {"booking": row.booking_id, "nonce": row.nonce, "at": row.scanned_at}
                    )
                ).first()
                found.append(
                    Clash(
                        number=None if row.number is None else short_number(row.number),
                        place=row.place or "",
                        gate=row.gate,
                        at=row.scanned_at,
                        persons=row.persons,
                        direction=row.direction,
                        reason=row.verdict,
                        other_gate=before.gate if before else None,
                        other_at=before.scanned_at if before else None,
                    )
                )
        return found

    async def alerts(self, since: datetime) -> list[Alert]:
        """Those that last, and those raised or ended since, newest first."""
        async with self._database.reading() as connection:
            rows = (await connection.execute(_ALERTS, {"since": since})).all()
        return [
            Alert(
                id=row.id,
                facility=row.facility,
                slot_id=row.slot_id,
                level=row.level,
                inside=row.inside,
                limit=row.limit,
                raised_at=row.raised_at,
                ended_at=None if row.ended_at == FAR_FUTURE else row.ended_at,
            )
            for row in rows
        ]


def _state(booking: str, came: bool, inside: int, persons: int, over: bool) -> str:
    if inside:
        return "inside" if inside >= persons else "part"
    if came:
        return "left"
    if booking != "confirmed":
        return "provisional" if booking == "held" else booking
    return "absent" if over else "expected"


_FACILITY: BindParameter[str] = bindparam("facility")
_BEGIN, _END = bindparam("begin", type_=Instant), bindparam("end", type_=Instant)
_PERSONS = func.sum(visits.c.persons).label("persons")
_NOW_INSIDE = visits.c.left_at == FAR_FUTURE
_INSIDE = (
    select(visits.c.facility, visits.c.place, _PERSONS)
    .where(_NOW_INSIDE)
    .group_by(visits.c.facility, visits.c.place)
)
_INSIDE_BY_SLOT = (
    select(visits.c.slot_id, _PERSONS)
    .where(_NOW_INSIDE, visits.c.facility == _FACILITY)
    .group_by(visits.c.slot_id)
)
_EVERY_SCAN = (
    select(
        scans.c.nonce,
        scans.c.shown,
        scans.c.booking_id,
        scans.c.direction,
        scans.c.persons,
        scans.c.scanned_at,
        scans.c.gate,
        scans.c.decided_by,
        bookings.c.persons.label("booked"),
        *slot_columns(),
    )
    .join(slots, slots.c.id == scans.c.slot_id)
    .join(activities, activities.c.id == slots.c.activity_id)
    .outerjoin(bookings, bookings.c.id == scans.c.booking_id)
    .where(scans.c.persons > 0)
)
_OF_BOOKING = (passes.c.state == "valid") & (passes.c.booking_id == visits.c.booking_id)
_STILL_INSIDE = (
    select(visits.c.entered_at, visits.c.persons, passes.c.number, *slot_columns())
    .join(slots, slots.c.id == visits.c.slot_id)
    .join(activities, activities.c.id == slots.c.activity_id)
    .outerjoin(passes, _OF_BOOKING)
    .where(_NOW_INSIDE, visits.c.facility == _FACILITY)
)
_TODAY = (activities.c.facility == _FACILITY) & (slots.c.starts_at < _END) & (slots.c.ends_at > _BEGIN)
_PASSES_OF = (
    select(
        passes.c.number,
        passes.c.code,
        bookings.c.id.label("booking_id"),
        bookings.c.state,
        bookings.c.persons,
        bookings.c.channel,
        *slot_columns(),
    )
    .join(bookings, bookings.c.id == passes.c.booking_id)
    .join(slots, slots.c.id == bookings.c.slot_id)
    .join(activities, activities.c.id == slots.c.activity_id)
    .where(_TODAY, or_(passes.c.state == "valid", bookings.c.state.in_(("cancelled", "moved"))))
    .where(bookings.c.state != "lapsed")
)
_CAME = (
    select(
        visits.c.booking_id,
        func.coalesce(func.sum(visits.c.persons).filter(_NOW_INSIDE), 0).label("inside"),
    )
    .where(
        visits.c.facility == _FACILITY,
        visits.c.booking_id.is_not(None),
        visits.c.entered_at < _END,
        visits.c.left_at > _BEGIN,
    )
    .group_by(visits.c.booking_id)
)
_NUMBER = (
    select(passes.c.number)
    .where(passes.c.booking_id == scans.c.booking_id)
    .order_by(passes.c.issued_at.desc())
    .limit(1)
    .scalar_subquery()
    .label("number")
)
_CONFLICTS = (
    select(
        scans.c.nonce,
        scans.c.booking_id,
        scans.c.gate,
        scans.c.scanned_at,
        scans.c.persons,
        scans.c.direction,
        scans.c.verdict,
        slots.c.place,
        _NUMBER,
    )
    .outerjoin(slots, slots.c.id == scans.c.slot_id)
    .where(
        scans.c.facility == _FACILITY,
        scans.c.scanned_at >= _BEGIN,
        scans.c.scanned_at < _END,
        scans.c.conflict,
    )
    .order_by(scans.c.scanned_at.desc())
)
_BEFORE = (
    select(scans.c.gate, scans.c.scanned_at)
    .where(
        scans.c.booking_id == bindparam("booking"),
        scans.c.nonce != bindparam("nonce"),
        scans.c.scanned_at <= bindparam("at", type_=Instant),
        scans.c.direction == "entry",
        scans.c.persons > 0,
    )
    .order_by(scans.c.scanned_at.desc())
    .limit(1)
)
_ALERTS = (
    select(alerts)
    .where(
        or_(
            alerts.c.ended_at >= bindparam("since", type_=Instant),
            alerts.c.raised_at >= bindparam("since", type_=Instant),
        )
    )
    .order_by(alerts.c.raised_at.desc(), alerts.c.level.desc())
)
