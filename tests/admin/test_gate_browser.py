"""The gate in a real browser, passes held before its camera: with a line, without one, and when it is back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import segno
from playwright.async_api import Page, Playwright, async_playwright, expect

from core.adapters.signing import Ed25519Signer
from core.passes.code import complete
from core.passes.service import Passes
from core.people.staff_roles import Role
from tests.admin.conftest import make_tables, serve
from tests.admin.gate_phones import (
    WORKER_IS_READY,
    Town,
    at_gate,
    booked,
    camera,
    choose,
    line_is,
    phone,
    says,
    type_code,
    wedge,
)
from tests.admin.gatehouse import Gatehouse
from tests.admin.test_browser import IS_WIDER, LARGEST_PAGE, WEIGHT, faults
from tests.fakes.clock import StoppedClock

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
PATHS = ("/gate/hours", "/gate/list", "/gate/phones", "/live")
"""And the scanner, and `/gate/enter/{token}`."""
DECODER = ("decoder.js", "zxing.js", "zxing_reader.wasm")
WEIGHTS = """[...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
    .map((entry) => [entry.name, entry.encodedBodySize])"""
EVERYTHING_KEPT = """async () => {
    const found = [];
    const request = indexedDB.open("paso-gate");
    const base = await new Promise((done) => (request.onsuccess = () => done(request.result)));
    for (const name of base.objectStoreNames) {
        const all = base.transaction(name).objectStore(name).getAll();
        found.push(await new Promise((done) => (all.onsuccess = () => done(JSON.stringify(all.result)))));
    }
    for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        for (const key of await cache.keys()) found.push(key.url, await (await cache.match(key)).text());
    }
    return found.join("\\n") + document.cookie + JSON.stringify(localStorage);
}"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def playwright() -> AsyncIterator[Playwright]:
    async with async_playwright() as started:
        yield started


@pytest_asyncio.fixture(loop_scope="module")
async def town(tmp_path: Path, key_folder: Path) -> AsyncIterator[Town]:
    address = f"sqlite:///{tmp_path}/panel.db"
    await make_tables(address)
    async with serve(address, key_folder, StoppedClock()) as panel:
        house = await Gatehouse.build(panel, facility__name={"el": "Κολυμβητήριο", "en": "Pool"})
        built = Town(house)
        await built.open()
        yield built
        await built.shut()
        await house.close()


async def test_a_pass_goes_in_once_and_out_again(playwright: Playwright, town: Town, tmp_path: Path) -> None:
    _, token = await booked(town, 4)
    town.house.at(0)
    async with camera(playwright, tmp_path, token) as browser:
        page = await at_gate(await phone(browser, town), town)
        await says(page, "in", "ΠΕΡΑΣΤΕ 4")
        await choose(page, "entry")
        await says(page, "stop", "Είναι ήδη μέσα: πέρασαν στις")
        town.house.at(20)
        await choose(page, "auto")
        await says(page, "out", "ΕΞΟΔΟΣ 4")
    assert await town.house.inside() == 0


async def test_part_of_a_group_passes(playwright: Playwright, town: Town, tmp_path: Path) -> None:
    _, token = await booked(town, 4)
    town.house.at(0)
    async with camera(playwright, tmp_path, "nothing") as browser:
        page = await at_gate(await phone(browser, town, sees=False), town)
        await page.click("#more")
        await page.click("#more")
        await expect(page.locator("#persons")).to_have_text("2")
        await wedge(page, token)
        await says(page, "in", "ΠΕΡΑΣΤΕ 2", "Μπορούν να μπουν ακόμη: 2")
        await expect(page.locator("#persons")).to_have_text("όλοι")
        town.house.at(1)
        await wedge(page, token)
        await page.click("#verdict[data-kind=ask] >> text=Είσοδος: 2")
        await says(page, "in", "ΠΕΡΑΣΤΕ 2")
    assert await town.house.inside() == 4


async def test_a_cancelled_pass_stops_and_a_supervisor_may_overrule(
    playwright: Playwright, town: Town, tmp_path: Path
) -> None:
    booking, token = await booked(town)
    await town.house.cancel(booking)
    town.house.at(0)
    async with camera(playwright, tmp_path, token) as browser:
        page = await at_gate(await phone(browser, town), town)
        await expect(page.locator("#verdict button")).to_have_count(1)
        await says(page, "stop", "Η κράτηση ακυρώθηκε")
        officer = await at_gate(await phone(browser, town, Role.OFFICER), town)
        await officer.click("#verdict[open] >> text=Έγκριση υπευθύνου")
        await says(officer, "in", "ΠΕΡΑΣΤΕ 1", "Η κράτηση ακυρώθηκε")
    assert await town.house.inside() == 1


