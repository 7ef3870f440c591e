"""The examples of docs/figures.md, read from the page and computed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.stats.counts import View, show, tabulate
from core.stats.definitions import Period, decimal, share
from core.stats.presence import day_peaks, reduction_of, shifts_of
from tests.stats.makers import ATHENS, Story, at, wanted
from tests.stats.test_figures import MONTH

PAGE = (Path(__file__).parents[2] / "docs/figures.md").read_text("utf-8")


def example(letter: str) -> str:
    """The example's text in one line."""
    (found,) = re.findall(rf"^> Example {letter}\. ((?:.*\n)(?:> .*\n)*)", PAGE, re.MULTILINE)
    return " ".join(found.replace("\n> ", " ").split())


def test_example_a_applications_by_date() -> None:
    story = Story()
    story.apply(at(1, 23, 59), at(5, 10), 1)
    story.apply(at(2, 0, 0), at(5, 10), 2)
    story.apply(at(2, 0, 1), at(5, 10))
    first, second = tabulate(story.log().applications.values(), View(MONTH), ("confirmed_on",), now=at(3, 12))
    assert example("A").endswith(
        f"{first.counts.applications} application on 1 December, {second.counts.applications} on 2 December,"
        f" of which {second.counts.refused} refused."
    )


def test_example_b_attended() -> None:
    story = Story()
    for booking, day in ((1, 2), (2, 2), (3, 2), (4, 4)):
        story.apply(at(1, 9), at(day, 10), booking, persons=3 if booking == 1 else 1)
    story.cancel(at(2, 9, 30), 2)
    story.attend(at(2, 10), 1)
    story.attend(at(3, 10), 1)
    (row,) = tabulate(story.log().applications.values(), View(MONTH), now=at(3, 12))
    counts = row.counts
    assert (
        f"applications {counts.applications}, attended {counts.attended}, did not come {counts.no_shows},"
        f" cancelled {counts.cancelled} (less than an hour before)" in example("B")
    )


def test_example_c_valid_users() -> None:
    story = Story()
    for day in (1, 2, 3):
        story.happen(at(day, 10), "citizen_registered", kind="mobile")
    story.happen(at(3, 11), "citizen_forgotten")
    log = story.log()
    by_second = sum(number for day, number in log.registered.items() if day.day <= 2)
    told = f"by 2 December {by_second}, by 3 December {log.registered.total()} (erased {log.erased.total()})"
    assert told in example("C")


def test_example_d_reduction() -> None:
    story = Story()
    for booking, hour in ((1, 18), (2, 18), (3, 17), (4, 17)):
        first = wanted(at(2, 18)) if booking == 3 else {}
        story.apply(at(1, 9), at(2, hour), booking, **first)
    for booking, hour in ((3, 17), (4, 17), (1, 18), (2, 18)):
        story.visit(booking, at(2, hour))
    log = story.log()
    shifts = [shift for each in log.applications.values() for shift in shifts_of(each)]
    found = reduction_of(day_peaks(log.minutes, shifts, ATHENS))
    assert found.exact is not None
    told = (
        f"Peak {found.actual}, at first choices {found.first_choices}: reduction {found.per_cent} %"
        f" (exactly {decimal(found.exact)})"
    )
    assert told in example("D")


@pytest.mark.parametrize(("count", "target"), [(1654, 2100), (4658, 3500), (1, 8)])
def test_example_e_key_figures(count: int, target: int) -> None:
    found = share(count, target)
    assert found is not None
    told = f"against {target}: {found.per_cent} % (exactly {found.written})"
    assert re.search(rf"\b{count}( applications)? {re.escape(told)}", example("E"))


def test_example_f_masking() -> None:
    story = Story()
    for booking, age in enumerate(["15-24"] * 2 + ["25-44"] * 7 + [""] * 3, start=1):
        story.apply(at(1, 9), at(2, 10), booking, **({"age": age} if age else {}))
    view = View(Period(MONTH.first, MONTH.last))
    table = show(tabulate(story.log().applications.values(), view, ("age",), now=at(3, 1)), view, ("age",))
    shown = [
        "fewer than 5" if n is None else str(n) for n in (row.counts["applications"] for row in table.rows)
    ]
    assert f"Shown: {', '.join(shown)}; total {table.total['applications']}." in example("F")
