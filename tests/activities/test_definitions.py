"""What is published keeps its promise: the demonstration, the schema, the example in the documents."""

from __future__ import annotations

import copy
import json
import re
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from jsonschema import Draft202012Validator

from core.activities.calendar import ClosureReason
from core.activities.definition import Activity
from core.activities.demonstration import KEYS, documents
from core.activities.loading import check, dump, facility_faults, load, parse, restore
from core.activities.planning import plan_ahead
from core.activities.relative import resolve
from core.activities.rules import ParticipantAge
from core.activities.schema import schema
from core.messages.texts import keys
from tests.activities.makers import TODAY, hall, loaded

DOCS = Path(__file__).parents[2] / "docs"
DOCUMENTS = dict(zip(KEYS, documents(), strict=True))
SCHEMA = Draft202012Validator(json.loads((DOCS / "activity.schema.json").read_text("utf-8")))
YEAR = [date(2026, 11, 24) + timedelta(days=9 * step) for step in range(41)]


def demonstration(key: str) -> Activity:
    return load(DOCUMENTS[key], TODAY)


@pytest.mark.parametrize("key", KEYS)
def test_the_demonstration_is_faultless_and_never_empty_whenever_it_is_loaded(key: str) -> None:
    for today in YEAR:
        assert check(DOCUMENTS[key], today) == []
        tonight = datetime.combine(today, time(22), ZoneInfo("Europe/Athens")).astimezone(UTC)
        slots = plan_ahead(load(DOCUMENTS[key], today), today)
        assert any(slot.starts_at > tonight for slot in slots), today


def test_the_demonstration_shows_different_characters() -> None:
    shown = {key: demonstration(key) for key in KEYS}
    assert {activity.type for activity in shown.values()} == {"FacilityUse", "SessionSeries", "Event"}
    assert {activity.category for activity in shown.values()} == {"sport", "culture"}
    assert [place.capacity for place in shown["pool"].facility.individual_facilities] == [6] * 6
    assert len(shown["tennis"].facility.individual_facilities) == 4
    assert (shown["tennis"].people.party.min, shown["tennis"].people.party.max) == (2, 4)
    assert shown["tennis"].people.companions_named
    assert shown["gym"].booked_as == "term"
    level = shown["gym"].step("level")
    assert level is not None
    assert level.when == {"experienced": True}
    age = shown["painting"].people.participant_age
    assert age is not None
    assert (age.min, age.max) == (6, 12)
    assert shown["cinema"].capacity.per_slot == 250
    concerts = plan_ahead(shown["festival"], TODAY)
    assert [(slot.occasion, slot.place) for slot in concerts] == [
        ("opening", ""),
        ("island-night", ""),
        ("finale", "seats"),
        ("finale", "wheelchair"),
    ]
    assert [slot.capacity for slot in concerts[:2]] == [600, 600]
    assert sum(slot.capacity for slot in concerts[2:]) == 600


def test_the_pool_is_open_every_hour_from_seven_to_ten_and_closed_on_sundays() -> None:
    slots = plan_ahead(demonstration("pool"), TODAY)
    walls = {slot.starts_at.astimezone(ZoneInfo("Europe/Athens")) for slot in slots}
    assert {wall.hour for wall in walls} == set(range(7, 22))
    assert {wall.weekday() for wall in walls} == {0, 1, 2, 3, 4, 5}


def test_no_two_facilities_of_the_demonstration_share_a_number() -> None:
    facilities = [demonstration(key).facility for key in KEYS]
    assert [facility_faults(facility, facilities) for facility in facilities] == [[]] * len(KEYS)


def texts_of(node: Any) -> list[dict[str, str]]:
    if isinstance(node, dict):
        return (
            [node]
            if set(node) == {"el", "en"}
            else [text for child in node.values() for text in texts_of(child)]
        )
    return [text for child in node for text in texts_of(child)] if isinstance(node, list) else []


@pytest.mark.parametrize("key", KEYS)
def test_the_demonstration_speaks_greek_and_english_each_in_its_place(key: str) -> None:
    texts = texts_of(DOCUMENTS[key])
    assert len(texts) > 6
    for text in texts:
        assert re.search("[α-ω]", text["el"]), text
        assert not re.search("[Α-Ωα-ωά-ώ]", text["en"]), text
        for word in re.findall(r"\w+", text["el"]):
            assert not (re.search("[a-zA-Z]", word) and re.search("[Α-ώ]", word)), f"mixed alphabets: {word}"


