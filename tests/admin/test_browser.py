"""The pages in a real browser: accessible in both themes and sizes, by keyboard, and as small as promised.

A page that is added to the panel is added to `PAGES` (`test_every_page.py` sees to it).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from core.db.work import Work
from core.people.staff_roles import Role
from core.stats.definitions import Period
from core.stats.kpi import Target
from tests.activities.makers import LANES
from tests.admin.conftest import PASSWORD, Panel, make_tables, serve
from tests.fakes.clock import StoppedClock
from tests.makers import Town
from tests.stats.makers import Story, at

# One browser for all: starting it takes longer than most of what it shows.
pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

AXE = Path("node_modules/axe-core/axe.min.js").read_text("utf-8")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
SIZES = {
    "phone": {"width": 390, "height": 844},
    "desktop": {"width": 1280, "height": 900},
    "narrow": {"width": 320, "height": 640},
}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
IS_WIDER = "document.documentElement.scrollWidth > innerWidth"
LARGEST_PAGE = 100_000
WEIGHT = """[...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
    .reduce((sum, entry) => sum + entry.encodedBodySize, 0)"""

BEFORE = {"sign_in": "/in", "join": "/join/{join}", "join_over": "/join/" + "x" * 43}
PAGES = {
    "home": "/",
    "desk": "/desk",
    "staff": "/staff",
    "staff_one": "/staff/{other}",
    "invite": "/staff/invite",
    "audit": "/audit",
    "audit_check": "/audit/check",
    "figures": "/figures?by=hour",
    "figures_wrong": "/figures?first=2026-02-30",
    "figures_age": "/figures?by=age",
    "figures_heat": "/figures/heat?last=2026-12-31",
    "figures_time": "/figures/time?last=2026-12-31",
    "figures_channels": "/figures/channels?last=2026-12-31",
    "figures_peaks": "/figures/peaks",
    "figures_kpis": "/figures/kpis",
    "figures_kpi": "/figures/kpis/kpi-1",
    "figures_next": "/figures/next",
    "tracing": "/tracing",
    "tracing_new": "/tracing/new",
    "tracing_pass": "/tracing/pass",
    "tracing_reports": "/tracing/reports",
    "account": "/account",
    "password": "/account/password",
    "recovery": "/account/recovery",
    "telephone": "/account/telephone",
    "missing": "/nothing",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS.split())
        yield opened
        await opened.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def panel(tmp_path_factory: pytest.TempPathFactory, key_folder: Path) -> AsyncIterator[Panel]:
    address = f"sqlite:///{tmp_path_factory.mktemp('panel')}/panel.db"
    await make_tables(address)
    async with serve(address, key_folder, StoppedClock()) as running:
        story = Story()
        story.apply(at(10, 12, month=11), at(20, 18, month=11), 1)
        story.visit(1, at(20, 18, month=11))
        await story.tell(running.side.database)
        await book(running)
        yield running


async def book(panel: Panel) -> None:
    """An hour that is full, one that is not, and somebody who found no place."""
    town = Town(panel.side.database, panel.clock, panel.side.codes)
    lanes = [{**lane, "capacity": 2} for lane in LANES]
    await town.make_activity(
        facility__individual_facilities=lanes, capacity={"unit": "persons"}, reserved={"phone": 1}
    )
    slot = await town.slot_at(at(2, 10), "lane-1")
    for citizen, channel in zip(await town.make_citizens(2), ("web", "phone"), strict=True):
        await town.make_booking(slot, citizen, channel=channel)
    await town.hold(slot, await town.make_citizen())
    await town.make_booking(await town.slot_at(at(3, 10), "lane-2"), await town.make_citizen())
    await town.writer.close()


async def opened(browser: Browser, size: str, theme: str, language: str = "el-GR") -> Page:
    context = await browser.new_context(
        locale=language, viewport=SIZES[size], color_scheme=theme, reduced_motion="reduce"
    )
    context.set_default_timeout(10_000)
    return await context.new_page()


async def faults(page: Page) -> list[str]:
    await page.evaluate(AXE)
    found = await page.evaluate(
        "rules => axe.run({runOnly: rules}).then(r => r.violations.map(v => v.id + ' ' + v.nodes[0].html))",
        RULES,
    )
    if await page.evaluate(IS_WIDER):
        found.append("wider than the window")
    return list(found)


async def sign_in(page: Page, panel: Panel, login: str, seen: dict[str, list[str]] | None = None) -> None:
    """By keyboard alone; `seen` gets what is wrong with the second step's page."""
    await page.goto(f"{panel.address}/in")
    await page.focus("#f-login")
    await page.keyboard.type(login)
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/in/code*")
    if seen is not None:
        seen["second_step"] = await faults(page)
    await page.focus("#f-code")
    await page.keyboard.type(panel.code())
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{panel.address}/")


async def filled(panel: Panel, login: str) -> dict[str, str]:
    """Somebody with every role, and something on every page; what the addresses need."""
    await panel.person(login, *Role)
    work = Work()
    join = panel.side.staff.invite(work, f"new-{login}", [Role.DESK, Role.GATE])
    month = Period(date(2026, 12, 1), date(2026, 12, 31))
    target = Target("kpi-1", "attended", "sport", 2100, month, month)
    panel.side.targets.set(work, target, staff_id=None)
    await panel.side.writer.commit(work)
    return {"join": join, "other": str(await panel.person(f"other-{login}", Role.GATE))}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", ["phone", "desktop"])
async def test_every_page_is_accessible(panel: Panel, browser: Browser, size: str, theme: str) -> None:
    login = f"{size}-{theme}"
    ids = await filled(panel, login)
    page = await opened(browser, size, theme)
    seen: dict[str, list[str]] = {}
    for name, path in BEFORE.items():
        await page.goto(panel.address + path.format(**ids))
        seen[name] = await faults(page)
    await page.goto(f"{panel.address}/in")
    await page.click("main button")
    seen["sign_in_wrong"] = await faults(page)
    await sign_in(page, panel, login, seen)
    for name, path in PAGES.items():
        await page.goto(panel.address + path.format(**ids))
        seen[name] = await faults(page)
    await page.goto(f"{panel.address}/staff/invite")
    await page.click("main button")
    seen["invite_wrong"] = await faults(page)
    await page.context.close()
    assert {name: found for name, found in seen.items() if found} == {}


async def test_every_page_fits_the_narrowest_window_is_light_and_complains_of_nothing(
    panel: Panel, browser: Browser
) -> None:
    ids = await filled(panel, "narrow")
    page = await opened(browser, "narrow", "light")
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(f"{page.url}: {message.text}"))
    page.on("pageerror", lambda fault: complaints.append(f"{page.url}: {fault}"))
    wrong, titles = [], []
    for path in (*BEFORE.values(), "", *PAGES.values()):
        if not path:
            await sign_in(page, panel, "narrow")
            continue
        await page.goto(panel.address + path.format(**ids))
        titles.append(await page.title())
        weight = await page.evaluate(WEIGHT)
        if await page.evaluate(IS_WIDER) or not 0 < weight < LARGEST_PAGE:
            wrong.append((path, weight))
        assert await page.get_attribute("html", "lang") == "el"
    await page.context.close()
    assert wrong == []
    # Of an answer that is a refusal any browser's console tells.
    assert [each for each in complaints if "status of 4" not in each] == []
    same = {title for title in titles if titles.count(title) > 1}
    assert len(same) <= 1, same  # one page of figures, asked for in different ways


async def test_a_fault_is_reached_by_keyboard_from_the_summary(panel: Panel, browser: Browser) -> None:
    page = await opened(browser, "desktop", "light", "en-GB")
    await page.goto(f"{panel.address}/in")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.className") == "skip"
    await page.click("main button")
    await page.wait_for_selector(".problem-summary:focus")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    assert await page.evaluate("document.activeElement.id") == "f-login"
    await page.context.close()


async def test_the_chosen_theme_and_language_stay(panel: Panel, browser: Browser) -> None:
    page = await opened(browser, "desktop", "light")
    await page.goto(f"{panel.address}/in")
    ground = "getComputedStyle(document.body).backgroundColor"
    before = await page.evaluate(ground)
    await page.click("button[value=dark]")
    dark = await page.evaluate(ground)
    await page.click("button[value=en]")
    assert await page.text_content("h1") == "Staff sign-in"
    assert await page.evaluate(ground) == dark != before
    await page.context.close()
