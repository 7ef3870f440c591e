"""What the gate's desk must read to decide a batch: a few statements, however many scans."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.activities.model import activities, slots
from core.activities.service import Activities
from core.bookings.model import bookings
from core.db.types import FAR_FUTURE
from core.passes.model import passes
from core.visits.model import scans, visits
from core.visits.parties import Kept, Party, Slot
from core.visits.rules import VALID, PassFacts
from core.visits.scans import MOST_PERSONS
from core.visits.stays import Passing, Stay

WALK_IN = "walk_in"
ALL_OUT = "all_out"
ADMITTED = "admitted"
SUPERVISOR = "supervisor"


def short_number(number: bytes) -> str:
    """A pass as staff see it: enough to tell today's apart, too little to make one."""
    digits = number.hex().upper()
    return f"{digits[:3]}-{digits[3:6]}"


def several(name: str) -> Any:
    return bindparam(name, expanding=True)


def slot_columns() -> tuple[ColumnElement[Any], ...]:
    """What `Slot.of` needs, from slots joined with activities."""
    return (
        slots.c.id.label("slot_id"),
        slots.c.activity_id,
        activities.c.key,
        activities.c.revision,
        slots.c.place,
        slots.c.state.label("slot_state"),
        slots.c.capacity,
        slots.c.starts_at,
        slots.c.ends_at,
        slots.c.sessions,
    )


def passes_with_slots() -> Select[Any]:
    """Passes with their bookings, and what `Slot.of` needs."""
    return (
        select(
            passes.c.id.label("pass_id"),
            passes.c.number,
            passes.c.code,
            passes.c.state.label("pass_state"),
            bookings.c.id.label("booking_id"),
            bookings.c.state.label("booking_state"),
            bookings.c.persons,
            *slot_columns(),
        )
        .join(bookings, bookings.c.id == passes.c.booking_id)
        .join(slots, slots.c.id == bookings.c.slot_id)
        .join(activities, activities.c.id == slots.c.activity_id)
    )


class Board:
    """The parties that a batch is about, and those that its slots hold."""

    def __init__(self, transaction: AsyncConnection, activities: Activities) -> None:
        self._transaction = transaction
        self._activities = activities
        self.slots: dict[int, Slot] = {}
        self.passes: dict[bytes | str, int] = {}
        """Number or code of a pass -> its row's id."""
        self._facts: dict[int, tuple[PassFacts, str]] = {}
        self._party_of: dict[int, Party] = {}
        self._bookings: dict[int, Party] = {}
        self._walk_ins: dict[int, Party] = {}

    def party(self, shown: bytes | str) -> tuple[Party, PassFacts, str] | None:
        """Whose pass it is, what is known of this pass, and its short number."""
        pass_id = self.passes.get(shown)
        return None if pass_id is None else (self._party_of[pass_id], *self._facts[pass_id])

    def walk_ins(self, slot_id: int) -> Party:
        return self._walk_ins[slot_id]

    def of_slot(self, slot_id: int) -> list[Party]:
        return [party for party in self.parties() if party.slot.id == slot_id]

    def parties(self) -> Iterable[Party]:
        yield from self._bookings.values()
        yield from self._walk_ins.values()

    async def read(
        self, shown: Collection[bytes | str], with_walk_ins: Collection[int], whole: Collection[int]
    ) -> None:
        """`shown`: numbers and codes of passes; `with_walk_ins`: slots; `whole`: slots with all who are inside."""
        numbers = [each for each in shown if isinstance(each, bytes)]
        params: dict[str, Any] = {
            "numbers": numbers,
            "codes": [each for each in shown if isinstance(each, str)],
            "slots": sorted({*with_walk_ins, *whole}),
            "whole": sorted(whole),
        }
        if self._transaction.dialect.name != "sqlite":  # there the transaction holds the only lock
            await self._transaction.execute(_LOCK, params)
        if shown or whole:
            await self._read_passes(params)
        if params["slots"]:
            for row in await self._transaction.execute(_SLOTS, params):
                slot = await self._slot(row)
                self._walk_ins[slot.id] = Party(slot)
        if self._party_of or self._walk_ins:
            await self._read_scans(set(whole))

    async def _read_passes(self, params: dict[str, Any]) -> None:
        for row in await self._transaction.execute(
            _PASSES if not params["whole"] else _PASSES_OR_INSIDE, params
        ):
            slot = await self._slot(row)
            facts = _facts(row, slot)
            short = short_number(row.number)
            self.passes[row.number] = self.passes[row.code] = row.pass_id
            self._facts[row.pass_id] = (facts, short)
            party = self._bookings.setdefault(row.booking_id, Party(slot, row.booking_id, facts, short))
            if facts.state != "void":  # of several passes of a booking the newest counts
                party.facts, party.number = facts, short
            self._party_of[row.pass_id] = party

    async def _slot(self, row: Any) -> Slot:
        if row.slot_id not in self.slots:
            activity = await self._activities.get(row.key, row.revision)
            self.slots[row.slot_id] = Slot.of(row, activity)
        return self.slots[row.slot_id]

    async def _read_scans(self, whole: set[int]) -> None:
        here = {party.slot.id for party in self.parties()}
        params = {
            "bookings": sorted(self._bookings),
            "slots": sorted(self._walk_ins),
            "cleared": sorted(here),
        }
        cleared: dict[int, list[datetime]] = {slot_id: [] for slot_id in here}
        for row in await self._transaction.execute(_SCANS, params):
            if row.shown == ALL_OUT:
                cleared[row.slot_id].append(row.scanned_at)
                continue
            party = self._find(row)
            party.passings.append(passing_of(row))
            if row.verdict == ADMITTED:
                party.flagged[row.nonce] = row.conflict
        for party in self.parties():
            party.cleared = list(cleared[party.slot.id])
        for kept in await self._transaction.execute(_VISITS, params):
            stay = Stay(kept.persons, kept.entered_at, kept.left_at, kept.assumed)
            self._find(kept).kept.append(Kept(kept.id, stay))

    def _find(self, row: Any) -> Party:
        return self._walk_ins[row.slot_id] if row.booking_id is None else self._bookings[row.booking_id]