async def test_codes_are_typed_and_photographs_are_read(
    playwright: Playwright, town: Town, tmp_path: Path
) -> None:
    booking, token = await booked(town)
    town.house.at(0)
    code = booking.code or ""
    slip = str((int(code[0]) + 1) % 10) + code[1:]
    picture = BytesIO()
    segno.make(token, error="m").save(picture, kind="png", scale=12)
    async with camera(playwright, tmp_path, "nothing") as browser:
        page = await at_gate(await phone(browser, town, sees=False), town)
        await type_code(page, slip)
        await says(page, "stop", "Κάποιο ψηφίο του κωδικού δεν είναι σωστό")
        assert await town.house.inside() == 0
        await page.click("#open-keypad")
        await page.keyboard.type(code)
        await page.keyboard.press("Enter")
        await says(page, "in", "ΠΕΡΑΣΤΕ 1")
        town.house.at(20)
        file: Any = {"name": "pass.png", "mimeType": "image/png", "buffer": picture.getvalue()}
        await page.set_input_files("#photo", file)
        await says(page, "out", "ΕΞΟΔΟΣ 1")
        blank: Any = {"name": "x.png", "mimeType": "image/png", "buffer": b"no picture"}
        await page.set_input_files("#photo", blank)
        await says(page, "stop", "Δεν φαίνεται κωδικός QR")


async def test_without_a_line_from_the_first_load(playwright: Playwright, town: Town, tmp_path: Path) -> None:
    house = town.house
    _, token = await booked(town, 4)
    typed, _ = await booked(town)
    cancelled, cancelled_token = await booked(town)
    await house.cancel(cancelled)
    house.town.passes = Passes(
        house.town.database, house.town.clock, house.town.codes, Ed25519Signer(bytes(32))
    )
    _, forged = await booked(town)
    house.at(0)
    async with camera(playwright, tmp_path, token) as browser:
        context = await phone(browser, town)
        page = await at_gate(context, town)
        await says(page, "in", "ΠΕΡΑΣΤΕ 4")
        await choose(page, "entry")
        await says(page, "stop", "Είναι ήδη μέσα: πέρασαν στις")
        await page.evaluate(WORKER_IS_READY)
        await page.close()
        await town.shut()

        page = await at_gate(context, town)
        await line_is(page, "off")
        await says(page, "stop", "Είναι ήδη μέσα")  # the direction was kept, and who came in
        await choose(page, "exit")
        await says(page, "out", "ΕΞΟΔΟΣ 4")
        await choose(page, "entry")
        await says(page, "stop", "Έχουν ήδη μπει και βγει")
        await page.evaluate("document.querySelector('#video').srcObject.getTracks().forEach((t) => t.stop())")
        await choose(page, "auto")
        await wedge(page, forged)
        await says(page, "stop", "η υπογραφή του δεν είναι σωστή")
        await wedge(page, cancelled_token)
        await says(page, "stop", "ακυρώθηκε ή αντικαταστάθηκε")
        await wedge(page, "Q" * 10_240)
        await says(page, "stop", "δεν είναι πάσο μας")
        await type_code(page, typed.code or "")
        await says(page, "in", "ΠΕΡΑΣΤΕ 1")
        await type_code(page, complete("123456789"))
        await says(page, "unsure", "Χωρίς σύνδεση αυτός ο κωδικός δεν ελέγχεται")
        await expect(page.locator("#waiting")).to_have_text("2")
        kept = await page.evaluate(EVERYTHING_KEPT)
        assert "ΠΕΡΑΣΤΕ" in kept
        assert "Παπαδ" not in kept
        await page.close()  # what waits survives it

        house.at(5)
        await town.open()
        page = await at_gate(context, town)
        await line_is(page, "on")
        await expect(page.locator("#waiting")).to_be_hidden()
    assert await house.inside() == 1
    assert await house.town.happenings()


async def test_two_telephones_without_a_line_are_a_conflict(
    playwright: Playwright, town: Town, tmp_path: Path
) -> None:
    _, token = await booked(town)
    town.house.at(0)
    async with camera(playwright, tmp_path, "nothing") as browser:
        pages = [await at_gate(await phone(browser, town, sees=False), town) for _ in range(2)]
        for page in pages:
            await page.evaluate(WORKER_IS_READY)
        await town.shut()
        for page in pages:
            await wedge(page, token)
            await says(page, "in", "ΠΕΡΑΣΤΕ 1")
            await line_is(page, "off")
        town.house.at(5)
        await town.open()
        for page in pages:
            await page.evaluate("dispatchEvent(new Event('online'))")
            await line_is(page, "on")
            await expect(page.locator("#waiting")).to_be_hidden()
        await pages[1].goto(f"{town.address}/gate/hours")
        await expect(pages[1].locator("main")).to_contain_text("Το ίδιο πάσο πέρασε από δύο πύλες")


async def test_whoever_was_signed_out_scans_on_and_is_asked_to_sign_in(
    playwright: Playwright, town: Town, tmp_path: Path
) -> None:
    _, token = await booked(town)
    town.house.at(0)
    async with camera(playwright, tmp_path, "nothing") as browser:
        context = await phone(browser, town, sees=False)
        page = await at_gate(context, town)
        await context.clear_cookies()
        await page.evaluate("dispatchEvent(new Event('online'))")
        await line_is(page, "out")
        await expect(page.locator("#sign-in a")).to_be_visible()
        await wedge(page, token)
        await says(page, "in", "ΠΕΡΑΣΤΕ 1")


