"""What the box office answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.bookings.queries import SlotView
from core.bookings.views import BookingView
from core.errors import Refused


@dataclass(frozen=True)
class Held:
    """The place is kept until then (UTC)."""

    booking_id: int
    until: datetime


@dataclass(frozen=True)
class Confirmed:
    """The booking stands, and its pass is issued."""

    booking: BookingView


@dataclass(frozen=True)
class RefusedPlace:
    """Why not, and what else there is: the nearest slots that would do, best first."""

    reason: Refused
    next_best: tuple[SlotView, ...] = ()
