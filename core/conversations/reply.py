"""What goes between a channel and the conversations."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from core.dialog.said import Ask, Said
from core.ports import OccupancyGrid


@dataclass(frozen=True)
class Speaker:
    """Who speaks, as the channel knows them."""

    channel: str
    """`telegram`, `web`, `desk` or `phone`."""
    address: str
    """The chat id, or the session's random id. Personal: never logged, stored only as a keyed hash."""
    language: str | None = None
    """The client's language tag, used until the person chooses."""
    claims: str = field(default="", repr=False)
    """The number that a call says it comes from. Never proof of anything: only where to call back."""
    reached: str = field(default="", repr=False)
    """The number that we have called, and where a key was pressed (E.164)."""


@dataclass(frozen=True)
class Line:
    """A line of the dialog under way, already in words: what a web page shows above the question."""

    who: str
    """`person` or `city`."""
    words: str


@dataclass(frozen=True)
class Reply:
    """What to say now. At most one `Ask`, and it comes last: the current question."""

    said: tuple[Said, ...]
    language: str
    turn: int
    verified: bool
    repeated: bool = False
    """The same update was taken before; nothing has changed, the question is the current one."""
    stale: bool = False
    """An old button was pressed; nothing has changed, the question is the current one."""
    expired: bool = False
    """The session had ended of itself; this is a new one."""
    history: tuple[Line, ...] = field(default=())
    held_until: datetime | None = None
    """Until when (UTC) a place is held while the dialog goes on."""
    file: str = ""
    """My data for this browser: `offered`, or the id of the file that is on its way (`DataRequests.take`)."""

    @property
    def question(self) -> Ask | None:
        return next((said for said in self.said if isinstance(said, Ask)), None)


@dataclass(frozen=True)
class Drawn:
    """A picture, drawn in the listener's language."""

    png: bytes
    version: str
    """Changes when the picture would: the key under which a channel may keep what it uploaded."""
    grid: OccupancyGrid | None = None
    """The same figures as a table."""


@dataclass(frozen=True)
class PassFiles:
    """One pass as its owner may take it along."""

    png: bytes
    pdf: bytes
    ics: bytes
    code: str
    """10 digits."""
