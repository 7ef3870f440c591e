"""The fields of forms: each turns what was typed into a value, or says what is wrong with it.

`Field[T].read` gets what the form sent and returns the value; it raises `Wrong` with the sentence that stands beside
the field. Labels and hints are in the catalogue at `<form>.<field>.label` and `.hint`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import ClassVar, Generic, TypeVar

from core.dialog.words import Text, Words, say

T = TypeVar("T", covariant=True)
_KEPT_CONTROLS = "\n\t"


class Wrong(Exception):
    """What was typed is no value; `words` says why, beside the field."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self.words = words


@dataclass(frozen=True)
class Field(Generic[T]):
    """One field of a form. `required` fields refuse silence; others answer it with their own empty value."""

    kind: ClassVar[str] = "line"
    """Which macro of `fields.html` shows it."""
    name: str
    required: bool = True

    def read(self, typed: Sequence[str]) -> T:
        raise NotImplementedError

    def write(self, value: object) -> tuple[str, ...]:
        """A value as the form would send it: what stands in the field before anybody typed."""
        return () if value is None else (str(value),)


@dataclass(frozen=True)
class Line(Field[str]):
    """One line of text, trimmed. `check` returns what is wrong with it, or None."""

    longest: int = 200
    check: Callable[[str], Words | None] | None = None
    inputmode: str = "text"
    autocomplete: str = "off"
    type: str = "text"
    """Of the input element: text, password, search, tel, url."""

    def read(self, typed: Sequence[str]) -> str:
        value = _one(typed, self.required, self.longest)
        if value and (_has_controls(value) or "\n" in value or "\t" in value):
            raise Wrong(say("admin.fault.characters"))
        if value and self.check and (fault := self.check(value)):
            raise Wrong(fault)
        return value


@dataclass(frozen=True)
class Secret(Line):
    """A password: taken letter by letter, never trimmed, never shown again."""

    kind: ClassVar[str] = "line"
    type: str = "password"

    def read(self, typed: Sequence[str]) -> str:
        value = typed[0] if typed else ""
        if not value and self.required:
            raise Wrong(say("admin.fault.missing"))
        if len(value) > self.longest:
            raise Wrong(say("admin.fault.too_long", most=self.longest))
        if self.check and (fault := self.check(value)):
            raise Wrong(fault)
        return value


@dataclass(frozen=True)
class Area(Field[str]):
    """Several lines of text."""

    kind: ClassVar[str] = "area"
    longest: int = 2000
    rows: int = 4

    def read(self, typed: Sequence[str]) -> str:
        value = _one([text.replace("\r\n", "\n") for text in typed], self.required, self.longest)
        if _has_controls(value):
            raise Wrong(say("admin.fault.characters"))
        return value


@dataclass(frozen=True)
class File(Field[str]):
    """A text file (UTF-8), sent by a form with `enctype="multipart/form-data"`; its text."""

    kind: ClassVar[str] = "file"
    accept: str = ""
    longest: int = 500_000

    def read(self, typed: Sequence[str]) -> str:
        value = _one(typed, self.required, self.longest)
        if _has_controls(value.replace("\r", "")):
            raise Wrong(say("admin.fault.characters"))
        return value


@dataclass(frozen=True)
class Number(Field[int | None]):
    """A whole number; digits of any script. None where it may be left out and was."""

    least: int = 0
    most: int = 1_000_000
    kind: ClassVar[str] = "number"

    def read(self, typed: Sequence[str]) -> int | None:
        value = _one(typed, self.required, 20)
        if not value:
            return None
        try:
            number = int(value)
        except ValueError:
            raise Wrong(say("admin.fault.number")) from None
        if not self.least <= number <= self.most:
            raise Wrong(say("admin.fault.range", least=self.least, most=self.most))
        return number


