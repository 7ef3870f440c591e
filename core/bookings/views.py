"""A booking as its citizen sees it. Names are not among it: they are sealed for the worker."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class BookingView:
    """Times are UTC."""

    id: int
    activity: str
    """Key of the activity."""
    revision: int
    """The definition that was booked."""
    slot_id: int
    place: str
    """Key of the lane, court or kind of place; empty where there is none."""
    occasion: str
    """Key of the film, concert or group of a class; or empty."""
    starts_at: datetime
    ends_at: datetime
    sessions: tuple[tuple[datetime, datetime], ...]
    """Every session of a term; empty where the booking is for one stretch of time."""
    units: int
    persons: int
    companions: int
    booker_takes_part: bool
    state: str
    """`confirmed`, `cancelled` or `moved`."""
    code: str | None
    """Of the valid pass; None where there is none (any more)."""
    can_cancel_until: datetime
    can_move_until: datetime
    provisional_until: datetime | None = None
    """Of a place that is only held until a telephone at home has answered; its state is `held`."""
