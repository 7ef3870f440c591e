"""What the box office must know to decide a batch, read under lock, and what it writes back.

Order of locks, the same in every process so that nobody waits in a circle: slots by id, then citizens by
id. On SQLite the writer's transaction holds the one lock there is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.activities.model import activities, slots
from core.bookings.allocate import Room
from core.bookings.model import absences, bookings
from core.bookings.queries import sessions_of
from core.bookings.rules import Citizen, Own, Session
from core.db.among import among
from core.db.types import Instant
from core.people.model import addresses, citizens


@dataclass
class Slot:
    """A locked slot. `room` changes while the batch is decided."""

    id: int
    activity_id: int
    activity: str
    place: str
    occasion: str
    starts_at: datetime
    ends_at: datetime
    term: tuple[Session, ...]
    reason: str | None
    """Why it is closed."""
    room: Room
    before: tuple[int, dict[str, int]]

    @property
    def sessions(self) -> tuple[Session, ...]:
        return self.term or ((self.starts_at, self.ends_at),)


@dataclass
class Booking:
    """A booking's row, as the batch finds it and leaves it."""

    id: int
    slot_id: int
    revision: int
    citizen_id: int | None
    holder: bytes
    channel: str
    units: int
    persons: int
    booker_takes_part: bool
    state: str
    held_until: datetime | None
    extended: bool = False
    confirmed_at: datetime | None = None
    ended_at: datetime | None = None
    moved_to: int | None = None


