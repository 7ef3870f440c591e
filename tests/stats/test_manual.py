"""The examples of docs/figures.md, read from the page and computed."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from core.activities.model import activities, slots
from core.messages.texts import Texts
from core.stats.counts import Counts, View, show, tabulate
from core.stats.definitions import Period, decimal, median_of, share
from core.stats.equity import by_channel, sentences
from core.stats.kpi import OFF_PATH_BELOW, Kpi, Target, reckon
from core.stats.planned import Kept
from core.stats.presence import day_peaks, reduction_of, shifts_of
from tests.stats.conftest import Desk
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


def test_example_g_cancellations() -> None:
    story = Story()
    for booking, before in enumerate((59, 60, 24 * 60, 80 * 60), start=1):
        story.apply(at(1, 9), at(8, 10), booking)
        story.cancel(at(8, 10) - timedelta(minutes=before), booking)
    (row,) = tabulate(story.log().applications.values(), View(MONTH), now=at(9, 1))
    found = row.counts
    assert (
        f"less than an hour {found.cancelled_hour}, less than a day {found.cancelled_day}, less than three days"
        f" {found.cancelled_three_days}, earlier {found.cancelled_earlier}." in example("G")
    )


def test_example_h_lead_time() -> None:
    minutes = (24 * 60, 22 * 60 + 30, 46 * 60)
    hours = [before // 60 for before in minutes]
    middle = median_of(Counter(hours))
    assert example("H").endswith(f"{hours[0]}, {hours[1]} and {hours[2]} hours; median {middle}.")


async def test_example_i_fill(desk: Desk) -> None:
    tuesdays = [at(1, 19), at(8, 19)]
    async with desk.database.writing() as connection:
        activity = {"id": 1, "key": "pool", "category": "sport", "facility": "pool", "state": "published"}
        await connection.execute(insert(activities), {**activity, "revision": 1, "planned_until": at(1, 1)})
        for number, (starts, taken) in enumerate(zip(tuesdays, (3, 1), strict=True)):
            row = {"id": number, "activity_id": 1, "place": "lane-1", "occasion": "", "starts_at": starts}
            row |= {"ends_at": starts + timedelta(hours=1), "capacity": 3, "taken": taken, "reserved": {}}
            await connection.execute(insert(slots), {**row, "state": "open", "sessions": []})
    (fill,) = await desk.figures.fill(MONTH)
    assert (fill.weekday, fill.hour) == (1, 19)
    full = share(fill.taken, fill.capacity)
    assert full is not None
    told = f"Slots {fill.slots}, capacity {fill.capacity}, taken {fill.taken}: {full.per_cent} %; full {fill.full}."
    assert told in example("I")


def test_example_j_equity() -> None:
    counts = {
        "web": Counts(applications=180, accepted=175, refused=5),
        "phone": Counts(applications=20, accepted=15, refused=5),
    }
    channels = by_channel(counts, {"desk": Kept(7, 7 * 2, min(2, 1) + min(2, 3))})
    said = [Texts(ATHENS).say(each, "en") for each in sentences(channels)]
    assert (
        "telephone: 5 of 20 found no place (25 %), clearly more than on all channels together (5 %)"
        in " ".join(said)
    )
    (desk,) = [each for each in channels if each.channel == "desk"]
    assert desk.used is not None
    assert f"of {desk.kept.units} places {desk.kept.used} were given ({desk.used.per_cent} %)" in example("J")


def test_example_k_alerts() -> None:
    days = Period(date(2026, 12, 1), date(2026, 12, 30))
    target = Target("x", "applications", "sport", 30, days, days)

    def on(day: int, count: int) -> Kpi:
        return reckon(target, {date(2026, 12, 1): count}, date(2026, 12, day))

    fourth, fifth = on(4, 4), on(5, 4)
    assert fourth.expected is not None
    assert fifth.expected is not None
    told = (
        f"on day 4 the path asks for {fourth.expected}, no alert; on day 5 for {fifth.expected}, and {fifth.value}"
        f" is below {decimal(OFF_PATH_BELOW * fifth.expected)}: alert."
    )
    assert told in example("K")
    assert (fourth.off_path, fifth.off_path) == (False, True)
    assert [(on(10, count).off_path, on(10, count).is_back) for count in (9, 10)] == [
        (False, False),
        (False, True),
    ]
