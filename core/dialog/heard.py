"""What a channel hears from a person."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Typed:
    """Words, or digits, in whatever script."""

    text: str


@dataclass(frozen=True)
class Picked:
    """A button or key that was offered: the offer's id and the place in it, counted from 0.

    An offer that is no longer the current one is stale: it changes nothing.
    """

    offer: str
    place: int


@dataclass(frozen=True)
class Shared:
    """The sender's own contact, shared by the messenger (a channel passes on nobody else's)."""

    phone: str


@dataclass(frozen=True)
class GoBack:
    """One question back. Where a button said so, `offer` is that of its question: an older one is stale."""

    offer: str = ""


@dataclass(frozen=True)
class Silence:
    """Nothing, or something without words: a sticker, a photo, a caller who says nothing."""


@dataclass(frozen=True)
class Command:
    """A standing wish, understood in any dialog: start (with a deep link's argument), menu, cancel, pass, help,
    my_bookings, language, my_data."""

    name: str
    argument: str = ""


@dataclass(frozen=True)
class Deed:
    """A button on a message that stands by itself (a pass, a reminder), valid whatever dialog is open.

    `name` is one of the deeds that `core.conversations` knows; `subject` the row id it is about, as digits. Whether
    it is the person's own is checked, never assumed.
    """

    name: str
    subject: str


Heard = Typed | Picked | Shared | GoBack | Silence | Command | Deed
