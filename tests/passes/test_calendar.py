"""The calendar file, read back by the library and line by line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar

from core.passes.calendar import calendar_file

ATHENS = ZoneInfo("Europe/Athens")
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def made(*starts: datetime, title: str = "Ελεύθερη κολύμβηση, διαδρομή 3") -> bytes:
    return calendar_file(
        uid="77@paso.example",
        title=title,
        place="Δημοτικό Κολυμβητήριο; Λεωφόρος Εθνικής Αντιστάσεως 142, Νεάπολη",
        times=[(start, start + HOUR) for start in starts],
        description="Κωδικός 123 456 789 4\nΦέρτε σκουφάκι.",
        now=NOW,
    )


def test_a_booking_is_read_back_in_utc() -> None:
    (event,) = Calendar.from_ical(made(datetime(2026, 12, 1, 19, tzinfo=ATHENS))).walk("VEVENT")
    assert event.decoded("dtstart") == datetime(2026, 12, 1, 17, tzinfo=UTC)
    assert event.decoded("dtend") == datetime(2026, 12, 1, 18, tzinfo=UTC)
    assert event.decoded("dtstamp") == NOW
    assert str(event["summary"]) == "Ελεύθερη κολύμβηση, διαδρομή 3"
    assert str(event["location"]).startswith("Δημοτικό Κολυμβητήριο; Λεωφόρος")
    assert str(event["description"]) == "Κωδικός 123 456 789 4\nΦέρτε σκουφάκι."


def test_a_class_has_an_event_for_each_meeting_with_its_own_uid() -> None:
    starts = [datetime(2026, 12, day, 17, tzinfo=UTC) for day in (1, 8, 15)]
    events = Calendar.from_ical(made(*starts)).walk("VEVENT")
    assert [event.decoded("dtstart") for event in events] == starts
    uids = [str(event["uid"]) for event in events]
    assert uids == ["77@paso.example", "77-2@paso.example", "77-3@paso.example"]


def test_lines_are_folded_at_75_bytes_and_end_as_the_rfc_says() -> None:
    lines = made(datetime(2026, 12, 1, 17, tzinfo=UTC), title="Κολύμβηση " * 30).split(b"\r\n")
    assert lines[0] == b"BEGIN:VCALENDAR"
    assert lines[-2:] == [b"END:VCALENDAR", b""]
    assert max(map(len, lines)) <= 75
    assert b"DTSTART:20261201T170000Z" in lines


def test_the_same_booking_at_the_same_moment_gives_the_same_file() -> None:
    start = datetime(2026, 12, 1, 17, tzinfo=UTC)
    assert made(start) == made(start)


def test_a_title_cannot_bring_in_lines_of_its_own() -> None:
    start = datetime(2026, 12, 1, 17, tzinfo=UTC)
    lines = made(start, title="Γιορτή\r\nATTACH:http://example.org").split(b"\r\n")
    assert not any(line.startswith(b"ATTACH") for line in lines)
