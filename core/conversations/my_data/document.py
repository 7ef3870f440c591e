"""The file that a citizen is given: one page to read, and the same as JSON, in a zip.

The page needs nothing from elsewhere and holds no script; it opens on any device, in ten years too.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import jinja2

from core.dialog.words import Words
from core.messages.texts import Texts

NAME = "paso.zip"
PAGE, DATA = "paso.html", "paso.json"
_ONE = ("citizen",)
_MANY = (
    "addresses",
    "bookings",
    "absences",
    "waiting",
    "provisional",
    "messages",
    "codes",
    "warnings",
    "reports",
    "openings",
    "conversations",
)


@dataclass
class Line:
    """A label and its value, or entries of its own below it."""

    label: str
    value: str = ""
    below: list[list[Line]] = field(default_factory=list)


@dataclass(frozen=True)
class Section:
    title: str
    about: str
    entries: Sequence[Sequence[Line]]


def package(held: Mapping[str, Any], texts: Texts, language: str, town: Words, phone: str) -> bytes:
    """The zip."""
    data = json.dumps(held, ensure_ascii=False, indent=2) + "\n"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(PAGE, page(held, texts, language, town, phone))
        archive.writestr(DATA, data)
    return out.getvalue()


def page(held: Mapping[str, Any], texts: Texts, language: str, town: Words, phone: str) -> str:
    """HTML in that language."""
    writing = _Writing(texts, language)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    facts = {
        "language": language,
        "title": texts.say("account.file.title", language, town=town),
        "lead": texts.say("account.file.lead", language, when=datetime.fromisoformat(held["made_at"])),
        "rights": texts.say("account.file.rights", language, phone=phone),
        "nothing": texts.say("account.file.nothing", language),
        "sections": list(writing.sections(held)),
    }
    return environment.get_template("my_data.html.j2").render(facts)


class _Writing:
    def __init__(self, texts: Texts, language: str) -> None:
        self._texts = texts
        self._language = language

    def sections(self, held: Mapping[str, Any]) -> Iterator[Section]:
        for name in (*_ONE, *_MANY):
            entries = [held[name]] if name in _ONE else held[name]
            yield Section(
                self._say(f"section.{name}.title"),
                self._say(f"section.{name}.about"),
                [self._lines(entry) for entry in entries],
            )

    def _lines(self, entry: Mapping[str, Any]) -> list[Line]:
        lines = []
        for name, value in entry.items():
            if value is None or value == []:
                continue
            line = Line(self._say(f"field.{name}"))
            if isinstance(value, list) and isinstance(value[0], dict):
                line.below = [self._lines(each) for each in value]
            else:
                line.value = self._value(name, value)
            lines.append(line)
        return lines

    def _value(self, name: str, value: Any) -> str:
        if isinstance(value, bool):
            return self._texts.say("dialog.yes" if value else "dialog.no", self._language)
        if isinstance(value, list):
            return ", ".join(map(str, value))
        if name.endswith(("_at", "until")) or name == "at":
            return self._say("moment", when=datetime.fromisoformat(value))
        for key in (f"account.file.{name}.{value}", f"account.file.value.{value}"):
            if name in _WORDS and self._texts.has(key, self._language):
                return self._texts.say(key, self._language)
        return str(value)

    def _say(self, key: str, **params: object) -> str:
        return self._texts.say(f"account.file.{key}", self._language, **params)


_WORDS = frozenset(
    {
        "kind",
        "state",
        "channel",
        "language",
        "medium",
        "template",
        "why",
        "direction",
        "verdict",
        "number_class",
    }
)
"""Fields whose values are from closed lists, and have words: of the field, or common ones."""
