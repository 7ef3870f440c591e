"""What an officer chooses a group from: facilities with their lanes, and what took place when. Without people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from core.activities.definition import Activity
from core.activities.model import activities, slots
from core.activities.places import Facility
from core.activities.service import Activities
from core.bookings.queries import sessions_of
from core.config import Settings
from core.db.database import Database
from core.errors import Refused
from core.ports import Clock
from core.visits.retention import midnight_of

AHEAD = timedelta(days=60)
"""How far a closure may be told to those who booked."""


@dataclass(frozen=True)
class Session:
    """When an event, or one session of a class, begins. UTC."""

    starts_at: datetime
    occasion: str
    """Key of the film, concert or group; or empty."""


class Choosing:
    def __init__(self, database: Database, clock: Clock, among: Activities, settings: Settings) -> None:
        self._database = database
        self._clock = clock
        self._among = among
        self._settings = settings

    @property
    def kept_since(self) -> datetime:
        """Presence before it is erased."""
        kept = timedelta(days=self._settings.presence_days)
        return midnight_of(self._clock.now() - kept, self._settings.zone)

    async def facilities(self) -> list[Facility]:
        """Each once, by its Greek name; those of archived activities too, for people were there."""
        found = {each.facility.key: each.facility for each in await self._all()}
        return sorted(found.values(), key=lambda each: each.name.el)

    async def events(self) -> list[Activity]:
        """Activities that take place at an hour of their own, by their Greek name."""
        return sorted(
            (each for each in await self._all() if each.type != "FacilityUse"), key=lambda each: each.name.el
        )

    async def sessions(self, activity: str) -> Sequence[Session]:
        """Since presence is kept, and ahead as far as a closure may be told; the nearest to now first."""
        now = self._clock.now()
        since, until = self.kept_since, now + AHEAD
        query = (
            select(slots.c.starts_at, slots.c.ends_at, slots.c.sessions, slots.c.occasion)
            .join(activities, activities.c.id == slots.c.activity_id)
            .where(activities.c.key == activity, slots.c.ends_at > since, slots.c.starts_at < until)
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        found = {
            Session(start, row.occasion)
            for row in rows
            for start, _ in sessions_of(row.sessions) or ((row.starts_at, row.ends_at),)
            if since <= start < until
        }
        return sorted(found, key=lambda each: (abs(each.starts_at - now), each.occasion))

    async def _all(self) -> list[Activity]:
        """In their current revision, the archived first: where both have a facility the published one tells."""
        query = select(activities.c.key, activities.c.revision).order_by(
            activities.c.state == "published", activities.c.key
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        found = []
        for row in rows:
            try:
                found.append(await self._among.get(row.key, row.revision))
            except Refused:
                continue
        return found
