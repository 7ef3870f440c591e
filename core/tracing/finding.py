"""Finds a group in the record of visits. Reads ids, hours and kinds of address; nothing that is sealed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.activities.model import activities, slots
from core.bookings.model import bookings
from core.bookings.queries import sessions_of
from core.db.database import Database
from core.db.types import FAR_FUTURE, from_milliseconds
from core.errors import Refused
from core.messages.states import CALL, CHAT, SMS
from core.passes.model import passes
from core.people.model import addresses, citizens
from core.people.numbers import LANDLINE, MOBILE
from core.tracing.exposure import Interval, exposure, united
from core.tracing.groups import AroundPass, ByEvent, ByHours, Group
from core.visits.model import visits
from core.visits.stays import LONGEST_STAY

FEW = 5
"""A smaller group points at somebody: it is found only by whoever knows the case's pass code."""
_AT_ONCE = 500
_EVER = from_milliseconds(0)
_MEDIA = ((MOBILE, SMS), (LANDLINE, CALL), (CHAT, CHAT))
"""An SMS where there is a mobile, else a call, and a chat only where there is no number."""


@dataclass(frozen=True)
class Way:
    """How somebody is reached: `sms`, `call`, `telegram`, or not at all."""

    medium: str | None
    language: str


@dataclass(frozen=True)
class Found:
    """Who belongs to a group."""

    citizens: Mapping[int, Way]
    """Those who booked; each is told once, however many bookings match."""
    persons: int
    """They and those who were with them."""
    unknown: int
    """Walk-ins, and persons whose citizen is forgotten: nobody can tell them."""
    where: tuple[str, ...]
    """Facilities."""
    span: Interval
    """From when to when, in UTC."""


@dataclass
class _Gathered:
    persons: dict[int, int] = field(default_factory=dict)
    """By booking."""
    citizen_of: dict[int, int | None] = field(default_factory=dict)
    walk_ins: int = 0

    def add(self, booking_id: int | None, citizen_id: int | None, booked: int, came: int) -> None:
        if booking_id is None:
            self.walk_ins += came
            return
        self.citizen_of[booking_id] = citizen_id
        # Who came in twice is one person: of a booking never more than it was for.
        self.persons[booking_id] = min(booked, self.persons.get(booking_id, 0) + came)


