"""Publishing activities, finding them again, and keeping their slots planned ahead."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, exists, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.activities.definition import Activity
from core.activities.faults import Faults
from core.activities.loading import dump, facility_faults, restore
from core.activities.model import activities, revisions, slots
from core.activities.slots import reconcile
from core.db.database import Database
from core.db.types import Instant
from core.db.work import Job, Work
from core.errors import Conflict, Refused
from core.ports import Clock, Codes

_MOST_KEPT = 500
_GATE_OPEN_AFTER = timedelta(hours=6)
"""Somebody may still be inside so long after the end."""


class Activities:
    """A revision never changes, so each is read once; which one is current is asked of the database each
    time, and an activity published by another process is bookable at once."""

    def __init__(self, database: Database, clock: Clock, codes: Codes) -> None:
        self._database = database
        self._clock = clock
        self._codes = codes
        self._known: OrderedDict[tuple[str, int], Activity] = OrderedDict()

    async def get(self, key: str, revision: int | None = None) -> Activity:
        """The activity as it was published in that revision, or as it is now.

        Raises `Refused("activities.unknown")`; without a revision also for one that is archived.
        """
        if revision is None:
            revision = await self.revision(key)
        found = self._known.get((key, revision))
        if found is None:
            async with self._database.reading() as connection:
                document = (
                    await connection.execute(_DEFINITION, {"key": key, "revision": revision})
                ).scalar_one_or_none()
            if document is None:
                raise Refused("activities.unknown")
            found = self._keep(key, revision, restore(document))
        return found

    async def revision(self, key: str) -> int:
        """The current revision. Raises `Refused("activities.unknown")`, also for an archived activity."""
        async with self._database.reading() as connection:
            revision = (await connection.execute(_CURRENT, {"key": key})).scalar_one_or_none()
        if revision is None:
            raise Refused("activities.unknown")
        return int(revision)

    async def published(self) -> list[Activity]:
        """What can be booked, by key."""
        async with self._database.reading() as connection:
            current = (await connection.execute(_PUBLISHED)).all()
        return [await self.get(row.key, row.revision) for row in current]

    async def in_use(self) -> list[Activity]:
        """What can be booked, and what was archived while somebody has a place ahead: its gate still opens."""
        recent = self._clock.now() - _GATE_OPEN_AFTER
        async with self._database.reading() as connection:
            rows = (await connection.execute(_IN_USE, {"recent": recent})).all()
        return [await self.get(row.key, row.revision) for row in rows]

    async def archived(self) -> list[Activity]:
        """What is offered no longer, as it was last, by key."""
        async with self._database.reading() as connection:
            rows = (await connection.execute(_ARCHIVED)).all()
        return [await self.get(row.key, row.revision) for row in rows]

    async def bring_back(self, work: Work, key: str) -> int:
        """Offer an archived activity again, as it was last, in a new revision; its number.

        Raises `Refused("activities.unknown")` where none is archived under that key, `Faults` where its facility's
        number is another's by now.
        """
        for activity in await self.archived():
            if activity.key == key:
                return await self.publish(work, activity)
        raise Refused("activities.unknown")

    async def publish(self, work: Work, activity: Activity) -> int:
        """Add to `work` a new revision and its slots; the revision's number.

        Raises `Faults` where its facility's number is another's; committing raises `Conflict` when somebody
        published the same activity meanwhile.
        """
        others = [other.facility for other in await self.in_use() if other.key != activity.key]
        found = facility_faults(activity.facility, others)
        if found:
            raise Faults(found)
        async with self._database.reading() as connection:
            row = (await connection.execute(_EVER, {"key": activity.key})).one_or_none()
        activity_id, before = (row.id, row.revision) if row else (self._codes.new_id(), 0)
        previous = await self.get(activity.key, before) if before else None

        async def write(transaction: AsyncConnection, _work: Work) -> None:
            now = self._clock.now()
            fields = {
                "category": activity.category,
                "facility": activity.facility.key,
                "state": "published",
                "revision": before + 1,
                "planned_until": _horizon(activity, now),
            }
            if before:
                written = await transaction.execute(
                    update(activities)
                    .where(activities.c.id == activity_id, activities.c.revision == before)
                    .values(**fields)
                )
                if written.rowcount == 0:
                    raise Conflict("another revision was published meanwhile")
            else:
                await transaction.execute(
                    insert(activities).values(id=activity_id, key=activity.key, **fields)
                )
            await transaction.execute(
                insert(revisions).values(
                    activity_id=activity_id, revision=before + 1, definition=dump(activity), published_at=now
                )
            )
            await reconcile(transaction, activity, activity_id, now, self._codes, previous)

        work.job(write)
        return before + 1

    async def archive(self, work: Work, key: str) -> None:
        """Offer it no longer. What is booked stands. Raises `Refused("activities.unknown")`."""
        await self.revision(key)
        work.run(update(activities).where(activities.c.key == key).values(state="archived"))

    async def plan_ahead(self, work: Work) -> None:
        """Add to `work` the slots up to each activity's horizon. Doing it again changes nothing."""
        for activity in await self.published():
            work.job(_planning(activity, self._clock, self._codes))

    def _keep(self, key: str, revision: int, activity: Activity) -> Activity:
        self._known[key, revision] = activity
        if len(self._known) > _MOST_KEPT:
            self._known.popitem(last=False)
        return activity


def _planning(activity: Activity, clock: Clock, codes: Codes) -> Job:
    async def plan(transaction: AsyncConnection, _work: Work) -> None:
        now = clock.now()
        activity_id = (
            await transaction.execute(
                update(activities)
                .where(activities.c.key == activity.key)
                .values(planned_until=_horizon(activity, now))
                .returning(activities.c.id)
            )
        ).scalar_one()
        await reconcile(transaction, activity, activity_id, now, codes)

    return plan


def _horizon(activity: Activity, now: datetime) -> datetime:
    """The end of the last local day that is planned."""
    zone = ZoneInfo(activity.calendar.time_zone)
    day = now.astimezone(zone).date() + timedelta(days=activity.calendar.horizon_days + 1)
    return datetime.combine(day, time(), zone)


_EVER = select(activities.c.id, activities.c.revision).where(activities.c.key == bindparam("key"))
_CURRENT = select(activities.c.revision).where(
    activities.c.key == bindparam("key"), activities.c.state == "published"
)
_PUBLISHED = (
    select(activities.c.key, activities.c.revision)
    .where(activities.c.state == "published")
    .order_by(activities.c.key)
)
_ARCHIVED = (
    select(activities.c.key, activities.c.revision)
    .where(activities.c.state == "archived")
    .order_by(activities.c.key)
)
_IN_USE = (
    select(activities.c.key, activities.c.revision)
    .where(
        or_(
            activities.c.state == "published",
            exists().where(
                slots.c.activity_id == activities.c.id,
                slots.c.ends_at > bindparam("recent", type_=Instant),
                slots.c.taken > 0,
            ),
        )
    )
    .order_by(activities.c.key)
)
_DEFINITION = (
    select(revisions.c.definition)
    .join(activities, activities.c.id == revisions.c.activity_id)
    .where(activities.c.key == bindparam("key"), revisions.c.revision == bindparam("revision"))
)
