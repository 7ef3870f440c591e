"""The code of digits: what its check digit catches, and what people may type."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Refused
from core.passes import code

nines = st.text("0123456789", min_size=9, max_size=9)


def refusal(text: str) -> str:
    with pytest.raises(Refused) as refused:
        code.parse(text)
    return refused.value.code


def test_the_check_digit_is_that_of_the_published_example() -> None:
    assert code.complete("000000572") == "0000005724"


@given(nines)
def test_a_code_in_threes_reads_back_as_itself(nine: str) -> None:
    whole = code.complete(nine)
    assert code.parse(code.spaced(whole)) == whole
    assert [len(part) for part in code.spaced(whole).split(" ")] == [3, 3, 3, 1]


@given(nines)
def test_every_single_wrong_digit_is_caught(nine: str) -> None:
    whole = code.complete(nine)
    for at in range(10):
        for digit in set("0123456789") - {whole[at]}:
            assert refusal(whole[:at] + digit + whole[at + 1 :]) == "passes.code_mistyped"


@given(nines)
def test_every_exchange_of_neighbours_is_caught(nine: str) -> None:
    whole = code.complete(nine)
    for at in range(9):
        if whole[at] != whole[at + 1]:
            slip = whole[:at] + whole[at + 1] + whole[at] + whole[at + 2 :]
            assert refusal(slip) == "passes.code_mistyped"


@pytest.mark.parametrize(
    "typed",
    [
        "1234567894",
        " 123-456-789-4 ",
        "123–456–789–4",
        "123\u00a0456\u202f789.4\n",
        "１２３４５６７８９４",
        "١٢٣٤٥٦٧٨٩٤",
        "\u200f123 456 789 4\u200e",
        "12 34 56 78 94",
    ],
)
def test_spaces_dashes_and_other_scripts_digits_are_accepted(typed: str) -> None:
    assert code.parse(typed) == "1234567894"


@pytest.mark.parametrize(
    "typed", ["", "123456789", "12345678941", "1234567894x", "ένα δύο", "²234567894", "1" * 99]
)
def test_what_has_not_ten_digits_is_told_so(typed: str) -> None:
    assert refusal(typed) == "passes.code_length"


@given(st.text(max_size=80))
def test_anything_typed_is_a_code_or_refused(typed: str) -> None:
    try:
        whole = code.parse(typed)
    except Refused as refused:
        outcome = refused.code
    else:
        outcome = "passes.read" if code.complete(whole[:9]) == whole else "passes.not_a_code"
    assert outcome in ("passes.read", "passes.code_length", "passes.code_mistyped")


@pytest.mark.parametrize("nine", ["12345678", "1234567890", "12345678a", "١٢٣٤٥٦٧٨٩"])
def test_only_nine_plain_digits_are_completed(nine: str) -> None:
    with pytest.raises(ValueError, match="nine decimal digits"):
        code.complete(nine)
