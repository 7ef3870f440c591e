"""Bookings: what citizens do with places. Everything that takes or frees one is decided by the box office."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, update

from core.activities.definition import Activity
from core.activities.service import Activities
from core.bookings import mine
from core.bookings.box_office import BoxOffice
from core.bookings.clerk import HOLD, Done, Stands
from core.bookings.decisions import Confirmed, Held, RefusedPlace
from core.bookings.model import answers as answers_table
from core.bookings.model import bookings
from core.bookings.model import companions as companions_table
from core.bookings.queries import Usual
from core.bookings.requests import (
    Cancel,
    Confirm,
    Extend,
    FirstChoice,
    Hold,
    HoldRequest,
    Move,
    Reduce,
    Release,
    Reserve,
    Sweep,
)
from core.bookings.views import BookingView
from core.bookings.waiting_service import WaitingList
from core.config import Settings
from core.db.database import Database
from core.db.work import Work
from core.passes.service import Passes
from core.ports import Clock, Codes, Sealer

Answers = Mapping[str, Any]


class Bookings:
    """Each method adds to a `Work`; the edge commits it. `then(decision, work)` is called while the batch
    is decided, perhaps more than once, and may raise `Refused`: then nothing is written."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        codes: Codes,
        sealer: Sealer,
        box_office: BoxOffice,
        activities: Activities,
        passes: Passes,
        settings: Settings,
    ) -> None:
        self._database = database
        self._clock = clock
        self._codes = codes
        self._sealer = sealer
        self._box_office = box_office
        self._activities = activities
        self._passes = passes
        self._past = timedelta(days=settings.presence_days)
        self.waiting = WaitingList(database, clock, codes, box_office, activities)

    # -- a place is held while the dialog ends

    def hold(
        self, work: Work, request: HoldRequest, then: Callable[[Held | RefusedPlace, Work], None]
    ) -> None:
        """Keep a place for five minutes."""
        work.ask(self._box_office, Hold(request, self._codes.new_id()), then)

    def extend(self, work: Work, booking_id: int, holder: bytes) -> datetime:
        """Five minutes from now, once; until when, in UTC.

        Committing raises `Refused("bookings.hold_over")`, or `"bookings.extended_already"`.
        """
        until = self._clock.now() + HOLD
        work.ask(self._box_office, Extend(booking_id, holder, until), _insist)
        return until

    def release(self, work: Work, booking_id: int, holder: bytes) -> None:
        """Let a hold go; harmless where it is over."""
        work.ask(self._box_office, Release(booking_id, holder), _insist)

    def hand_over(self, work: Work, holder: bytes, to: bytes) -> None:
        """What one session holds is held by another from now on: the same person goes on there."""
        held = bookings.c.holder == holder, bookings.c.state == "held"
        work.run(update(bookings).where(*held).values(holder=to))

    def sweep(self, work: Work) -> None:
        """Let go every hold that has lapsed; for the worker, now and then."""
        work.ask(self._box_office, Sweep(), _insist)

    def confirm(
        self,
        work: Work,
        booking_id: int,
        citizen_id: int,
        companions: Sequence[str],
        answers: Answers,
        then: Callable[[Confirmed | RefusedPlace, Work], None],
        first_choice: FirstChoice | None = None,
    ) -> None:
        """Turn a hold into a booking with a pass. Where it has lapsed, its place is taken anew if it is
        still free.

        `companions`: names, `answers`: to the activity's own questions, by step; both are sealed for the
        worker, with whose they are: the row could be given to somebody else behind our back. `first_choice`:
        what they had wanted, where it was another slot; for the figures.
        """
        boxes = self._boxes(booking_id, citizen_id, companions, answers)

        def decided(decision: Stands | RefusedPlace, work: Work) -> None:
            if isinstance(decision, Stands):
                for table, box in boxes:
                    work.insert(table, id=booking_id, box=box)
            self._stand(decision, work, then)

        work.ask(self._box_office, Confirm(booking_id, citizen_id, dict(answers), first_choice), decided)

    # -- a place is kept until a telephone at home has answered

    def reserve(
        self,
        work: Work,
        booking_id: int,
        holder: bytes,
        until: datetime,
        answers: Answers,
        resident: bool,
        then: Callable[[Confirmed | RefusedPlace, Work], None],
    ) -> None:
        """A hold is kept until then (UTC) and gets its pass, which opens nothing before `make_definitive`."""

        def decided(decision: Stands | RefusedPlace, work: Work) -> None:
            self._stand(decision, work, then)

        work.ask(self._box_office, Reserve(booking_id, holder, until, dict(answers), resident), decided)

    def make_definitive(
        self,
        work: Work,
        booking_id: int,
        citizen_id: int,
        companions: Sequence[str],
        answers: Answers,
        then: Callable[[Stands | RefusedPlace, Work], None],
    ) -> None:
        """As `confirm`, where the pass is in hand already: it stays the same."""
        boxes = self._boxes(booking_id, citizen_id, companions, answers)

        def decided(decision: Stands | RefusedPlace, work: Work) -> None:
            if isinstance(decision, Stands):
                for table, box in boxes:
                    work.insert(table, id=booking_id, box=box)
            then(decision, work)

        work.ask(self._box_office, Confirm(booking_id, citizen_id, dict(answers)), decided)

    # -- a booking is changed

    def cancel(
        self,
        work: Work,
        booking: BookingView,
        citizen_id: int,
        then: Callable[[Done | RefusedPlace, Work], None] | None = None,
    ) -> None:
        """Give the place back and void the pass; harmless where it was cancelled already.

        Refused is `"bookings.cancel_too_late"`, after the deadline of a slot that takes place; without `then`,
        committing raises it.
        """

        def decided(decision: Done | RefusedPlace, work: Work) -> None:
            if then is None:
                _insist(decision, work)
            if isinstance(decision, Done):
                self._passes.void(work, booking.id)
            if then is not None:
                then(decision, work)

        work.ask(self._box_office, Cancel(booking.id, citizen_id), decided)

    async def give_up_all(self, work: Work, citizen_id: int) -> None:
        """Give back every place that the citizen has or waits for, whatever the deadlines: for who is being
        forgotten."""
        for booking in await self.mine(citizen_id):
            if booking.state == "confirmed" and booking.ends_at > self._clock.now():
                work.ask(self._box_office, Cancel(booking.id, citizen_id, forgetting=True), _insist)
                self._passes.void(work, booking.id)
        await self.waiting.leave_all(work, citizen_id)

    def move(
        self,
        work: Work,
        booking: BookingView,
        activity: Activity,
        citizen_id: int,
        slot_id: int,
        then: Callable[[Confirmed | RefusedPlace, Work], None],
        kept: int | None = None,
    ) -> None:
        """To another slot of the same activity, or not at all: a new booking with a new pass takes the old
        one's place. Names of companions stay sealed with the old row, which leads to the new one
        (`moved_to`). `kept`: the hold that keeps the new place for this citizen, where the town does."""

        def decided(decision: Stands | RefusedPlace, work: Work) -> None:
            if isinstance(decision, Stands):
                self._passes.void(work, booking.id)
            self._stand(decision, work, then)

        work.ask(self._box_office, Move(booking.id, citizen_id, slot_id, self._codes.new_id(), kept), decided)

    def reduce(
        self,
        work: Work,
        booking: BookingView,
        activity: Activity,
        citizen_id: int,
        persons: int,
        then: Callable[[Confirmed | RefusedPlace, Work], None],
    ) -> None:
        """Come with fewer, with a new pass; until the deadline for cancelling."""

        def decided(decision: Stands | RefusedPlace, work: Work) -> None:
            if isinstance(decision, Stands):
                self._passes.void(work, booking.id)
            self._stand(decision, work, then)

        work.ask(self._box_office, Reduce(booking.id, citizen_id, persons), decided)

    # -- what a citizen has

    async def mine(self, citizen_id: int) -> list[BookingView]:
        """Those ahead, the soonest first; then past ones, the latest first, for as long as presence is kept."""
        return await mine.all_of(self._database, self._activities, citizen_id, self._clock.now(), self._past)

    async def one(self, citizen_id: int, booking_id: int) -> BookingView | None:
        """One of the citizen's bookings, in whichever state; None where it is somebody else's or only a
        hold."""
        return await mine.one_of(self._database, self._activities, citizen_id, booking_id)

    async def provisional(self, holder: bytes, booking_id: int) -> BookingView | None:
        """A place that this chat or session keeps until a telephone at home has answered."""
        return await mine.provisional_of(self._database, self._activities, holder, booking_id)

    async def next_pass(self, citizen_id: int) -> BookingView | None:
        """The confirmed booking that begins next, or is on now."""
        return await mine.next_of(self._database, self._activities, citizen_id, self._clock.now())

    async def usual(self, citizen_id: int) -> Usual | None:
        """What the citizen usually books, where it is free: see `mine.usual_of`."""
        return await mine.usual_of(self._database, self._activities, citizen_id, self._clock.now())

    def _seal(self, table: Table, booking_id: int, plain: Mapping[str, Any]) -> bytes:
        return self._sealer.seal(table.name, booking_id, json.dumps(plain, ensure_ascii=False).encode())

    def _boxes(
        self, booking_id: int, citizen_id: int, companions: Sequence[str], answers: Answers
    ) -> list[tuple[Table, bytes]]:
        told: dict[Table, dict[str, Any]] = {
            companions_table: {"names": list(companions)},
            answers_table: {"answers": dict(answers)},
        }
        return [
            (table, self._seal(table, booking_id, {"citizen": citizen_id, **plain}))
            for table, plain in told.items()
            if any(plain.values())
        ]

    def _stand(
        self,
        decision: Stands | RefusedPlace,
        work: Work,
        then: Callable[[Confirmed | RefusedPlace, Work], None],
    ) -> None:
        if isinstance(decision, RefusedPlace):
            then(decision, work)
            return
        booking, slot, activity = decision.booking, decision.slot, decision.activity
        code = self._passes.issue(
            work,
            booking_id=booking.id,
            facility_number=activity.facility.number,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            persons=booking.persons,
        )
        then(Confirmed(mine.view(booking, slot, activity, code)), work)


def _insist(decision: Any, work: Work) -> None:
    """What is refused undoes the work."""
    if isinstance(decision, RefusedPlace):
        raise decision.reason