@dataclass(frozen=True)
class Day(Field[date | None]):
    """A calendar day (the browser's own picker; `2026-12-31`)."""

    kind: ClassVar[str] = "day"
    earliest: date = date(2000, 1, 1)
    latest: date = date(2100, 12, 31)

    def read(self, typed: Sequence[str]) -> date | None:
        value = _one(typed, self.required, 20)
        if not value:
            return None
        try:
            day = date.fromisoformat(value)
        except ValueError:
            raise Wrong(say("admin.fault.day")) from None
        if not self.earliest <= day <= self.latest:
            raise Wrong(say("admin.fault.day_range", earliest=self.earliest, latest=self.latest))
        return day


@dataclass(frozen=True)
class Hour(Field[time | None]):
    """A time of day, `19:30`."""

    kind: ClassVar[str] = "hour"

    def read(self, typed: Sequence[str]) -> time | None:
        value = _one(typed, self.required, 8)
        if not value:
            return None
        try:
            found = time.fromisoformat(value)
        except ValueError:
            raise Wrong(say("admin.fault.hour")) from None
        if found.tzinfo or found.second or found.microsecond:
            raise Wrong(say("admin.fault.hour"))
        return found

    def write(self, value: object) -> tuple[str, ...]:
        return (value.strftime("%H:%M"),) if isinstance(value, time) else super().write(value)


@dataclass(frozen=True)
class Choice(Field[str]):
    """One of some; "" where none was chosen and none need be. Options without words of their own have them
    at `<form>.<field>.<option>`.
    """

    kind: ClassVar[str] = "choice"
    options: tuple[str, ...] = ()
    words: tuple[tuple[str, Words], ...] = ()
    """Words of options that are data: (option, words)."""
    as_list: bool = False
    """A drop-down list instead of radio buttons."""

    def read(self, typed: Sequence[str]) -> str:
        value = typed[0] if typed else ""
        if not value:
            if self.required:
                raise Wrong(say("admin.fault.choose"))
            return ""
        if value not in self.all_options:
            raise Wrong(say("admin.fault.choose"))
        return value

    @property
    def all_options(self) -> tuple[str, ...]:
        return self.options or tuple(name for name, _ in self.words)


@dataclass(frozen=True)
class Choices(Field[tuple[str, ...]]):
    """Any number of some, in the order in which they are offered."""

    kind: ClassVar[str] = "choices"
    options: tuple[str, ...] = ()
    words: tuple[tuple[str, Words], ...] = ()

    def read(self, typed: Sequence[str]) -> tuple[str, ...]:
        if not set(typed) <= set(self.all_options):
            raise Wrong(say("admin.fault.choose"))
        if not typed and self.required:
            raise Wrong(say("admin.fault.choose_some"))
        return tuple(option for option in self.all_options if option in typed)

    def write(self, value: object) -> tuple[str, ...]:
        return tuple(str(one) for one in value) if isinstance(value, tuple | list | frozenset) else ()

    @property
    def all_options(self) -> tuple[str, ...]:
        return self.options or tuple(name for name, _ in self.words)


@dataclass(frozen=True)
class Check(Field[bool]):
    """A box to tick; `required` asks that it is ticked."""

    kind: ClassVar[str] = "check"
    required: bool = False

    def read(self, typed: Sequence[str]) -> bool:
        if not typed and self.required:
            raise Wrong(say("admin.fault.tick"))
        return bool(typed)

    def write(self, value: object) -> tuple[str, ...]:
        return ("1",) if value else ()


def _one(typed: Sequence[str], required: bool, longest: int) -> str:
    value = typed[0].strip() if typed else ""
    if not value and required:
        raise Wrong(say("admin.fault.missing"))
    if len(value) > longest:
        raise Wrong(Text("admin.fault.too_long", {"most": longest}))
    return value


def _has_controls(value: str) -> bool:
    """Characters that no keyboard means: NUL (which PostgreSQL refuses), and those that turn the writing around."""
    return any(
        unicodedata.category(letter) in ("Cc", "Cs", "Cn") and letter not in _KEPT_CONTROLS
        for letter in value
    ) or any(letter in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069" for letter in value)
