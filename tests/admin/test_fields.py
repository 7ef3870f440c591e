"""What each kind of field takes, and what it says of what it does not."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin.fields import Area, Check, Choice, Choices, Day, Field, File, Hour, Line, Number, Secret, Wrong

GOOD: list[tuple[Field[Any], list[str], Any]] = [
    (Line("f"), ["  Ελένη "], "Ελένη"),
    (Line("f", required=False), [], ""),
    (Secret("f"), ["  two words "], "  two words "),
    (Area("f"), ["one\r\ntwo"], "one\ntwo"),
    (File("f"), ["{\r\n\t}"], "{\r\n\t}"),
    (Number("f", least=1, most=8), ["٣"], 3),
    (Number("f", required=False), [""], None),
    (Day("f"), ["2026-12-31"], date(2026, 12, 31)),
    (Day("f", required=False), [], None),
    (Hour("f"), ["19:30"], time(19, 30)),
    (Choice("f", options=("a", "b")), ["b"], "b"),
    (Choice("f", options=("a",), required=False), [], ""),
    (Choices("f", options=("a", "b", "c")), ["c", "a"], ("a", "c")),
    (Choices("f", options=("a",), required=False), [], ()),
    (Check("f"), ["1"], True),
    (Check("f"), [], False),
]
BAD: list[tuple[Field[Any], list[str], str]] = [
    (Line("f"), ["  "], "missing"),
    (Line("f", longest=3), ["four"], "too_long"),
    (Line("f"), ["a\x00b"], "characters"),
    (Line("f"), ["a\nb"], "characters"),
    (Line("f"), ["\u202eabc"], "characters"),
    (Secret("f"), [], "missing"),
    (Area("f"), ["a\x00"], "characters"),
    (File("f"), [""], "missing"),
    (Number("f"), ["seven"], "number"),
    (Number("f"), ["1.5"], "number"),
    (Number("f"), ["1e3"], "number"),
    (Number("f", most=8), ["9"], "range"),
    (Number("f"), ["-1"], "range"),
    (Number("f"), ["9" * 5000], "too_long"),
    (Day("f"), ["31/02/2026"], "day"),
    (Day("f"), ["2026-02-30"], "day"),
    (Day("f"), ["1999-12-31"], "day_range"),
    (Hour("f"), ["25:00"], "hour"),
    (Hour("f"), ["19:30:01"], "hour"),
    (Hour("f"), ["19:30Z"], "hour"),
    (Choice("f", options=("a",)), ["c"], "choose"),
    (Choice("f", options=("a",)), [], "choose"),
    (Choices("f", options=("a",)), ["a", "c"], "choose"),
    (Choices("f", options=("a",)), [], "choose_some"),
    (Check("f", required=True), [], "tick"),
]


@pytest.mark.parametrize(("field", "typed", "value"), GOOD)
def test_a_value_is_taken(field: Field[Any], typed: list[str], value: Any) -> None:
    assert field.read(typed) == value


@pytest.mark.parametrize(("field", "typed", "value"), [one for one in GOOD if one[2]])
def test_what_is_written_is_read_again(field: Field[Any], typed: list[str], value: Any) -> None:
    assert field.read(field.write(value)) == value


@pytest.mark.parametrize(("field", "typed", "fault"), BAD)
def test_what_is_no_value_is_told(field: Field[Any], typed: list[str], fault: str) -> None:
    with pytest.raises(Wrong) as wrong:
        field.read(typed)
    assert getattr(wrong.value.words, "key", "") == f"admin.fault.{fault}"


@given(st.lists(st.text(), max_size=3))
def test_whatever_is_typed_a_field_takes_it_or_says_why(typed: list[str]) -> None:
    for field, *_ in (*GOOD, *BAD):
        try:
            value = field.read(typed)
        except Wrong:
            continue
        assert "\x00" not in str(value) or isinstance(field, Secret)
