"""What next: each sentence with its figures, in both languages."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from core.dialog.words import Written
from core.messages.texts import Texts
from core.stats.advice import Names, Recommendation, Season, what_next
from core.stats.counts import Counts
from core.stats.definitions import Period
from core.stats.kpi import Target, reckon
from core.stats.planned import Fill, Filled, Performance
from tests.stats.makers import ATHENS, at

NAMES = Names(
    {
        "pool": Written({"el": "Κολυμβητήριο", "en": "Pool"}),
        "july": Written({"el": "Φεστιβάλ", "en": "Festival"}),
    },
    {("pool", "lane-2"): Written({"el": "διαδρομή 2", "en": "lane 2"})},
    {("july", "opening"): Written({"el": "Η πρεμιέρα", "en": "Opening night"})},
)
BUSY = Fill("pool", "lane-2", 1, 19, slots=10, capacity=60, taken=58, full=8)
REFUSED = {("pool", "lane-2", 1, 19): Counts(applications=70, accepted=58, refused=12, refused_persons=14)}


def season(**changes: Any) -> Season:
    usual: dict[str, Any] = {"fills": [], "refused": {}, "by_activity": {}, "by_channel": {}}
    return Season(**{**usual, **changes})


def told(found: list[Recommendation], language: str = "el") -> list[str]:
    return [Texts(ATHENS).say(each.text, language) for each in found]


def test_where_people_were_sent_away_from_a_full_hour_more_is_asked_for() -> None:
    found = what_next(season(fills=[BUSY], refused=REFUSED), NAMES)
    assert [each.kind for each in found] == ["add"]
    assert told(found) == [
        "Κολυμβητήριο, διαδρομή 2, Τρίτη 19:00: κλεισμένο κατά 97 %, και 12 αιτήσεις δεν βρήκαν θέση."
        " Ανοίξτε κι άλλη ώρα ή διαδρομή, αν γίνεται."
    ]


def test_where_the_hour_beside_it_is_emptier_that_one_is_named() -> None:
    quiet = Fill("pool", "lane-2", 1, 20, slots=10, capacity=60, taken=30, full=0)
    found = what_next(season(fills=[BUSY, quiet], refused=REFUSED), NAMES)
    assert [each.kind for each in found] == ["move"]
    assert "at 20:00 it is 50 %" in told(found, "en")[0]


@pytest.mark.parametrize(
    ("slots", "taken", "kinds"), [(4, 6, ["drop"]), (3, 6, ["nothing"]), (4, 7, ["nothing"])]
)
def test_an_hour_that_stays_empty_may_be_dropped(slots: int, taken: int, kinds: list[str]) -> None:
    fill = Fill("pool", "lane-2", 0, 7, slots=slots, capacity=24, taken=taken, full=0)
    assert [each.kind for each in what_next(season(fills=[fill]), NAMES)] == kinds


def test_an_event_that_filled_quickly_is_worth_repeating_and_its_empty_hours_mean_nothing() -> None:
    filled = Filled(1, "july", "", "opening", at(5, 21), timedelta(hours=5, minutes=40))
    empty = Fill("july", "", 4, 21, slots=9, capacity=900, taken=0, full=0)
    found = what_next(season(fills=[empty], filled=[filled], with_occasions=frozenset({"july"})), NAMES)
    assert told(found, "en") == [
        "Opening night, Saturday 5 December, 21:00: filled up within 5 hours. Worth repeating, or a larger place."
    ]


def test_where_every_lane_is_full_another_lane_is_asked_for_once() -> None:
    other = Fill("pool", "lane-1", 1, 19, slots=10, capacity=60, taken=54, full=6)
    refused = {
        ("pool", "lane-2", 1, 19): Counts(refused=3, refused_persons=4),
        ("pool", "lane-1", 1, 19): Counts(refused=9, refused_persons=9),
    }
    found = what_next(season(fills=[BUSY, other], refused=refused), NAMES)
    assert told(found, "en") == [
        "Pool, Tuesday 19:00: all 2 lanes or places are 90 % taken or more, and 12 applications found no place."
        " Open another lane or hour."
    ]


def test_a_lane_that_is_always_empty_is_named_instead_of_its_hours() -> None:
    busy = [Fill("pool", "lane-1", 0, hour, slots=10, capacity=60, taken=50, full=0) for hour in (18, 19)]
    quiet = [Fill("pool", "lane-2", 0, hour, slots=10, capacity=60, taken=9, full=0) for hour in (18, 19)]
    assert told(what_next(season(fills=[*busy, *quiet]), NAMES), "en") == [
        "Pool, lane 2: over all its hours only 15 % taken (18 of 120 places, over 20 times). It may be closed, or"
        " given to another activity."
    ]


def performance(day: int, taken: int, refused: int = 0) -> Performance:
    starts_at = at(day, 21)
    return Performance("july", "", "opening", starts_at, starts_at.weekday(), 100, taken, refused)


@pytest.mark.parametrize(
    ("shown", "sentence"),
    [
        ([performance(5, 100, 9)], "100 % taken, and 9 applications found no place. Repeat it"),
        ([performance(3, 20)], "only 20 % taken (20 of 100 places). Do not repeat it like this"),
        (
            [performance(3, 40), performance(5, 90), performance(12, 80)],
            "only 40 % taken, while on Saturday the same programme fills to 85 % (over 2 events). Move it",
        ),
        ([performance(3, 40), performance(5, 90)], "nothing asks for a change"),
        ([performance(3, 60)], "nothing asks for a change"),
    ],
)
def test_events_are_to_be_repeated_moved_or_dropped(shown: list[Performance], sentence: str) -> None:
    counts = Counts(applications=40, accepted=40, attended=40)
    found = season(performances=shown, by_activity={"july": counts}, with_occasions=frozenset({"july"}))
    assert sentence in "\n".join(told(what_next(found, NAMES), "en"))


def test_many_who_do_not_come_are_to_be_reminded() -> None:
    counts = Counts(applications=40, accepted=40, attended=30, no_shows=6, cancelled=0)
    assert told(what_next(season(by_activity={"july": counts}), NAMES), "en") == [
        "Festival: nobody came to 6 of 40 bookings (15 %). A reminder the day before helps."
    ]
    few = Counts(applications=19, accepted=19, no_shows=19)
    assert [each.kind for each in what_next(season(by_activity={"july": few}), NAMES)] == ["nothing"]


def test_a_channel_that_finds_less_than_others_is_named() -> None:
    channels = {
        "web": Counts(applications=180, accepted=180),
        "phone": Counts(applications=20, accepted=15, refused=5, refused_persons=5),
    }
    (found,) = what_next(season(by_channel=channels), NAMES)
    assert found.kind == "share"
    assert "25 %" in told([found])[0]


def test_a_key_figure_off_its_path_is_told() -> None:
    year = Period(date(2026, 1, 1), date(2026, 12, 31))
    kpi = reckon(Target("s", "applications", "sport", 5500, year, year), {}, date(2026, 7, 2))
    (found,) = what_next(season(kpis=[kpi]), NAMES)
    assert found.kind == "kpi"
    assert "5500" in told([found])[0]


def test_where_there_is_too_little_that_is_said() -> None:
    assert "3" in told(what_next(season(by_activity={"pool": Counts(applications=3)}), NAMES))[0]
    assert [each.kind for each in what_next(season(), NAMES)] == ["nothing"]
