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
class Joined:
    """On the waiting list."""

    waiting_id: int
    position: int
    """1 for who is next."""
    again: bool = False
    """One was on it already."""


@dataclass(frozen=True)
class Confirmed:
    """The booking stands, and its pass is issued."""

    booking: BookingView


@dataclass(frozen=True)
class RefusedPlace:
    """Why not, and what else there is: the nearest slots that would do, best first."""

    reason: Refused
    next_best: tuple[SlotView, ...] = ()
    waiting: int | None = None
    """The position that one would have on the waiting list; None where there is none to join."""
