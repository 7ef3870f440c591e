"""How full it is now, against the limits: facilities, their places, and the hours whose gate is open."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, or_, select

from core.activities.model import activities, slots
from core.activities.service import Activities
from core.db.database import Database
from core.db.types import FAR_FUTURE, Instant
from core.dialog.words import Written
from core.ports import Clock
from core.visits.alerting import facility_limit, gate_is_open
from core.visits.model import visits
from core.visits.parties import Slot
from core.visits.reading import slot_columns


@dataclass(frozen=True)
class PlaceNow:
    """A lane, a court; or the whole, where it has none."""

    key: str
    name: Written
    inside: int
    limit: int
    """The most who may be inside now; 0: nothing is on."""


@dataclass(frozen=True)
class HourNow:
    """A slot whose gate is open, or in which somebody still is. Times are UTC."""

    slot_id: int
    activity: Written
    place: Written | None
    starts_at: datetime
    ends_at: datetime
    inside: int
    limit: int


@dataclass(frozen=True)
class FacilityNow:
    key: str
    number: int
    """As in the token of a pass."""
    name: Written
    inside: int
    limit: int
    places: Sequence[PlaceNow]
    """Empty where the facility is one whole."""
    hours: Sequence[HourNow]
    """By beginning and place."""


async def facilities_now(database: Database, clock: Clock, among: Activities) -> Sequence[FacilityNow]:
    """Every facility of an activity that is in use, by key; and any that somebody is still inside of."""
    now = clock.now()
    inside: dict[int, int] = {}
    found: dict[str, list[tuple[Slot, datetime, datetime]]] = defaultdict(list)
    published = {activity.facility.key: activity for activity in await among.in_use()}
    async with database.reading() as connection:
        for row in await connection.execute(_INSIDE):
            inside[row.slot_id] = row.persons
        rows = (await connection.execute(_SLOTS, {"soon": now + _AHEAD, "before": now - _AHEAD})).all()
    for row in rows:
        slot = Slot.of(row, await among.get(row.key, row.revision))
        if gate_is_open(slot.activity, slot, now) or inside.get(slot.id):
            begin, end = min(slot.sessions, key=lambda session: abs(session[0] - now))
            found[slot.facility].append((slot, begin, end))
            published.setdefault(slot.facility, slot.activity)
    facilities = []
    for key, activity in sorted(published.items()):
        here = sorted(found[key], key=lambda each: (each[1], each[0].place, each[0].id))
        limits = [
            ((slot.activity.key, slot.place), slot.limit)
            for slot, _, _ in here
            if gate_is_open(slot.activity, slot, now)
        ]
        places = [
            PlaceNow(
                key=place.key,
                name=place.name.written(),
                inside=sum(inside.get(slot.id, 0) for slot, _, _ in here if slot.place == place.key),
                limit=facility_limit(each for each in limits if each[0][1] == place.key),
            )
            for place in activity.facility.individual_facilities
        ]
        facilities.append(
            FacilityNow(
                key=key,
                number=activity.facility.number,
                name=activity.facility.name.written(),
                inside=sum(inside.get(slot.id, 0) for slot, _, _ in here),
                limit=facility_limit(limits),
                places=places,
                hours=[_hour(slot, begin, end, inside.get(slot.id, 0)) for slot, begin, end in here],
            )
        )
    return facilities


def _hour(slot: Slot, begin: datetime, end: datetime, inside: int) -> HourNow:
    place = slot.activity.place(slot.place)
    return HourNow(
        slot_id=slot.id,
        activity=slot.activity.name.written(),
        place=place.name.written() if place else None,
        starts_at=begin,
        ends_at=end,
        inside=inside,
        limit=slot.limit,
    )


_AHEAD = timedelta(hours=6)
"""A slot that starts later, or ended longer ago, has no gate open."""
_NOW_INSIDE = visits.c.left_at == FAR_FUTURE
_INSIDE = (
    select(visits.c.slot_id, func.sum(visits.c.persons).label("persons"))
    .where(_NOW_INSIDE)
    .group_by(visits.c.slot_id)
)
_SLOTS = (
    select(*slot_columns())
    .join(activities, activities.c.id == slots.c.activity_id)
    .where(
        or_(
            (slots.c.starts_at < bindparam("soon", type_=Instant))
            & (slots.c.ends_at > bindparam("before", type_=Instant)),
            slots.c.id.in_(select(visits.c.slot_id).where(_NOW_INSIDE)),
        )
    )
)
