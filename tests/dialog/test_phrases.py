"""Free text: the file of phrases, and what no phrase may do."""

from __future__ import annotations

import sys
import tomllib
from datetime import date, time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dialog.phrases import Phrase, digits_only, matches_label, normalise, understand
from core.dialog.phrases.words import look_up

TODAY = date(2026, 12, 1)  # a Tuesday
NOW = time(10)
FILE = tomllib.loads(Path(__file__).with_name("phrases.toml").read_text(encoding="utf-8"))
LONG = FILE.pop("long")
PHRASES = [(text, expected) for group in FILE.values() for text, expected in group.items()]


def expected_phrase(told: str) -> Phrase:
    """The Phrase that the file's notation describes."""
    fields: dict[str, object] = {}
    for part in [] if told == "ask" else told.split(";"):
        match part.split():
            case ["day", *days]:
                fields["days"] = tuple(map(date.fromisoformat, days))
            case ["time", *times]:
                fields["times"] = tuple(map(time.fromisoformat, times))
            case ["number", number, *of]:
                fields["number"] = int(number)
                fields["number_of"] = of[0] if of else None
            case ["yes" | "no" as answer]:
                fields["yes"] = answer == "yes"
            case ["command", command]:
                fields["command"] = command
            case ["fault", *faults]:
                fields["faults"] = tuple(faults)
            case _:
                raise AssertionError(f"not a notation of phrases.toml: {part}")
    return Phrase(**fields)  # type: ignore[arg-type]


def said(text: str, today: date = TODAY, now: time = NOW) -> Phrase:
    return understand(text, today=today, now=now)


@pytest.mark.parametrize(("text", "told"), PHRASES)
def test_each_phrase_of_the_file_gives_what_it_says_and_nothing_else(text: str, told: str) -> None:
    assert said(text) == expected_phrase(told)


def test_the_file_holds_more_than_150_phrases() -> None:
    assert len(PHRASES) > 150


@pytest.mark.parametrize(("text", "times"), LONG.items())
def test_long_texts_are_asked_back(text: str, times: int) -> None:
    assert said(text * times) == Phrase()
    assert matches_label(text * times, ["αύριο", "στις 7"]) is None


def test_an_hour_of_today_that_is_over_is_not_meant_unless_it_is_the_only_one() -> None:
    assert said("σήμερα στις 7", now=time(6)).times == (time(7), time(19))
    assert said("σήμερα στις 7", now=time(7)).times == (time(19),)
    over = said("σήμερα 7 το πρωί", now=time(12))
    assert (over.days, over.times) == ((TODAY,), (time(7),))


def test_a_weekday_means_the_one_of_next_week_once_its_hour_today_is_over() -> None:
    assert said("Τρίτη 9 το πρωί", now=time(8)).days == (TODAY,)
    assert said("Τρίτη 9 το πρωί", now=time(9)).days == (date(2026, 12, 8),)


@pytest.mark.parametrize(
    ("today", "text", "days"),
    [
        (date(2027, 1, 1), "24/12", ()),
        (date(2026, 12, 31), "αύριο", (date(2027, 1, 1),)),
        (date(2027, 12, 20), "29/2", (date(2028, 2, 29),)),
        (date(2028, 2, 10), "29/2", (date(2028, 2, 29),)),
        (date(2027, 1, 31), "30 του μήνα", (date(2027, 3, 30),)),
        (date(2026, 12, 6), "Σαββατοκύριακο", (date(2026, 12, 6),)),
        (date(2026, 12, 6), "Κυριακή", (date(2026, 12, 6),)),
    ],
)
def test_days_are_right_across_months_years_and_leap_days(
    today: date, text: str, days: tuple[date, ...]
) -> None:
    assert said(text, today=today).days == days


@given(st.text(max_size=320))
def test_no_text_raises(text: str) -> None:
    said(text)
    matches_label(text, [text, "αύριο", ""])


@given(st.dates(date(2026, 12, 1), date(2027, 9, 30)))
def test_every_date_is_understood_however_it_is_written(day: date) -> None:
    for text in (
        f"{day:%d/%m/%Y}",
        f"{day.day}/{day.month}",
        day.isoformat(),
        f"{day:%d %B}",
        f"{day:%A} {day:%d/%m}",
    ):
        assert said(text) == Phrase(days=(day,))


@given(st.times().map(lambda t: t.replace(second=0, microsecond=0)))
def test_every_time_of_day_is_understood_in_figures(moment: time) -> None:
    other_reading = (moment.replace(hour=(moment.hour + 12) % 24),) if 10 <= moment.hour <= 12 else ()
    assert set(said(f"{moment:%H:%M}").times) == {moment, *other_reading}
    assert said(f"{moment:%I:%M %p}").times == (moment,)


