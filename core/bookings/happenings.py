"""What the box office tells the event log: no personal data, only ids of bookings and slots and what
figures need."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from core.activities.definition import Activity
from core.bookings.ledger import Booking, Slot
from core.bookings.requests import FirstChoice
from core.bookings.rules import Citizen, zone_of
from core.db.schema import events
from core.db.types import to_milliseconds
from core.db.work import Work

APPLICATION_ACCEPTED = "application_accepted"
APPLICATION_REFUSED = "application_refused"
BOOKING_CANCELLED = "booking_cancelled"
BOOKING_MOVED = "booking_moved"
BOOKING_REDUCED = "booking_reduced"
WAITING_JOINED = "waiting_joined"
WAITING_OFFERED = "waiting_offered"
ENDINGS = {
    "taken": "waiting_taken",
    "declined": "waiting_declined",
    "lapsed": "waiting_lapsed",
    "left": "waiting_left",
    "closed": "waiting_closed",
    "over": "waiting_over",
}
"""How a wait ended (`waiting.state`) -> its event."""


def happened(
    work: Work,
    at: datetime,
    name: str,
    activity: Activity,
    slot: Slot,
    booking: Booking,
    **more: int | str,
) -> None:
    """An *application* is a verified citizen's request: accepted when confirmed, refused for lack of
    places."""
    facts = slot_facts(activity, slot) | {"persons": booking.persons, "channel": booking.channel, **more}
    if name != APPLICATION_REFUSED:
        facts["booking"] = booking.id
    work.insert(events, at=at, name=name, facts=facts)


def slot_facts(activity: Activity, slot: Slot) -> dict[str, int | str]:
    """What figures need to know of a slot."""
    return {
        "slot": slot.id,
        "activity": activity.key,
        "category": activity.category,
        "facility": activity.facility.key,
        "place": slot.place,
        "starts": to_milliseconds(slot.starts_at),
        "ends": to_milliseconds(slot.sessions[0][1]),
        "occasion": slot.occasion,
    }


def told_facts(
    activity: Activity, slot: Slot, citizen: Citizen, booking: Booking, answers: Mapping[str, object]
) -> dict[str, str]:
    """What a person told us, as coarse as figures need it: the age band of the participant (or of the booker who
    takes part), and residence. Cells broken down by these are masked (design.md 10)."""
    day = slot.starts_at.astimezone(zone_of(activity)).date()
    asked = activity.people.participant_age
    told = str(answers.get(asked.step, "")) if asked is not None else ""
    year = int(told[:4]) if told[:4].isascii() and told[:4].isdigit() else None
    if year is None and asked is None and booking.booker_takes_part:
        year = citizen.birth_year
    facts: dict[str, str] = {}
    if year is not None:
        facts["age"] = age_band(day.year - year)
    if citizen.resident is not None:
        facts["resident"] = "yes" if citizen.resident else "no"
    return facts


def age_band(age: int) -> str:
    """`0-14`, `15-24`, ..., `75+`: bands wide enough to hide in."""
    return next((f"{low}-{high}" for low, high in _BANDS if age <= high), "75+")


def first_facts(first: FirstChoice | None) -> dict[str, int | str]:
    """What was wanted first, where something else was booked."""
    if first is None:
        return {}
    return {
        "first_slot": first.slot_id,
        "first_activity": first.activity,
        "first_facility": first.facility,
        "first_place": first.place,
        "first_starts": to_milliseconds(first.starts_at),
        "first_ends": to_milliseconds(first.ends_at),
        "first_why": first.why,
    }


_BANDS = ((0, 14), (15, 24), (25, 44), (45, 64), (65, 74))
