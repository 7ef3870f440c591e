from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.errors import Refused
from core.messages.texts import languages
from core.people.numbers import parse_number
from tests.people.sentences import sentence


@pytest.mark.parametrize(
    "typed",
    [
        "6900000001",
        "+306900000001",
        "00306900000001",
        "306900000001",
        "690 000-0001",
        "(690) 000.0001",
        "６９００００００01",
        "٦٩٠٠٠٠٠٠٠١",
        "६९००००००0१",
        "＋３０ 690 0000001",
        "\u200f6900000001\u202c",
        "\u00a06900000001\t",
    ],
)
def test_a_mobile_is_read_however_it_is_written(typed: str) -> None:
    number = parse_number(typed.strip(), "GR")
    assert (number.e164, number.kind, number.prefix) == ("+306900000001", "mobile", "+30690")


def test_a_landline_is_told_from_a_mobile() -> None:
    assert parse_number("2100000002", "GR").kind == "landline"
    assert parse_number("2281000002", "GR").kind == "landline"


REFUSED = [
    ("690000000", "too_short"),
    ("69000000011", "too_long"),
    ("06900000001", "too_long"),
    ("12", "too_short"),
    ("+447911123456", "foreign"),
    ("+999123456789", "foreign"),
    ("9011234567", "premium"),
    ("9001234567", "premium"),
    ("8011234567", "shared_cost"),
    ("8001234567", "shared_cost"),
    ("7012345678", "personal"),
    ("112", "short"),
    ("11888", "short"),
    ("5005001234", "not_in_use"),
    ("hello", "not_a_number"),
    ("6900000001 ext 5", "not_a_number"),
    ("1-800-FLOWERS", "not_a_number"),
    ("😀", "not_a_number"),
    ("", "not_a_number"),
    ("<b>'\";--", "not_a_number"),
    ("6" * 5000, "not_a_number"),
]


@pytest.mark.parametrize(("typed", "why"), REFUSED)
def test_every_other_number_is_refused_with_its_reason(typed: str, why: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_number(typed, "GR")
    assert refused.value.code == f"people.{why}"


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("why", sorted({why for _, why in REFUSED}))
def test_every_refusal_names_what_is_accepted(why: str, language: str) -> None:
    said = sentence(Refused(f"people.{why}"), language)
    assert all(accepted in said for accepted in ("69", "2…", "10"))


@example("9400000000")
@given(st.text(max_size=60))
def test_whatever_is_typed_is_a_number_or_refused(typed: str) -> None:
    try:
        number = parse_number(typed, "GR")
    except Refused:
        return
    assert number.e164.startswith(("+3069", "+302"))
    assert parse_number(number.e164, "GR") == number


def test_a_number_does_not_show_itself_in_logs() -> None:
    assert "0000001" not in repr(parse_number("6900000001", "GR"))
