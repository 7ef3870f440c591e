"""Every fault is found, at its place, all of them at once, and each has a sentence in both languages."""

# ruff: noqa: E501 (a case a line reads best)

from __future__ import annotations

import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.activities.demonstration import documents
from core.activities.faults import Fault, Faults
from core.activities.loading import check, facility_faults, load, parse
from core.activities.places import Facility
from core.messages.texts import Texts, keys
from tests.activities.makers import LANE_STEPS, LANES, TODAY, both, hall, occasion, put, rule

STEPS = [{"key": "day", "kind": "day"}, {"key": "time", "kind": "time"}]
YES_NO = {"key": "sure", "kind": "yes_no", "prompt": both("Sure?")}
CHOICE = {
    "key": "level",
    "kind": "choice",
    "prompt": both("Level?"),
    "options": [{"value": "low", "text": both("Low")}, {"value": "high", "text": both("High")}],
}
NOTE = {"key": "note", "kind": "notice", "prompt": both("Note.")}
AGE = {"key": "year", "kind": "number", "prompt": both("Year?")}
TERM_RULE = rule(key="autumn", name=both("Autumn"), until="2027-02-01")
NIGHT = "2027-03-28"  # the clocks go from 03:00 to 04:00


def asks(*steps: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return hall(steps=[*STEPS, *steps], **changes)


def term(**changes: Any) -> dict[str, Any]:
    return hall(type="SessionSeries", booked_as="term", calendar__rules=[{**TERM_RULE, **changes}])


def change(**fields: Any) -> dict[str, Any]:
    return hall(calendar__exceptions=[{"date": "2026-12-01", "change": "removed", **fields}])


def lanes(**changes: Any) -> dict[str, Any]:
    return hall(
        **{
            "facility__individual_facilities": LANES,
            "capacity": {"unit": "persons"},
            "steps": LANE_STEPS,
            **changes,
        }
    )


CASES: list[tuple[dict[str, Any], str, str]] = [
    # shapes
    (hall(calendar=[]), "calendar", "not_a_section"),
    (hall(steps={}), "steps", "not_a_list"),
    (hall(key=5), "key", "not_a_text"),
    (hall(capacity__per_slot="6"), "capacity.per_slot", "not_a_whole_number"),
    (hall(capacity__per_slot=6.0), "capacity.per_slot", "not_a_whole_number"),
    (hall(capacity__per_slot=True), "capacity.per_slot", "not_a_whole_number"),
    (hall(capacity__per_slot=10**30), "capacity.per_slot", "too_large"),
    (hall(tracing="yes"), "tracing", "not_true_or_false"),
    (hall(calendar__rules=[rule(**{"from": "1/11/2026"})]), "calendar.rules[0].from", "not_a_date"),
    (hall(calendar__rules=[rule(**{"from": "2026-02-30"})]), "calendar.rules[0].from", "not_a_date"),
    (hall(calendar__rules=[rule(**{"from": {"in_days": "x"}})]), "calendar.rules[0].from", "not_a_date"),
    (hall(calendar__rules=[rule(**{"from": {"in_days": 1, "weekday": "lundi"}})]), "calendar.rules[0].from", "not_a_date"),
    (hall(calendar__rules=[rule(starts=["25:00"])]), "calendar.rules[0].starts[0]", "not_a_time"),
    (hall(calendar__rules=[rule(starts=["07:00", 7])]), "calendar.rules[0].starts[1]", "not_a_time"),
    (hall(calendar__occasions=[occasion("a", "2027-01-01")]), "calendar.occasions[0].starts_at", "not_a_moment"),
    (hall(calendar__occasions=[occasion("a", "2027-01-01T21:00Z")]), "calendar.occasions[0].starts_at", "not_a_moment"),
    (asks(YES_NO, {**NOTE, "when": {"sure": []}}), "steps[3].when.sure", "not_a_condition"),
    (asks(YES_NO, {**NOTE, "when": {"sure": {"not": True}}}), "steps[3].when.sure", "not_a_condition"),
    (hall(key="Hall"), "key", "not_a_key"),
    (hall(contact__phone="2999012345"), "contact.phone", "not_a_phone"),
    (hall(contact__email="nobody"), "contact.email", "not_an_email"),
    (hall(picture={"file": "../x.png", "spoken": both("A hall.")}), "picture.file", "not_a_picture_file"),
    (hall(name__el="Hall\u202e"), "name.el", "strange_characters"),
    (hall(colour="blue"), "colour", "unknown_field"),
    (asks({**CHOICE, "colour": "blue"}), "steps[2].colour", "unknown_field"),
    (hall(venue=None), "venue", "missing"),
    (asks({"key": "x"}), "steps[2].kind", "missing"),
    (asks({"key": "x", "kind": "choice", "options": CHOICE["options"]}), "steps[2].prompt", "missing"),
    (asks({"key": "sure", "kind": "yes_no"}), "steps[2].prompt", "missing"),
    (hall(name__el=None), "name.el", "missing_greek"),
    (hall(name__el="  "), "name.el", "missing_greek"),
    (asks({**NOTE, "prompt": {"el": "Ναι"}}), "steps[2].prompt.en", "missing_english"),
    (hall(picture={"file": "hall.png"}), "picture.spoken", "picture_without_words"),
    (asks({**CHOICE, "options": []}), "steps[2].options", "empty_list"),
    (hall(calendar__rules=[rule(starts=[])]), "calendar.rules[0].starts", "empty_list"),
    (hall(category="music"), "category", "not_one_of"),
    (asks({"key": "x", "kind": "song"}), "steps[2].kind", "not_one_of"),
    (hall(calendar__closures=[{"from": "2027-01-01", "until": "2027-01-02", "reason": "lazy"}]), "calendar.closures[0].reason", "not_one_of"),
    (hall(capacity__per_slot=0), "capacity.per_slot", "too_small"),
    (hall(facility__number=65536), "facility.number", "too_large"),
    (hall(name__en="x" * 61), "name.en", "text_too_long"),
    (asks(*({**NOTE, "key": f"n{n}"} for n in range(39))), "steps", "list_too_long"),
    # type and calendar
    (hall(calendar={}), "calendar", "nothing_planned"),
    (hall(type="Event"), "calendar.occasions", "event_without_occasions"),
    (hall(calendar={"occasions": [occasion("a", "2027-01-01T21:00")]}), "calendar.rules", "series_without_rules"),
    (hall(booked_as="term", calendar__rules=[TERM_RULE]), "booked_as", "term_of_no_series"),
    (hall(type="SessionSeries", booked_as="term", calendar={"rules": [TERM_RULE], "occasions": [occasion("a", "2027-06-01T21:00")]}), "calendar.occasions", "term_with_occasions"),
    (term(until=None), "calendar.rules[0].until", "needed_for_a_term"),
    (term(name=None), "calendar.rules[0].name", "needed_for_a_term"),
    (term(until="2028-12-31"), "calendar.rules[0].until", "term_too_long"),
    (hall(calendar__time_zone="Europe/Atlantis"), "calendar.time_zone", "unknown_time_zone"),
    *(
        (hall(calendar__rules=[rule(recurrence=wrong)]), "calendar.rules[0].recurrence", "not_a_recurrence")
        for wrong in (
            "every day", "FREQ=HOURLY", "BYDAY=MO", "FREQ=DAILY;UNTIL=20270101", "FREQ=DAILY;INTERVAL=0",
            "FREQ=DAILY;BYHOUR=7", "FREQ=YEARLY;BYMONTH=13", "FREQ=YEARLY;BYEASTER=0", "FREQ=DAILY;FREQ=DAILY",
            "DTSTART:20260101T000000\nRRULE:FREQ=DAILY", "FREQ=WEEKLY;BYDAY=XX", "FREQ=MONTHLY;BYDAY=0MO",
        )
    ),
    (hall(calendar__rules=[rule(recurrence="FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30")]), "calendar.rules[0].recurrence", "never_happens"),
    (hall(calendar__rules=[rule(recurrence="FREQ=WEEKLY;BYDAY=SU", until="2026-11-01", **{"from": "2026-10-26"})]), "", ""),
    (hall(calendar__rules=[rule(recurrence="FREQ=WEEKLY;BYDAY=MO", until="2026-11-01", **{"from": "2026-10-27"})]), "calendar.rules[0].recurrence", "never_happens"),
    (hall(calendar__rules__0__until="2026-10-01"), "calendar.rules[0].until", "until_before_from"),
    (hall(calendar__closures=[{"from": "2027-01-03", "until": "2027-01-02", "reason": "strike"}]), "calendar.closures[0].until", "until_before_from"),
    (hall(calendar__rules=[rule(starts=["10:00", "12:00", "10:00"])]), "calendar.rules[0].starts[2]", "hour_twice"),
    (hall(calendar__occasions=[occasion("night", f"{NIGHT}T03:30")]), "calendar.occasions[0].starts_at", "no_such_hour"),
    (change(date=NIGHT, change="added", starts=["03:00"]), "calendar.exceptions[0]", "no_such_hour"),
    (change(rule="other"), "calendar.exceptions[0].rule", "unknown_rule"),
    (hall(calendar={"rules": [rule(until="2027-01-01"), rule(**{"from": "2027-02-01"})], "exceptions": [{"date": "2027-01-15", "change": "added"}]}), "calendar.exceptions[0].rule", "added_to_which_rule"),
    (hall(calendar__rules=[rule(starts=["10:00", "10:59"])]), "calendar.rules[0]", "on_top_of_each_other"),
    (hall(calendar__rules=[rule(key="a"), rule(key="b", recurrence="FREQ=WEEKLY;BYDAY=SA")]), "calendar.rules[1]", "on_top_of_each_other"),
    (hall(calendar__occasions=[occasion("a", "2026-12-01T09:30")]), "calendar.rules[0]", "on_top_of_each_other"),
    (change(change="added", starts=["10:30"]), "calendar.rules[0]", "on_top_of_each_other"),
    (hall(calendar__rules=[rule(key="a"), rule(key="a", starts=["12:00"])]), "calendar.rules[1].key", "key_twice"),
    # places
    (lanes(calendar__rules=[rule(places=["lane-1", "lane-7"])]), "calendar.rules[0].places[1]", "unknown_place"),
    (lanes(calendar__closures=[{"from": "2027-01-01", "until": "2027-01-02", "reason": "strike", "places": ["x"]}]), "calendar.closures[0].places[0]", "unknown_place"),
    (hall(capacity={"unit": "persons"}), "capacity.per_slot", "no_capacity"),
    (lanes(capacity={"unit": "persons", "per_slot": 12}), "capacity.per_slot", "two_capacities"),
    (lanes(facility__individual_facilities=[LANES[0], LANES[0]]), "facility.individual_facilities[1].key", "key_twice"),
    (hall(reserved={"desk": 6, "phone": 5}), "reserved", "reserved_above_capacity"),
    (asks({"key": "people", "kind": "people"}, people={"party": {"min": 1, "max": 11}}), "people.party.max", "party_above_capacity"),
    # steps
    (asks({**NOTE, "key": "day"}), "steps[2].key", "key_twice"),
    (asks({"key": "again", "kind": "day"}), "steps[2].kind", "kind_twice"),
    (hall(steps=[STEPS[1], STEPS[0]]), "steps[0]", "step_too_early"),
    (lanes(steps=[LANE_STEPS[0], LANE_STEPS[2], LANE_STEPS[1]]), "steps[1]", "step_too_early"),
    (asks({**CHOICE, "options": [*CHOICE["options"], CHOICE["options"][0]]}), "steps[2].options[2].value", "option_twice"),
    (asks({**AGE, "min": 5, "max": 4}), "steps[2].min", "least_above_most"),
    (asks({"key": "t", "kind": "text", "prompt": both("?"), "min_length": 9, "max_length": 4}), "steps[2].min_length", "least_above_most"),
    (asks({"key": "d", "kind": "date", "prompt": both("?"), "min": "2027-01-02", "max": "2027-01-01"}), "steps[2].min", "least_above_most"),
    (hall(steps=[STEPS[0], {**STEPS[1], "optional": True}]), "steps[1].optional", "never_optional"),
    (hall(steps=[YES_NO, STEPS[0], {**STEPS[1], "when": {"sure": True}}]), "steps[2].when", "never_skipped"),
    (asks({**NOTE, "when": {"level": "low"}}), "steps[2].when.level", "unknown_step"),
    (asks({**YES_NO, "when": {"sure": True}}), "steps[2].when.sure", "condition_on_later_step"),
    (asks({**YES_NO, "when": {"level": "low"}}, {**CHOICE, "when": {"sure": True}}), "steps[2].when.level", "condition_on_later_step"),
    (asks(CHOICE, {**NOTE, "when": {"level": ["low", "middle"]}}), "steps[3].when.level", "answer_that_cannot_be"),
    (asks(YES_NO, {**NOTE, "when": {"sure": "yes"}}), "steps[3].when.sure", "answer_that_cannot_be"),
    (asks({**AGE, "min": 0, "max": 5}, {**NOTE, "when": {"year": 6}}), "steps[3].when.year", "answer_that_cannot_be"),
    (asks({**NOTE, "when": {"day": "2027-01-01"}}), "steps[2].when.day", "answer_that_cannot_be"),
    (lanes(steps=[*LANE_STEPS, {**NOTE, "when": {"lane": "lane-7"}}]), "steps[3].when.lane", "answer_that_cannot_be"),
    (hall(steps=[STEPS[0]]), "steps", "no_time_step"),
    (lanes(steps=STEPS), "steps", "no_lane_step"),
    (hall(steps=LANE_STEPS), "steps", "lane_without_places"),
    (hall(people={"party": {"min": 1, "max": 4}}), "steps", "no_people_step"),
    (asks({"key": "people", "kind": "people"}), "people.party", "people_step_without_choice"),
    (hall(people={"companions_named": True}), "people.companions_named", "no_companions_step"),
    (asks({"key": "c", "kind": "companions"}), "people.companions_named", "companions_not_named"),
    (hall(people={"booker_takes_part": "ask"}), "people.booker_takes_part", "takes_part_unasked"),
    (asks({**YES_NO, "key": "booker_takes_part"}), "people.booker_takes_part", "takes_part_asked_in_vain"),
    (asks({**NOTE, "key": "booker_takes_part"}, people={"booker_takes_part": "ask"}), "steps[2].kind", "takes_part_is_yes_or_no"),
    # people and rules
    (hall(people={"party": {"min": 2, "max": 1}}), "people.party.min", "least_above_most"),
    (asks(AGE, people={"participant_age": {"min": 40, "max": 30, "step": "year"}}), "people.participant_age.min", "least_above_most"),
    (asks(AGE, people={"participant_age": {"min": 6, "max": 12, "step": "year"}}), "people.booker_takes_part", "children_do_not_book"),
    (hall(people={"participant_age": {"min": 18, "step": "year"}}), "people.participant_age.step", "unknown_step"),
    (asks(YES_NO, people={"participant_age": {"min": 18, "step": "sure"}}), "people.participant_age.step", "age_step_kind"),
    (asks(AGE, people={"booker_takes_part": "no", "guardian_step": "year"}), "people.guardian_step", "guardian_step_kind"),
    (asks({"key": "g", "kind": "text", "prompt": both("?")}, people={"guardian_step": "g"}), "people.guardian_step", "guardian_of_nobody"),
    (hall(rules={"opens_days_before": 30}), "calendar.horizon_days", "horizon_too_near"),
    (hall(rules={"opens_days_before": 1, "closes_minutes_before": 1441}), "rules.closes_minutes_before", "closes_before_it_opens"),
    (hall(rules={"closes_minutes_before": -61}), "rules.closes_minutes_before", "closes_after_the_end"),
    (hall(rules={"closes_minutes_before": 60, "draw": {"drawn_minutes_before": 59}}), "rules.draw.drawn_minutes_before", "draw_after_closing"),
    (hall(rules={"opens_days_before": 2, "draw": {"drawn_minutes_before": 2880}}), "rules.draw.drawn_minutes_before", "draw_before_opening"),
    (hall(rules={"limits": {"per_day": 3, "per_week": 2}}), "rules.limits.per_day", "limit_above_longer"),
]  # fmt: skip


def told(document: Any) -> list[tuple[str, str]]:
    return [(fault.path, fault.code) for fault in check(document, TODAY)]


@pytest.mark.parametrize(
    ("document", "path", "code"), CASES, ids=lambda value: value if isinstance(value, str) else ""
)
def test_one_fault_is_told_once_and_where_it_is(document: dict[str, Any], path: str, code: str) -> None:
    assert told(document) == ([(path, code)] if code else [])


PARSED = [
    ('{"key": ', "not_json"),
    (b"\xff\xfe", "not_json"),
    ("[" * 100_000, "not_json"),
    ('{"name": {"el": "α", "en": "a", "el": "β"}}', "name_twice"),
]


@pytest.mark.parametrize(("text", "code"), PARSED, ids=["cut off", "not UTF-8", "too deep", "twice"])
def test_a_file_that_is_no_document_is_refused_with_its_reason(text: str | bytes, code: str) -> None:
    with pytest.raises(Faults) as refused:
        parse(text)
    assert [fault.code for fault in refused.value.found] == [code]


@pytest.mark.parametrize("document", [None, [], "hall", 7])
def test_a_document_that_is_no_section_is_one_fault(document: Any) -> None:
    assert told(document) == [("", "not_a_section")]


def test_all_faults_are_told_at_once_in_the_order_of_the_document() -> None:
    document = asks(
        {**CHOICE, "options": []},
        {**NOTE, "when": {"level": "low", "height": 3}},
        name__el=None,
        capacity__per_slot=0,
        calendar__occasions=[occasion("night", f"{NIGHT}T03:30"), {"key": "b"}],
        people={"booker_takes_part": "ask"},
        colour="blue",
    )
    assert told(document) == [
        ("name.el", "missing_greek"),
        ("capacity.per_slot", "too_small"),
        ("calendar.occasions[0].starts_at", "no_such_hour"),
        ("calendar.occasions[1].duration_minutes", "missing"),
        ("calendar.occasions[1].name", "missing"),
        ("calendar.occasions[1].starts_at", "missing"),
        ("steps[2].options", "empty_list"),
        ("steps[3].when.height", "unknown_step"),
        ("people.booker_takes_part", "takes_part_unasked"),
        ("colour", "unknown_field"),
    ]


def test_loading_a_faulty_definition_raises_all_its_faults() -> None:
    with pytest.raises(Faults) as refused:
        load(hall(key=5, colour="blue"), TODAY)
    assert [fault.path for fault in refused.value.found] == ["key", "colour"]


def test_a_facility_keeps_its_number_among_the_others() -> None:
    def facility(key: str, number: int) -> Facility:
        return Facility.model_validate({"key": key, "number": number, "name": both(key)})

    known = [facility("pool", 1), facility("courts", 2)]
    assert facility_faults(facility("pool", 1), known) == []
    assert facility_faults(facility("hall", 3), known) == []
    assert [fault.code for fault in facility_faults(facility("hall", 2), known)] == ["number_taken"]
    assert [fault.code for fault in facility_faults(facility("pool", 2), known)] == [
        "facility_has_other_number",
        "number_taken",
    ]


def test_every_fault_has_its_sentence_and_every_sentence_its_fault() -> None:
    texts = Texts(ZoneInfo("Europe/Athens"))
    elsewhere = {"facility_has_other_number", "number_taken", "not_json", "name_twice"}
    made = [fault for document, _, _ in CASES for fault in check(document, TODAY)]
    for fault in made:
        for language in ("el", "en"):
            sentence = texts.say(fault.text, language)
            assert sentence.endswith((".", ";", "?", "»", '"')) or ":" in sentence, sentence
    for language in ("el", "en"):
        written = {key.split(".")[2] for key in keys(language) if key.startswith("activities.fault.")}
        assert written - elsewhere - {fault.code for fault in made} == {"not_understood"}
        assert elsewhere <= written


def test_a_fault_names_itself_in_a_whole_sentence() -> None:
    texts = Texts(ZoneInfo("Europe/Athens"))
    (fault,) = check(hall(calendar__occasions=[occasion("night", f"{NIGHT}T03:30")]), TODAY)
    assert isinstance(fault, Fault)
    assert texts.say(fault.text, "el") == (
        "Η ώρα 03:30 δεν υπάρχει εκείνη την ημέρα: τα ρολόγια πηγαίνουν μπροστά."
    )


def spots(node: Any, way: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every place of a document that can be spoilt."""
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    found = [way] if way else []
    for name, child in children:
        found += spots(child, (*way, str(name)))
    return found


DOCUMENTS = documents()
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)


@given(data=st.data())
def test_whatever_is_put_anywhere_is_told_as_faults_or_loads(data: st.DataObject) -> None:
    document = json.loads(json.dumps(data.draw(st.sampled_from(DOCUMENTS))))
    way = data.draw(st.sampled_from(spots(document)))
    put(document, list(way), data.draw(ANYTHING))
    found = check(document, TODAY)
    texts = Texts(ZoneInfo("Europe/Athens"))
    for fault in found:
        texts.say(fault.text, "el")
        assert not fault.path or fault.path.split(".")[0].split("[")[0]
    if not found:
        load(document, TODAY)
