"""The catalogues: every sentence that a person reads, one folder of files per language.

A language is a folder under `texts/`, one TOML file per area; a third language is a new folder with the same keys.
A leaf is a sentence with `{name}` places; a table with `one` and `other` is a plural, chosen by the parameter `n`.
Places may carry a format: `{when:day}`, `{when:short_day}`, `{when:time}`, `{when:day_time}`, `{codes:threes}`.
"""

from __future__ import annotations

import string
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time

from core.dialog.words import Text, Words, Written

_FOLDER = Path(__file__).parent / "texts"
_DAY_FORMATS = {"day": "EEEE d MMMM", "short_day": "EEE d/M", "weekday": "EEEE", "full_day": "EEEE d MMMM y"}
DEFAULT_LANGUAGE = "el"


class MissingText(KeyError):
    """A key that the catalogue of this language lacks: a fault of ours, found by the tests."""


class Texts:
    """Says words in a language, with days and hours of the town's time zone."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self.languages: Sequence[str] = languages()

    def choose(self, wanted: str | None) -> str:
        """The nearest language we have for a client's language tag (`en-GB` -> `en`)."""
        base = (wanted or "").replace("_", "-").split("-")[0].lower()
        return base if base in self.languages else DEFAULT_LANGUAGE

    def say(self, words: Words | str, language: str, **params: object) -> str:
        """The sentence. `words` may be a key. Raises `MissingText`."""
        if isinstance(words, Written):
            return words.by_language.get(language) or words.by_language[DEFAULT_LANGUAGE]
        if isinstance(words, Text):
            params = {**words.params, **params}
            words = words.key
        pattern = _catalogue(language).get(words)
        if pattern is None:
            raise MissingText(f"{language}: {words}")
        if isinstance(pattern, Mapping):
            count = params.get("n", 0)
            form = Locale.parse(language).plural_form(count if isinstance(count, int) else 0)
            pattern = pattern.get(form) or pattern["other"]
        return _Filler(self, language, self._zone).vformat(pattern, (), params)

    def clock(self, at: datetime | time, language: str) -> str:
        """`{when:time}`, of the town's time."""
        return format_time(at, "HH:mm", locale=language)

    def day(self, on: date, form: str, language: str) -> str:
        """`{when:day}` and the other forms of a day."""
        return format_date(on, _DAY_FORMATS[form], locale=language)

    def threes(self, digits: str) -> str:
        """`{code:threes}`."""
        return threes(digits)

    def has(self, key: str, language: str) -> bool:
        return key in _catalogue(language)


class _Filler(string.Formatter):
    def __init__(self, texts: Texts, language: str, zone: ZoneInfo) -> None:
        self._texts = texts
        self._language = language
        self._zone = zone

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, Text | Written):
            return self._texts.say(value, self._language)
        if isinstance(value, datetime):
            value = value.astimezone(self._zone)
        if format_spec in _DAY_FORMATS and isinstance(value, date):
            return self._texts.day(value, format_spec, self._language)
        if format_spec == "time" and isinstance(value, datetime | time):
            return self._texts.clock(value, self._language)
        if format_spec == "day_time" and isinstance(value, datetime):
            return f"{self.format_field(value, 'day')}, {self.format_field(value, 'time')}"
        if format_spec == "threes":
            return self._texts.threes(str(value))
        if isinstance(value, tuple | list):
            return ", ".join(self.format_field(item, format_spec) for item in value)
        return format(value, format_spec)


def threes(digits: str) -> str:
    """A code as it is written and said: «123 456 789 0»."""
    return " ".join(digits[place : place + 3] for place in range(0, len(digits), 3))


def languages() -> tuple[str, ...]:
    """Those that have a folder; Greek first."""
    found = sorted(path.name for path in _FOLDER.iterdir() if path.is_dir())
    return (DEFAULT_LANGUAGE, *(name for name in found if name != DEFAULT_LANGUAGE))


@lru_cache
def _catalogue(language: str) -> Mapping[str, Any]:
    leaves: dict[str, Any] = {}
    for path in sorted((_FOLDER / language).glob("*.toml")):
        _flatten(path.stem, tomllib.loads(path.read_text("utf-8")), leaves)
    return leaves


def keys(language: str) -> frozenset[str]:
    """Every key of a language, for the test that compares them."""
    return frozenset(_catalogue(language))


def _flatten(prefix: str, node: Any, leaves: dict[str, Any]) -> None:
    if isinstance(node, str) or (isinstance(node, dict) and set(node) >= {"other"} and "one" in node):
        leaves[prefix] = node
        return
    for name, child in node.items():
        _flatten(f"{prefix}.{name}", child, leaves)
