"""Words for the ear: what a telephone says where the eye would read signs and short forms.

A sentence of the catalogue may have a twin at `aloud.<its key>` with the same places: «Τρ 1/12 · 40%» is said «Τρίτη 1
Δεκεμβρίου, σαράντα τοις εκατό γεμάτη». What has none is said as it is written.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time

from core.dialog.words import Text, Words
from core.messages.texts import Texts, threes

_CLOCK = "telephone.clock"
_ASIDE = re.compile(r"\s*\(([^()]*)\)")


class Aloud(Texts):
    """Says words as a call would, also those within words: hours, days, codes and telephone numbers too."""

    def say(self, words: Words | str, language: str, **params: object) -> str:
        if isinstance(words, Text):
            params = {**words.params, **params}
            words = words.key
        if isinstance(words, str):
            twin = f"aloud.{words}"
            if self.has(twin, language):
                words = twin
                params.setdefault("n", params.get("free", 0))
            if isinstance(number := params.get("phone"), str):
                params["phone"] = self.threes("".join(number.split()))
        said = super().say(words, language, **params)
        return _ASIDE.sub(r", \1", said).replace(" · ", ", ").replace("· ", ", ")

    def clock(self, at: datetime | time, language: str) -> str:
        """«επτά και μισή το απόγευμα»: by the hours of a clock face, and the part of the day."""
        hour = self.say(f"{_CLOCK}.hours.h{at.hour}", language)
        if at.minute:
            exact = f"{_CLOCK}.minutes.m{at.minute}"
            minutes = exact if self.has(exact, language) else f"{_CLOCK}.minutes.other"
            hour = self.say(minutes, language, hour=hour, minutes=at.minute)
        return self.say(f"{_CLOCK}.parts.{_part_of_day(at.hour)}", language, hour=hour)

    def day(self, on: date, form: str, language: str) -> str:
        return super().day(on, "day" if form == "short_day" else form, language)

    def threes(self, digits: str) -> str:
        """«1 2 3, 4 5 6, 7 8 9, 0»: digit by digit, with a pause after each three."""
        return ", ".join(" ".join(three) for three in threes(digits).split(" "))


def _part_of_day(hour: int) -> str:
    if hour < 5:
        return "night"
    if hour < 12:
        return "morning"
    return "noon" if hour < 16 else "afternoon" if hour < 20 else "evening"


def levels(count: int, keys: int = 9) -> list[range]:
    """How many options are read out at a time: all where the keys suffice, else the last key leads on."""
    if count <= keys:
        return [range(count)] if count else []
    found, start = [], 0
    while count - start > keys:
        found.append(range(start, start + keys - 1))
        start += keys - 1
    return [*found, range(start, count)]
