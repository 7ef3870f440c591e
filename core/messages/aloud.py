"""Words for the ear: what a telephone says where the eye would read signs and short forms.

A sentence of the catalogue may have a twin at `aloud.<its key>` with the same places: «Τρ 1/12 · 40%» is said «Τρίτη 1
Δεκεμβρίου, σαράντα τοις εκατό γεμάτη». What has none is said as it is written.
"""

from __future__ import annotations

from core.dialog.words import Text, Words
from core.messages.texts import Texts


class Aloud(Texts):
    """Says words as a call would, also those within words."""

    def say(self, words: Words | str, language: str, **params: object) -> str:
        if isinstance(words, Text):
            params = {**words.params, **params}
            words = words.key
        if isinstance(words, str):
            twin = f"aloud.{words}"
            if self.has(twin, language):
                words = twin
                params.setdefault("n", params.get("free", 0))
        return super().say(words, language, **params)


def levels(count: int, keys: int = 9) -> list[range]:
    """How many options are read out at a time: all where the keys suffice, else the last key leads on."""
    if count <= keys:
        return [range(count)] if count else []
    found, start = [], 0
    while count - start > keys:
        found.append(range(start, start + keys - 1))
        start += keys - 1
    return [*found, range(start, count)]
