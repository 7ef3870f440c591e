"""A calendar file (iCalendar, RFC 5545) that a phone takes into its own calendar."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from icalendar import Calendar, Event


def calendar_file(
    *,
    uid: str,
    title: str,
    place: str,
    times: Sequence[tuple[datetime, datetime]],
    description: str,
    now: datetime,
) -> bytes:
    """One event for each (start, end), in UTC, so that no time zone need be described.

    `uid` is globally unique and stays the same for the same booking: a file fetched again then replaces the
    first (RFC 5545, 3.8.4.7). Further events of the same booking get "-2", "-3", ... before its "@".
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Paso//Paso//EL")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for nth, (starts_at, ends_at) in enumerate(times, start=1):
        event = Event()
        event.add("uid", _uid(uid, nth))
        event.add("dtstamp", now.astimezone(UTC))
        event.add("dtstart", starts_at.astimezone(UTC))
        event.add("dtend", ends_at.astimezone(UTC))
        event.add("summary", title)
        event.add("location", place)
        event.add("description", description)
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _uid(uid: str, nth: int) -> str:
    if nth == 1:
        return uid
    name, at, host = uid.partition("@")
    return f"{name}-{nth}{at}{host}"
