"""For those who got no place: why, and the nearest that would do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from core.activities.definition import Activity
from core.activities.slots import NOT_PLANNED
from core.bookings.allocate import Candidate, Decision, Stake, next_best
from core.bookings.decisions import RefusedPlace
from core.bookings.ledger import Ledger, Slot
from core.bookings.queries import SlotView, slots_near
from core.bookings.rules import zone_of
from core.dialog.words import Text, Words, say
from core.errors import Refused

_NEAR = timedelta(hours=12)
_FAR = timedelta(days=14)
_MOST = 3


@dataclass
class Missed:
    """A request for which there was no room."""

    decision: Decision
    wanted: Stake
    slot: Slot
    activity: Activity
    waiting: int | None = None
    """The position that one would have on the waiting list; None where there is none to join."""
    instead: Sequence[SlotView] = field(default=())

    def refusal(self) -> RefusedPlace:
        return RefusedPlace(self._reason(), tuple(self.instead), self.waiting)

    def _reason(self) -> Refused:
        following = self._next_words()
        if self.decision.reason == "closed":
            reason = self.slot.reason or NOT_PLANNED
            key = "bookings.not_planned" if reason == NOT_PLANNED else f"activities.closure.{reason}"
            return Refused("bookings.closed", reason=say(key), next=following)
        if self.decision.reason == "too_few":
            wanted = self.wanted.units
            return Refused(
                "bookings.too_few",
                n=self.decision.free,
                wanted=wanted,
                next=following,
                list=self._list_words(),
            )
        capacity = self.slot.room.capacity
        return Refused(
            "bookings.full", taken=capacity, capacity=capacity, next=following, list=self._list_words()
        )

    def _list_words(self) -> Text:
        """«· 3η θέση στη λίστα αναμονής»."""
        return say("waiting.no_list") if self.waiting is None else say("waiting.would_be", n=self.waiting)

    def _next_words(self) -> Text:
        """«· επόμενη ελεύθερη 19:00, διαδρομή 2»."""
        if not self.instead:
            return say("bookings.next.none")
        best = self.instead[0]
        zone = zone_of(self.activity)
        same_day = best.starts_at.astimezone(zone).date() == self.slot.starts_at.astimezone(zone).date()
        params: dict[str, object] = {"when": best.starts_at}
        key = "bookings.next.same_day" if same_day else "bookings.next.other_day"
        place = self.activity.place(best.place) if best.place else None
        if place is not None:
            name: Words = place.name.written()
            params["place"] = name
            key += "_place"
        return Text(key, params)


async def find_alternatives(transaction: AsyncConnection, ledger: Ledger, missed: Sequence[Missed]) -> None:
    """One query for all who wanted the same; most find something within half a day, the others in two
    weeks."""
    alike: dict[tuple[object, ...], list[Missed]] = {}
    for each in missed:
        key = (each.slot.id, each.wanted.units, each.wanted.channel, id(each.activity))
        alike.setdefault(key, []).append(each)
    for group in alike.values():
        first = group[0]
        instead = await _near(transaction, ledger, first, _NEAR)
        if len(instead) < _MOST:
            instead = await _near(transaction, ledger, first, _FAR)
        for each in group:
            each.instead = instead


async def _near(
    transaction: AsyncConnection, ledger: Ledger, missed: Missed, around: timedelta
) -> list[SlotView]:
    wanted_at: datetime = missed.slot.starts_at
    found = {
        view.id: view
        for view in await slots_near(
            transaction,
            missed.activity,
            missed.wanted.channel,
            missed.wanted.units,
            (wanted_at - around, wanted_at + around),
            wanted_at,
            ledger.now,
        )
    }
    candidates = [
        Candidate(view.id, view.starts_at, _free(ledger, view, missed.wanted.channel))
        for view in found.values()
    ]
    return [found[each.slot] for each in next_best(wanted_at, missed.wanted.units, candidates, _MOST)]


def _free(ledger: Ledger, view: SlotView, channel: str) -> int:
    """What this batch has taken or given back is not in the database yet."""
    here = ledger.slots.get(view.id)
    return view.free if here is None else here.room.free(channel)