def passing_of(row: Any) -> Passing:
    """A row of `scans` that somebody passed by."""
    allowed = row.decided_by == SUPERVISOR
    return Passing(row.nonce, row.scanned_at, row.direction, row.persons, row.gate, allowed)


def _facts(row: Any, slot: Slot) -> PassFacts:
    about: dict[str, object] = {"where": slot.activity.facility.name.written()}
    if row.booking_state == "moved":
        state, about["when"] = "moved", row.new_starts_at or slot.sessions[0][0]
    elif row.booking_state == "cancelled":
        state, about["when"] = "cancelled", row.ended_at
    elif row.booking_state == "held":
        state = "provisional"  # a hold has a pass only while a telephone at home is to confirm it
    elif row.booking_state == "lapsed":
        state = "unconfirmed"
    elif row.booking_state != "confirmed" or row.pass_state != VALID:
        state = "void"
    else:
        state = VALID if slot.state == "open" else "closed"
    return PassFacts(
        state=state,
        facility=slot.facility,
        persons=min(row.persons, MOST_PERSONS),
        sessions=slot.sessions,
        gate=slot.activity.gate,
        about=about,
    )


_new_bookings = bookings.alias()
_new_slots = slots.alias()
_SHOWN = or_(passes.c.number.in_(several("numbers")), passes.c.code.in_(several("codes")))
_INSIDE = passes.c.booking_id.in_(
    select(visits.c.booking_id).where(
        visits.c.slot_id.in_(several("whole")),
        visits.c.left_at == FAR_FUTURE,
        visits.c.booking_id.is_not(None),
    )
)


def _passes(where: ColumnElement[bool]) -> Select[Any]:
    return (
        passes_with_slots()
        .add_columns(bookings.c.ended_at, _new_slots.c.starts_at.label("new_starts_at"))
        .outerjoin(_new_bookings, _new_bookings.c.id == bookings.c.moved_to)
        .outerjoin(_new_slots, _new_slots.c.id == _new_bookings.c.slot_id)
        .where(where)
        .order_by(passes.c.issued_at)
    )


_PASSES = _passes(_SHOWN)
_PASSES_OR_INSIDE = _passes(or_(_SHOWN, _INSIDE))
_SLOTS = (
    select(*slot_columns())
    .join(activities, activities.c.id == slots.c.activity_id)
    .where(slots.c.id.in_(several("slots")))
)
_LOCK = (
    select(slots.c.id)
    .where(
        or_(
            slots.c.id.in_(several("slots")),
            slots.c.id.in_(
                select(bookings.c.slot_id).join(passes, passes.c.booking_id == bookings.c.id).where(_SHOWN)
            ),
        )
    )
    .order_by(slots.c.id)
    .with_for_update(key_share=True)
)
_SCANS = select(
    scans.c.nonce,
    scans.c.shown,
    scans.c.slot_id,
    scans.c.booking_id,
    scans.c.direction,
    scans.c.persons,
    scans.c.scanned_at,
    scans.c.gate,
    scans.c.verdict,
    scans.c.decided_by,
    scans.c.conflict,
).where(
    or_(
        and_(scans.c.booking_id.in_(several("bookings")), scans.c.persons > 0),
        and_(scans.c.slot_id.in_(several("slots")), scans.c.shown == WALK_IN, scans.c.persons > 0),
        and_(scans.c.slot_id.in_(several("cleared")), scans.c.shown == ALL_OUT, scans.c.persons > 0),
    )
)
_VISITS = select(
    visits.c.id,
    visits.c.slot_id,
    visits.c.booking_id,
    visits.c.persons,
    visits.c.entered_at,
    visits.c.left_at,
    visits.c.assumed,
).where(
    or_(
        visits.c.booking_id.in_(several("bookings")),
        and_(visits.c.slot_id.in_(several("slots")), visits.c.booking_id.is_(None)),
    )
)
