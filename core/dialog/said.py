"""What is said to a person, before a channel and a language are chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.dialog.words import Words


@dataclass(frozen=True)
class DeedButton:
    """A button that stays valid on its message, whatever dialog is open."""

    label: Words
    name: str
    subject: str


@dataclass(frozen=True)
class Say:
    words: Words
    deeds: tuple[DeedButton, ...] = ()
    standing: bool = False
    """Stays in the chat; everything else may be edited away when the next question comes."""


@dataclass(frozen=True)
class Picture:
    """A picture by what it shows; who draws it fetches the facts. `kind`: `day`, `week` (occupancy) or `pass`."""

    kind: str
    subject: str
    """Activity key, or booking id."""
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Show:
    """A picture, and the words that stand for it where it cannot go."""

    picture: Picture
    instead: Words
    deeds: tuple[DeedButton, ...] = ()
    standing: bool = False


@dataclass(frozen=True)
class Option:
    value: str
    label: Words
    note: Words | None = None
    """Said after the label where there is room ("4 free")."""


@dataclass(frozen=True)
class Hint:
    """The kind of answer expected, which each channel uses as it can.

    `kind`: `choice`, `text`, `name`, `number`, `date`, `phone` (the sender's own contact may be shared), `code` (a
    one-time code of `digits` digits), or `none`.
    """

    kind: str
    digits: int = 0


@dataclass(frozen=True)
class Ask:
    """The current question. `offer` identifies it: an answer that names another offer is stale."""

    step: str
    prompt: Words
    options: tuple[Option, ...]
    hint: Hint
    offer: str
    can_go_back: bool = False
    columns: int = 1
    """How many options fit beside each other when drawn as buttons."""


@dataclass(frozen=True)
class Problem:
    """Why an answer was not taken. Its sentence; the question follows again."""

    words: Words


Said = Say | Show | Ask | Problem
