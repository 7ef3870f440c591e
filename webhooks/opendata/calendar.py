"""A calendar to subscribe to: an activity's hours, with what is free (iCalendar, RFC 5545)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, timedelta
from urllib.parse import urlsplit

from icalendar import Calendar, Event, vDuration

from core.activities.definition import Activity
from core.bookings.queries import SlotView
from core.conversations.house import House
from webhooks.opendata.rows import booking_address


def activity_calendar(house: House, activity: Activity, slots: Sequence[SlotView], language: str) -> bytes:
    """One entry for each hour or occasion, its lanes together. An entry keeps its identifier while it lasts."""
    say = house.texts.say
    title = say(activity.name.written(), language)
    town = house.settings.municipality_el if language == "el" else house.settings.municipality_en
    calendar = Calendar()
    calendar.add("prodid", "-//Paso//Paso//EL")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", f"{title}, {town}")
    calendar.add("refresh-interval", vDuration(timedelta(hours=1)), parameters={"VALUE": "DURATION"})
    host = urlsplit(house.settings.public_url).hostname or ""
    together: dict[tuple[object, ...], list[SlotView]] = {}
    for slot in slots:
        together.setdefault((slot.starts_at, slot.ends_at, slot.occasion), []).append(slot)
    for alike in together.values():
        first = alike[0]
        occasion = activity.occasion_name(first.occasion)
        free = sum(slot.free for slot in alike)
        name = say(occasion.written(), language) if occasion else title
        starts = first.starts_at.astimezone(UTC)
        event = Event()
        event.add("uid", f"{activity.key}-{first.occasion}-{starts:%Y%m%dT%H%M}@{host}")
        event.add("dtstamp", house.clock.now())
        event.add("dtstart", starts)
        event.add("dtend", first.ends_at.astimezone(UTC))
        event.add("summary", say("figures.opendata.entry", language, name=name, n=free))
        event.add("location", say(activity.venue.address.written(), language))
        event.add("url", booking_address(house, activity.key))
        calendar.add_component(event)
    return bytes(calendar.to_ical())
