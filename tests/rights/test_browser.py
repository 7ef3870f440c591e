"""My data in a real browser: it makes the key, opens the file, and what lay in the database was closed."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright

from core.conversations.model import data_requests
from tests.rights.office import MOBILE, Office
from tests.webhooks.test_browser import FLAGS, SIZES, faults, fits
from tests.whole.town import open_town

pytestmark = [pytest.mark.browser]
NAME = "Μαρία Παππά"


async def say(page: Page, words: str, then: str) -> None:
    await page.fill("#answer", words)
    await page.keyboard.press("Enter")
    await page.wait_for_selector(then)


async def to_the_choice(page: Page, office: Office) -> None:
    """Registered, and the number proved anew."""
    await page.goto(f"{office.world.address}/chat")  # type: ignore[attr-defined]
    await page.click("text=Οι κρατήσεις μου")
    await page.click("text=Το διάβασα")
    await page.wait_for_selector("[type=tel]")
    await say(page, MOBILE, "input.code")
    await say(page, office.world.code, "[autocomplete=name]")
    await say(page, NAME, "text=κάτοικος")
    await page.click("text=Ναι")
    await page.wait_for_selector("text=θυμίζουμε")
    await page.click(".choices button:has-text('Όχι')")
    await page.click("text=Πίσω στο μενού")
    await page.click("text=Τα στοιχεία μου")
    await page.click("text=Τι κρατάτε για μένα")
    await page.wait_for_selector("[type=tel]")
    office.clock.move(minutes=2)
    await say(page, MOBILE, "input.code")
    await say(page, office.world.code, "text=Πώς τα θέλετε")


@pytest.mark.parametrize("script", [True, False])
async def test_the_file_is_opened_by_the_page_alone(tmp_path: Path, script: bool) -> None:
    async with open_town(tmp_path, activities=("pool",)) as town, async_playwright() as playwright:
        office = Office(town)  # type: ignore[arg-type]
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS.split())
        opened = await browser.new_context(
            locale="el-GR", viewport=SIZES["phone"], accept_downloads=True, java_script_enabled=script
        )
        page = await opened.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda fault: complaints.append(str(fault)))
        await to_the_choice(page, office)
        if script:
            await with_script(page, office)
        else:
            assert await page.is_hidden("#my-data")
            await page.click("text=Σύντομα, στο τηλέφωνό μου")
            await page.wait_for_selector("text=Σας στέλνουμε ένα SMS")
            await office.deliver()
            assert "Τι κρατάμε" in office.texts.sent[-1].text
        assert complaints == []
        await browser.close()


async def with_script(page: Page, office: Office) -> None:
    await page.wait_for_selector("#my-data button")
    assert await faults(page) == []
    assert await fits(page)
    await page.screenshot(path="/tmp/rights/offered.png", full_page=True)
    await page.click("#my-data button")
    await page.wait_for_selector("text=Ετοιμάζουμε το αρχείο σας…")
    await office.deliver()
    (row,) = await office.rows(data_requests)
    assert row.file[0] == 4, "an ephemeral point"
    assert not zipfile.is_zipfile(io.BytesIO(row.file))
    for secret in (NAME.encode(), f"+30{MOBILE}".encode(), b"paso.json"):
        assert secret not in row.file
    await page.wait_for_selector("#my-data a:not([hidden])")
    assert await faults(page) == []
    await page.screenshot(path="/tmp/rights/ready.png", full_page=True)
    async with page.expect_download() as waiting:
        await page.click("#my-data a")
    saved = await (await waiting.value).path()
    with zipfile.ZipFile(saved) as archive:
        held = json.loads(archive.read("paso.json"))
    assert held["citizen"]["name"] == NAME
    (row,) = await office.rows(data_requests)
    assert row.file is None, "erased once fetched"
    await page.reload()
    await page.wait_for_selector("text=φορτώθηκε ξανά")
