"""What a telephone says: whole words, and no more options at a time than it has keys."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
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
        (say("dialog.time_option.plain", when=SIX, free=1), "έξι το απόγευμα, 1 ελεύθερη θέση"),
        (say("dialog.time_option.plain", when=SIX, free=5), "έξι το απόγευμα, 5 ελεύθερες θέσεις"),
        (
            say("dialog.again", slot=say("dialog.short_slot.plain", when=SIX)),
            "Ξανά: Τετάρτη 2 Δεκεμβρίου, έξι το απόγευμα",
        ),
        (say("dialog.yes"), "Ναι"),
    ],
)
def test_signs_and_short_forms_are_said_as_words(words: Text, said: str) -> None:
    assert ALOUD.say(words, "el") == said


@pytest.mark.parametrize(
    ("hour", "minute", "greek", "english"),
    [
        (19, 0, "επτά το απόγευμα", "seven p.m."),
        (19, 30, "επτά και μισή το απόγευμα", "seven thirty p.m."),
        (21, 15, "εννέα και τέταρτο το βράδυ", "nine fifteen p.m."),
        (8, 45, "οκτώ και 45 το πρωί", "eight 45 a.m."),
        (13, 0, "μία το μεσημέρι", "one p.m."),
        (0, 5, "δώδεκα και 5 τα ξημερώματα", "twelve 5 a.m."),
    ],
)
def test_an_hour_is_said_as_people_say_it(hour: int, minute: int, greek: str, english: str) -> None:
    assert ALOUD.clock(time(hour, minute), "el") == greek
    assert ALOUD.clock(time(hour, minute), "en") == english


def test_codes_and_telephones_are_said_digit_by_digit_and_nothing_in_brackets() -> None:
    call = say("dialog.full_everywhere", activity="Τένις", phone="210 1234567")
    assert ALOUD.say(call, "el").endswith("στο 2 1 0, 1 2 3, 4 5 6, 7.")
    own = say("dialog.mine.one", activity="Τένις", slot="τώρα", party="εσείς", code="1234567890")
    assert ALOUD.say(own, "el").endswith("1 2 3, 4 5 6, 7 8 9, 0.")
    overlap = say("bookings.refused.overlap", when=SIX, desk="")
    assert ALOUD.say(overlap, "el").startswith("Έχετε ήδη κράτηση που συμπίπτει, Τετάρτη 2 Δεκεμβρίου, έξι")


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
