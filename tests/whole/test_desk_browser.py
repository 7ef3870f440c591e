"""The desk in a real browser, from the panel's button to the printed pass: two servers, one database, one press."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from admin.app import make_panel
from core.bootstrap.staff import StaffSide, staff_side
from core.config import Settings
from core.db.work import Work
from core.people.staff_sessions import FULL
from edge.door import open_door
from tests.fakes.clock import KnownCodes
from tests.webhooks.desks import clerk
from tests.whole.people import LANDLINE, MOBILE
from tests.whole.town import Town, open_town
from tests.whole.worker import until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

AXE = Path("node_modules/axe-core/axe.min.js").read_text("utf-8")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
SIZES = {"phone": {"width": 360, "height": 740}, "desktop": {"width": 1280, "height": 900}}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
NAME = "Ελένη Παπαδάκη"


@dataclass
class Office:
    """The citizens' side, and the panel on the same database."""

    town: Town
    panel: str
    side: StaffSide


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS.split())
        yield opened
        await opened.close()


@pytest_asyncio.fixture(loop_scope="module")
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_town(tmp_path, activities=("pool",)) as town:
        settings = Settings(
            database_url=town.settings.database_url,
            keys_dir=town.settings.keys_dir,
            public_url=town.address,
        )
        side = staff_side(settings, clock=town.clock, codes=KnownCodes(seed=2))
        door = await open_door(make_panel(side), "127.0.0.1", 0)
        yield Office(town, f"http://127.0.0.1:{door.addresses[0][1]}", side)
        await door.cleanup()
        await side.close()


@asynccontextmanager
async def counter(
    browser: Browser, office: Office, size: str = "desktop", theme: str = "light"
) -> AsyncIterator[tuple[BrowserContext, Page]]:
    """Staff of the desk, signed in, before the button."""
    work = Work()
    token = office.side.sessions.open(work, await clerk(office.town), FULL, device="")
    await office.side.writer.commit(work)
    context = await browser.new_context(
        locale="el-GR", viewport=SIZES[size], color_scheme=theme, reduced_motion="reduce"
    )
    context.set_default_timeout(60_000)
    await context.add_cookies([{"name": "panel", "value": token, "url": office.panel}])
    page = await context.new_page()
    await page.goto(f"{office.panel}/desk")
    yield context, page
    await context.close()


async def serve(office: Office, context: BrowserContext) -> Page:
    """One press: a tab with the first question.

    The press is made in a tab that was opened before: the driver loses sight of one that a page opens without being its
    opener (that it does, another test sees).
    """
    tab = await context.new_page()
    await tab.goto(f"{office.panel}/desk")
    await tab.evaluate("document.querySelector('main form').removeAttribute('target')")
    await tab.click("main button")
    await tab.wait_for_url(f"{office.town.address}/desk*")
    await tab.wait_for_selector(".desk-band")
    return tab


async def choose(tab: Page, *labels: str) -> None:
    for label in labels:
        before = await tab.inner_text("#question")
        await tab.locator(".choices button", has_text=label).first.click()
        await changed(tab, before)


async def write(tab: Page, *answers: str) -> None:
    for answer in answers:
        before = await tab.inner_text("#question")
        await tab.fill("#answer", answer)
        await tab.keyboard.press("Enter")
        await changed(tab, before)


async def changed(tab: Page, before: str) -> None:
    await tab.wait_for_function(
        "before => document.querySelector('#question')?.innerText !== before"
        " && document.querySelector('#conversation')?.getAttribute('aria-busy') !== 'true'",
        arg=before,
    )


async def faults(page: Page) -> list[str]:
    await page.evaluate(AXE)
    found = await page.evaluate(
        "rules => axe.run({runOnly: rules}).then(r => r.violations.map(v => v.id + ' ' + v.nodes[0].html))",
        RULES,
    )
    if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("wider than the window")
    return list(found)