@pytest.mark.parametrize("key", KEYS)
def test_what_is_exported_loads_again_as_the_same_activity(key: str) -> None:
    activity = demonstration(key)
    assert restore(dump(activity)) == activity
    assert load(json.loads(json.dumps(dump(activity))), date(2030, 1, 1)) == activity


def test_the_published_schema_is_the_one_of_the_models() -> None:
    assert (DOCS / "activity.schema.json").read_text("utf-8") == schema(), (
        "run: python -m core.activities.schema > docs/activity.schema.json"
    )
    Draft202012Validator.check_schema(json.loads(schema()))


@pytest.mark.parametrize(
    "document", [*DOCUMENTS.values(), hall(), *(dump(load(d, TODAY)) for d in DOCUMENTS.values())]
)
def test_the_schema_accepts_what_loads(document: dict[str, Any]) -> None:
    assert [error.message for error in SCHEMA.iter_errors(document)] == []


@pytest.mark.parametrize(
    "document",
    [
        hall(key="Hall"),
        hall(colour="blue"),
        hall(capacity__per_slot="6"),
        hall(calendar__rules__0__starts=["25:00"]),
        hall(calendar__rules__0__from={"in_days": 1, "weekday": "lundi"}),
        hall(steps=[{"key": "time", "kind": "song"}]),
        hall(name={"el": "Αίθουσα"}),
    ],
)
def test_the_schema_refuses_what_has_another_shape(document: dict[str, Any]) -> None:
    assert check(document, TODAY)
    assert list(SCHEMA.iter_errors(document))


def test_the_example_in_the_documents_loads() -> None:
    (example,) = re.findall(r"```json\n(.*?)```", (DOCS / "activities.md").read_text("utf-8"), re.DOTALL)
    activity = load(parse(example), TODAY)
    assert list(SCHEMA.iter_errors(json.loads(example))) == []
    assert plan_ahead(activity, date(2027, 1, 12))


def test_relative_days_follow_the_day_of_loading() -> None:
    tuesday = date(2026, 11, 24)
    assert resolve({"in_days": 0}, tuesday) == "2026-11-24"
    assert resolve([{"from": {"in_days": 0, "weekday": "tue"}}], tuesday) == [{"from": "2026-11-24"}]
    assert resolve({"in_days": 1, "weekday": "tue"}, tuesday) == "2026-12-01"
    assert resolve({"in_days": 12, "weekday": "fri", "at": "21:00"}, tuesday) == "2026-12-11T21:00"
    odd = {"in_days": True}
    assert resolve(odd, tuesday) == odd


def test_a_definition_cannot_be_changed_in_place() -> None:
    activity = loaded()
    with pytest.raises(ValueError, match="frozen"):
        activity.key = "other"  # type: ignore[misc]


def test_the_document_that_was_checked_is_left_as_it_was() -> None:
    document = DOCUMENTS["festival"]
    before = copy.deepcopy(document)
    check(document, TODAY)
    assert document == before


@pytest.mark.parametrize(
    ("told", "on", "allowed"),
    [
        (2020, date(2026, 1, 10), True),
        (2021, date(2026, 12, 31), False),
        (2014, date(2026, 1, 1), True),
        (2013, date(2026, 1, 1), False),
        (date(2020, 6, 15), date(2026, 6, 14), False),
        (date(2020, 6, 15), date(2026, 6, 15), True),
        (date(2016, 2, 29), date(2022, 2, 28), False),
        (date(2016, 2, 29), date(2022, 3, 1), True),
        (date(2013, 6, 15), date(2026, 6, 14), True),
        (date(2013, 6, 15), date(2026, 6, 15), False),
    ],
)
def test_ages_are_checked_by_year_or_to_the_day(told: int | date, on: date, allowed: bool) -> None:
    age = ParticipantAge.model_validate({"min": 6, "max": 12, "step": "birth"})
    if isinstance(told, date) and told == date(2016, 2, 29):
        age = ParticipantAge.model_validate({"min": 6, "max": 99, "step": "birth"})
    assert age.allows(told, on) is allowed
    if isinstance(told, int):
        assert (told in age.birth_years(on)) is allowed


@pytest.mark.parametrize("language", ["el", "en"])
def test_each_reason_for_closing_has_its_words(language: str) -> None:
    assert {key for key in keys(language) if key.startswith("activities.closure.")} == {
        f"activities.closure.{reason}" for reason in get_args(ClosureReason)
    }
