"""The day and the activities in a real browser: accessible in both themes and sizes, light, and by keyboard."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from core.activities.loading import load, parse
from core.db.work import Work
from core.people.staff_roles import Role
from tests.admin.conftest import Panel
from tests.admin.test_browser import (
    IS_WIDER,
    LARGEST_PAGE,
    WEIGHT,
    browser,
    faults,
    opened,
    panel,
    sign_in,
)
from tests.admin.test_day import town_of
from tests.worlds import DEMONSTRATION

__all__ = ["browser", "panel"]
pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
NINETEEN = datetime(2026, 12, 1, 17, tzinfo=UTC)
CONTRAST = """() => axe.run({runOnly: ["color-contrast"]})
    .then(r => r.violations.map(v => v.nodes[0].html))"""
SECTIONS = ("basics", "places", "calendar", "questions", "rules", "gate")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ids(panel: Panel) -> dict[str, Any]:
    """A pool with bookings, a closed hour and drafts; what the addresses need."""
    town = town_of(panel)
    for kind in ("pool", "festival"):
        document = parse((DEMONSTRATION / f"{kind}.json").read_bytes())
        pool = load(document, town.clock.now().date())
        await town.write(lambda work, activity=pool: town.activities.publish(work, activity))
    revision = await town.activities.revision("pool")
    slot_id = await town.slot_at(NINETEEN, "lane-2")
    booking = await town.make_booking(
        slot_id, await town.make_citizen(), activity="pool", revision=revision, persons=2
    )
    await town.hold(slot_id, activity="pool", revision=revision)
    other = await town.slot_at(NINETEEN, "lane-3")
    work = Work()
    await panel.side.closing.close_slot(work, other, "cleaning", None)
    whole = panel.side.drafts.create(work, document, "", town.clock.now().date(), 1)
    part = panel.side.drafts.create(
        work, {"key": "new", "calendar": {"rules": [{}], "closures": [{}]}}, "", town.clock.now().date(), 1
    )
    await panel.side.writer.commit(work)
    return {"slot": slot_id, "closed": other, "code": booking.code, "whole": whole, "part": part}


def paths(ids: dict[str, Any]) -> list[str]:
    drafts = [f"/activities/drafts/{ids[name]}" for name in ("whole", "part")]
    return [
        "/day",
        "/day/at/pool",
        "/day/at/open-air-theatre?day=2026-12-11",
        "/day/at/pool/list",
        f"/day/slot/{ids['slot']}",
        f"/day/slot/{ids['closed']}",
        "/day/find",
        "/activities",
        "/activities/new",
        "/activities/import",
        "/activities/of/pool?month=2026-12",
        "/activities/of/pool/archive",
        "/activities/of/festival/try",
        *drafts,
        f"{drafts[0]}/publish",
        f"{drafts[0]}/try",
        *(f"{drafts[0]}/edit/{section}" for section in SECTIONS),
        *(f"{drafts[1]}/edit/{section}" for section in ("basics", "calendar", "questions")),
    ]


async def wrong_pages(page: Page, panel: Panel, ids: dict[str, Any]) -> dict[str, list[str]]:
    """The pages that come only of what somebody sent."""
    seen: dict[str, list[str]] = {}
    await page.goto(f"{panel.address}/day/find")
    await page.fill("#f-code", "123")
    await page.press("#f-code", "Enter")
    seen["code wrong"] = await both_themes(page)
    await page.fill("#f-code", str(ids["code"]))
    await page.press("#f-code", "Enter")
    await page.wait_for_selector("#f-day")
    seen["booking"] = await both_themes(page)
    await page.fill("#f-day", "2026-12-02")
    await page.press("#f-day", "Enter")
    await page.wait_for_selector(".slots")
    seen["booking slots"] = await both_themes(page)
    await page.goto(f"{panel.address}/activities/drafts/{ids['part']}/edit/calendar")
    await page.click(".save button")
    seen["section wrong"] = await both_themes(page)
    await page.goto(f"{panel.address}/activities/of/pool/try")
    await page.click(".choices button")
    await page.fill("#words", "?")
    await page.press("#words", "Enter")
    seen["try wrong"] = await both_themes(page)
    await page.goto(f"{panel.address}/activities/import")
    await page.click("main .actions button")
    seen["import wrong"] = await both_themes(page)
    return seen


async def both_themes(page: Page) -> list[str]:
    """Everything in the light theme; in the dark one the same page, whose colours alone differ."""
    await page.emulate_media(color_scheme="light")
    found = await faults(page)
    await page.emulate_media(color_scheme="dark")
    return found + [f"dark: {each}" for each in await page.evaluate(CONTRAST)]


@pytest.mark.parametrize("size", ["phone", "desktop"])
async def test_every_page_is_accessible(
    panel: Panel, browser: Browser, ids: dict[str, Any], size: str
) -> None:
    await panel.person(f"day-{size}", *Role)
    page = await opened(browser, size, "light")
    await sign_in(page, panel, f"day-{size}")
    seen: dict[str, list[str]] = {}
    for path in paths(ids):
        await page.goto(panel.address + path)
        seen[path] = await both_themes(page)
    seen |= await wrong_pages(page, panel, ids)
    await page.context.close()
    assert {name: found for name, found in seen.items() if found} == {}


async def test_every_page_fits_the_narrowest_window_and_weighs_little(
    panel: Panel, browser: Browser, ids: dict[str, Any]
) -> None:
    await panel.person("day-narrow", *Role)
    page = await opened(browser, "narrow", "light")
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    await sign_in(page, panel, "day-narrow")
    wrong = []
    for path in paths(ids):
        await page.goto(panel.address + path)
        if await page.evaluate(IS_WIDER) or await page.evaluate(WEIGHT) > LARGEST_PAGE:
            wrong.append((path, await page.evaluate(WEIGHT)))
    await page.context.close()
    assert wrong == []
    assert complaints == []


async def test_visitors_are_let_in_by_keyboard_in_two_steps(
    panel: Panel, browser: Browser, ids: dict[str, Any]
) -> None:
    panel.clock.at = NINETEEN
    await panel.person("day-keys-2", *Role)
    page = await opened(browser, "desktop", "light", "en-GB")
    await sign_in(page, panel, "day-keys-2")
    await page.goto(f"{panel.address}/day/at/pool")
    await page.focus(f'a[href="/day/slot/{ids["slot"]}"]')
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/day/slot/*")
    await page.focus(".taps form:nth-child(2) button")
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".notice.done")
    assert "(2 without a booking)" in await page.inner_text("dl.facts")
    await page.context.close()