@pytest.mark.parametrize(("size", "theme"), [("phone", "dark"), ("desktop", "light")])
async def test_a_landline_at_home_gets_a_provisional_pass_and_a_lost_pass_is_printed_again(
    office: Office, browser: Browser, size: str, theme: str
) -> None:
    seen: dict[str, list[str]] = {}
    async with counter(browser, office, size, theme) as (context, page):
        passed: list[str] = []
        page.on("response", lambda answer: passed.append(answer.url))
        seen["panel"] = await faults(page)
        tab = await serve(office, context)
        complaints: list[str] = []
        tab.on("console", lambda message: complaints.append(message.text))
        assert tab.url.split("#")[0] == f"{office.town.address}/desk"
        assert await tab.evaluate("document.referrer") == ""
        assert await tab.evaluate("window.opener") is None
        seen["begin"] = await faults(tab)
        await choose(tab, "Κλειστό κολυμβητήριο")
        await write(tab, "αύριο στις 7 το απόγευμα")
        await choose(tab, "Διαδρομή 2", "1 άτομο", "Το διάβασα")
        await write(tab, LANDLINE)
        seen["where"] = await faults(tab)
        await choose(tab, "Το τηλέφωνο είναι στο σπίτι")
        seen["hours"] = await faults(tab)
        await choose(tab, "18:00")
        await write(tab, NAME)
        await choose(tab, "Ναι", "Όχι", "Επιβεβαιώνω")
        assert "ΠΡΟΣΩΡΙΝΟ έως" in await tab.inner_text(".message.pass")
        assert await tab.evaluate("document.querySelector('img.pass').naturalWidth") > 0
        assert await tab.is_visible("[data-print]")
        seen["pass"] = await faults(tab)
        link = await tab.get_attribute(".files a", "href")
        assert (await (await context.request.get(f"{office.town.address}{link}")).body())[:5] == b"%PDF-"
        await tab.emulate_media(media="print")
        assert await tab.is_hidden(".desk-band")
        assert await tab.is_visible("img.pass")
        await tab.emulate_media(media="screen")
        await tab.click(".desk-band button")
        await tab.wait_for_url("**/desk/finished")
        seen["finished"] = await faults(tab)
        await tab.go_back()
        assert NAME not in await tab.content()
        await tab.goto(f"{office.town.address}/desk")
        seen["over"] = await faults(tab)

        for step in ("book", "lost"):
            tab = await serve(office, context)
            if step == "book":
                await choose(tab, "Κλειστό κολυμβητήριο")
                await write(tab, "αύριο στις 8 το απόγευμα")
                await choose(tab, "Διαδρομή 3", "1 άτομο")
            else:
                office.town.clock.move(minutes=5)
                await choose(tab, "Έχασα το πάσο μου")
            await choose(tab, "Το διάβασα")
            await write(tab, MOBILE)
            await write(tab, office.town.code)
            if step == "book":
                await write(tab, NAME)
                await choose(tab, "Ναι", "Όχι", "Επιβεβαιώνω")
            else:
                assert "Αυτά είναι τα πάσα σας" in await tab.inner_text("#latest")
                seen["lost"] = await faults(tab)
            assert "Διαδρομή 3" in await tab.inner_text(".message.pass")
            await tab.click(".desk-band button")
            await tab.wait_for_url("**/desk/finished")
        assert [words for words in complaints if "Security Policy" in words] == []
        assert NAME not in await page.content()
        assert [url for url in passed if "/static/" not in url] == []
    assert {name: found for name, found in seen.items() if found} == {}


async def test_the_press_opens_a_tab_that_does_not_know_the_panel(office: Office, browser: Browser) -> None:
    async with counter(browser, office) as (context, page):
        assert await page.get_attribute("main form", "rel") == "noopener"
        async with context.expect_page() as opened:
            await page.click("main button")
        tab = await opened.value

        async def has_arrived() -> bool:
            return tab.url.startswith(f"{office.town.address}/desk")

        await until(has_arrived)
        assert page.url == f"{office.panel}/desk"


async def test_without_javascript_one_press_more_does_the_same(office: Office, browser: Browser) -> None:
    async with counter(browser, office) as (context, page):
        fields = {name: await page.input_value(f"main [name={name}]") for name in ("csrf", "once")}
        opening = await (await context.request.post(f"{office.panel}/desk/open", form=fields)).text()
        assert f'action="{office.town.address}/desk"' in opening
        hidden = dict(re.findall(r'name="(ticket|language)" value="([^"]+)"', opening))
        answer = await context.request.post(f"{office.town.address}/desk", form=hidden)
        assert answer.url.split("#")[0] == f"{office.town.address}/desk"
        assert "desk-band" in await answer.text()
