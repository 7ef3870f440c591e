"""The booking a dialog is about, and only its owner's."""

from __future__ import annotations

from core.activities.definition import Activity
from core.bookings.views import BookingView
from core.conversations.state import Frame
from core.conversations.talk import Talk
from core.errors import Refused


async def own_booking(talk: Talk, frame: Frame) -> BookingView:
    """Raises `Refused("dialog.unknown_booking")` when it is not the speaker's."""
    if talk.citizen_id is not None:
        booking = await talk.house.bookings.one(talk.citizen_id, int(frame.subject))
        if booking is not None:
            return booking
    raise Refused("dialog.unknown_booking")


async def activity_of(talk: Talk, booking: BookingView) -> Activity:
    """As it was when it was booked."""
    return await talk.house.activities.get(booking.activity, booking.revision)