async def test_the_page_is_light_and_complains_of_nothing(
    playwright: Playwright, town: Town, tmp_path: Path
) -> None:
    complaints: list[str] = []
    async with camera(playwright, tmp_path, "nothing") as browser:
        context = await phone(browser, town)
        page = await context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda fault: complaints.append(str(fault)))
        await page.goto(f"{town.address}/gate")
        await page.wait_for_selector("[data-ready]", state="attached")
        await expect(page.locator("#clock, #notes")).to_contain_text("Το ρολόι της συσκευής δεν είναι σωστό")
        weights = await page.evaluate(WEIGHTS)
    light = {name.rsplit("/", 1)[-1]: size for name, size in weights if not name.endswith(DECODER)}
    assert 0 < sum(light.values()) < LARGEST_PAGE, light
    assert complaints == []


async def verdict_faults(page: Page, kind: str) -> list[str]:
    """Of a verdict of this kind, shown by the page's own script."""
    base = await page.evaluate("document.querySelector('script[type=module]').src")
    await page.evaluate(
        """async ([base, kind]) => {
            const { VerdictScreen } = await import(new URL("./verdict.js", base));
            const screen = new VerdictScreen(() => null);
            const lines = ["Πάσο 1A2-B3C", "Είναι ήδη μέσα."];
            screen.show({ kind, count: 12, lines, actions: [["Είσοδος: 2", () => null]] });
        }""",
        [base, kind],
    )
    found = await faults(page)
    await page.click("[data-part=next]")
    return found


@pytest.mark.parametrize(
    ("size", "theme"),
    [("phone", "light"), ("phone", "dark"), ("desktop", "light"), ("desktop", "dark"), ("narrow", "light")],
)
async def test_every_page_of_the_gate_is_accessible(
    playwright: Playwright, town: Town, tmp_path: Path, size: str, theme: str
) -> None:
    house = town.house
    _, token = await booked(town, 4)
    _, again = await booked(town, 2)
    house.at(0)
    browser_of_staff = await house.panel.sign_in(Role.GATE)
    await house.scan(browser_of_staff, token)
    await house.send(browser_of_staff, house.question(token, direction="entry", passed=4))
    await house.scan(browser_of_staff, again)
    house.at(75)
    seen: dict[str, list[str]] = {}
    async with camera(playwright, tmp_path, "nothing") as browser:
        context = await phone(
            browser, town, Role.OFFICER, Role.GATE, size=size, sees=False, color_scheme=theme
        )
        page = await at_gate(context, town)
        seen["scanner"] = await faults(page)
        await page.click("summary")
        seen["scanner_more"] = await faults(page)
        await page.click("#open-keypad")
        seen["keypad"] = await faults(page)
        await page.click("[data-key=close]")
        for kind in ("in", "out", "stop", "ask", "unsure"):
            seen[kind] = await verdict_faults(page, kind)
        for path in PATHS:
            await page.goto(f"{town.address}{path}")
            seen[path] = await faults(page)
            assert await page.evaluate(WEIGHT) < LARGEST_PAGE, path
        await page.goto(f"{town.address}/gate/phones")
        await page.click("main .actions button")
        seen["link"] = await faults(page)
        await page.click("summary >> text=Ως σύνδεσμος")
        link = await page.inner_text(".link-once")
        await page.goto(town.address + "/gate/enter/" + link.rsplit("/", 1)[1])
        seen["enter"] = await faults(page)
        await page.goto(f"{town.address}/gate/enter/nothing")
        seen["enter_over"] = await faults(page)
    assert {name: found for name, found in seen.items() if found} == {}


async def test_a_screen_on_the_wall_shows_who_came_in(
    playwright: Playwright, town: Town, tmp_path: Path
) -> None:
    _, token = await booked(town, 3)
    town.house.at(0)
    async with camera(playwright, tmp_path, "nothing") as browser:
        wall = await (await phone(browser, town, Role.OFFICER, size="desktop")).new_page()
        await wall.goto(f"{town.address}/live")
        await expect(wall.locator("[data-when=on]")).to_be_visible()
        gate = await at_gate(await phone(browser, town, sees=False), town)
        await wedge(gate, token)
        await expect(wall.locator(".big strong")).to_have_text("3", timeout=5_000)


async def test_the_scanner_is_worked_by_keyboard_alone(
    playwright: Playwright, town: Town, tmp_path: Path
) -> None:
    booking, _ = await booked(town)
    town.house.at(0)
    async with camera(playwright, tmp_path, "nothing") as browser:
        page = await at_gate(await phone(browser, town, sees=False), town)
        for _ in range(20):
            await page.keyboard.press("Tab")
            if await page.evaluate("document.activeElement.id") == "open-keypad":
                break
        await page.keyboard.press("Enter")
        await page.keyboard.type(booking.code or "")
        await page.keyboard.press("Enter")
        await expect(page.locator("#verdict[open]")).to_contain_text("ΠΕΡΑΣΤΕ 1")
        await page.keyboard.press("Enter")
        await expect(page.locator("#verdict")).to_be_hidden()
        assert not await page.evaluate(IS_WIDER)
