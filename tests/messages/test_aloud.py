"""What a telephone says: whole words, and no more options at a time than it has keys."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dialog.words import Text, say
from core.messages import texts
from core.messages.aloud import Aloud, levels

ALOUD = Aloud(ZoneInfo("Europe/Athens"))
SIX = datetime(2026, 12, 2, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            say("dialog.day_option", when=date(2026, 12, 2), per_cent=40),
            "Τετάρτη 2 Δεκεμβρίου, 40 τοις εκατό γεμάτη",
        ),
        (say("dialog.time_option.plain", when=SIX, free=1), "τις 18:00, 1 ελεύθερη θέση"),
        (say("dialog.time_option.plain", when=SIX, free=5), "τις 18:00, 5 ελεύθερες θέσεις"),
        (
            say("dialog.again", slot=say("dialog.short_slot.plain", when=SIX)),
            "Ξανά: Τετάρτη 2 Δεκεμβρίου, στις 18:00",
        ),
        (say("dialog.yes"), "Ναι"),
    ],
)
def test_signs_and_short_forms_are_said_as_words(words: Text, said: str) -> None:
    assert ALOUD.say(words, "el") == said


@pytest.mark.parametrize("language", texts.languages())
def test_every_twin_has_its_sentence_and_no_sign_that_cannot_be_heard(language: str) -> None:
    known = texts.keys(language)
    twins = {key for key in known if key.startswith("aloud.")}
    assert twins
    assert {key for key in twins if key.removeprefix("aloud.") not in known} == set()
    catalogue = texts._catalogue(language)
    for key in twins:
        forms = catalogue[key].values() if isinstance(catalogue[key], dict) else [catalogue[key]]
        for form in forms:
            assert not re.search(r"[·%/]|short_day", form), key


@given(st.integers(0, 200), st.integers(2, 9))
def test_every_option_is_read_out_once_and_there_is_a_key_for_each(count: int, keys: int) -> None:
    found = levels(count, keys)
    assert [place for level in found for place in level] == list(range(count))
    assert all(1 <= len(level) <= keys for level in found)
    assert all(len(level) == keys - 1 for level in found[:-1])
