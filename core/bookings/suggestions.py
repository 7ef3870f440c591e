"""Quieter slots for one person: the rule of `quieter`, over what is free now and what that person may book."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import select

from core.activities.definition import Activity
from core.activities.model import activities as activities_table
from core.activities.service import Activities
from core.bookings import rules
from core.bookings.absences import OVERRULES, check_absences
from core.bookings.ledger import Ledger
from core.bookings.queries import Occupancy, SlotView
from core.bookings.quieter import NEAR, Offer, crowded, quieter
from core.db.database import Database
from core.db.types import FAR_FUTURE
from core.errors import Refused
from core.ports import Clock


@dataclass(frozen=True)
class Wish:
    """Somebody is about to book this slot."""

    activity: Activity
    slot: SlotView
    persons: int
    booker_takes_part: bool
    channel: str
    citizen_id: int | None
    """None while the person is not registered: then nothing is known that would stand in their way."""
    held: int | None = None
    """A hold of theirs that will be let go for it."""

    @property
    def units(self) -> int:
        return self.persons if self.activity.capacity.unit == "persons" else 1


class Suggestions:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        activities: Activities,
        occupancy: Occupancy,
        landline_factor: int,
    ) -> None:
        self._database = database
        self._clock = clock
        self._activities = activities
        self._occupancy = occupancy
        self._factor = landline_factor

    async def instead_of(self, wish: Wish, hour: Sequence[SlotView]) -> tuple[Offer[SlotView], ...]:
        """What to offer first, best first; empty where the activity does not want it, where `hour` (all slots that
        begin with the wanted one) is not crowded, or where nothing is clearly emptier.

        Every slot offered is open, free for the whole party, and allowed to the person by the rules as known now.
        """
        activity, units = wish.activity, wish.units
        here = _open(activity, wish.slot, hour)
        if not activity.rules.suggest_quieter or not here or not crowded(here, units):
            return ()
        zone = rules.zone_of(activity)
        day = wish.slot.starts_at.astimezone(zone).date()
        begin = datetime.combine(day - timedelta(days=1), time(), zone).astimezone(UTC)
        end = datetime.combine(day + timedelta(days=2), time(), zone).astimezone(UTC)
        around = await self._occupancy.between(activity, wish.channel, begin, end)
        elsewhere = {
            each.key: (each, await self._beside(wish, each))
            for each in await self._comparable(activity, wish)
        }
        allowed = await self._allowed(wish, [(activity, around), *elsewhere.values()])
        at = wish.slot.starts_at
        seen = [
            slot
            for slot in _open(activity, wish.slot, around)
            if slot.id in allowed or slot.starts_at == at  # all who will be there make the crowd
        ]
        wanted = next((slot for slot in seen if slot.id == wish.slot.id), None)
        if wanted is None or wanted.id not in allowed or wanted.free < units:
            return ()  # the box office will say why
        others = [[slot for slot in slots if slot.id in allowed] for _, slots in elsewhere.values()]
        return quieter(wanted, seen, units, self._clock.now(), zone, others)

    async def _comparable(self, activity: Activity, wish: Wish) -> list[Activity]:
        """Programmes that would do for the same people: of the same facility, or of the same type and category."""
        if activity.type != "FacilityUse":
            return []
        return [
            other
            for other in await self._activities.published()
            if other.key != activity.key
            and other.type == activity.type
            and (other.facility.key == activity.facility.key or other.category == activity.category)
            and other.rules.suggest_quieter
            and other.capacity.unit == activity.capacity.unit
            and other.people.party.min <= wish.persons <= other.people.party.max
            and other.people.booker_takes_part == activity.people.booker_takes_part
            and other.people.participant_age is None
        ]

    async def _beside(self, wish: Wish, other: Activity) -> list[SlotView]:
        at = wish.slot.starts_at
        slots = await self._occupancy.between(
            other, wish.channel, at - NEAR, at + NEAR + timedelta(milliseconds=1)
        )
        return [slot for slot in slots if slot.state == "open"]

    async def _allowed(
        self, wish: Wish, candidates: Sequence[tuple[Activity, Sequence[SlotView]]]
    ) -> frozenset[int]:
        """Ids of the slots that no rule forbids this person."""
        every = {slot.id: (activity, slot) for activity, slots in candidates for slot in slots}
        if wish.citizen_id is None:
            own_or_open = (
                slot_id
                for slot_id, (activity, _) in every.items()
                if activity.key == wish.activity.key or not activity.rules.residents_only
            )
            return frozenset(own_or_open)
        now = self._clock.now()
        windows = [rules.window(activity, slot.starts_at, slot.ends_at) for activity, slot in every.values()]
        windows.append((now, FAR_FUTURE))
        ledger = Ledger(now)
        async with self._database.reading() as connection:
            await ledger.look_at_citizens(
                connection,
                [wish.citizen_id],
                min(begin for begin, _ in windows),
                max(end for _, end in windows),
            )
            await ledger.read_absences(connection, [wish.citizen_id])
            ids = {row.key: row.id for row in await connection.execute(_IDS)}
        citizen = ledger.citizens.get(wish.citizen_id)
        if citizen is None:
            return frozenset()
        own = [each for each in ledger.own[citizen.id] if each.booking_id != wish.held]

        def may(activity: Activity, slot: SlotView) -> bool:
            sessions = slot.sessions or ((slot.starts_at, slot.ends_at),)
            try:
                rules.check_citizen(activity, citizen)
                rules.check_limits(activity, ids[activity.key], citizen, own, slot.starts_at, self._factor)
                if wish.channel != OVERRULES:
                    missed = ledger.absences[citizen.id, ids[activity.key]]
                    when = slot.starts_at, now
                    check_absences(activity, ids[activity.key], citizen, missed, own, *when, self._factor)
                if wish.booker_takes_part:
                    rules.check_overlap(activity, citizen, own, sessions, self._factor)
            except Refused:
                return False
            return True

        return frozenset(slot_id for slot_id, (activity, slot) in every.items() if may(activity, slot))


def _open(activity: Activity, wanted: SlotView, slots: Sequence[SlotView]) -> list[SlotView]:
    """Those that are the same thing at another time: of a festival or a cinema only what has the same name."""
    name = activity.occasion_name(wanted.occasion) if activity.type == "Event" else None
    return [
        slot
        for slot in slots
        if slot.state == "open"
        and (activity.type != "Event" or activity.occasion_name(slot.occasion) == name)
    ]


_IDS = select(activities_table.c.key, activities_table.c.id)
