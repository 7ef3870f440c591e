"""Finds personal details in a text that is meant for many: numbers, names, addresses of any kind.

A warning never says who. The rules are strict and simple, because a person who writes in haste is told at once what to
leave out; they do not replace the second person who reads it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

import phonenumbers

from core.errors import Refused
from core.people.numbers import fold_digits

_MOST_DIGITS = 6
"""Of a run: more is a telephone, a tax number, an identity card."""
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_RUN = re.compile(r"\d(?:[\s().,/+-]{0,3}\d)+")
_DATE = re.compile(r"\b\d{1,2}[./-]\d{1,2}(?:[./-]\d{2,4})?\b|\b\d{1,2}[:.]\d{2}\b")
_LINK = re.compile(r"https?:|www\.|@|\b[\w-]+\.(?:gr|com|org|net|eu|info|me|io|ly)\b", re.IGNORECASE)
_LONGEST_ACRONYM = 5
_SENTENCE_END = frozenset('.!?;·:«"\n')


@dataclass(frozen=True)
class Vocabulary:
    """What helps to tell names from other words; in any case, with accents or without."""

    known: frozenset[str]
    """Words that may begin with a capital: of the town's places, and ordinary ones."""
    titles: frozenset[str]
    """Words that a name follows."""
    endings: tuple[str, ...]
    """Of family names."""

    @classmethod
    def of(cls, known: Iterable[str], titles: str, endings: str) -> Vocabulary:
        """`titles` and `endings`: words with spaces between."""
        words = frozenset(_folded(word) for name in known for word in _WORD.findall(name))
        folded = frozenset(_folded(word) for word in titles.split())
        return cls(words, folded, tuple(_folded(word) for word in endings.split()))


def check(text: str, words: Vocabulary, region: str) -> None:
    """Raises `Refused`: `tracing.has_number`, `tracing.has_link`, `tracing.has_name`."""
    plain = fold_digits(text)
    if _has_number(plain, region):
        raise Refused("tracing.has_number")
    if _LINK.search(plain):
        raise Refused("tracing.has_link")
    if _has_name(plain, words):
        raise Refused("tracing.has_name")


def _has_number(text: str, region: str) -> bool:
    without_dates = _DATE.sub(" · ", text)
    if any(True for _ in phonenumbers.PhoneNumberMatcher(without_dates, region)):
        return True
    runs = (sum(char.isdigit() for char in run.group()) for run in _RUN.finditer(without_dates))
    return any(digits > _MOST_DIGITS for digits in runs)


def _has_name(text: str, words: Vocabulary) -> bool:
    """A word after a title; two capitalised words in a row that are none of the town's; or one within a sentence with
    the ending of a family name.
    """
    before, titled = False, False
    last_end = 0
    for found in _WORD.finditer(text):
        word, gap = found.group(), text[last_end : found.start()]
        begins = last_end == 0 or any(char in _SENTENCE_END for char in gap)
        last_end = found.end()
        folded = _folded(word)
        if titled and len(word) > 1 and folded not in words.known:
            return True
        titled = folded in words.titles
        suspect = (
            word[0].isupper()
            and len(word) > 1
            and folded not in words.known
            and not (word.isupper() and len(word) <= _LONGEST_ACRONYM)
        )
        if suspect and ((before and not begins) or (not begins and folded.endswith(words.endings))):
            return True
        before = suspect
    return False


def _folded(word: str) -> str:
    """Without accents and case; a final sigma is a sigma."""
    bare = "".join(char for char in unicodedata.normalize("NFD", word) if not unicodedata.combining(char))
    return bare.lower().replace("ς", "σ")
