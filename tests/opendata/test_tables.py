"""Tables for spreadsheets, of open data and of the panel alike."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.tables import as_csv, harmless


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_and_no_head_becomes_a_formula(start: str) -> None:
    text = as_csv((f"{start}a", "n"), [(f"{start}cmd()", -1)])
    assert text.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    assert rows == [[f"'{start}a", "n"], [f"'{start}cmd()", "-1"]]


@given(st.text())
def test_what_is_text_stays_text(cell: str) -> None:
    made = harmless(cell)
    assert made in (cell, f"'{cell}")
    assert made.lstrip("+-").isdigit() or not made.startswith(("=", "+", "-", "@", "\t", "\r"))


def test_numbers_and_telephone_numbers_are_left_alone() -> None:
    assert [harmless(cell) for cell in ("+302310400000", "-5", -5, 7)] == ["+302310400000", "-5", -5, 7]
