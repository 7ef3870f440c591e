"""The clerk's hand for waiting lists: what becomes free goes to those who wait, before anybody else is heard.

So nobody overtakes a list: lists are served when a batch begins, and again after each question that freed something.
An offer is a hold, so it takes its place as any booking does and nothing is given twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from core.activities.definition import Activity
from core.bookings import rules
from core.bookings.allocate import Request, Room, allocate
from core.bookings.decisions import Held, Joined
from core.bookings.happenings import ENDINGS, WAITING_JOINED, WAITING_OFFERED
from core.bookings.ledger import Booking, Ledger, Slot
from core.bookings.requests import Accept, Join, Leave
from core.bookings.waiting import (
    CLOSED,
    DECLINED,
    LAPSED,
    LEFT,
    OFFERED,
    OVER,
    TAKEN,
    WAITING,
    Entry,
    last_call,
    offer_until,
    position,
    served,
)
from core.bookings.waiting_lists import Lists, offer_facts
from core.errors import Refused

Definitions = Mapping[tuple[str, int], Activity]
CheckCitizen = Callable[[Activity, Slot, int, bool, int], None]
"""Limits and overlaps of the ordinary rules; the last is a booking that does not stand in its own way."""


class WaitingDesk:
    def __init__(
        self, ledger: Ledger, lists: Lists, definitions: Definitions, check_citizen: CheckCitizen
    ) -> None:
        self._ledger = ledger
        self._lists = lists
        self._definitions = definitions
        self._check_citizen = check_citizen
        self._now = ledger.now

    # -- what becomes free

    def open(self) -> None:
        """What has happened to the lists since somebody last looked; then what is free is offered."""
        for slot_id in self._lists.by_slot:
            slot = self._ledger.slots[slot_id]
            for entry in self._lists.on(slot_id):
                if entry.state == OFFERED and self._ledger.bookings[entry.id].state != "held":
                    self._finish(entry, LAPSED)
                elif not slot.room.is_open or (entry.is_archived and entry.state == WAITING):
                    self._finish(entry, CLOSED)
                elif self._now >= last_call(self._activity(entry), slot.starts_at):
                    self._finish(entry, OVER)
        self.serve()

    def serve(self) -> None:
        """Offer whatever is free."""
        for slot_id in self._lists.by_slot:
            waiting = [each for each in self._lists.on(slot_id) if each.state == WAITING]
            if not waiting:
                continue
            slot = self._ledger.slots[slot_id]
            newest = self._activity(max(waiting, key=lambda each: each.revision))
            end, zone = last_call(newest, slot.starts_at), rules.zone_of(newest)
            chosen, until = served({slot_id: slot.room}, waiting, self._now, end, zone)
            for entry in chosen:
                assert until is not None
                entry.state, entry.offered_until = OFFERED, until
                offer = Booking(
                    id=entry.id,
                    slot_id=slot_id,
                    revision=entry.revision,
                    citizen_id=entry.citizen_id,
                    holder=b"",
                    channel=entry.channel,
                    units=entry.units,
                    persons=entry.persons,
                    booker_takes_part=entry.booker_takes_part,
                    state="held",
                    held_until=until,
                )
                self._ledger.bookings[offer.id] = offer
                self._lists.offers.append((offer, slot))
                self._lists.tell(
                    self._now, WAITING_OFFERED, self._activity(entry), slot, entry, **offer_facts(until)
                )

    # -- what is asked

    def join(self, question: Join, slot: Slot) -> Joined:
        """To the end of the list; where one already is, nothing changes."""
        activity = self._definitions[question.activity, question.revision]
        known = self._of_citizen(slot.id, question.citizen_id)
        if known is not None:
            return Joined(known.id, self._position(known), again=True)
        rules.check_party(activity, question.persons)
        rules.check_time(activity, slot.starts_at, self._now)
        if not slot.room.is_open:
            raise Refused("waiting.closed")
        if not activity.rules.waiting_list:
            raise Refused("waiting.none")
        if self._too_late(activity, slot):
            raise Refused("waiting.too_late")
        units = question.persons if activity.capacity.unit == "persons" else 1
        if units > _most(activity, slot.room, question.channel):
            raise Refused("waiting.never_fits")
        if slot.room.free(question.channel) >= units:  # the list was served: nobody waits for it
            raise Refused("waiting.free_now")
        self._check_citizen(
            activity, slot, question.citizen_id, question.booker_takes_part, question.waiting_id
        )
        here = self._lists.by_slot.setdefault(slot.id, [])
        entry = Entry(
            id=question.waiting_id,
            slot_id=slot.id,
            revision=question.revision,
            citizen_id=question.citizen_id,
            channel=question.channel,
            units=units,
            persons=question.persons,
            booker_takes_part=question.booker_takes_part,
            rank=1 + max((each.rank for each in here), default=0),
            state=WAITING,
            joined_at=self._now,
            gave_up_at=self._now if self._gave_up(slot.id, question.citizen_id) else None,
        )
        here.append(entry)
        place = self._position(entry)
        self._lists.tell(self._now, WAITING_JOINED, activity, slot, entry, place_in_line=place)
        return Joined(entry.id, place)

    def leave(self, question: Leave) -> bool:
        """False where there was nothing to leave (any more)."""
        entry = self._lists.find(question.slot_id, question.booking_id)
        if entry is None or entry.citizen_id != question.citizen_id:
            return False
        self._finish(entry, DECLINED if entry.state == OFFERED else LEFT)
        return True

    def accept(self, question: Accept, least: timedelta) -> Held:
        """The place is held for whoever finishes the booking: until the offer ends, but for `least` once."""
        entry = self._lists.find(question.slot_id, question.booking_id)
        if entry is None or entry.citizen_id != question.citizen_id or entry.state != OFFERED:
            raise Refused("waiting.over")
        booking, slot = self._ledger.bookings[entry.id], self._ledger.slots[entry.slot_id]
        activity = self._activity(entry)
        assert booking.held_until is not None
        self._check_citizen(activity, slot, entry.citizen_id, entry.booker_takes_part, booking.id)
        if not booking.extended:
            end = min(self._now + least, last_call(activity, slot.starts_at))
            booking.held_until, booking.extended = max(booking.held_until, end), True
        booking.holder = question.holder
        entry.offered_until = booking.held_until
        return Held(booking.id, booking.held_until)

    # -- what happens to bookings beside

    def confirmed(self, booking: Booking) -> None:
        """The offer was taken, or a place was won otherwise: nothing is waited for any more."""
        self._end_all(booking, TAKEN)

    def gave_up(self, booking: Booking) -> None:
        """Who gives up a place of a slot does not wait for another one there."""
        self._end_all(booking, LEFT)

    def let_go(self, booking: Booking) -> None:
        """The hold of an offer was given back."""
        entry = self._lists.find(booking.slot_id, booking.id)
        if entry is not None:
            self._finish(entry, DECLINED)

    def would_be(self, activity: Activity, slot: Slot, booking: Booking) -> int | None:
        """The position on the list of somebody who was refused; None where there is no list to join."""
        closed = not activity.rules.waiting_list or not slot.room.is_open or self._too_late(activity, slot)
        if closed or booking.units > _most(activity, slot.room, booking.channel):
            return None
        known = self._of_citizen(slot.id, booking.citizen_id)
        return position(self._lists.on(slot.id)) if known is None else self._position(known)

    # -- what they have in common

    def _end_all(self, booking: Booking, state: str) -> None:
        for entry in self._lists.on(booking.slot_id):
            if entry.id == booking.id:
                self._finish(entry, state)
            elif entry.citizen_id == booking.citizen_id:
                self._finish(entry, LEFT)

    def _finish(self, entry: Entry, state: str) -> None:
        """Off the list. A place that was held for it is free again, unless it was taken."""
        was, entry.state, entry.ended_at = entry.state, state, self._now
        slot = self._ledger.slots[entry.slot_id]
        booking = self._ledger.bookings.get(entry.id)
        if was == OFFERED and state != TAKEN and booking is not None and booking.state == "held":
            allocate({slot.id: slot.room}, [Request(leaves=entry.stake)])
            booking.state, booking.held_until, booking.ended_at = "lapsed", None, self._now
            self._ledger.ended.append(booking.id)
        self._lists.tell(self._now, ENDINGS[state], self._activity(entry), slot, entry)

    def _activity(self, entry: Entry) -> Activity:
        return self._definitions[self._ledger.slots[entry.slot_id].activity, entry.revision]

    def _of_citizen(self, slot_id: int, citizen_id: int | None) -> Entry | None:
        if citizen_id is None:
            return None
        return next((each for each in self._lists.on(slot_id) if each.citizen_id == citizen_id), None)

    def _position(self, entry: Entry) -> int:
        return position(self._lists.on(entry.slot_id), entry)

    def _gave_up(self, slot_id: int, citizen_id: int) -> bool:
        """In this very batch: it is not in the database yet."""
        return any(
            each.slot_id == slot_id and each.citizen_id == citizen_id and each.state in ("cancelled", "moved")
            for each in self._ledger.bookings.values()
        )

    def _too_late(self, activity: Activity, slot: Slot) -> bool:
        end = last_call(activity, slot.starts_at)
        return offer_until(self._now, end, rules.zone_of(activity)) is None


def _most(activity: Activity, room: Room, channel: str) -> int:
    """Units that a channel may ever have: what is kept for others never becomes its own."""
    shares = {"desk": activity.reserved.desk, "phone": activity.reserved.phone}
    return room.capacity - sum(units for name, units in shares.items() if name != channel)
