"""At a gate in a real browser: photographs as telephones take them, and a count that is put right."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import segno
from PIL import Image, ImageFilter
from playwright.async_api import Playwright, async_playwright, expect
from sqlalchemy import select

from core.db.schema import audit
from tests.admin.conftest import make_tables, serve
from tests.admin.gate_phones import Town, at_gate, booked, camera, line_is, phone, says, wedge
from tests.admin.gatehouse import Gatehouse
from tests.fakes.clock import StoppedClock

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
TWELVE_MEGAPIXELS = (4000, 3000)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def playwright() -> AsyncIterator[Playwright]:
    async with async_playwright() as started:
        yield started


@pytest_asyncio.fixture(loop_scope="module")
async def town(tmp_path: Path, key_folder: Path) -> AsyncIterator[Town]:
    address = f"sqlite:///{tmp_path}/panel.db"
    await make_tables(address)
    async with serve(address, key_folder, StoppedClock()) as panel:
        house = await Gatehouse.build(panel)
        built = Town(house)
        await built.open()
        yield built
        await built.shut()
        await house.close()


def photograph(token: str, side: int) -> bytes:
    """A pass held at an angle before a busy wall, twelve megapixels, a little out of focus. `side`: of the code, in
    pixels of the photograph."""
    drawn = BytesIO()
    segno.make(token, error="m").save(drawn, kind="png", scale=12, border=4)
    code = Image.open(drawn).convert("L").resize((side, side), Image.Resampling.LANCZOS)
    card = Image.new("L", (side * 2, side * 2), 235)
    card.paste(code, (side // 2, side // 2))
    # The far edge is shorter, as a camera that looks down at it sees it; then the card is turned.
    lean = side // 5
    w = h = side * 2
    slanted = card.transform(
        (w, h),
        Image.Transform.QUAD,
        (-lean, 0, 0, h, w, h, w + lean, 0),
        Image.Resampling.BICUBIC,
        fillcolor=120,
    ).rotate(17, Image.Resampling.BICUBIC, expand=True, fillcolor=120)
    dice = random.Random(3)
    wall = Image.new("L", (80, 60))
    wall.putdata([dice.randrange(60, 200) for _ in range(80 * 60)])
    picture = wall.resize(TWELVE_MEGAPIXELS, Image.Resampling.NEAREST)
    picture.paste(slanted, (1900, 900))
    sent = BytesIO()
    picture.filter(ImageFilter.GaussianBlur(1.2)).convert("RGB").save(sent, "JPEG", quality=85)
    return sent.getvalue()


@pytest.mark.parametrize("side", [1100, 520, 300])
async def test_a_photograph_of_a_slanted_pass_is_read_near_and_far(
    playwright: Playwright, town: Town, tmp_path: Path, side: int
) -> None:
    _, token = await booked(town, 2)
    town.house.at(0)
    picture: Any = {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": photograph(token, side)}
    async with camera(playwright, tmp_path, "nothing") as browser:
        page = await at_gate(await phone(browser, town, sees=False), town)
        await page.set_input_files("#photo", picture)
        await says(page, "in", "ΠΕΡΑΣΤΕ 2")


async def test_fewer_came_than_were_let_through(playwright: Playwright, town: Town, tmp_path: Path) -> None:
    _, first = await booked(town, 4)
    _, second = await booked(town, 3)
    town.house.at(0)
    async with camera(playwright, tmp_path, "nothing") as browser:
        page = await at_gate(await phone(browser, town, sees=False), town)
        await expect(page.locator("#correct")).to_be_hidden()
        await wedge(page, first)
        await says(page, "in", "ΠΕΡΑΣΤΕ 4")
        await page.click("#correct")
        await page.click("#verdict[data-kind=ask] >> text=Πέρασαν: 3")
        await says(page, "in", "ΠΕΡΑΣΤΕ 3", "Διορθώθηκε: πέρασαν 3")
        assert await town.house.inside() == 3
        async with town.house.town.database.reading() as connection:
            action = await connection.scalar(select(audit.c.action).order_by(audit.c.id.desc()).limit(1))
        assert action == "gate.corrected"

        await town.shut()
        await wedge(page, second)
        await says(page, "in", "ΠΕΡΑΣΤΕ 3")
        await page.click("#correct")
        await page.click("#verdict[data-kind=ask] >> text=Πέρασαν: 1")
        await says(page, "in", "ΠΕΡΑΣΤΕ 1")
        await expect(page.locator("#correct")).to_be_hidden()
        await expect(page.locator("#waiting")).to_have_text("1")
        await town.open()
        await page.reload()
        await line_is(page, "on")
        await expect(page.locator("#waiting")).to_be_hidden()
    assert await town.house.inside() == 4
