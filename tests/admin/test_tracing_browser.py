"""A warning in real browsers, released by two officers with the worker running; and every page with axe."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from core.activities.loading import load, parse
from core.db.work import Work
from core.people.staff_sessions import FULL
from core.tracing.reports import Reports
from tests.admin.conftest import Panel
from tests.admin.test_browser import IS_WIDER, LARGEST_PAGE, SIZES, WEIGHT, browser, faults, panel
from tests.admin.test_day_browser import both_themes
from tests.tracing.town import APPROVER, DRAFTER, Alkyona, morning, open_alkyona
from tests.worlds import DEMONSTRATION

__all__ = ["browser", "panel"]
pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
PATHS = (
    "/tracing",
    "/tracing/new",
    "/tracing/hours/hall",
    "/tracing/event/festival",
    "/tracing/pass",
    "/tracing/reports",
    "/account",
)
"""And `/tracing/order/{id}`, in every state."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(panel: Panel, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Alkyona]:
    """A crowd in the hall, a festival, a case that reported, and orders in every state."""
    folder, codes = tmp_path_factory.mktemp("worker"), panel.side.codes
    async with open_alkyona(panel.side.database, panel.clock, folder, codes) as opened:  # type: ignore[arg-type]
        festival = load(parse((DEMONSTRATION / "festival.json").read_bytes()), panel.clock.now().date())
        await opened.hall.write(lambda work: opened.activities.publish(work, festival))
        crowd = await opened.crowd(8)
        await opened.make_visit(await opened.make_citizen("2100000009"))
        reports = Reports(opened.database, opened.clock, opened.codes, opened.settings)
        await opened.hall.write(lambda work: reports.report(work, crowd[0], panel.clock.now().date()))
        yield opened


@asynccontextmanager
async def working(town: Alkyona) -> AsyncIterator[None]:
    """The worker's turns, as long as this lasts."""

    async def work() -> None:
        while True:
            await town.step()
            await asyncio.sleep(0.1)

    running = asyncio.create_task(work())
    try:
        yield
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def officer(browser: Browser, panel: Panel, staff_id: int, size: str, **context: Any) -> Page:
    """A browser in which this officer is signed in."""
    work = Work()
    token = panel.side.sessions.open(work, staff_id, FULL, device="Chrome, Linux")
    await panel.side.writer.commit(work)
    opened = await browser.new_context(
        locale="el-GR",
        viewport=SIZES[size],  # type: ignore[arg-type]
        reduced_motion="reduce",
        **context,
    )
    await opened.add_cookies([{"name": "panel", "value": token, "url": panel.address}])
    opened.set_default_timeout(10_000)
    return await opened.new_page()


async def compose(page: Page, panel: Panel) -> None:
    await page.goto(f"{panel.address}/tracing/hours/hall")
    for name, value in (("day", "2026-12-01"), ("from", "09:00"), ("until", "10:00")):
        await page.fill(f"#f-{name}", value)
    await page.check('[value="exposure"]')
    await page.check('[value="test"]')
    await page.click("main .form .actions button")
    await page.wait_for_selector(".preview")


@pytest.mark.parametrize("size", ["phone", "desktop"])
async def test_every_page_is_accessible(panel: Panel, browser: Browser, town: Alkyona, size: str) -> None:
    page = await officer(browser, panel, DRAFTER, size)
    orders = {state: await town.draft() for state in ("asked", "void", "refused")}
    await town.step()
    await town.hall.write(lambda work: town.panel.cancel(work, orders["void"], DRAFTER))
    refused = await town.draft(morning(), by=103)
    await town.step()
    seen: dict[str, list[str]] = {}
    for path in (*PATHS, *(f"/tracing/order/{each}" for each in (*orders.values(), refused))):
        await page.goto(panel.address + path)
        seen[path] = await both_themes(page)
    await page.goto(f"{panel.address}/tracing/hours/hall")
    await page.click("main .form .actions button")
    await page.wait_for_selector(".problem-summary")
    seen["wrong"] = await both_themes(page)
    await compose(page, panel)
    seen["preview"] = await both_themes(page)
    await page.goto(f"{panel.address}/account")
    await page.click("form[action='/account/release-link'] button")
    await page.wait_for_selector(".qr")
    seen["link"] = await both_themes(page)
    await page.context.close()
    assert {name: found for name, found in seen.items() if found} == {}


@pytest.mark.parametrize("script", [True, False])
async def test_two_officers_release_a_warning(
    panel: Panel, browser: Browser, town: Alkyona, script: bool
) -> None:
    """With script what changes shows by itself; without it, when the page is asked for again."""
    first = await officer(browser, panel, DRAFTER, "desktop", java_script_enabled=script)
    second = await officer(browser, panel, APPROVER, "phone", java_script_enabled=script)
    before = len(town.warnings_sent())
    async with working(town):
        await compose(first, panel)
        assert "9 άτομα" in await first.inner_text(".preview h2")
        await first.click(".preview button")
        await first.wait_for_url("**/tracing/order/*")
        order = first.url.split("?")[0]

        async def shows(page: Page, words: str) -> None:
            for _ in range(50):
                if words in await page.inner_text("main"):
                    return
                await asyncio.sleep(0.1)
                if not script:
                    await page.goto(order)
            raise AssertionError(words, await page.inner_text("main"))

        await shows(first, "περιμένει έγκριση")
        await second.goto(order)
        for page, who in ((first, DRAFTER), (second, APPROVER)):
            await shows(page, "staff-102")
            await page.fill("#f-code", town.code_of(who))
            await page.press("#f-code", "Enter")
            if who == DRAFTER:
                await shows(page, "Ο κωδικός σας είναι σωστός")
                assert len(town.warnings_sent()) == before
        for page in (second, first):
            await shows(page, "Εγκρίθηκε και παραδίδεται")
            await shows(page, "Κλήσεις που δεν ακούστηκαν ακόμη")
    assert len(town.warnings_sent()) == before + 8
    for page in (first, second):
        if script:
            assert await faults(page) == []
        await page.context.close()


async def test_only_the_fields_of_the_chosen_text_are_shown(
    panel: Panel, browser: Browser, town: Alkyona
) -> None:
    page = await officer(browser, panel, DRAFTER, "phone")
    await page.goto(f"{panel.address}/tracing/pass")
    for chosen in ("exposure", "closure", "free"):
        await page.check(f'[value="{chosen}"]')
        shown = [name for name in ("exposure", "closure", "free") if await page.is_visible(f".for-{name}")]
        assert shown == [chosen]
    await page.context.close()


async def test_the_pages_fit_the_narrowest_window_and_weigh_little(
    panel: Panel, browser: Browser, town: Alkyona
) -> None:
    page = await officer(browser, panel, DRAFTER, "narrow")
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    wrong = []
    order = await town.draft()
    await town.step()
    for path in (*PATHS, f"/tracing/order/{order}"):
        await page.goto(panel.address + path)
        if await page.evaluate(IS_WIDER) or await page.evaluate(WEIGHT) > LARGEST_PAGE:
            wrong.append((path, await page.evaluate(WEIGHT)))
    await compose(page, panel)
    assert not await page.evaluate(IS_WIDER)
    await page.context.close()
    assert wrong == []
    assert complaints == []
