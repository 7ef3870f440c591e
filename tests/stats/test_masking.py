"""What people told us stays hidden, however tables and filters are held against each other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.stats.counts import DIMENSIONS, TOLD, View, show, tabulate
from core.stats.records import Application
from tests.stats.makers import Story, at
from tests.stats.test_figures import MONTH

KINDS = tuple(product(("sport", "culture"), ("accepted", "refused")))
NOW = at(3, 12)


def told(counts: Sequence[int]) -> list[Application]:
    """So many of an age, of each kind."""
    story, booking = Story(), 0
    for (category, outcome), count in zip(KINDS, counts, strict=True):
        for _ in range(count):
            booking += 1
            number = booking if outcome == "accepted" else None
            story.apply(at(1, 9), at(2, 10), number, category=category, age="15-24")
    return list(story.log().applications.values())


def shown(found: Sequence[Application], name: str, **filters: str) -> int | None:
    view = View(MONTH, filters=filters)
    rows = show(tabulate(found, view, ("age",), now=NOW), view, ("age",)).rows
    return rows[0].counts[name] if rows else None


def possible(cell: int | None) -> tuple[int, int]:
    """The least and the most that a cell may stand for."""
    return (0, 4) if cell is None else (cell, cell + 4)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 14), min_size=4, max_size=4))
def test_a_hidden_cell_cannot_be_reckoned_from_all_that_is_shown_beside_it(counts: list[int]) -> None:
    """All less sport is culture; applications less those accepted are those refused."""
    found = told(counts)
    ways = [
        (shown(found, "applications"), shown(found, "applications", category=category), other)
        for category, other in (("sport", "culture"), ("culture", "sport"))
    ]
    checked = [(whole, part, shown(found, "applications", category=other)) for whole, part, other in ways]
    for filters in ({}, {"category": "sport"}, {"category": "culture"}):
        parts = [shown(found, name, **filters) for name in ("applications", "accepted", "refused")]
        checked += [(parts[0], parts[1], parts[2]), (parts[0], parts[2], parts[1])]
    for whole, part, hidden in checked:
        if hidden is not None:
            continue
        (least, most), (from_, to) = possible(whole), possible(part)
        assert min(4, most - from_) - max(0, least - to) >= 2  # three numbers or more remain


@pytest.mark.parametrize("told_by", sorted(TOLD))
@pytest.mark.parametrize("beside", sorted(set(DIMENSIONS) - TOLD))
def test_a_told_column_or_filter_masks_with_any_other(told_by: str, beside: str) -> None:
    found = told((3, 2, 2, 1))
    for each in found:
        each.resident = "yes"
    value = getattr(found[0], told_by)
    for by, filters in (((told_by, beside), {}), ((beside,), {told_by: value}), ((told_by,), {beside: None})):
        view = View(MONTH, filters=filters)
        table = show(tabulate(found, view, by, now=NOW), view, by)
        assert table.masked
        assert all(n is None or n % 5 == 0 for row in table.rows for n in row.counts.values())
        assert all(n % 5 == 0 for n in table.total.values())


@pytest.mark.parametrize("by", sorted(set(DIMENSIONS) - TOLD))
def test_nothing_else_is_masked(by: str) -> None:
    view = View(MONTH)
    table = show(tabulate(told((1, 0, 0, 1)), view, (by,), now=NOW), view, (by,))
    assert not table.masked
    assert table.total["applications"] == 2
