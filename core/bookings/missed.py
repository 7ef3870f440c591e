"""What a citizen's absences come to, for who wants to tell them before a limit surprises them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from core.activities.definition import Activity
from core.activities.model import activities as activities_table
from core.activities.rules import NoShow
from core.activities.service import Activities
from core.bookings.absences import Standing, standing
from core.bookings.ledger import Ledger
from core.db.database import Database


@dataclass(frozen=True)
class Missed:
    """Of one citizen in one activity with a rule about it."""

    activity: Activity
    rule: NoShow
    stands: Standing
    times: int
    """How many a household on a landline counts for."""

    @property
    def one_left(self) -> bool:
        """The next absence limits their bookings."""
        return self.stands.until is None and self.stands.counted == self.rule.count * self.times - 1 > 0


async def missed_by(
    database: Database, activities: Activities, citizen_id: int, now: datetime, factor: int
) -> list[Missed]:
    """Of the activities in which they have absences that still count; in the order of their keys."""
    ledger = Ledger(now)
    async with database.reading() as connection:
        await ledger.read_absences(connection, [citizen_id])
        if not ledger.absences:
            return []
        await ledger.look_at_citizens(connection, [citizen_id], now, now)
        keys = {row.key: row.id for row in await connection.execute(_IDS)}
    citizen = ledger.citizens.get(citizen_id)
    if citizen is None:
        return []
    times = factor if citizen.landline_only else 1
    found = []
    for activity in await activities.published():
        rule, absences = activity.rules.no_show, ledger.absences.get((citizen_id, keys.get(activity.key, 0)))
        if rule is not None and absences:
            found.append(Missed(activity, rule, standing(rule, absences, now, times), times))
    return found


_IDS = select(activities_table.c.key, activities_table.c.id)
