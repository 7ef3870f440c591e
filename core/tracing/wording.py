"""What a warning says: a fixed text with parameters from closed lists, or free text that was checked.

Either way the town, the place and the time are filled in here, and the frame around it says whom to call and asks to
tell those who were along. It is the same for everyone who reads the same language, and never says who.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.activities.service import Activities
from core.config import Settings
from core.dialog.words import Text, Words, Written, say
from core.errors import Refused
from core.messages.segments import segments
from core.messages.texts import Texts
from core.tracing import personal
from core.tracing.finding import Found, Way
from core.tracing.groups import AroundPass, ByEvent, Group

TEMPLATES: Mapping[str, Mapping[str, Sequence[str]]] = {
    "exposure": {"advice": ("watch", "test", "home")},
    "closure": {"reason": ("health", "water", "fault", "weather")},
}
"""Fixed texts -> their parameters and the words each may be; sentences at `tracing.fixed.<name>`."""
SHORTEST, LONGEST = 20, 300
"""Characters of a free text, in each language."""
_PARTS = ("where", "when")


@dataclass(frozen=True)
class Fixed:
    template: str
    params: Mapping[str, str]


@dataclass(frozen=True)
class Free:
    """By language; each holds `{where}` and `{when}`."""

    texts: Mapping[str, str]


Wording = Fixed | Free


def write(wording: Wording) -> dict[str, Any]:
    if isinstance(wording, Fixed):
        return {"template": wording.template, "params": dict(wording.params)}
    return {"texts": dict(wording.texts)}


def read(written: Any) -> Wording:
    """What anybody may have written. Raises `Refused("tracing.malformed")`."""
    if isinstance(written, dict) and set(written) == {"template", "params"}:
        name, params = written["template"], written["params"]
        wanted = TEMPLATES.get(name, {}) if isinstance(name, str) else {}
        known = isinstance(params, dict) and set(params) == set(wanted)
        if wanted and known and all(params[each] in allowed for each, allowed in wanted.items()):
            return Fixed(name, params)
    elif isinstance(written, dict) and set(written) == {"texts"} and isinstance(written["texts"], dict):
        texts = written["texts"]
        if all(isinstance(part, str) for pair in texts.items() for part in pair):
            return Free(texts)
    raise Refused("tracing.malformed")


class Wordings:
    """Says a wording in every language."""

    def __init__(self, texts: Texts, settings: Settings, activities: Activities) -> None:
        self._texts = texts
        self._settings = settings
        self._activities = activities

    async def said(self, wording: Wording, group: Group, found: Found) -> dict[str, str]:
        """The exact text by language. Raises `Refused`: `tracing.languages`, `missing_part`, `too_short`,
        `too_wordy`, and what `personal.check` finds; `language` says in which text.
        """
        names = await self._names()
        if isinstance(wording, Free):
            await self._check(wording, names.values())
        where = tuple(names.get(key, Written({"el": key, "en": key})) for key in found.where)
        filled = {"where": where, "when": self._when(group, found)}
        said: dict[str, str] = {}
        for language in self._texts.languages:
            if isinstance(wording, Fixed):
                chosen = {
                    name: say(f"tracing.fixed.{name}.{value}") for name, value in wording.params.items()
                }
                body = self._texts.say(f"tracing.fixed.{wording.template}", language, **filled, **chosen)
            else:
                parts = {
                    name: self._texts.say("tracing.part", language, it=it) for name, it in filled.items()
                }
                body = wording.texts[language].strip().format(**parts)
            said[language] = self._texts.say(
                "tracing.frame",
                language,
                town=self._town(language),
                contact=self._settings.contact_phone,
                body=body,
            )
        return said

    async def group(self, group: Group, found: Found) -> Words:
        """Who is meant, to be told to an officer."""
        names = await self._names()
        where = tuple(names.get(key, Written({"el": key, "en": key})) for key in found.where)
        start, end = found.span
        kind = "pass" if isinstance(group, AroundPass) else "event" if isinstance(group, ByEvent) else "hours"
        minutes = group.minutes if isinstance(group, AroundPass) else 0
        return Text(f"tracing.group.{kind}", {"where": where, "start": start, "end": end, "minutes": minutes})

    def _when(self, group: Group, found: Found) -> Words:
        """Around one pass the day alone is told: the hour would say when the case came and went."""
        start, end = found.span
        if isinstance(group, AroundPass):
            zone = self._settings.zone
            same = start.astimezone(zone).date() == end.astimezone(zone).date()
            return say("tracing.when.day" if same else "tracing.when.days", start=start, end=end)
        return say(
            "tracing.when.event" if isinstance(group, ByEvent) else "tracing.when.hours", start=start, end=end
        )

    def _town(self, language: str) -> str:
        return self._settings.municipality_el if language == "el" else self._settings.municipality_en

    async def _names(self) -> dict[str, Written]:
        every = await self._activities.published()
        return {
            each.facility.key: Written({"el": each.facility.name.el, "en": each.facility.name.en})
            for each in every
        }

    async def _check(self, wording: Free, names: Iterable[Written]) -> None:
        if set(wording.texts) != set(self._texts.languages):
            raise Refused("tracing.languages")
        known = [self._settings.municipality_el, self._settings.municipality_en]
        known += [name for each in names for name in each.by_language.values()]
        known.append(self._in_all("tracing.ordinary"))
        words = personal.Vocabulary.of(
            known, self._in_all("tracing.titles"), self._in_all("tracing.family_endings")
        )
        for language, text in wording.texts.items():
            try:
                _check_parts(text)
                personal.check(text, words, self._settings.default_region)
            except Refused as refused:
                raise Refused(refused.code, **refused.params, language=language) from None

    def _in_all(self, key: str) -> str:
        return " ".join(self._texts.say(key, language) for language in self._texts.languages)


def cost(texts: Mapping[str, str], ways: Iterable[Way]) -> dict[str, int]:
    """SMS segments by language, all messages together; calls and chats cost none."""
    each = {language: segments(text).count for language, text in texts.items()}
    total = dict.fromkeys(texts, 0)
    for way in ways:
        if way.medium == "sms":
            language = in_language(texts, way.language)
            total[language] += each[language]
    return total


def in_language(texts: Mapping[str, str], wanted: str) -> str:
    """The language in which somebody is told: theirs, or the town's first."""
    return wanted if wanted in texts else next(iter(texts))


def _check_parts(text: str) -> None:
    if len(text.strip()) < SHORTEST:
        raise Refused("tracing.too_short", least=SHORTEST)
    if len(text) > LONGEST:
        raise Refused("tracing.too_wordy", most=LONGEST)
    try:
        parts = [
            (name, spec, conversion)
            for _, name, spec, conversion in string.Formatter().parse(text)
            if name is not None
        ]
    except ValueError:
        raise Refused("tracing.missing_part") from None
    if {name for name, _, _ in parts} != set(_PARTS) or any(spec or conv for _, spec, conv in parts):
        raise Refused("tracing.missing_part")
    if any(not (char.isprintable() or char == "\n") for char in text):
        raise Refused("tracing.malformed")
