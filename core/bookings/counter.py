"""The counter: a booking changed by staff on its citizen's behalf, who has told the code of the pass.

Neither names nor passes are shown here: the new pass is shown to the citizen, where they booked, and the worker tells
them of the change (`core.bookings.staff_changes`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, select

from core.activities.definition import Activity
from core.activities.model import activities, slots
from core.activities.service import Activities
from core.bookings import rules
from core.bookings.box_office import BoxOffice
from core.bookings.clerk import Stands
from core.bookings.decisions import RefusedPlace
from core.bookings.model import bookings
from core.bookings.queries import Occupancy, SlotView
from core.bookings.requests import Cancel, Move
from core.bookings.staff_changes import CANCELLED, MOVED, note_change
from core.db.database import Database
from core.db.work import Work
from core.errors import Refused
from core.passes import code as codes_of_passes
from core.passes.model import passes
from core.passes.service import Passes
from core.ports import Clock, Codes


@dataclass(frozen=True)
class AtCounter:
    """A booking as it was found by a code. Times are UTC."""

    id: int
    citizen_id: int | None
    activity: Activity
    """As it was booked."""
    slot_id: int
    place: str
    occasion: str
    starts_at: datetime
    ends_at: datetime
    number: bytes
    """Of the pass."""
    persons: int
    units: int
    channel: str
    state: str
    """`confirmed`, `cancelled` or `moved`."""
    slot_state: str
    cancel_until: datetime
    move_until: datetime


class Counter:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        codes: Codes,
        activities: Activities,
        occupancy: Occupancy,
        box_office: BoxOffice,
        passes: Passes,
    ) -> None:
        self._database = database
        self._clock = clock
        self._codes = codes
        self._activities = activities
        self._occupancy = occupancy
        self._box_office = box_office
        self._passes = passes

    async def find(self, typed: str) -> AtCounter:
        """By the code of its pass, valid or void, as somebody typed it.

        Raises `Refused("passes.code_length")`, `"passes.code_mistyped"` or `"panel_day.unknown_pass"`.
        """
        code = codes_of_passes.parse(typed)
        async with self._database.reading() as connection:
            row = (await connection.execute(_BY_CODE, {"code": code})).one_or_none()
        if row is None:
            raise Refused("panel_day.unknown_pass")
        activity = await self._activities.get(row.key, row.revision)
        return AtCounter(
            id=row.id,
            citizen_id=row.citizen_id,
            activity=activity,
            slot_id=row.slot_id,
            place=row.place,
            occasion=row.occasion,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            number=row.number,
            persons=row.persons,
            units=row.units,
            channel=row.channel,
            state=row.state,
            slot_state=row.slot_state,
            cancel_until=rules.cancel_until(activity, row.starts_at),
            move_until=rules.move_until(activity, row.starts_at),
        )

    async def free(self, booking: AtCounter, day: date) -> list[SlotView]:
        """The slots of a local day to which it can be moved, by hour and place."""
        try:
            offered = await self._activities.get(booking.activity.key)
        except Refused:  # archived: what is booked stands, and nothing else is offered
            return []
        found = await self._occupancy.slots_of(offered, day, booking.channel)
        return [each for each in found if each.free >= booking.units and each.id != booking.slot_id]

    def cancel(self, work: Work, booking: AtCounter) -> None:
        """Give the place back and void the pass. Committing raises `Refused("bookings.over")` where there is nothing
        left to cancel, `"bookings.cancel_too_late"` after the deadline."""

        def decided(decision: Any, work: Work) -> None:
            if isinstance(decision, RefusedPlace):
                raise decision.reason
            if not decision.changed:
                raise Refused("bookings.over")
            self._passes.void(work, booking.id)
            note_change(work, booking.id, CANCELLED, self._clock.now())

        work.ask(self._box_office, Cancel(booking.id, _citizen(booking)), decided)

    def move(self, work: Work, booking: AtCounter, slot_id: int) -> None:
        """To another slot of the same activity, or not at all, with a new pass. Committing raises `Refused`."""

        def decided(decision: Any, work: Work) -> None:
            if isinstance(decision, RefusedPlace):
                raise decision.reason
            assert isinstance(decision, Stands)
            self._passes.void(work, booking.id)
            note_change(work, booking.id, MOVED, self._clock.now())
            self._passes.issue(
                work,
                booking_id=decision.booking.id,
                facility_number=decision.activity.facility.number,
                starts_at=decision.slot.starts_at,
                ends_at=decision.slot.ends_at,
                persons=decision.booking.persons,
            )

        question = Move(booking.id, _citizen(booking), slot_id, self._codes.new_id())
        work.ask(self._box_office, question, decided)


def _citizen(booking: AtCounter) -> int:
    if booking.citizen_id is None:
        raise Refused("bookings.over")
    return booking.citizen_id


_BY_CODE = (
    select(
        bookings.c.id,
        bookings.c.citizen_id,
        bookings.c.revision,
        bookings.c.persons,
        bookings.c.units,
        bookings.c.channel,
        bookings.c.state,
        bookings.c.slot_id,
        passes.c.number,
        activities.c.key,
        slots.c.place,
        slots.c.occasion,
        slots.c.starts_at,
        slots.c.ends_at,
        slots.c.state.label("slot_state"),
    )
    .select_from(passes)
    .join(bookings, bookings.c.id == passes.c.booking_id)
    .join(slots, slots.c.id == bookings.c.slot_id)
    .join(activities, activities.c.id == slots.c.activity_id)
    .where(passes.c.code == bindparam("code"))
)
