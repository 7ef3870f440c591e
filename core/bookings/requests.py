"""What the box office can be asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class HoldRequest:
    """A place, to be kept for some minutes while the dialog ends."""

    slot_id: int
    activity: str
    """Key of the activity; the rules are those of `revision`."""
    revision: int
    persons: int
    """Those who will walk in."""
    booker_takes_part: bool
    citizen_id: int | None
    """None while the person is not registered: rules about citizens are checked when the booking is
    confirmed."""
    holder: bytes
    """Look-up of the chat or session that holds it."""
    channel: str
    """`telegram`, `web`, `phone` or `desk`."""


@dataclass(frozen=True)
class Hold:
    request: HoldRequest
    booking_id: int


@dataclass(frozen=True)
class Extend:
    booking_id: int
    holder: bytes
    until: datetime


@dataclass(frozen=True)
class Reserve:
    """Keep a hold for longer: until a telephone at home has answered, or time is up."""

    booking_id: int
    holder: bytes
    until: datetime
    answers: Mapping[str, object]
    resident: bool
    """As the person told; nobody is a citizen yet."""


@dataclass(frozen=True)
class Release:
    """Let a hold go. Nothing happens where it is no longer one."""

    booking_id: int
    holder: bytes


@dataclass(frozen=True)
class FirstChoice:
    """The slot that somebody had wanted, who then took another."""

    slot_id: int
    activity: str
    facility: str
    place: str
    starts_at: datetime
    ends_at: datetime
    why: str
    """`suggested` (a quieter hour was offered first) or `full`."""


@dataclass(frozen=True)
class Confirm:
    """Turn a hold into a booking; one that has lapsed is taken anew where there is still room."""

    booking_id: int
    citizen_id: int
    answers: Mapping[str, object]
    """To the activity's own questions, by step: the participant's age may be among them."""
    first_choice: FirstChoice | None = None


@dataclass(frozen=True)
class Cancel:
    booking_id: int
    citizen_id: int
    forgetting: bool = False
    """The citizen is being forgotten: no deadline stands against that."""


@dataclass(frozen=True)
class Move:
    booking_id: int
    citizen_id: int
    slot_id: int
    new_booking_id: int
    kept: int | None = None
    """A hold that the town keeps there for this citizen (`core.bookings.closures`): it gives way to the booking."""


@dataclass(frozen=True)
class Reduce:
    booking_id: int
    citizen_id: int
    persons: int


@dataclass(frozen=True)
class Sweep:
    """Let go every hold that has lapsed."""


@dataclass(frozen=True)
class Join:
    """Wait for a place of a full slot."""

    waiting_id: int
    slot_id: int
    activity: str
    revision: int
    persons: int
    booker_takes_part: bool
    citizen_id: int
    channel: str


@dataclass(frozen=True)
class Leave:
    """Wait no longer; what is offered is declined."""

    booking_id: int
    """Of the entry on the list, and of its offer."""
    slot_id: int
    citizen_id: int


@dataclass(frozen=True)
class Accept:
    """Take what is offered, and go on to confirm it."""

    booking_id: int
    slot_id: int
    citizen_id: int
    holder: bytes
    """Look-up of the chat or session in which the booking is finished."""


@dataclass(frozen=True)
class Serve:
    """Offer what has become free in these slots to those who wait, and end the lists that are over."""

    slots: tuple[int, ...]


Question = (
    Sweep
    | Hold
    | Extend
    | Reserve
    | Release
    | Confirm
    | Cancel
    | Move
    | Reduce
    | Join
    | Leave
    | Accept
    | Serve
)
