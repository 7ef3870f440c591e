"""Whether the rules let a citizen in, by what the ledger has read of them."""

from __future__ import annotations

from core.activities.definition import Activity
from core.bookings import rules
from core.bookings.absences import check_absences
from core.bookings.ledger import Ledger, Slot
from core.errors import Refused


class Admission:
    """`factor`: how many a household on a landline counts for. Each raises `Refused`."""

    def __init__(self, ledger: Ledger, factor: int) -> None:
        self._ledger = ledger
        self._factor = factor

    def check(
        self,
        activity: Activity,
        slot: Slot,
        citizen_id: int,
        takes_part: bool,
        *,
        but: int | None = None,
        confirmed_only: bool = False,
    ) -> None:
        """Residence, limits, overlaps. `but`: the booking that is being decided does not stand in its own way. Of
        holds the first to be confirmed counts."""
        citizen = self._ledger.citizens.get(citizen_id)
        if citizen is None:
            raise Refused("bookings.unknown_citizen")
        rules.check_citizen(activity, citizen)
        own = [
            each
            for each in self._ledger.own[citizen_id]
            if each.booking_id != but and (each.confirmed or not confirmed_only)
        ]
        rules.check_limits(activity, slot.activity_id, citizen, own, slot.starts_at, self._factor)
        if takes_part:
            rules.check_overlap(activity, citizen, own, slot.sessions, self._factor)

    def check_absences(self, activity: Activity, slot: Slot, citizen_id: int, but: int | None = None) -> None:
        """After `check`: who often did not come."""
        missed = self._ledger.absences.get((citizen_id, slot.activity_id))
        if missed:
            citizen = self._ledger.citizens[citizen_id]
            own = [each for each in self._ledger.own[citizen_id] if each.booking_id != but]
            when = slot.starts_at, self._ledger.now
            check_absences(activity, slot.activity_id, citizen, missed, own, *when, self._factor)

    def check_waiting(
        self, activity: Activity, slot: Slot, citizen_id: int, takes_part: bool, but: int
    ) -> None:
        """For a waiting list: what will be asked again when the booking is confirmed."""
        self.check(activity, slot, citizen_id, takes_part, but=but, confirmed_only=True)
        self.check_absences(activity, slot, citizen_id, but)
