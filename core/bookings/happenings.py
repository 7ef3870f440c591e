"""What the box office tells the event log: no personal data, only ids of bookings and slots and what
figures need."""

from __future__ import annotations

from datetime import datetime

from core.activities.definition import Activity
from core.bookings.ledger import Booking, Slot
from core.db.schema import events
from core.db.types import to_milliseconds
from core.db.work import Work

APPLICATION_ACCEPTED = "application_accepted"
APPLICATION_REFUSED = "application_refused"
BOOKING_CANCELLED = "booking_cancelled"
BOOKING_MOVED = "booking_moved"
BOOKING_REDUCED = "booking_reduced"


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
    facts: dict[str, int | str] = {
        "slot": slot.id,
        "activity": activity.key,
        "category": activity.category,
        "facility": activity.facility.key,
        "place": slot.place,
        "starts": to_milliseconds(slot.starts_at),
        "persons": booking.persons,
        "channel": booking.channel,
        **more,
    }
    if name != APPLICATION_REFUSED:
        facts["booking"] = booking.id
    work.insert(events, at=at, name=name, facts=facts)