@given(st.integers(-999_999, 999_999))
def test_every_number_is_read_and_gives_hours_only_where_it_can_be_one(number: int) -> None:
    phrase = said(str(number))
    assert phrase.number == number
    assert bool(phrase.times) == (0 <= number <= 24)
    assert said(f"{number} άτομα") == Phrase(number=number, number_of="person")


ROUNDABOUT = [
    "δεν",
    "μην",
    "εκτός",
    "εκτος",
    "χωρίς",
    "μετά",
    "πριν",
    "από",
    "έως",
    "μέχρι",
    "ως",
    "κάθε",
    "ούτε",
]
ROUNDABOUT += [
    "den",
    "min",
    "mhn",
    "ektos",
    "xoris",
    "meta",
    "prin",
    "apo",
    "eos",
    "mexri",
    "kathe",
    "ka8e",
    "oute",
]
ROUNDABOUT += [
    "not",
    "never",
    "except",
    "without",
    "after",
    "before",
    "from",
    "until",
    "every",
    "don't",
    "cannot",
]


@pytest.mark.parametrize("word", ROUNDABOUT)
def test_a_word_that_turns_a_sentence_round_leaves_nothing_understood(word: str) -> None:
    assert look_up([normalise(word)]) is None
    for phrase in ("αύριο στις 7", "avrio 7pm", "2 άτομα", "Τρίτη", "ναι"):
        assert said(f"{word} {phrase}") == Phrase()
        assert said(f"{phrase} {word}") == Phrase()


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("ΆΥΡΙΟ", "αυριο"),
        ("  Τρίτης ", "τριτησ"),
        ("ΟΔΟΣ οδός", "οδοσ οδοσ"),
        ("ΐϋΰ", "ιυυ"),
        ("１２٣۴", "1234"),
        ("＋３０", "+30"),
        ("\u202eα\u200fβ\u200b\u0007γ", "αβ γ"),
        ("1–2—3−4", "1-2-3-4"),
        ("7²½", "7 ² ½"),
        ("2️⃣", "2"),
    ],
)
def test_letters_and_digits_are_brought_to_one_form(text: str, plain: str) -> None:
    assert normalise(text) == plain


def test_normalising_twice_changes_nothing_for_any_character() -> None:
    for code in range(sys.maxunicode + 1):
        once = normalise(f"a{chr(code)}b")
        assert normalise(once) == once, hex(code)


def test_digits_of_any_script_are_folded_and_everything_else_left_out() -> None:
    assert digits_only("+30 694 ٠١٢ ３４５６") == "306940123456"
    assert digits_only("12²½ Ⅶ ab\u200f") == "12"
    assert digits_only("") == ""


LANES = ["Διαδρομή 1 · 2 θέσεις", "Διαδρομή 2 · 6 θέσεις", "Διαδρομή 12 · 1 θέση"]
ACTIVITIES = ["Κολυμβητήριο", "Γήπεδα τένις", "Θερινός κινηματογράφος", "Φεστιβάλ Ιουλίου", "Φεστιβάλ χορού"]


@pytest.mark.parametrize(
    ("text", "labels", "index"),
    [
        ("κολυμβητηριο", ACTIVITIES, 0),
        ("ΚΟΛΥΜΒΗΤΗΡΙΟ!", ACTIVITIES, 0),
        ("kolymvitirio", ACTIVITIES, 0),
        ("kolumvhthrio", ACTIVITIES, 0),
        ("κολυμ", ACTIVITIES, 0),
        ("kolym", ACTIVITIES, 0),
        ("τένις", ACTIVITIES, 1),
        ("tenis", ACTIVITIES, 1),
        ("gipeda ten", ACTIVITIES, 1),
        ("Φεστιβάλ", ACTIVITIES, None),
        ("φεστιβάλ χορού", ACTIVITIES, 4),
        ("όχι τένις", ACTIVITIES, None),
        ("θέατρο", ACTIVITIES, None),
        ("διαδρομή 1", LANES, 0),
        ("διαδρομή 12", LANES, 2),
        ("diadromi 2", LANES, 1),
        ("διαδρομή", LANES, None),
        ("2", LANES, None),
        ("διαδρομή 6", LANES, None),
        ("2", ["1", "2", "3"], 1),
        ("19:00", ["18:00 · 4", "19:00 · 6"], 1),
        ("8/12", ["Δε 7/12 · 90%", "Τρ 8/12 · 19%"], 1),
        ("ναι", ["Ναι", "Όχι"], 0),
        ("no", ["North court", "South court"], None),
        ("no", ["Yes", "No", "North court"], 1),
        ("και", ["Ζωγραφική και χορός", "Μουσική"], None),
        ("ίδιο", ["Ίδιο", "ιδιο"], None),
        ("", ["", "α"], None),
        ("🏊", ["🏊 Πισίνα"], None),
        ("πισίνα", ["🏊 Πισίνα"], 0),
        ("πισίνα", [], None),
    ],
)
def test_the_option_typed_is_found_or_none(text: str, labels: list[str], index: int | None) -> None:
    assert matches_label(text, labels) == index
