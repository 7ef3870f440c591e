"""What the house needs of the outside world, as small protocols. Adapters fill them; tests hand in their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The time. Always timezone-aware, in UTC."""

    def now(self) -> datetime: ...


class Codes(Protocol):
    """Chance, from a CSPRNG."""

    def new_id(self) -> int:
        """A row id: 62 random bits, never 0."""
        ...

    def digits(self, length: int) -> str:
        """`length` decimal digits, each as likely as any other."""
        ...

    def token(self, size: int) -> bytes:
        """`size` random bytes."""
        ...


class Sealer(Protocol):
    """Seals for the worker alone. Whoever seals cannot open again."""

    def seal(self, table: str, row_id: int, plain: bytes) -> bytes: ...


class Opener(Protocol):
    """Opens boxes; only the worker has one."""

    def open(self, table: str, row_id: int, box: bytes) -> bytes:
        """Raises `BrokenBox` when the box was moved, edited, or made without the origin key."""
        ...


class BrokenBox(Exception):
    """A box that does not open: moved to another row, edited, or not sealed by one of our own processes."""


class LookUp(Protocol):
    """The keyed hash by which a number or chat is found again (HMAC-SHA-256 under the look-up key)."""

    def of(self, kind: str, value: str) -> bytes: ...

    def all_of(self, kind: str, value: str) -> tuple[bytes, ...]:
        """Under each generation of the key, the newest first: what was written before a rotation is found too."""
        ...

    @property
    def is_being_replaced(self) -> bool:
        """The key was lost, and values under it are still being made anew: who is not found may be known."""
        ...


class Origin(Protocol):
    """A MAC under the origin key: says that an order was written by a process that may give orders."""

    def mac(self, *parts: bytes) -> bytes: ...

    def check(self, mac: bytes, *parts: bytes) -> bool:
        """Compared in constant time."""
        ...


class OneTimeSealer(Protocol):
    """Seals for a key that a browser has just made, and keeps in its memory."""

    def seal(self, public_key: bytes, context: str, plain: bytes) -> bytes:
        """Raises `ValueError` for what is no public key."""
        ...


class Keeper(Protocol):
    """Encrypts what one process both writes and reads again: dialogs under way (AES-256-GCM, conversation key)."""

    def keep(self, context: str, plain: bytes) -> bytes: ...

    def read(self, context: str, kept: bytes) -> bytes:
        """Raises `BrokenBox` when it was kept under another key or context."""
        ...


class PassSigner(Protocol):
    """Signs the token of a pass (Ed25519, RFC 8032: deterministic)."""

    def sign(self, payload: bytes) -> bytes: ...


class PassVerifier(Protocol):
    def verify(self, payload: bytes, signature: bytes) -> bool: ...


@dataclass(frozen=True)
class Receipt:
    """What the provider said when it took a message: its own id, and how many segments an SMS has."""

    provider_id: str
    segments: int | None = None


class SendingFailed(Exception):
    """The provider did not take a message.

    `kind` is `permanent` (never try again), `temporary` (later), `technical` (our fault or the provider's) or
    `unknown` (no answer: the message may have been sent; look it up before trying again).
    """

    def __init__(self, kind: str, code: str = "") -> None:
        super().__init__(f"{kind} {code}".strip())
        self.kind = kind
        self.code = code


class TextSender(Protocol):
    """SMS. `reference` is ours, and comes back with each callback."""

    async def send(self, to: str, text: str, reference: str) -> Receipt: ...

    async def find(self, to: str, text: str, since: datetime) -> Receipt | None:
        """The message as the provider has it, when a time-out left its fate unknown."""
        ...

    async def forget(self, provider_id: str) -> None:
        """Delete the provider's copy, words and number, once the message is final."""
        ...


class ChatSender(Protocol):
    """Messages pushed into a chat, with buttons (label, deed, subject) that stay valid on them."""

    async def send(self, chat_id: str, text: str, deeds: Sequence[tuple[str, str, str]]) -> Receipt: ...


class FileSender(Protocol):
    """Files pushed into a chat."""

    async def send_file(self, chat_id: str, name: str, content: bytes, caption: str) -> Receipt:
        """`caption`: at most 1,024 characters. Raises `SendingFailed`."""
        ...


class Caller(Protocol):
    """Voice calls. What is said is fetched by the provider from our own callback address."""

    async def call(self, to: str, reference: str, path: str) -> Receipt: ...

    async def find(self, to: str, since: datetime) -> Receipt | None: ...


@dataclass(frozen=True)
class PassCard:
    """A pass, ready to be drawn: every word already in the citizen's language, and no name among them."""

    title: str
    lines: Sequence[str]
    persons: str
    code: str
    token: str
    advice: str
    mark: str = ""
    """What sets it apart from a pass that simply holds: set off, in large letters."""


@dataclass(frozen=True)
class OccupancyCell:
    """One place at one hour (or one hour of a day of the week's picture)."""

    taken: int
    capacity: int
    state: str
    """`open`, `full`, `closed` (not bookable at all), or `past` (not drawn)."""


@dataclass(frozen=True)
class OccupancyGrid:
    """How full it is, ready to be drawn or told: rows are hours, columns are lanes (or days), words are localised."""

    title: str
    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[OccupancyCell]]]
    legend: Sequence[tuple[str, str]]
    """(state, its word), in the order to be shown."""


class Painter(Protocol):
    """Draws pictures. PNG bytes."""

    def pass_card(self, card: PassCard) -> bytes: ...

    def pass_sheet(self, card: PassCard) -> bytes:
        """A PDF, A4 that folds to A6."""
        ...

    def occupancy(self, grid: OccupancyGrid) -> bytes: ...
