"""The week by hours, times, and channels: pages and files over real bookings, on both databases."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin.pages.figures_grid import STEPS, grids, shade
from admin.pages.figures_time import band_of, written
from core.bookings.decisions import RefusedPlace
from core.stats.counts import Counts
from core.stats.equity import CHANNELS, by_channel, sentences
from core.stats.planned import Kept
from tests.activities.makers import LANES
from tests.admin.conftest import Panel
from tests.admin.pages import Browser
from tests.makers import Town
from tests.stats.makers import at

ASKED = "first=2026-12-02&last=2026-12-08"


@pytest.fixture
async def busy(panel_on_both: Panel) -> AsyncIterator[Panel]:
    """On Wednesday at ten lane 1 is full, its last place taken 90 minutes after the first, and one was sent away; two
    came by telephone, for which one place of each lane is kept."""
    town = Town(panel_on_both.side.database, panel_on_both.clock)
    lanes = [{**lane, "capacity": 2} for lane in LANES]
    await town.make_activity(
        facility__individual_facilities=lanes, capacity={"unit": "persons"}, reserved={"phone": 1}
    )
    slot = await town.slot_at(at(2, 10), "lane-1")
    first, second, third, away = await town.make_citizens(4)
    await town.make_booking(slot, first)
    town.clock.move(minutes=90)
    await town.make_booking(slot, second, channel="phone")
    await town.make_booking(await town.slot_at(at(3, 10), "lane-2"), third, channel="phone")
    assert isinstance(await town.hold(slot, away), RefusedPlace)
    yield panel_on_both
    await town.writer.close()


async def rows_of(browser: Browser, path: str) -> list[list[str]]:
    seen = await browser.visit(path)
    assert seen.status == 200
    return list(csv.reader(io.StringIO(seen.html.removeprefix("\ufeff"))))


async def test_the_heat_map_shows_the_week_and_who_found_no_place(busy: Panel) -> None:
    browser = await busy.sign_in("officer")
    seen = await browser.visit(f"/figures/heat?{ASKED}")
    found = json.loads((await browser.visit(f"/figures/heat.json?{ASKED}")).html)
    wednesday = next(each for each in found["hours"] if each["weekday"] == 2)
    assert wednesday == {
        "weekday": 2,
        "hour": 10,
        "slots": 2,
        "capacity": 4,
        "taken": 2,
        "per_cent": 50,
        "full": 1,
        "refused": 1,
        "refused_persons": 1,
    }
    assert seen.html.count("<svg") == 4
    assert ">50 %<" in seen.html  # in the tile itself
    assert '50 % <span class="note">2 of 4</span>' in seen.html
    rows = await rows_of(browser, f"/figures/heat.csv?{ASKED}&place=hall/lane-1")
    assert [row[0] for row in rows[1:]] == ["Hall, Lane 1"] * 7
    assert rows[3][1:7] == ["Wednesday", "10:00", "1", "2", "2", "100"]


async def test_the_heat_map_is_narrowed_by_its_address(busy: Panel) -> None:
    browser = await busy.sign_in("officer")
    for asked, slots in (("facility=hall", 14), ("activity=hall", 14), ("category=culture", 0)):
        found = json.loads((await browser.visit(f"/figures/heat.json?{ASKED}&{asked}")).html)
        assert sum(each["slots"] for each in found["hours"]) == slots
    for wrong in ("facility=none", "place=hall/none", "place=hall", "activity=x"):
        assert (await browser.visit(f"/figures/heat?{ASKED}&{wrong}")).status == 422


async def test_times_say_how_long_before_and_how_long_it_took(busy: Panel) -> None:
    browser = await busy.sign_in("officer")
    seen = await browser.visit(f"/figures/time?{ASKED}")
    assert seen.html.count(">1:30</td>") == 3  # quickest and median of the activity, and the slot itself
    found = json.loads((await browser.visit(f"/figures/leads.json?{ASKED}")).html)
    assert found["rows"] == [
        {
            "activity": "hall",
            "hour": 0,
            "day": 1,
            "three_days": 2,
            "week": 0,
            "earlier": 0,
            "median_hours": "24.0",
        }
    ]
    filled = json.loads((await browser.visit(f"/figures/filled.json?{ASKED}")).html)["rows"]
    assert filled == [
        {
            "activity": "hall",
            "place": "lane-1",
            "occasion": "",
            "starts_at": "2026-12-02T10:00:00+02:00",
            "minutes": 90,
        }
    ]
    assert (await rows_of(browser, f"/figures/filled.csv?{ASKED}"))[1][0] == "Hall, Lane 1"


async def test_channels_are_held_against_each_other_and_their_shares(busy: Panel) -> None:
    browser = await busy.sign_in("officer")
    seen = await browser.visit(f"/figures/channels?{ASKED}")
    assert "telephone: of 14 places that were kept for this channel 2 were given (14 %)." in seen.html
    rows = await rows_of(browser, f"/figures/channels.csv?{ASKED}")
    (phone,) = [row for row in rows if row[0] == "telephone"]
    assert phone[1:] == ["2", "2", "0", "0", "0", "14", "2", "14"]
    (desk,) = [row for row in rows if row[0] == "desk"]
    assert desk[1:] == ["0", "0", "0", "", "0", "0", "0", ""]


@given(st.integers(-5, 300), st.integers(-5, 300))
def test_only_what_is_full_has_the_last_shade(part: int, whole: int) -> None:
    step = shade(part, whole)
    assert 0 <= step < STEPS
    assert (step == STEPS - 1) == (whole > 0 and part >= whole)


def test_a_grid_has_a_tile_for_each_cell_inside_its_picture() -> None:
    assert grids({}) == ()
    cells = {(day, hour): (1, "7 %") for day in (0, 6) for hour in (8, 21)}
    for grid in grids(cells):
        assert len(grid.tiles) == 4
        assert [hour for hour, _ in grid.hours] == list(range(8, 22))
        assert all(tile.x >= 0 and tile.x + tile.width <= grid.width for tile in grid.tiles)
        assert all(tile.y + 34 <= grid.height for tile in grid.tiles)


def test_times_in_words() -> None:
    assert [band_of(hours) for hours in (0, 1, 23, 24, 71, 72, 167, 168)] == [
        "hour",
        *["day"] * 2,
        *["three_days"] * 2,
        *["week"] * 2,
        "earlier",
    ]
    assert [written(timedelta(minutes=n)) for n in (0, 90, 6000)] == ["0:00", "1:30", "100:00"]


@given(
    st.dictionaries(
        st.sampled_from(CHANNELS),
        st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(0, 9), st.integers(0, 9)),
    )
)
def test_no_town_is_too_empty_for_its_sentences(town: dict[str, tuple[int, int, int, int]]) -> None:
    counts = {
        name: Counts(applications=ok + no, accepted=ok, refused=no) for name, (ok, no, _, _) in town.items()
    }
    kept = {name: Kept(1, units, min(units, used)) for name, (_, _, units, used) in town.items()}
    found = sentences(by_channel(counts, kept))
    asked = any(each.applications for each in counts.values())
    assert (found[0].key == "figures.equity.nothing") is not asked
    assert all(re.fullmatch(r"figures\.equity\.[a-z]+", each.key) for each in found)
