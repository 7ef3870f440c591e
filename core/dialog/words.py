"""Words not yet spoken: a dialog says *what* to say; the edge says it in the listener's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Text:
    """A sentence of the catalogues: its key, and what fills its places (numbers, datetimes, other words)."""

    key: str
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Written:
    """Words that staff wrote in an activity's definition: language code -> text."""

    by_language: Mapping[str, str]


Words = Text | Written


def say(key: str, **params: object) -> Text:
    """Short for `Text(key, params)`."""
    return Text(key, params)
