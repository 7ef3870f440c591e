from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.messages.segments import Segments, segments
from standin.shapes import segments_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Segments("GSM-7", 0, 0)),
        ("a" * 160, Segments("GSM-7", 160, 1)),
        ("a" * 161, Segments("GSM-7", 161, 2)),
        ("a" * 306, Segments("GSM-7", 306, 2)),
        ("a" * 307, Segments("GSM-7", 307, 3)),
        ("€" * 80, Segments("GSM-7", 160, 1)),
        ("ά" * 70, Segments("UCS-2", 70, 1)),
        ("ά" * 71, Segments("UCS-2", 71, 2)),
        ("ά" * 134, Segments("UCS-2", 134, 2)),
        ("ά" * 135, Segments("UCS-2", 135, 3)),
        ("😀" * 35, Segments("UCS-2", 70, 1)),
        ("😀" * 36, Segments("UCS-2", 72, 2)),
    ],
)
def test_the_limits_of_a_segment(text: str, expected: Segments) -> None:
    assert segments(text) == expected


def test_of_the_greek_capitals_only_those_without_a_latin_twin_are_septets() -> None:
    assert segments("ΓΔΘΛΞΠΣΦΨΩ").encoding == "GSM-7"
    for other in "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧα":
        assert segments(other).encoding == "UCS-2"


def test_an_escaped_character_is_not_cut_in_two() -> None:
    # 152 + 2 units do not fit the first part of 153: one septet stays empty, and so it comes to three parts
    text = "a" * 152 + "€" + "a" * 152
    assert segments(text) == Segments("GSM-7", 306, 3)


def test_an_emoji_is_not_cut_in_two() -> None:
    assert segments("α" * 66 + "😀" + "α" * 66) == Segments("UCS-2", 134, 3)


@given(st.text(alphabet="aά€😀 \n^", min_size=1, max_size=400))
def test_the_provider_counts_the_same(text: str) -> None:
    assert segments(text).count == segments_of(text)


@given(st.text(max_size=400), st.text(max_size=100))
def test_more_text_never_costs_less(text: str, more: str) -> None:
    assert segments(text + more).count >= segments(text).count
