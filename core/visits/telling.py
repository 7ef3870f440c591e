"""Telling staff that participation has passed a limit, and that it has fallen again; once each, and not one by one.

The panel writes alerts where it takes scans (`core.visits.alerting`); the worker finds here those that nobody was told
of. Whoever can write the database can have numbers told, never words.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, exists, or_, select

from core.activities.model import activities, slots
from core.activities.service import Activities
from core.db.database import Database
from core.db.types import FAR_FUTURE, Instant
from core.db.work import Work
from core.dialog.words import Text, say
from core.messages.to_staff import TellStaff
from core.messages.worker import Chore
from core.ports import Clock
from core.visits.model import alerts, alerts_told

REACHED, FALLEN = "reached", "fallen"
SETTLES = timedelta(minutes=2)
"""A fall is told when it has lasted so long; what is reached again before then was no news."""
BETWEEN = timedelta(minutes=2)
"""A facility is told of no more often: what happens meanwhile goes into one message."""
_NEWS_FOR = timedelta(days=1)
_LISTED = 6
_AT_ONCE = 200


@dataclass(frozen=True)
class News:
    """Of one facility: what to say, in order, and every (alert, what) that is dealt with by it, said or not."""

    said: Sequence[tuple[Any, str]]
    dealt_with: Sequence[tuple[int, str]]


def news_of(rows: Iterable[Any], now: datetime) -> News:
    """From the alerts of one facility that last untold, or have ended and were only told to be reached."""
    watched: dict[int | None, list[Any]] = defaultdict(list)
    for row in rows:
        watched[row.slot_id].append(row)
    said: list[tuple[Any, str]] = []
    dealt_with: list[tuple[int, str]] = []
    for alerts_of_it in watched.values():
        rose = [row for row in alerts_of_it if row.ended_at == FAR_FUTURE]
        fell = [row for row in alerts_of_it if row.ended_at != FAR_FUTURE]
        again = {row.level for row in rose} & {row.level for row in fell}
        settled = [row for row in fell if row.level in again or row.ended_at <= now - SETTLES]
        dealt_with += [(row.id, REACHED) for row in rose] + [(row.id, FALLEN) for row in settled]
        news = [row for row in rose if row.level not in again]
        if news:
            said.append((max(news, key=lambda row: row.level), REACHED))
        news = [row for row in settled if row.level not in again]
        if news:
            said.append((min(news, key=lambda row: row.level), FALLEN))
    # The facility as a whole first, then what is fullest.
    said.sort(key=lambda each: (each[0].slot_id is not None, each[1] == FALLEN, -each[0].level, each[0].id))
    return News(said, dealt_with)


def tell_of_limits(database: Database, clock: Clock, among: Activities, tell: TellStaff) -> Chore:
    """For the worker, every few seconds."""

    async def do(work: Work) -> None:
        now = clock.now()
        of_facility: dict[str, list[Any]] = defaultdict(list)
        async with database.reading() as connection:
            for row in await connection.execute(_UNTOLD, {"since": now - _NEWS_FOR}):
                of_facility[row.facility].append(row)
            if not of_facility:
                return
            just_told = set((await connection.execute(_TOLD_SINCE, {"since": now - BETWEEN})).scalars())
            places = (await connection.execute(_ACTIVITIES)).all()
        for facility, rows in sorted(of_facility.items()):
            news = news_of(rows, now)
            if facility in just_told and news.said:
                continue
            for alert_id, what in news.dealt_with:
                work.insert(alerts_told, alert_id=alert_id, what=what, at=now)
            if news.said:
                number = await _number(among, facility, places)
                said = [await _part(among, row, what) for row, what in news.said[:_LISTED]]
                more = len(news.said) - len(said)
                if more:
                    said.append(say("visits.staff.more", n=more))
                await tell(work, "visits.staff.news", number=number, said=said)

    return Chore("alerts", timedelta(seconds=2), do)


async def _part(among: Activities, row: Any, what: str) -> Text:
    facts = {"n": row.inside, "limit": row.limit, "level": row.level}
    if row.slot_id is None:
        return say(f"visits.staff.whole.{what}", **facts)
    if not row.place:
        return say(f"visits.staff.hour.{what}", at=row.starts_at, **facts)
    activity = await among.get(row.key, row.revision)
    keys = [each.key for each in activity.facility.individual_facilities]
    order = keys.index(row.place) + 1 if row.place in keys else 0
    return say(f"visits.staff.place.{what}", at=row.starts_at, place=order, **facts)


async def _number(among: Activities, facility: str, places: Sequence[Any]) -> int:
    """Its number on passes; 0 for one that no activity uses."""
    for row in places:
        if row.facility == facility:
            return (await among.get(row.key, row.revision)).facility.number
    return 0


def _told(what: str) -> Any:
    return exists().where(alerts_told.c.alert_id == alerts.c.id, alerts_told.c.what == what)


_ACTIVITIES = select(activities.c.key, activities.c.revision, activities.c.facility)
_UNTOLD = (
    select(
        alerts.c.id,
        alerts.c.facility,
        alerts.c.slot_id,
        alerts.c.level,
        alerts.c.inside,
        alerts.c.limit,
        alerts.c.ended_at,
        slots.c.place,
        slots.c.starts_at,
        activities.c.key,
        activities.c.revision,
    )
    .outerjoin(slots, slots.c.id == alerts.c.slot_id)
    .outerjoin(activities, activities.c.id == slots.c.activity_id)
    .where(
        alerts.c.raised_at >= bindparam("since", type_=Instant),
        or_(
            and_(alerts.c.ended_at == FAR_FUTURE, ~_told(REACHED)),
            and_(alerts.c.ended_at != FAR_FUTURE, _told(REACHED), ~_told(FALLEN)),
        ),
    )
    .order_by(alerts.c.raised_at)
    .limit(_AT_ONCE)
)
_TOLD_SINCE = (
    select(alerts.c.facility)
    .distinct()
    .join(alerts_told, alerts_told.c.alert_id == alerts.c.id)
    .where(alerts_told.c.at > bindparam("since", type_=Instant))
)
