"""Telling of absences before they limit bookings, and of the limit while it lasts."""

from __future__ import annotations

from core.bookings.missed import missed_by
from core.conversations.talk import Talk


async def tell_of_absences(talk: Talk) -> None:
    """One sentence for each activity where one absence more would limit bookings, or where they are limited."""
    assert talk.citizen_id is not None
    house = talk.house
    factor = house.settings.landline_factor
    for each in await missed_by(house.database, house.activities, talk.citizen_id, talk.now, factor):
        name = each.activity.name.written()
        if each.stands.until is not None:
            talk.say(
                "fair.absences.paused",
                activity=name,
                absences=each.rule.count * each.times,
                days=each.rule.within_days,
                until=each.stands.until,
            )
        elif each.one_left:
            talk.say("fair.absences.last_warning", activity=name, pause=each.rule.pause_days)