class Finder:
    """Queries; nothing is kept."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, group: Group, now: datetime) -> Found:
        """Raises `Refused`: `tracing.unknown_facility`, `unknown_event`, `unknown_pass`, `not_the_case`, `empty`, and
        `too_few` for fewer than five without the case's pass code.
        """
        async with self._database.reading() as connection:
            if isinstance(group, AroundPass):
                gathered, where, span = await _around(connection, group, now)
            elif isinstance(group, ByEvent):
                gathered, where, span = await _at_event(connection, group)
            else:
                gathered, where, span = await _within(connection, group)
            found = {each for each in gathered.citizen_of.values() if each is not None}
            ways = await _ways(connection, sorted(found))
            if isinstance(group, ByHours | ByEvent) and group.case is not None:
                await _check_case(connection, group.case, gathered)
        if not ways:
            raise Refused("tracing.empty")
        if len(ways) < FEW and group.case is None:
            raise Refused("tracing.too_few", few=FEW)
        known = {booking for booking, citizen in gathered.citizen_of.items() if citizen in ways}
        persons = sum(gathered.persons[booking] for booking in known)
        unknown = gathered.walk_ins + sum(gathered.persons.values()) - persons
        return Found(ways, persons, unknown, where, span)


async def _within(connection: AsyncConnection, group: ByHours) -> tuple[_Gathered, tuple[str, ...], Interval]:
    of_facility = select(activities.c.id).where(activities.c.facility == group.facility)
    activity_ids = (await connection.execute(of_facility)).scalars().all()
    if not activity_ids:
        raise Refused("tracing.unknown_facility")
    gathered = _Gathered()
    statement = _OVERLAPPING if not group.places else _OVERLAPPING.where(visits.c.place.in_(group.places))
    for row in await connection.execute(statement, _bounds(group.facility, group.start, group.end)):
        gathered.add(row.booking_id, row.citizen_id, row.booked, row.persons)
    if group.booked:
        planned = select(slots.c.id, slots.c.starts_at, slots.c.ends_at, slots.c.sessions).where(
            slots.c.activity_id.in_(activity_ids),
            slots.c.starts_at < group.end,
            slots.c.ends_at > group.start,
        )
        if group.places:
            planned = planned.where(slots.c.place.in_(group.places))
        wanted = [
            row.id
            for row in await connection.execute(planned)
            if any(
                start < group.end and end > group.start
                for start, end in sessions_of(row.sessions) or ((row.starts_at, row.ends_at),)
            )
        ]
        await _add_booked(connection, gathered, wanted)
    return gathered, (group.facility,), (group.start, group.end)


async def _at_event(
    connection: AsyncConnection, group: ByEvent
) -> tuple[_Gathered, tuple[str, ...], Interval]:
    query = (
        select(slots.c.id, slots.c.starts_at, slots.c.ends_at, slots.c.sessions, activities.c.facility)
        .join(activities, activities.c.id == slots.c.activity_id)
        .where(activities.c.key == group.activity, slots.c.starts_at <= group.start)
        .where(slots.c.ends_at > group.start)
    )
    of_slot: dict[int, Interval] = {}
    facility, ends_at = "", group.start
    for row in await connection.execute(query):
        sessions = sessions_of(row.sessions) or ((row.starts_at, row.ends_at),)
        number = next((at for at, (start, _) in enumerate(sessions) if start == group.start), None)
        if number is None:
            continue
        # A stay belongs to the session that was not over when it began, the first and the last without bound.
        low = sessions[number - 1][1] if number else _EVER
        high = sessions[number][1] if number + 1 < len(sessions) else FAR_FUTURE
        of_slot[row.id] = (low, high)
        facility, ends_at = row.facility, max(ends_at, sessions[number][1])
    if not of_slot:
        raise Refused("tracing.unknown_event")
    gathered = _Gathered()
    for row in await connection.execute(_OF_SLOTS, {"slots": sorted(of_slot)}):
        low, high = of_slot[row.slot_id]
        if low <= row.entered_at < high:
            gathered.add(row.booking_id, row.citizen_id, row.booked, row.persons)
    if group.booked:
        await _add_booked(connection, gathered, sorted(of_slot))
    return gathered, (facility,), (group.start, ends_at)


async def _around(
    connection: AsyncConnection, group: AroundPass, now: datetime
) -> tuple[_Gathered, tuple[str, ...], Interval]:
    case = await _case(connection, group.case)
    own = (await connection.execute(_OF_BOOKING, {"booking": case.booking_id})).all()
    there: dict[str, list[Interval]] = defaultdict(list)
    for row in own:
        there[row.facility].append((row.entered_at, min(row.left_at, now)))
    stays: dict[tuple[str, int], list[Interval]] = defaultdict(list)
    rows: Counter[Any] = Counter()
    spans = {facility: united(intervals) for facility, intervals in there.items()}
    for facility, intervals in spans.items():
        for start, end in intervals:
            found = await connection.execute(_OVERLAPPING, _bounds(facility, start, end))
            rows |= Counter(
                found.all()
            )  # a stay that overlaps with several of the case's is found several times
    gathered = _Gathered()
    of_citizen: dict[int, list[Any]] = defaultdict(list)
    shortest = timedelta(minutes=group.minutes)
    for row in rows.elements():
        if row.booking_id == case.booking_id or (row.citizen_id or 0) == case.citizen_id:
            continue
        if row.booking_id is None or row.citizen_id is None:
            stay = (row.entered_at, min(row.left_at, now))
            if exposure(spans[row.facility], [stay]) >= shortest:
                gathered.add(row.booking_id, None, row.booked, row.persons)
            continue
        of_citizen[row.citizen_id].append(row)
        stays[row.facility, row.citizen_id].append((row.entered_at, min(row.left_at, now)))
    for citizen_id, theirs in of_citizen.items():
        met_for = sum(
            (exposure(intervals, stays[facility, citizen_id]) for facility, intervals in spans.items()),
            timedelta(),
        )
        if met_for >= shortest:
            for row in theirs:
                gathered.add(row.booking_id, citizen_id, row.booked, row.persons)
    if not spans:
        raise Refused("tracing.empty")
    every = [interval for intervals in spans.values() for interval in intervals]
    span = (min(start for start, _ in every), max(end for _, end in every)) if every else (now, now)
    return gathered, tuple(sorted(spans)), span


async def _case(connection: AsyncConnection, code: str) -> Any:
    query = (
        select(bookings.c.id.label("booking_id"), bookings.c.citizen_id)
        .join(passes, passes.c.booking_id == bookings.c.id)
        .where(passes.c.code == code)
    )
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise Refused("tracing.unknown_pass")
    return row


async def _check_case(connection: AsyncConnection, code: str, gathered: _Gathered) -> None:
    if (await _case(connection, code)).booking_id not in gathered.citizen_of:
        raise Refused("tracing.not_the_case")


async def _add_booked(connection: AsyncConnection, gathered: _Gathered, slot_ids: Sequence[int]) -> None:
    for some in _in_parts(slot_ids):
        for row in await connection.execute(_BOOKED, {"slots": some}):
            gathered.citizen_of[row.id] = row.citizen_id
            gathered.persons[row.id] = row.persons


async def _ways(connection: AsyncConnection, citizen_ids: Sequence[int]) -> dict[int, Way]:
    kinds: dict[int, set[str | None]] = defaultdict(set)
    languages: dict[int, str] = {}
    for some in _in_parts(citizen_ids):
        for row in await connection.execute(_KINDS, {"citizens": some}):
            kinds[row.id].add(row.kind)
            languages[row.id] = row.language
    return {
        citizen_id: Way(
            next((medium for kind, medium in _MEDIA if kind in kinds[citizen_id]), None), language
        )
        for citizen_id, language in sorted(languages.items())
    }


def _in_parts(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[first : first + _AT_ONCE] for first in range(0, len(ids), _AT_ONCE))


def _bounds(facility: str, start: datetime, end: datetime) -> Mapping[str, Any]:
    return {"facility": facility, "start": start, "end": end, "earliest": start - LONGEST_STAY}


def _stays(found_by: Column[Any]) -> Select[Any]:
    """Only what the index that finds them holds too, so that no visit itself is read; and whose booking it is."""
    return select(
        found_by,
        visits.c.booking_id,
        visits.c.persons,
        visits.c.entered_at,
        visits.c.left_at,
        bookings.c.citizen_id,
        bookings.c.persons.label("booked"),
    ).outerjoin(bookings, bookings.c.id == visits.c.booking_id)


_OVERLAPPING = _stays(visits.c.facility).where(
    visits.c.facility == bindparam("facility"),
    visits.c.entered_at >= bindparam("earliest"),
    visits.c.entered_at < bindparam("end"),
    visits.c.left_at > bindparam("start"),
    visits.c.left_at > visits.c.entered_at,
)
_OF_SLOTS = _stays(visits.c.slot_id).where(
    visits.c.slot_id.in_(bindparam("slots", expanding=True)), visits.c.left_at > visits.c.entered_at
)
_OF_BOOKING = select(visits.c.facility, visits.c.entered_at, visits.c.left_at).where(
    visits.c.booking_id == bindparam("booking")
)
_BOOKED = select(bookings.c.id, bookings.c.citizen_id, bookings.c.persons).where(
    bookings.c.slot_id.in_(bindparam("slots", expanding=True)), bookings.c.state == "confirmed"
)
_KINDS = (
    select(citizens.c.id, citizens.c.language, addresses.c.kind)
    .outerjoin(addresses, addresses.c.citizen_id == citizens.c.id)
    .where(citizens.c.id.in_(bindparam("citizens", expanding=True)))
)
