"""Telephones at the gate, in a real browser, before whose camera a pass may be held."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, Playwright, ViewportSize, expect

from admin.app import make_panel
from core.bookings.views import BookingView
from core.db.work import Work
from core.people.staff_roles import Role
from core.people.staff_sessions import FULL
from edge.door import Door, open_door
from tests.admin.camera_films import film
from tests.admin.conftest import Panel
from tests.admin.gatehouse import Gatehouse
from tests.admin.test_browser import FLAGS, SIZES

NAMES = ("Νίκος Παπαδόπουλος", "Ελένη Παπαδοπούλου")
WORKER_IS_READY = """async () => {
    await navigator.serviceWorker.ready;
    if (!navigator.serviceWorker.controller)
        await new Promise((done) => navigator.serviceWorker.addEventListener("controllerchange", done));
}"""


class Town:
    """A gatehouse whose server can be stopped and started again at the same address."""

    def __init__(self, house: Gatehouse) -> None:
        self.house = house
        self._door: Door | None = None
        self._port = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def open(self) -> None:
        self._door = await open_door(make_panel(self.house.panel.side), "127.0.0.1", self._port)
        self._port = self._door.addresses[0][1]

    async def shut(self) -> None:
        if self._door is not None:
            await self._door.cleanup()
        self._door = None


@asynccontextmanager
async def camera(playwright: Playwright, folder: Path, shown: str) -> AsyncIterator[Browser]:
    flags = [*FLAGS.split(), *film(folder / "film.mjpeg", shown).split()]
    browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=flags)
    yield browser
    await browser.close()


async def phone(
    browser: Browser, town: Town, *roles: Role, size: str = "phone", sees: bool = True, **more: Any
) -> BrowserContext:
    """A telephone that is signed in; `sees`: it may use its camera."""
    panel: Panel = town.house.panel
    staff_id = await panel.person(f"person-{panel.side.codes.new_id()}", *(roles or (Role.GATE,)))
    work = Work()
    token = panel.side.sessions.open(work, staff_id, FULL, device="")
    await panel.side.writer.commit(work)
    context = await browser.new_context(
        locale="el-GR",
        viewport=ViewportSize(width=SIZES[size]["width"], height=SIZES[size]["height"]),
        permissions=["camera"] if sees else [],
        reduced_motion="reduce",
        **more,
    )
    context.set_default_timeout(10_000)
    await context.add_cookies([{"name": "panel", "value": token, "url": town.address}])
    return context


async def at_gate(context: BrowserContext, town: Town) -> Page:
    page = await context.new_page()
    await page.goto(f"{town.address}/gate")
    await page.wait_for_selector("[data-ready]", state="attached")
    return page


async def says(page: Page, kind: str, *words: str) -> None:
    """The verdict that is shown, or is about to be; then on to the next."""
    verdict = page.locator(f"#verdict[open][data-kind={kind}]")
    for word in words:
        await expect(verdict).to_contain_text(word)
    await expect(verdict).to_be_visible()
    await page.click("[data-part=next]")


async def choose(page: Page, way: str) -> None:
    await page.click(f"label[for=way-{way}]")


async def wedge(page: Page, shown: str) -> None:
    """A hand-held scanner types it, and Enter."""
    await page.evaluate(
        """(shown) => [...shown, "Enter"].forEach((key) =>
            document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })))""",
        shown,
    )


async def type_code(page: Page, code: str) -> None:
    await page.click("#open-keypad")
    for digit in code:
        await page.click(f"[data-key='{digit}']")
    await page.click("#check")


async def line_is(page: Page, state: str) -> None:
    await expect(page.locator("#line")).to_have_attribute("data-state", state)


async def booked(town: Town, persons: int = 1) -> tuple[BookingView, str]:
    booking = await town.house.book(persons, names=NAMES[: persons - 1])
    return booking, await town.house.token(booking)