@dataclass
class Ledger:
    now: datetime
    slots: dict[int, Slot] = field(default_factory=dict)
    bookings: dict[int, Booking] = field(default_factory=dict)
    citizens: dict[int, Citizen] = field(default_factory=dict)
    own: dict[int, list[Own]] = field(default_factory=lambda: defaultdict(list))
    absences: dict[tuple[int, int], list[datetime]] = field(default_factory=lambda: defaultdict(list))
    """By citizen and activity id: when each hour was over that they missed."""
    lapsed: list[int] = field(default_factory=list)
    ended: list[int] = field(default_factory=list)
    """Bookings that ended in this batch whoever asked: offers that were not taken."""

    async def slots_to_sweep(self, transaction: AsyncConnection) -> set[int]:
        """Where holds have lapsed that nobody has met yet."""
        return set((await transaction.execute(_TO_SWEEP, {"now": self.now})).scalars())

    async def lock_slots(
        self, transaction: AsyncConnection, slot_ids: Iterable[int], booking_ids: Sequence[int]
    ) -> None:
        """Lock the slots, and those of the bookings; read the bookings; let lapsed holds go."""
        params: dict[str, Any] = {"slots": sorted(set(slot_ids))}
        if booking_ids:
            rows = await transaction.execute(_LOCK_WITH_BOOKINGS, params | {"bookings": booking_ids})
        else:
            rows = await transaction.execute(_LOCK, params)
        first_to_lapse: datetime | None = None
        for row in rows:
            # It may be from before the lock, but a hold only ever lapses later than that, never sooner.
            if row.lapses is not None:
                first_to_lapse = min(row.lapses, first_to_lapse or row.lapses)
            room = Room(row.capacity, row.taken, dict(row.reserved), row.state == "open")
            before = (row.taken, dict(row.reserved))
            kept = sessions_of(row.sessions)
            times = (row.starts_at, row.ends_at, kept)
            self.slots[row.id] = Slot(
                row.id, row.activity_id, row.key, row.place, row.occasion, *times, row.reason, room, before
            )
        # Read only now: before the lock another process might still have changed them.
        await self.read_bookings(transaction, booking_ids)
        if first_to_lapse is not None and first_to_lapse <= self.now:
            await self._let_go(transaction)

    async def read_bookings(self, transaction: AsyncConnection, booking_ids: Sequence[int]) -> None:
        """Of slots that are locked."""
        if booking_ids:
            found = await transaction.execute(_BOOKINGS, {"bookings": booking_ids})
            self.bookings.update((row.id, Booking(*row)) for row in found)
        for booking_id in self.lapsed:  # not written yet
            if booking_id in self.bookings:
                self.bookings[booking_id].state = "lapsed"

    async def _let_go(self, transaction: AsyncConnection) -> None:
        """Holds that have lapsed."""
        params = {"slots": list(self.slots), "now": self.now}
        for lapsed in await transaction.execute(_LAPSED, params):
            self.slots[lapsed.slot_id].room.give_back(lapsed.units, lapsed.channel)
            self.lapsed.append(lapsed.id)
            if lapsed.id in self.bookings:
                self.bookings[lapsed.id].state = "lapsed"

    async def lock_citizens(
        self, transaction: AsyncConnection, citizen_ids: Iterable[int], begin: datetime, end: datetime
    ) -> None:
        """Lock citizens, so that two processes cannot give one of them too much at once, and read what they
        have from `begin` to `end`."""
        await self._read_citizens(transaction, _LOCK_CITIZENS, sorted(set(citizen_ids)), begin, end)

    async def look_at_citizens(
        self, connection: AsyncConnection, citizen_ids: Iterable[int], begin: datetime, end: datetime
    ) -> None:
        """The same without a lock, for who only wants to know what would be allowed."""
        await self._read_citizens(connection, _CITIZENS, sorted(set(citizen_ids)), begin, end)

    async def _read_citizens(
        self,
        connection: AsyncConnection,
        statement: Select[Any],
        ids: Sequence[int],
        begin: datetime,
        end: datetime,
    ) -> None:
        for row in await connection.execute(statement, {"citizens": ids}):
            self.citizens[row.id] = Citizen(row.id, row.resident, row.mobile is None, row.birth_year)
        for had in await connection.execute(_OWN, {"citizens": ids, "begin": begin, "end": end}):
            # Not asked of the database, which would then look through everybody's holds instead of theirs.
            if had.held_until is not None and had.held_until <= self.now:
                continue
            if had.state == "held" and not had.holder:  # offered to who waits, and not taken yet
                continue
            sessions = sessions_of(had.sessions) or ((had.starts_at, had.ends_at),)
            self.own[had.citizen_id].append(
                Own(had.id, had.activity_id, sessions, had.booker_takes_part, had.state == "confirmed")
            )

    async def read_absences(self, connection: AsyncConnection, citizen_ids: Iterable[int]) -> None:
        """Which of their bookings these citizens did not come to, as far as it is still known."""
        found = await connection.execute(_ABSENCES, {"citizens": sorted(set(citizen_ids))})
        for row in found:
            self.absences[row.citizen_id, row.activity_id].append(row.at)

    def forget_own(self, booking: Booking) -> None:
        """A booking that has ended no longer stands in its citizen's way."""
        if booking.citizen_id is not None:
            own = self.own[booking.citizen_id]
            own[:] = [each for each in own if each.booking_id != booking.id]

    async def write_back(self, transaction: AsyncConnection) -> None:
        """Rooms and lapsed holds."""
        if self.lapsed:
            await transaction.execute(_LAPSE, {"bookings": self.lapsed, "now": self.now})
        rooms = [
            {"slot": slot.id, "new_taken": slot.room.taken, "new_reserved": slot.room.kept}
            for slot in self.slots.values()
            if (slot.room.taken, slot.room.kept) != slot.before
        ]
        if rooms:
            await transaction.execute(_TAKE, rooms)

    async def write_bookings(self, transaction: AsyncConnection, changed: Iterable[int]) -> None:
        """The bookings named by `changed`, as they are left."""
        rows = [_as_left(self.bookings[booking_id]) for booking_id in sorted({*changed, *self.ended})]
        if rows:
            await transaction.execute(_CHANGE, rows)


def new_row(booking: Booking, slot: Slot, now: datetime) -> dict[str, Any]:
    """A booking that is not in the database yet."""
    return {
        "id": booking.id,
        "slot_id": slot.id,
        "activity_id": slot.activity_id,
        "revision": booking.revision,
        "citizen_id": booking.citizen_id,
        "holder": booking.holder,
        "channel": booking.channel,
        "units": booking.units,
        "persons": booking.persons,
        "companions": booking.persons - 1,
        "booker_takes_part": booking.booker_takes_part,
        "state": booking.state,
        "created_at": now,
        "held_until": booking.held_until,
        "extended": booking.extended,
        "confirmed_at": booking.confirmed_at,
    }


def _as_left(booking: Booking) -> dict[str, Any]:
    return {
        "booking": booking.id,
        "new_citizen": booking.citizen_id,
        "new_units": booking.units,
        "new_persons": booking.persons,
        "new_companions": booking.persons - 1,
        "new_state": booking.state,
        "new_holder": booking.holder,
        "new_held_until": booking.held_until,
        "new_extended": booking.extended,
        "new_confirmed_at": booking.confirmed_at,
        "new_ended_at": booking.ended_at,
        "new_moved_to": booking.moved_to,
    }


