"""What a gate asks and what it is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from core.errors import Refused

Direction = Literal["entry", "exit"]
ENTRY: Direction = "entry"
EXIT: Direction = "exit"
MOST_PERSONS = 255
"""Of one scan; a pass carries no more."""


@dataclass(frozen=True)
class Seen:
    """Where, when and by whom. Times as the gate's own clock tells them; any time zone."""

    nonce: str
    """Random, made by the gate, 16 to 64 characters of ASCII: the same scan may be sent any number of times."""
    facility: str
    """Key of the facility whose gate it is."""
    gate: str
    """Id of the device, at most 40 characters."""
    staff_id: int | None
    scanned_at: datetime
    sent_at: datetime
    """When it was sent, by the same clock: tells how wrong that clock is."""

    def __post_init__(self) -> None:
        """Raises `ValueError` for what no gate of ours sends."""
        if not (self.nonce.isascii() and 16 <= len(self.nonce) <= 64 and self.gate and len(self.gate) <= 40):
            raise ValueError("not the nonce or the id of a gate")
        if self.scanned_at.tzinfo is None or self.sent_at.tzinfo is None:
            raise ValueError("a moment needs its time zone")


@dataclass(frozen=True)
class Scan:
    """A pass was shown."""

    seen: Seen
    shown: str
    """The text of the QR code, or the code as it was typed."""
    direction: Direction | None = None
    """None: whichever makes sense."""
    persons: int | None = None
    """None: as many as make sense."""
    passed: int | None = None
    """Without a line the gate decided itself and let so many through: it is recorded, whatever we think of it now.
    Then `direction` is given. None: the gate asks."""
    override: bool = False
    """A supervisor lets them through in spite of a refusal. Not past a pass that is none of ours."""
    corrects: str | None = None
    """Nonce of an earlier scan of this pass by which fewer passed than were let through: `passed` is how many."""

    def __post_init__(self) -> None:
        """Raises `ValueError` for what no gate of ours sends."""
        _check_count(self.persons)
        _check_count(self.passed)
        if self.passed is not None and self.direction is None:
            raise ValueError("who let somebody through knows in which direction")
        if self.corrects is not None and self.passed is None:
            raise ValueError("a correction says how many passed")


@dataclass(frozen=True)
class WalkIn:
    """Persons without a booking, by count only."""

    seen: Seen
    slot_id: int
    persons: int
    direction: Direction = ENTRY
    passed: bool = False
    """They were let through without a line: recorded, even past the capacity."""
    override: bool = False

    def __post_init__(self) -> None:
        _check_count(self.persons)


@dataclass(frozen=True)
class AllOut:
    """Everyone of this slot who was not scanned out is taken to have left now."""

    seen: Seen
    slot_id: int


def _check_count(persons: int | None) -> None:
    if persons is not None and not 0 < persons <= MOST_PERSONS:
        raise ValueError("so many persons do not pass at once")


Question = Scan | WalkIn | AllOut


@dataclass(frozen=True)
class Verdict:
    """The answer to a question."""

    reason: Refused | None
    """None: let them through. Else why not, as a sentence that helps the visitor; where `persons` is above 0 they
    were let through nevertheless, by a supervisor or by a gate without a line."""
    direction: Direction
    persons: int
    """To be let through now («ΠΕΡΑΣΤΕ 4»); after a decision of the gate or a supervisor those who were."""
    inside: int
    """Of this pass (of the slot, for walk-ins and all-out) afterwards."""
    remaining: int
    """Of this pass, who may still enter."""
    booking_id: int | None = None
    number: str | None = None
    """Of the pass, in its short form."""
    clock_error_ms: int = 0
    """How much the gate's clock is fast; told when it is worth a warning."""
    repeated: bool = False
    """This nonce was answered before, and nothing was written now."""

    @property
    def admitted(self) -> bool:
        return self.persons > 0
