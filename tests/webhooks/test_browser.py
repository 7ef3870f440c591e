"""The pages in a real browser: accessible in both themes and sizes, with the script and without it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from tests.webhooks.conftest import House, serve
from tests.webhooks.fake_side import fake_side
from webhooks.side import BOT

# One browser for all: starting it takes longer than most of what it shows.
pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

AXE = Path("node_modules/axe-core/axe.min.js").read_text("utf-8")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
SIZES = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 900}}
NARROW = {"width": 320, "height": 640}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS.split())
        yield opened
        await opened.close()


@pytest_asyncio.fixture(loop_scope="module")
async def house() -> AsyncIterator[House]:
    async with serve(fake_side()) as running:
        yield running


async def context(browser: Browser, **options: object) -> BrowserContext:
    given = {"locale": "el-GR", "viewport": SIZES["phone"], "reduced_motion": "reduce", **options}
    opened = await browser.new_context(**given)
    opened.set_default_timeout(10_000)
    return opened


async def faults(page: Page) -> list[str]:
    await page.evaluate(AXE)
    found = await page.evaluate(
        "rules => axe.run({runOnly: rules}).then(r => r.violations.map(v => v.id + ' ' + v.nodes[0].html))",
        RULES,
    )
    return list(found)


async def fits(page: Page) -> bool:
    return bool(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


async def answer(page: Page, words: str, then: str) -> None:
    await page.fill("#answer", words)
    await page.keyboard.press("Enter")
    await page.wait_for_selector(then)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", list(SIZES))
async def test_every_page_is_accessible(
    house: House, browser: Browser, size: str, theme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(house.application._state, BOT, SimpleNamespace(name="alkyona_bot"))
    opened = await context(browser, viewport=SIZES[size], color_scheme=theme)
    page = await opened.new_page()
    seen: dict[str, list[str]] = {}
    for name, path in {
        "landing": "/",
        "how full": "/how-full",
        "menu": "/chat",
        "missing": "/nothing",
        "finished": "/chat/finished",
    }.items():
        await page.goto(house.address + path)
        seen[name] = await faults(page)
    await page.goto(f"{house.address}/chat")
    await page.click("text=Κολυμβητήριο")
    await page.click("summary:has-text('Τα ίδια σε πίνακα')")
    seen["day with picture and table"] = await faults(page)
    await page.click("text=Τρ 2/12")
    await page.wait_for_selector("label:has-text('Πόσα άτομα')")
    await answer(page, "wrong", "#problems")
    seen["problem"] = await faults(page)
    await answer(page, "2", "label:has-text('Πώς λέγεστε;')")
    seen["text question"] = await faults(page)
    for words, then in (("Μαρία", "[type=tel]"), ("6912345678", "input.code"), ("123456", "img.pass")):
        await answer(page, words, then)
    seen["pass"] = await faults(page)
    assert seen == {name: [] for name in seen}


async def test_pages_fit_320_pixels_and_four_times_the_size(house: House, browser: Browser) -> None:
    # 1280 pixels at 400 % are 320 CSS pixels (WCAG 2.2, 1.4.10).
    page = await (await context(browser, viewport=NARROW)).new_page()
    for path in ("/", "/how-full"):
        await page.goto(house.address + path)
        assert await fits(page)
    await page.goto(f"{house.address}/chat?start=pool")
    assert await fits(page)
    await page.click("text=Μενού")
    await page.click("text=Κολυμβητήριο")
    await page.click("summary:has-text('Τα ίδια σε πίνακα')")
    assert await fits(page)
    await page.click("text=Το πάσο μου")
    await page.wait_for_selector("img.pass")
    assert await fits(page)


async def test_nothing_is_asked_of_anyone_else_and_the_console_is_silent(
    house: House, browser: Browser
) -> None:
    page = await (await context(browser)).new_page()
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda fault: complaints.append(str(fault)))
    await page.goto(house.address)
    await page.click("a.button >> nth=0")
    await page.click("text=Κολυμβητήριο")
    await page.wait_for_selector("img.day")
    hosts = {urlsplit(url).netloc for url in asked if not url.startswith("data:")}
    assert hosts == {urlsplit(house.address).netloc}
    assert any(url.endswith("commissioner-greek-400-normal.woff2") for url in asked)
    assert complaints == []


async def test_a_whole_booking_without_javascript_by_keyboard(house: House, browser: Browser) -> None:
    page = await (await context(browser, java_script_enabled=False)).new_page()
    await page.goto(f"{house.address}/chat?start=pool")
    await page.focus("text=Τρ 2/12")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("label:has-text('Πόσα άτομα')")
    await answer(page, "wrong", "#problems")
    for words, then in (("2", "[autocomplete=name]"), ("Μαρία", "[type=tel]"), ("6912345678", "input.code")):
        await answer(page, words, then)
    await answer(page, "123456", "img.pass")


async def test_the_script_swaps_the_conversation_moves_the_focus_and_announces(
    house: House, browser: Browser
) -> None:
    page = await (await context(browser)).new_page()
    await page.goto(f"{house.address}/chat")
    await page.evaluate("window.same = true")
    await page.click("text=Κολυμβητήριο")
    await page.wait_for_selector("text=Ποια ημέρα;")
    assert await page.evaluate("document.activeElement.id") == "question"
    assert "Πόσο γεμάτη" in await page.inner_text("#announcer")
    await page.click("text=Τρ 2/12")
    await page.wait_for_selector("label:has-text('Πόσα άτομα')")
    assert await page.evaluate("document.activeElement.id") == "answer"
    await answer(page, "wrong", "#problems")
    assert await page.evaluate("document.activeElement.id") == "problems"
    await page.click("#problems a")
    assert await page.evaluate("document.activeElement.id") == "answer"
    assert await page.evaluate("window.same")


async def test_a_lost_connection_loses_nothing(house: House, browser: Browser) -> None:
    opened = await context(browser)
    page = await opened.new_page()
    await page.goto(f"{house.address}/chat?start=pool")
    await opened.set_offline(True)
    await page.click("text=Τρ 2/12")
    await page.wait_for_selector("text=Δεν υπάρχει σύνδεση")
    await opened.set_offline(False)
    await page.click("text=Τρ 2/12")
    await page.wait_for_selector("label:has-text('Πόσα άτομα')")
    assert await page.is_hidden("#offline")


async def test_a_fault_is_told_without_leaving_the_page(house: House, browser: Browser) -> None:
    page = await (await context(browser)).new_page()
    await page.goto(f"{house.address}/chat?start=pool")
    await answer(page, "crash", "text=Λυπόμαστε")
    assert await page.is_visible("text=Ποια ημέρα;")


async def test_an_idle_page_warns_and_then_shows_nothing_old(house: House, browser: Browser) -> None:
    page = await (await context(browser)).new_page()
    await page.clock.install()
    await page.goto(f"{house.address}/chat?start=pool")
    assert await page.is_hidden("#ending")
    await page.clock.run_for(13 * 60 * 1000 + 1000)
    await page.click("#stay")
    await page.wait_for_selector("#ending", state="hidden")
    assert house.conversations.stayed == 1
    await page.clock.run_for(13 * 60 * 1000 + 1000)
    await page.wait_for_selector("#ending", state="visible")
    house.conversations.expire_next = True
    await page.clock.run_for(2 * 60 * 1000 + 2000)
    await page.wait_for_selector("text=15 λεπτά χωρίς απάντηση")


async def test_the_other_language_is_one_press_away(house: House, browser: Browser) -> None:
    page = await (await context(browser)).new_page()
    await page.goto(f"{house.address}/chat?start=pool")
    await page.click("text=English")
    await page.wait_for_selector("text=Which day?")
    assert await page.get_attribute("html", "lang") == "en"
    await page.goto(house.address)
    assert await page.get_attribute("html", "lang") == "en"


async def test_print_shows_the_pass_and_not_the_conversation(house: House, browser: Browser) -> None:
    page = await (await context(browser)).new_page()
    await page.goto(f"{house.address}/chat")
    await page.click("text=Το πάσο μου")
    await page.wait_for_selector("img.pass")
    await page.emulate_media(media="print")
    assert await page.is_visible("img.pass")
    assert await page.is_visible("text=123 456 789 7")
    for hidden in ("h1", ".question", ".commands", ".forget", ".deeds"):
        assert await page.locator(f"{hidden} >> visible=true").count() == 0


PORTAL = """<!doctype html><html lang="el"><title>Δήμος</title><h1>Δήμος</h1>
<a data-paso href="{0}/chat">Κρατήσεις</a><script async src="{0}/static/embed.js"></script>"""


@asynccontextmanager
async def portal(browser: Browser, host: str, allowed: bool) -> AsyncIterator[tuple[Page, str, House]]:
    """The city's portal on a server of its own, its link pressed. Its address is one site with ours, or not."""
    application, words = web.Application(), ""

    async def home(_: web.Request) -> web.Response:
        return web.Response(text=words, content_type="text/html")

    application.router.add_get("/", home)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    own = f"http://{host}:{runner.addresses[0][1]}"
    try:
        async with serve(fake_side(portal_origins=own if allowed else "")) as house:
            words = PORTAL.format(house.address)
            page = await (await context(browser)).new_page()
            async with page.expect_response("**/static/embed.js"):
                await page.goto(f"{own}/")
            await page.wait_for_load_state("networkidle")
            await page.click("text=Κρατήσεις")
            yield page, f"{own}/", house
    finally:
        await runner.cleanup()


async def test_the_portal_shows_the_chat_in_a_frame_where_the_cookie_works(browser: Browser) -> None:
    # Another port of the same host is another origin, but the same site.
    async with portal(browser, "127.0.0.1", allowed=True) as (page, own, _):
        frame = page.frame_locator("iframe")
        await frame.locator("text=Κολυμβητήριο").click()
        await frame.locator("text=Ποια ημέρα;").wait_for()
        assert page.url == own
        await page.click("text=Κλείσιμο")
        await page.locator("iframe").wait_for(state="detached")


@pytest.mark.parametrize("allowed", [True, False])
async def test_on_another_site_the_link_opens_the_full_page(browser: Browser, allowed: bool) -> None:
    async with portal(browser, "localhost", allowed) as (page, _, house):
        await page.wait_for_url(f"{house.address}/chat*")
        assert await page.is_visible("text=Κολυμβητήριο")
