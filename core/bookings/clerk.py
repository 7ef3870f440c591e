"""The clerk of the box office: decides one question after the other, in the order in which they came. No
input or output: it works on what the ledger has read, and leaves there what is to be written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from core.activities.definition import Activity
from core.bookings import rules
from core.bookings.absences import OVERRULES
from core.bookings.admission import Admission
from core.bookings.allocate import Request, Stake, allocate
from core.bookings.alternatives import Missed
from core.bookings.decisions import Held, RefusedPlace
from core.bookings.happenings import (
    APPLICATION_ACCEPTED,
    APPLICATION_REFUSED,
    BOOKING_CANCELLED,
    BOOKING_MOVED,
    BOOKING_REDUCED,
    first_facts,
    happened,
    told_facts,
)
from core.bookings.ledger import Booking, Ledger, Slot, new_row
from core.bookings.model import bookings
from core.bookings.requests import (
    Accept,
    Cancel,
    Confirm,
    Extend,
    Hold,
    Join,
    Leave,
    Move,
    Reduce,
    Release,
    Reserve,
    Serve,
    Sweep,
)
from core.bookings.rules import Own
from core.bookings.waiting_desk import WaitingDesk
from core.bookings.waiting_lists import Lists
from core.db.work import Asked, Work
from core.errors import Refused

HOLD = timedelta(minutes=5)
Definitions = Mapping[tuple[str, int], Activity]
_Found = tuple[Booking, Slot, Activity]


@dataclass(frozen=True)
class Stands:
    """A booking as it stands now, with all that is needed to show it and to issue its pass."""

    booking: Booking
    slot: Slot
    activity: Activity


@dataclass(frozen=True)
class Done:
    """`changed`: False where there was nothing left to do."""

    changed: bool


class Clerk:
    def __init__(self, ledger: Ledger, lists: Lists, definitions: Definitions, factor: int) -> None:
        self._ledger = ledger
        self._now = ledger.now
        self._definitions = definitions
        self._admission = Admission(ledger, factor)
        self._rooms = {slot.id: slot.room for slot in ledger.slots.values()}
        self._taken: dict[Work, list[Stake]] = defaultdict(list)
        self._changed: list[tuple[Work, int]] = []
        self._on_lists: set[Work] = set()
        """Works that changed a waiting list."""
        self._waiting = WaitingDesk(ledger, lists, definitions, self._admission.check_waiting)
        self._waiting.open()

    def settle(self, asked: Asked) -> Any:
        """The decision; a `Missed` still lacks its alternatives. None where the work is undone already."""
        if asked.work.fault is not None:
            return None
        decision = self._decide(asked)
        self._waiting.serve()  # before anybody else is heard
        return decision

    def _decide(self, asked: Asked) -> Any:
        try:
            match asked.request:
                case Hold() as question:
                    return self._hold(asked.work, question)
                case Confirm() as question:
                    return self._confirm(asked.work, question)
                case Move() as question:
                    return self._move(asked.work, question)
                case Reduce() as question:
                    return self._reduce(asked.work, question)
                case Cancel() as question:
                    return self._cancel(asked.work, question)
                case Release() as question:
                    return self._release(asked.work, question)
                case Extend() as question:
                    return self._extend(asked.work, question)
                case Reserve() as question:
                    return self._reserve(asked.work, question)
                case Join() as question:
                    self._on_lists.add(asked.work)
                    return self._waiting.join(question, self._slot(question.slot_id, question.activity))
                case Leave() as question:
                    self._on_lists.add(asked.work)
                    return Done(self._waiting.leave(question))
                case Accept() as question:
                    held = self._waiting.accept(question, HOLD)
                    self._change(asked.work, self._ledger.bookings[held.booking_id])
                    return held
                case Sweep() | Serve():
                    return Done(changed=bool(self._ledger.lapsed))
        except Refused as reason:
            return RefusedPlace(reason)
        raise TypeError(type(asked.request).__name__)

    def tell(self, asked: Asked, decision: Any) -> None:
        """Hand over the decision. Where the asker then refuses, its work takes nothing."""
        if asked.work.fault is not None:
            return
        asked.answer(decision)
        fault = asked.work.fault
        if fault is None:
            return
        if asked.work in self._on_lists or any(work is asked.work for work, _ in self._changed):
            raise fault  # others may count on what it gave up: the writer repeats the batch one by one
        for stake in self._taken.pop(asked.work, ()):
            self._rooms[stake.slot].give_back(stake.units, stake.channel)

    def changed(self) -> list[int]:
        """Bookings to be written back."""
        return [booking_id for work, booking_id in self._changed if work.fault is None]

    # -- the questions

    def _hold(self, work: Work, question: Hold) -> Held | Missed:
        wish = question.request
        activity = self._definitions[wish.activity, wish.revision]
        slot = self._slot(wish.slot_id, wish.activity)
        rules.check_party(activity, wish.persons)
        rules.check_time(activity, slot.starts_at, self._now)
        if wish.citizen_id is not None:
            self._admission.check(activity, slot, wish.citizen_id, wish.booker_takes_part)
            if wish.channel != OVERRULES:
                self._admission.check_absences(activity, slot, wish.citizen_id)
        until = self._now + HOLD
        booking = Booking(
            question.booking_id,
            slot.id,
            wish.revision,
            wish.citizen_id,
            wish.holder,
            wish.channel,
            wish.persons if activity.capacity.unit == "persons" else 1,
            wish.persons,
            wish.booker_takes_part,
            "held",
            until,
        )
        missed = self._take(work, Request(_stake(booking)), slot, activity, booking)
        if missed is not None:
            return missed
        self._remember(booking, slot)
        work.insert(bookings, **new_row(booking, slot, self._now))
        return Held(booking.id, until)

    def _confirm(self, work: Work, question: Confirm) -> Stands | Missed:
        booking, slot, activity = self._find(question.booking_id)
        if booking.citizen_id not in (None, question.citizen_id):
            raise Refused("bookings.unknown")
        if booking.state == "confirmed":
            raise Refused("bookings.already_confirmed")
        if booking.state not in ("held", "lapsed"):
            raise Refused("bookings.hold_over")
        rules.check_age(activity, question.answers, slot.starts_at)
        taking = booking.booker_takes_part
        self._admission.check(
            activity, slot, question.citizen_id, taking, but=booking.id, confirmed_only=True
        )
        if booking.channel != OVERRULES:
            self._admission.check_absences(activity, slot, question.citizen_id, booking.id)
        if booking.state == "lapsed":
            rules.check_time(activity, slot.starts_at, self._now)
            counted = Booking(**{**vars(booking), "citizen_id": question.citizen_id})
            missed = self._take(work, Request(_stake(booking)), slot, activity, counted)
            if missed is not None:
                return missed
        booking.citizen_id, booking.state, booking.held_until = question.citizen_id, "confirmed", None
        booking.confirmed_at, booking.ended_at = self._now, None
        self._remember(booking, slot)
        self._change(work, booking)
        self._waiting.confirmed(booking)
        told = told_facts(
            activity, slot, self._ledger.citizens[question.citizen_id], booking, question.answers
        )
        first = first_facts(question.first_choice)
        happened(work, self._now, APPLICATION_ACCEPTED, activity, slot, booking, **told, **first)
        return Stands(booking, slot, activity)

    def _move(self, work: Work, question: Move) -> Stands | Missed:
        old, slot, activity = self._find_own(question.booking_id, question.citizen_id)
        until = rules.move_until(activity, slot.starts_at)
        if self._now > until and slot.room.is_open:  # no deadline binds whom the town itself lets down
            raise Refused("bookings.move_too_late", when=until, desk=rules.desk_of(activity))
        target = self._slot(question.slot_id, slot.activity)
        if target is slot:
            raise Refused("bookings.same_slot")
        rules.check_time(activity, target.starts_at, self._now)
        self._admission.check(activity, target, question.citizen_id, old.booker_takes_part, but=old.id)
        new = Booking(**{**vars(old), "id": question.new_booking_id, "slot_id": target.id})
        new.confirmed_at = self._now
        self._give_way(work, question, target)
        missed = self._take(work, Request(_stake(new), _stake(old)), target, activity)
        if missed is not None:
            return missed
        old.state, old.ended_at, old.moved_to = "moved", self._now, new.id
        self._waiting.gave_up(old)
        self._waiting.confirmed(new)
        self._remember(new, target, instead_of=old.id)
        self._change(work, old)
        work.insert(bookings, **new_row(new, target, self._now))
        happened(work, self._now, BOOKING_MOVED, activity, target, new, moved_from=old.id)
        return Stands(new, target, activity)

    def _give_way(self, work: Work, question: Move, target: Slot) -> None:
        """A hold that nobody's dialog has, for this citizen and this slot, was kept for this move."""
        kept = self._ledger.bookings.get(question.kept) if question.kept else None
        if kept is None or kept.state != "held" or kept.holder:
            return
        if (kept.citizen_id, kept.slot_id) == (question.citizen_id, target.id):
            self._end(work, kept, "lapsed")

    def _reduce(self, work: Work, question: Reduce) -> Stands:
        booking, slot, activity = self._find_own(question.booking_id, question.citizen_id)
        until = rules.cancel_until(activity, slot.starts_at)
        if self._now > until:
            raise Refused("bookings.reduce_too_late", when=until, desk=rules.desk_of(activity))
        rules.check_party(activity, question.persons)
        if question.persons >= booking.persons:
            raise Refused("bookings.not_fewer", n=booking.persons)
        if activity.capacity.unit == "persons":
            given_up = Stake(slot.id, booking.units - question.persons, booking.channel)
            allocate(self._rooms, [Request(leaves=given_up)])
            booking.units = question.persons
        was, booking.persons = booking.persons, question.persons
        self._change(work, booking)
        happened(work, self._now, BOOKING_REDUCED, activity, slot, booking, persons_before=was)
        return Stands(booking, slot, activity)

    def _cancel(self, work: Work, question: Cancel) -> Done:
        booking, slot, activity = self._find(question.booking_id)
        if booking.citizen_id != question.citizen_id:
            raise Refused("bookings.unknown")
        if booking.state != "confirmed":
            return Done(changed=False)
        until = rules.cancel_until(activity, slot.starts_at)
        if self._now > until and not question.forgetting and slot.room.is_open:
            raise Refused("bookings.cancel_too_late", when=until, desk=rules.desk_of(activity))
        self._end(work, booking, "cancelled")
        self._waiting.gave_up(booking)
        happened(work, self._now, BOOKING_CANCELLED, activity, slot, booking)
        return Done(changed=True)

    def _release(self, work: Work, question: Release) -> Done:
        booking = self._ledger.bookings.get(question.booking_id)
        if booking is None or booking.holder != question.holder or booking.state != "held":
            return Done(changed=False)
        self._end(work, booking, "lapsed")
        self._waiting.let_go(booking)
        return Done(changed=True)

    def _extend(self, work: Work, question: Extend) -> Done:
        booking = self._ledger.bookings.get(question.booking_id)
        if booking is None or booking.holder != question.holder or booking.state != "held":
            raise Refused("bookings.hold_over")
        if booking.extended:
            raise Refused("bookings.extended_already")
        booking.held_until, booking.extended = question.until, True
        self._change(work, booking)
        return Done(changed=True)

    def _reserve(self, work: Work, question: Reserve) -> Stands:
        """Rules about citizens are checked when the telephone has answered, as for any hold."""
        booking, slot, activity = self._find(question.booking_id)
        if booking.holder != question.holder or booking.state != "held":
            raise Refused("bookings.hold_over")
        rules.check_age(activity, question.answers, slot.starts_at)
        if activity.rules.residents_only and not question.resident:
            raise Refused("bookings.residents_only", desk=rules.desk_of(activity))
        booking.held_until, booking.extended = question.until, True
        self._change(work, booking)
        return Stands(booking, slot, activity)

    # -- what they have in common

    def _slot(self, slot_id: int, activity: str) -> Slot:
        slot = self._ledger.slots.get(slot_id)
        if slot is None or slot.activity != activity:
            raise Refused("bookings.unknown_slot")
        return slot

    def _find(self, booking_id: int) -> _Found:
        booking = self._ledger.bookings.get(booking_id)
        if booking is None:
            raise Refused("bookings.unknown")
        slot = self._ledger.slots[booking.slot_id]
        return booking, slot, self._definitions[slot.activity, booking.revision]

    def _find_own(self, booking_id: int, citizen_id: int) -> _Found:
        found = self._find(booking_id)
        if found[0].citizen_id != citizen_id:
            raise Refused("bookings.unknown")
        if found[0].state != "confirmed":
            raise Refused("bookings.over")
        return found

    def _take(
        self, work: Work, request: Request, slot: Slot, activity: Activity, applicant: Booking | None = None
    ) -> Missed | None:
        """`applicant`: the booking whose refusal for lack of places is counted as an application."""
        assert request.wants is not None
        (decision,) = allocate(self._rooms, [request])
        if decision.granted:
            self._taken[work].append(request.wants)
            return None
        if applicant is not None and applicant.citizen_id is not None and decision.reason != "closed":
            told = told_facts(activity, slot, self._ledger.citizens[applicant.citizen_id], applicant, {})
            reason = decision.reason
            happened(work, self._now, APPLICATION_REFUSED, activity, slot, applicant, reason=reason, **told)
        waiting = None if applicant is None else self._waiting.would_be(activity, slot, applicant)
        return Missed(decision, request.wants, slot, activity, waiting)

    def _end(self, work: Work, booking: Booking, state: str) -> None:
        allocate(self._rooms, [Request(leaves=_stake(booking))])
        booking.state, booking.held_until, booking.ended_at = state, None, self._now
        self._ledger.forget_own(booking)
        self._change(work, booking)

    def _change(self, work: Work, booking: Booking) -> None:
        self._changed.append((work, booking.id))

    def _remember(self, booking: Booking, slot: Slot, *, instead_of: int | None = None) -> None:
        """For the questions that follow in the batch: limits hold under races too."""
        if booking.citizen_id is None:
            return
        own = self._ledger.own[booking.citizen_id]
        if own:
            own[:] = [each for each in own if each.booking_id not in (booking.id, instead_of)]
        own.append(
            Own(
                booking.id,
                slot.activity_id,
                slot.sessions,
                booking.booker_takes_part,
                booking.state == "confirmed",
            )
        )


def _stake(booking: Booking) -> Stake:
    return Stake(booking.slot_id, booking.units, booking.channel)
