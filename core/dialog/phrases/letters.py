"""Letters and digits as people type them, brought to one form; and how a word sounds, for Greeklish."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_DROPPED = {"Mn", "Me", "Cf"}  # accents, keycaps and variation selectors; bidirectional and zero-width marks
_SPACES = {"Cc", "Zs", "Zl", "Zp"}
_FOLDED = str.maketrans({"ς": "σ", "\u2212": "-"})  # final sigma; the minus sign

# How Greek sounds, in letters of our own: no more than is needed to meet what Greeklish makes of it.
_GREEK = {
    "ου": "u", "αυ": "av", "ευ": "ev", "αι": "e", "ει": "i", "οι": "i", "μπ": "v", "ντ": "d", "γκ": "g",
    "α": "a", "β": "v", "γ": "g", "δ": "d", "ε": "e", "ζ": "z", "η": "i", "θ": "θ", "ι": "i", "κ": "k",
    "λ": "l", "μ": "m", "ν": "n", "ξ": "ks", "ο": "o", "π": "p", "ρ": "r", "σ": "s", "τ": "t", "υ": "i",
    "φ": "v", "χ": "χ", "ψ": "ps", "ω": "o",
}  # fmt: skip
# Latin letters, and figures that look like Greek ones, may stand for several sounds.
_LATIN = {
    "ou": "u", "oy": "u", "au": "av", "ay": "av", "eu": "ev", "ey": "ev", "ai": "e ai", "ei": "i ei",
    "oi": "i oi", "mp": "v", "nt": "d", "gk": "g", "th": "θ ti", "ch": "χ", "kh": "χ ki", "ph": "v pi",
    "b": "v", "c": "k", "f": "v", "h": "i χ", "j": "ks", "q": "k", "u": "i u", "w": "o", "x": "χ ks",
    "y": "i", "3": "ks", "4": "ps", "8": "θ", "9": "θ",
}  # fmt: skip
_SOUNDS = {spelling: (sound,) for spelling, sound in _GREEK.items()} | {
    spelling: tuple(sounds.split()) for spelling, sounds in _LATIN.items()
}
# A keyboard left in the other alphabet for a letter: it looks right, so it is read as it looks.
_LOOKALIKES = str.maketrans("abehiknmoptuvxyz", "αβεηικνμορτυνχυζ")
_SPELLING = re.compile("|".join(sorted(map(re.escape, _SOUNDS), key=len, reverse=True)) + "|.", re.DOTALL)
_DOUBLED = re.compile(r"([^aeiou])\1+")
_LONGEST_WORD = 24
_MOST_SOUNDS = 64


def normalise(text: str) -> str:
    """`text` in small letters without accents, σ for ς, ASCII digits, plain hyphens and single spaces.

    Compatibility forms are folded (NFKC, Unicode Annex 15), control and bidirectional marks dropped.
    Superscripts, fractions and other numerals that are not decimal digits stay, set apart: `7²` is not 72.
    """
    return " ".join("".join(map(_fold, text)).split())


@lru_cache(maxsize=4096)
def _fold(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category in {"No", "Nl"}:
        return f" {character} "
    if category in _SPACES:
        return " "
    if category == "Pd":
        return "-"
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).lower())
    return "".join(c for c in plain if unicodedata.category(c) not in _DROPPED).translate(_FOLDED)


def digits_only(text: str) -> str:
    """The decimal digits of `text`, of any script, as ASCII; all else is left out, `+` and letters too."""
    return "".join(str(unicodedata.decimal(c)) for c in text if unicodedata.category(c) == "Nd")


@lru_cache(maxsize=4096)
def sounds(word: str) -> frozenset[str]:
    """How a normalised word may sound; two words that share a sound are the same word in Greek and Greeklish.

    Empty for words too long or too ambiguous to be told apart.
    """
    if len(word) > _LONGEST_WORD:
        return frozenset()
    if any("α" <= letter <= "ω" for letter in word):
        word = word.translate(_LOOKALIKES)
    heard = {""}
    for spelling in _SPELLING.findall(word):
        heard = {before + sound for before in heard for sound in _SOUNDS.get(spelling, (spelling,))}
        if len(heard) > _MOST_SOUNDS:
            return frozenset()
    return frozenset(_DOUBLED.sub(r"\1", sound) for sound in heard)
