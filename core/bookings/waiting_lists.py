"""The lists of those who wait, read under the lock of their slots, and written back with what a batch made of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import String, bindparam, case, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.activities.definition import Activity
from core.activities.model import activities
from core.bookings.happenings import slot_facts
from core.bookings.ledger import Booking, Ledger, Slot, new_row
from core.bookings.model import bookings, waiting
from core.bookings.waiting import CLOSED, OFFERED, ON_THE_LIST, Entry
from core.db.among import among
from core.db.schema import events
from core.db.types import to_milliseconds
from core.people.model import addresses
from core.people.numbers import LANDLINE

GIVEN_UP = ("cancelled", "moved")


@dataclass
class Lists:
    """Of the slots that a batch has locked. Written by nobody else meanwhile."""

    by_slot: dict[int, list[Entry]] = field(default_factory=dict)
    """Slot id -> its list by rank; entries that end in this batch stay in it."""
    offers: list[tuple[Booking, Slot]] = field(default_factory=list)
    """Made in this batch."""
    _before: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    _told: list[dict[str, Any]] = field(default_factory=list)

    async def read(self, transaction: AsyncConnection, ledger: Ledger) -> None:
        """Every list of the ledger's slots; the bookings of what is offered are added to the ledger."""
        for row in await transaction.execute(_LISTS, {"slots": sorted(ledger.slots)}):
            entry = entry_of(row)
            self.by_slot.setdefault(entry.slot_id, []).append(entry)
            self._before[entry.id] = astuple(entry)
        offered = [each.id for each in self.all() if each.state == OFFERED]
        await ledger.read_bookings(transaction, [each for each in offered if each not in ledger.bookings])

    def all(self) -> Iterator[Entry]:
        for entries in self.by_slot.values():
            yield from entries

    def on(self, slot_id: int) -> list[Entry]:
        """Who still waits or is offered something there, by rank."""
        return [each for each in self.by_slot.get(slot_id, ()) if each.state in ON_THE_LIST]

    def find(self, slot_id: int, entry_id: int) -> Entry | None:
        return next((each for each in self.on(slot_id) if each.id == entry_id), None)

    def tell(
        self, at: datetime, name: str, activity: Activity, slot: Slot, entry: Entry, **more: int | str
    ) -> None:
        """For the event log: no personal data."""
        facts = slot_facts(activity, slot) | {
            "waiting": entry.id,
            "persons": entry.persons,
            "channel": entry.channel,
            **more,
        }
        self._told.append({"at": at, "name": name, "facts": facts})

    async def write_back(self, transaction: AsyncConnection, ledger: Ledger) -> None:
        """After the rooms; before bookings that were there already, which may be among the offers."""
        if self.offers:
            rows = [new_row(booking, slot, ledger.now) for booking, slot in self.offers]
            await transaction.execute(insert(bookings), rows)
        joined = [each for each in self.all() if each.id not in self._before]
        if joined:
            await transaction.execute(
                insert(waiting),
                [_new(each, ledger.slots[each.slot_id].activity_id) for each in joined],
            )
        changed = [
            _as_left(each)
            for each in self.all()
            if each.id in self._before and self._before[each.id] != astuple(each)
        ]
        if changed:
            await transaction.execute(_CHANGE, changed)
        if self._told:
            await transaction.execute(insert(events), self._told)


def offer_facts(until: datetime) -> dict[str, int]:
    return {"until": to_milliseconds(until)}


def entry_of(row: Any) -> Entry:
    """A row of `ENTRIES`."""
    return Entry(
        id=row.id,
        slot_id=row.slot_id,
        revision=row.revision,
        citizen_id=row.citizen_id,
        channel=row.channel,
        units=row.units,
        persons=row.persons,
        booker_takes_part=row.booker_takes_part,
        rank=row.rank,
        state=row.state,
        joined_at=row.joined_at,
        offered_until=row.offered_until,
        ended_at=row.ended_at,
        by_call=row.other_address is None,
        gave_up_at=row.gave_up_at,
        is_archived=row.is_archived,
    )


def _new(entry: Entry, activity_id: int) -> dict[str, Any]:
    names = (
        *("id", "slot_id", "revision", "citizen_id", "channel", "units", "persons", "booker_takes_part"),
        *("rank", "state", "joined_at", "offered_until", "ended_at"),
    )
    return {"activity_id": activity_id, **{name: getattr(entry, name) for name in names}}


def _as_left(entry: Entry) -> dict[str, Any]:
    return {
        "entry": entry.id,
        "new_state": entry.state,
        "new_offered_until": entry.offered_until,
        "new_ended_at": entry.ended_at,
    }


ENTRIES = select(
    waiting,
    select(addresses.c.id)
    .where(addresses.c.citizen_id == waiting.c.citizen_id, addresses.c.kind != LANDLINE)
    .limit(1)
    .scalar_subquery()
    .label("other_address"),
    select(func.max(bookings.c.ended_at))
    .where(
        bookings.c.citizen_id == waiting.c.citizen_id,
        bookings.c.state.in_(GIVEN_UP),
        bookings.c.slot_id == waiting.c.slot_id,
    )
    .scalar_subquery()
    .label("gave_up_at"),
    exists()
    .where(activities.c.id == waiting.c.activity_id, activities.c.state == "archived")
    .correlate(waiting)
    .label("is_archived"),
).where(waiting.c.state.in_(ON_THE_LIST))
"""Who is on a list, with what decides whether something can be offered now."""
_LISTS = ENTRIES.where(among(waiting.c.slot_id, "slots")).order_by(waiting.c.slot_id, waiting.c.rank)
_CHANGE = (
    update(waiting)
    .where(waiting.c.id == bindparam("entry"))
    .values(
        state=bindparam("new_state", type_=String),
        offered_until=bindparam("new_offered_until"),
        # The worker may be telling just now, so it is not written back; what was closed is to be told anew.
        told_at=case((bindparam("new_state", type_=String) == CLOSED, None), else_=waiting.c.told_at),
        ended_at=bindparam("new_ended_at"),
    )
)