_NOW = bindparam("now", type_=Instant)
_SLOTS = (
    select(
        slots.c.id,
        slots.c.activity_id,
        activities.c.key,
        slots.c.place,
        slots.c.occasion,
        slots.c.starts_at,
        slots.c.ends_at,
        slots.c.sessions,
        slots.c.capacity,
        slots.c.taken,
        slots.c.reserved,
        slots.c.state,
        slots.c.reason,
        select(func.min(bookings.c.held_until))
        .where(bookings.c.slot_id == slots.c.id, bookings.c.state == "held")
        .scalar_subquery()
        .label("lapses"),
    )
    .join(activities, activities.c.id == slots.c.activity_id)
    .order_by(slots.c.id)
    # Rows that merely refer to a slot (new bookings) are not held up by "no key update".
    .with_for_update(key_share=True, of=slots)
)
_LOCK = _SLOTS.where(among(slots.c.id, "slots"))
_LOCK_WITH_BOOKINGS = _SLOTS.where(
    or_(
        among(slots.c.id, "slots"),
        slots.c.id.in_(select(bookings.c.slot_id).where(among(bookings.c.id, "bookings"))),
    )
)
_BOOKINGS = select(
    bookings.c.id,
    bookings.c.slot_id,
    bookings.c.revision,
    bookings.c.citizen_id,
    bookings.c.holder,
    bookings.c.channel,
    bookings.c.units,
    bookings.c.persons,
    bookings.c.booker_takes_part,
    bookings.c.state,
    bookings.c.held_until,
    bookings.c.extended,
    bookings.c.confirmed_at,
    bookings.c.ended_at,
    bookings.c.moved_to,
).where(among(bookings.c.id, "bookings"))
_TO_SWEEP = (
    select(bookings.c.slot_id).where(bookings.c.state == "held", bookings.c.held_until <= _NOW).distinct()
)
_LAPSED = select(bookings.c.id, bookings.c.slot_id, bookings.c.units, bookings.c.channel).where(
    among(bookings.c.slot_id, "slots"), bookings.c.state == "held", bookings.c.held_until <= _NOW
)
_CITIZENS = (
    select(
        citizens.c.id,
        citizens.c.resident,
        citizens.c.birth_year,
        # Not `exists`: PostgreSQL would rather read every mobile there is than look up some.
        select(addresses.c.id)
        .where(addresses.c.citizen_id == citizens.c.id, addresses.c.kind == "mobile")
        .limit(1)
        .scalar_subquery()
        .label("mobile"),
    )
    .where(among(citizens.c.id, "citizens"))
    .order_by(citizens.c.id)
)
_LOCK_CITIZENS = _CITIZENS.with_for_update(key_share=True, of=citizens)
_OWN = (
    select(
        bookings.c.id,
        bookings.c.citizen_id,
        bookings.c.activity_id,
        bookings.c.booker_takes_part,
        bookings.c.state,
        bookings.c.held_until,
        bookings.c.holder,
        slots.c.starts_at,
        slots.c.ends_at,
        slots.c.sessions,
    )
    .join(slots, slots.c.id == bookings.c.slot_id)
    .where(
        among(bookings.c.citizen_id, "citizens"),
        bookings.c.state.in_(("held", "confirmed")),
        slots.c.starts_at < bindparam("end", type_=Instant),
        slots.c.ends_at > bindparam("begin", type_=Instant),
    )
)
_ABSENCES = select(absences.c.citizen_id, absences.c.activity_id, absences.c.at).where(
    among(absences.c.citizen_id, "citizens")
)
_LAPSE = (
    update(bookings)
    .where(among(bookings.c.id, "bookings"))
    .values(state="lapsed", ended_at=_NOW, held_until=None)
)
_TAKE = (
    update(slots)
    .where(slots.c.id == bindparam("slot"))
    .values(taken=bindparam("new_taken"), reserved=bindparam("new_reserved"))
)
_CHANGE = (
    update(bookings)
    .where(bookings.c.id == bindparam("booking"))
    .values(
        citizen_id=bindparam("new_citizen"),
        units=bindparam("new_units"),
        persons=bindparam("new_persons"),
        companions=bindparam("new_companions"),
        state=bindparam("new_state"),
        holder=bindparam("new_holder"),
        held_until=bindparam("new_held_until"),
        extended=bindparam("new_extended"),
        confirmed_at=bindparam("new_confirmed_at"),
        ended_at=bindparam("new_ended_at"),
        moved_to=bindparam("new_moved_to"),
    )
)
