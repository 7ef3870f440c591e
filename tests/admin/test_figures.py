"""The pages of figures: what they count, what they export, and what they say to bad input."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from datetime import date

import pytest

from admin.pages.figures import BREAKDOWNS
from admin.pages.figures_chart import MOST_BARS, charts
from core.stats.definitions import Period
from core.stats.model import kpi_targets
from tests.admin.conftest import Panel
from tests.admin.pages import Browser
from tests.stats.makers import Story, at, wanted

ASKED = "first=2026-11-01&last=2026-11-30"
GOAL = {"measure": "applications", "category": "sport", "first": "2026-11-01", "last": "2026-11-30"}
PAGES = ("/figures", "/figures/heat", "/figures/time", "/figures/peaks", "/figures/channels", "/figures/next")
NAMES = ("statistics", "heat", "leads", "filled", "peaks", "channels", "next")
FILES = tuple(f"/figures/{name}.{form}" for name in NAMES for form in ("csv", "json"))


@pytest.fixture
async def told(panel: Panel) -> Panel:
    """In November: four accepted (one led to a quieter hour), two refused; two came, one cancelled, one did not come."""
    story, six, five = Story(), at(20, 18, month=11), at(20, 17, month=11)
    noon = at(10, 12, month=11)
    story.apply(noon, six, 1, age="15-24")
    story.apply(noon, five, 2, channel="phone", age="15-24", **wanted(six))
    story.apply(noon, six, 3)
    story.apply(noon, six, 4)
    story.apply(noon, six)
    story.apply(noon, six, reason="too_few", persons=3, channel="desk")
    story.visit(2, five)
    story.visit(1, six)
    story.cancel(at(20, 17, 30, month=11), 3)
    await story.tell(panel.side.database)
    return panel


async def rows_of(browser: Browser, path: str) -> list[list[str]]:
    seen = await browser.visit(path)
    assert seen.status == 200
    return list(csv.reader(io.StringIO(seen.html.removeprefix("\ufeff"))))


async def test_statistics_count_what_happened(told: Panel) -> None:
    browser = await told.sign_in("officer")
    rows = await rows_of(browser, f"/figures/statistics.csv?{ASKED}&by=category")
    counts = list("64221111100003")
    assert rows[1:] == [["Sport", *counts], ["Total", *counts]]
    assert rows[0][7:9] == ["No place: it was full", "No place: not for the whole party"]
    seen = await browser.visit(f"/figures?{ASKED}&by=category")
    assert seen.html.count("<svg") == 2
    assert "There was room, but not for the whole party</th>" in seen.html
    details = seen.html.partition("Less than an hour</th>")[2].partition("</tr>\n</tbody>")[0]
    assert "".join(re.findall(r"<td>(\d)</td>", details)) == "111000"


@pytest.mark.parametrize("by", BREAKDOWNS)
async def test_each_breakdown_is_on_the_page_and_in_both_files(told: Panel, by: str) -> None:
    browser = await told.sign_in("officer")
    seen = await browser.visit(f"/figures?{ASKED}&by={by}")
    assert (seen.status, seen.html.count('class="numbers"')) == (200, 2)
    rows = await rows_of(browser, f"/figures/statistics.csv?{ASKED}&by={by}")
    found = json.loads((await browser.visit(f"/figures/statistics.json?{ASKED}&by={by}")).html)
    assert len(rows) == len(found["rows"]) + 2
    assert len(rows[0]) == len(found["total"]) + 1
    masked = by in ("age", "resident")
    assert found["masked"] is masked
    assert found["total"]["applications"] == (5 if masked else 6)


async def test_a_view_is_shared_by_its_address_and_exported_as_it_is(told: Panel) -> None:
    browser = await told.sign_in("auditor")
    seen = await browser.visit(f"/figures?{ASKED}&channel=phone&by=hour")
    shared = f"/figures/statistics.csv?{ASKED}&channel=phone&basis=confirmed&by=hour"
    assert shared in html.unescape(seen.html)
    found = json.loads((await browser.visit(f"/figures/statistics.json?{ASKED}&channel=phone&by=hour")).html)
    assert found["filters"] == {"channel": "phone"}
    assert found["rows"] == [{"cell": [17], **found["total"]}]
    assert found["total"]["applications"] == 1


async def test_what_people_told_is_masked_everywhere(told: Panel) -> None:
    browser = await told.sign_in("officer")
    seen = await browser.visit(f"/figures?{ASKED}&by=age")
    assert "fewer than 5" in seen.html
    rows = await rows_of(browser, f"/figures/statistics.csv?{ASKED}&by=age")
    assert rows[1] == ["15-24", *["fewer than 5"] * 14]
    found = json.loads((await browser.visit(f"/figures/statistics.json?{ASKED}&by=age")).html)
    assert found["masked"] is True
    assert {row["applications"] for row in found["rows"]} == {None}
    assert found["total"]["applications"] == 5


async def test_peaks_stand_beside_those_of_first_choices(told: Panel) -> None:
    browser = await told.sign_in("officer")
    found = json.loads((await browser.visit(f"/figures/peaks.json?{ASKED}")).html)
    assert found["rows"] == [
        {"facility": "pool", "day": "2026-11-20", "peak": 1, "first_choices": 2, "reduction": "50.00"}
    ]
    assert "50 % (50.00 %)" in (await browser.visit(f"/figures/peaks?{ASKED}")).html


async def test_what_next_says_so_where_there_is_too_little(told: Panel) -> None:
    browser = await told.sign_in("officer")
    assert "There are only 6 applications" in (await browser.visit(f"/figures/next?{ASKED}")).html


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("first=2026-11-30&last=2026-11-01", "before it starts"),
        ("first=2026-02-30&last=2026-03-01", "2026-02-30"),
        ("first=&last=2026-03-01", "2026-03-01"),
        ("first=abc&last=%3Cb%3E", "&lt;b&gt;"),
        ("first=2000-01-01&last=2099-01-01", "20 years at most"),
    ],
)
async def test_a_period_that_is_none_is_said_beside_its_field(
    panel: Panel, asked: str, sentence: str
) -> None:
    browser = await panel.sign_in("officer")
    for path in (*PAGES, *FILES):
        seen = await browser.visit(f"{path}?{asked}")
        assert seen.status == 422
        assert 'class="problem"' in seen.html
        assert sentence in seen.html


async def test_a_filter_that_somebody_made_up_is_said(panel: Panel) -> None:
    browser = await panel.sign_in("officer")
    for made_up in ("activity=none", "by=name", "channel=x", "category='"):
        assert (await browser.visit(f"/figures?{made_up}")).status == 422


async def test_nothing_is_divided_where_nothing_happened(panel: Panel) -> None:
    browser = await panel.sign_in("officer")
    for path in (*PAGES, *FILES, "/figures/kpis", "/figures/kpis.csv", "/figures/kpis.json"):
        assert (await browser.visit(path)).status == 200


async def test_a_key_figure_stands_beside_its_target_with_both_periods(told: Panel) -> None:
    browser = await told.sign_in("officer")
    await browser.visit("/figures/kpis")
    counting = {"counting_first": "2026-10-01", "counting_last": "2026-11-30"}
    seen = await browser.send("/figures/kpis", **{**GOAL, **counting}, target="16")
    assert (seen.status, "The key figure was added." in seen.html) == (200, True)
    assert "38 % (37.50 %)" in seen.html
    assert "Thursday 1 October 2026 – Monday 30 November 2026" in seen.html
    assert "Confirmed requests by verified citizens" in seen.html


async def test_a_key_figure_off_its_path_is_told_on_the_first_page_to_who_may_see_it(told: Panel) -> None:
    officer, gate = await told.sign_in("officer"), await told.sign_in("gate", "desk")
    sentence = "Sport applications: 6 so far, where the target of 1600"
    assert sentence not in (await officer.visit("/")).html
    await officer.visit("/figures/kpis")
    seen = await officer.send("/figures/kpis", **{**GOAL, "last": "2026-12-31"}, target="1600")
    assert sentence in seen.html
    assert sentence in (await officer.visit("/")).html
    assert sentence not in (await gate.visit("/")).html
    rows = await rows_of(officer, "/figures/kpis.csv")
    assert rows[1][:5] == ["Sport applications", "6", "1600", "0", "0.38"]
    assert rows[1][-1].startswith(sentence)
    (found,) = json.loads((await officer.visit("/figures/kpis.json")).html)["rows"]
    assert (found["value"], found["exact"], found["off_path"]) == (6, "0.38", True)


async def test_no_target_is_said(told: Panel) -> None:
    browser = await told.sign_in("officer")
    await browser.visit("/figures/kpis")
    seen = await browser.send("/figures/kpis", **GOAL, target="")
    assert '<p class="figure">no target</p>' in seen.html


async def test_a_changed_target_keeps_its_history_and_is_audited(told: Panel) -> None:
    browser = await told.sign_in("officer", login="maria")
    await browser.visit("/figures/kpis")
    await browser.send("/figures/kpis", **GOAL, target="16")
    (target,) = await told.side.targets.current()
    path, before = f"/figures/kpis/{target.kpi}", await told.written()
    await browser.visit(path)
    seen = await browser.send(path, target="2.100")
    assert (seen.status, "maria" in seen.html) == (200, True)
    history = await told.side.targets.history(target.kpi)
    assert [each.target.target for each in history] == [2100, 16]
    assert history[0].target.counting_period == Period(date(2026, 11, 1), date(2026, 11, 30))
    assert await told.written() == before + 1


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"target": "0"}, "A target cannot be zero"),
        ({"target": "-5"}, "A target cannot be below zero"),
        ({"target": "many"}, "Write the target in digits"),
        ({"target": "12.5"}, "Write the target in digits"),
        ({"target": "9" * 30}, "Write the target in digits"),
        ({"target": "5", "last": "2026-10-01"}, "before it starts"),
        ({"target": "5", "counting_first": "2026-12-24"}, "before it starts"),
        ({"target": "5", "first": "2026-02-30"}, "2026-02-30"),
        ({"target": "5", "category": ""}, "Category: "),
        ({"target": "5", "measure": "new_users"}, "New users are counted all together only"),
    ],
)
async def test_a_wrong_target_is_said_kept_in_the_form_and_not_saved(
    panel: Panel, typed: dict[str, str], sentence: str
) -> None:
    browser = await panel.sign_in("officer")
    await browser.visit("/figures/kpis")
    seen = await browser.send("/figures/kpis", **{**GOAL, **typed})
    assert seen.status == 422
    assert sentence in seen.html
    assert seen.form("/figures/kpis").fields["target"] == [typed["target"]]
    assert await panel.count(kpi_targets) == 0


async def test_a_wrong_change_leaves_the_target_as_it_was(told: Panel) -> None:
    browser = await told.sign_in("officer")
    await browser.visit("/figures/kpis")
    await browser.send("/figures/kpis", **GOAL, target="16")
    (target,) = await told.side.targets.current()
    path = f"/figures/kpis/{target.kpi}"
    await browser.visit(path)
    seen = await browser.send(path, target="0")
    assert (seen.status, "A target cannot be zero" in seen.html) == (422, True)
    assert await told.side.targets.current() == [target]


async def test_who_may_only_see_figures_sets_no_target(told: Panel) -> None:
    officer, auditor = await told.sign_in("officer"), await told.sign_in("auditor")
    await officer.visit("/figures/kpis")
    await officer.send("/figures/kpis", **GOAL, target="16")
    seen = await auditor.visit("/figures/kpis")
    assert (seen.status, [form for form in seen.forms if form.action == "/figures/kpis"]) == (200, [])
    csrf = seen.forms[0].fields["csrf"]
    assert (await auditor.post("/figures/kpis", {**GOAL, "target": "5", "csrf": csrf})).status == 403
    assert await told.count(kpi_targets) == 1


async def test_a_key_figure_that_is_none_is_not_found(panel: Panel) -> None:
    browser = await panel.sign_in("officer")
    assert (await browser.visit("/figures/kpis/none")).status == 404


def test_a_chart_shows_the_largest_in_their_order_and_nothing_of_nothing() -> None:
    assert charts([("a", [("one", 0)])]) == ()
    rows = [(str(n), [("one", n), ("two", 1)]) for n in range(40)]
    for chart in charts(rows):
        assert [bar.label for bar in chart.bars] == [str(n) for n in range(40 - MOST_BARS, 40)]
        assert all(x + width <= chart.width for bar in chart.bars for _, x, width in bar.parts)
