"""The main tasks of staff from end to end, on a phone by touch and at a desk by keyboard alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pyotp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page
from sqlalchemy import select

from core.activities.loading import load, parse
from core.activities.model import activities, slots
from core.bookings.model import bookings
from core.db.work import Work
from core.passes.model import passes
from core.people.staff_roles import Role
from core.people.staff_sessions import FULL
from tests.admin.conftest import Panel, make_tables, serve
from tests.admin.test_browser import browser, faults, opened
from tests.admin.test_day import town_of
from tests.admin.test_day_browser import NINETEEN
from tests.fakes.clock import StoppedClock
from tests.makers import Town
from tests.stats.makers import Story, at
from tests.worlds import DEMONSTRATION

__all__ = ["browser"]
pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
both_sizes = pytest.mark.parametrize("size", ["phone", "desktop"])
NEW_PASSWORD = "another long passphrase"
IS_FOCUSED = "asked => document.activeElement.matches(asked)"
TABS = 150


class Hands:
    """What a person does with a page: at a desk with Tab, Enter and Space, on a phone with a finger."""

    def __init__(self, page: Page, size: str) -> None:
        self.page = page
        self._by_keyboard = size == "desktop"

    async def reach(self, asked: str) -> None:
        if not self._by_keyboard:
            await self.page.locator(asked).first.focus()
            return
        for _ in range(TABS):
            if await self.page.evaluate(IS_FOCUSED, asked):
                return
            await self.page.keyboard.press("Tab")
        raise AssertionError(f"{asked} is not reached by keyboard")

    async def press(self, asked: str) -> None:
        """A link or a button that leads to another page, or to a place in this one."""
        if self._by_keyboard:
            await self.reach(asked)
        async with self.page.expect_navigation():
            await self.touch(asked)

    async def touch(self, asked: str, key: str = "Enter") -> None:
        if self._by_keyboard:
            await self.reach(asked)
            await self.page.keyboard.press(key)
        else:
            await self.page.locator(asked).first.click()

    async def write(self, asked: str, words: str, *, send: bool = False) -> None:
        await self.reach(asked)
        await self.page.keyboard.press("ControlOrMeta+A")
        await self.page.keyboard.type(words)
        if send:
            async with self.page.expect_navigation():
                await self.page.keyboard.press("Enter")

    async def says(self, *words: str) -> None:
        seen = await self.page.inner_text("main")
        assert [word for word in words if word not in seen] == [], seen


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def panel(tmp_path_factory: pytest.TempPathFactory, key_folder: Path) -> AsyncIterator[Panel]:
    address = f"sqlite:///{tmp_path_factory.mktemp('tasks')}/panel.db"
    await make_tables(address)
    async with serve(address, key_folder, StoppedClock()) as running:
        story = Story()
        for booking in range(1, 4):
            story.apply(at(10, 12, month=11), at(20, 18, month=11), booking)
            story.visit(booking, at(20, 18, month=11))
        await story.tell(running.side.database)
        town = town_of(running)
        pool = load(parse((DEMONSTRATION / "pool.json").read_bytes()), town.clock.now().date())
        await town.write(lambda work: town.activities.publish(work, pool))
        yield running


async def hands(browser: Browser, panel: Panel, size: str, *roles: Role) -> Hands:
    """Somebody with these roles, signed in."""
    work = Work()
    staff_id = await panel.person(f"person-{panel.side.codes.new_id()}", *roles)
    token = panel.side.sessions.open(work, staff_id, FULL, device="Firefox, Linux")
    await panel.side.writer.commit(work)
    page = await opened(browser, size, "light")
    await page.context.add_cookies([{"name": "panel", "value": token, "url": panel.address}])
    return Hands(page, size)


async def slot_of(town: Town, key: str, moment: datetime, place: str) -> int:
    statement = (
        select(slots.c.id)
        .join(activities, activities.c.id == slots.c.activity_id)
        .where(activities.c.key == key, slots.c.starts_at == moment, slots.c.place == place)
    )
    async with town.database.reading() as connection:
        return int((await connection.execute(statement)).scalar_one())


async def newest_code(town: Town) -> str:
    statement = select(passes.c.code).join(bookings, bookings.c.id == passes.c.booking_id)
    async with town.database.reading() as connection:
        found = await connection.execute(statement.order_by(bookings.c.id.desc()).limit(1))
        return str(found.scalar_one())


@both_sizes
async def test_an_invitation_is_accepted_and_one_signs_out_everywhere(
    panel: Panel, browser: Browser, size: str
) -> None:
    work, login = Work(), f"new-{size}"
    token = panel.side.staff.invite(work, login, [Role.GATE, Role.DESK])
    await panel.side.writer.commit(work)
    person = Hands(await opened(browser, size, "light"), size)
    page = person.page
    await page.goto(f"{panel.address}/join/{token}")
    secret = (await page.inner_text(".mono")).replace(" ", "")
    app = pyotp.TOTP(secret)
    await person.write("#f-password", NEW_PASSWORD)
    await person.write("#f-repeated", NEW_PASSWORD)
    await person.write("#f-code", app.at(panel.clock.now()), send=True)
    await page.wait_for_selector(".recovery")
    assert await page.locator(".recovery li").count() >= 8
    assert await faults(page) == []
    await person.press("main .actions a.button")
    await page.wait_for_url(f"{panel.address}/")
    await person.press("header form[action='/out'] button")
    await page.wait_for_url("**/in*")

    async def sign_in(other: Hands) -> None:
        panel.clock.move(minutes=1)
        await other.page.goto(f"{panel.address}/in")
        await other.write("#f-login", login)
        await other.write("#f-password", NEW_PASSWORD, send=True)
        await other.page.wait_for_url("**/in/code*")
        await other.write("#f-code", app.at(panel.clock.now()), send=True)
        await other.page.wait_for_url(f"{panel.address}/")

    elsewhere = Hands(await opened(browser, size, "light"), size)
    await sign_in(elsewhere)
    await sign_in(person)
    await person.press("header a[href='/account']")
    await page.wait_for_url("**/account")
    assert await page.locator("#sessions ~ table tbody tr").count() == 2
    await person.press("form[action='/account/sessions/end-all'] button")
    await page.wait_for_url("**/in*")
    await elsewhere.page.goto(f"{panel.address}/account")
    assert "/in" in elsewhere.page.url
    await elsewhere.page.context.close()
    await page.context.close()


@both_sizes
async def test_an_activity_is_made_tried_published_revised_archived_and_brought_back(
    panel: Panel, browser: Browser, size: str
) -> None:
    person = await hands(browser, panel, size, Role.OFFICER)
    page, town = person.page, town_of(panel)
    await page.goto(f"{panel.address}/activities/new")
    await person.touch("#f-kind-0", "Space")
    if size == "desktop":
        await page.keyboard.press("ArrowDown")
    else:
        await page.check('[value="tennis"]')
    await person.press("main .actions button")
    await page.wait_for_url("**/activities/drafts/*")
    draft = page.url.split("?")[0]

    await person.press("a[href$='/edit/basics']")
    await person.write("#f-name-el", " ")
    await person.press(".save button")
    await page.wait_for_selector(".problem-summary")
    assert await page.get_attribute("#f-name-el", "aria-invalid") == "true"
    assert await page.is_visible("#f-name-el-problem")
    await person.press(".problem-summary a")
    assert await page.evaluate(IS_FOCUSED, "#f-name-el")
    await page.keyboard.type(f"Τένις {size}")
    await person.press(".save button")
    await page.wait_for_url(f"{draft}*")

    await person.press(f"a[href='{draft.removeprefix(panel.address)}/try']")
    await person.says("Δεν βρέθηκε κανένα αδιέξοδο", "Στο τηλέφωνο")
    before = await page.locator(".talk li").count()
    await person.press(".choices button")
    assert await page.locator(".talk li").count() > before
    await page.goto(f"{draft}/publish")
    await person.press("main .actions button")
    await page.wait_for_url("**/activities/of/*")
    await person.says(f"Τένις {size}", "Δεκέμβριος 2026")
    address = page.url.split("?")[0]
    key = address.rsplit("/", 1)[1]

    slot_id = await slot_of(town, key, at(2, 10), "court-1")
    booked = await town.make_booking(
        slot_id, await town.make_citizen(), activity=key, revision=1, persons=2, names=["Α", "Β"]
    )
    await person.press("form[action$='/revise'] button")
    await page.wait_for_url("**/activities/drafts/*")
    revision = page.url.split("?")[0]
    await person.press("a[href$='/edit/calendar']")
    await person.press('button[value="day:2026-12-02"]')
    await person.press(".save button")
    await page.wait_for_url(f"{revision}*")
    await person.press("a[href$='/publish']")
    await person.says("Τετ 2/12 10:00", "1 κράτηση", "καθένας ειδοποιείται και του προτείνεται νέα")
    assert await faults(page) == []
    await person.press("main .actions button")
    await page.wait_for_url("**/activities/of/*")
    assert (await town.booking_row(booked.id)).state == "confirmed"

    await person.press("a[href$='/archive']")
    await person.press("form[action$='/archive'] button")
    await page.wait_for_url("**/activities?*")
    await person.says("Στο αρχείο")
    await person.press(f"form[action='/activities/archived/{key}/bring-back'] button")
    assert key in {activity.key for activity in await panel.side.activities.published()}
    await page.context.close()


@both_sizes
async def test_a_day_is_run_from_the_first_walk_in_to_the_closed_hour(
    panel: Panel, browser: Browser, size: str
) -> None:
    lane = {"phone": "lane-1", "desktop": "lane-2"}[size]
    town = town_of(panel)
    panel.clock.at = NINETEEN
    here, free = await slot_of(town, "pool", NINETEEN, lane), await slot_of(town, "pool", at(3, 18), lane)
    closed = await slot_of(town, "pool", at(4, 10), lane)
    tomorrow = await slot_of(town, "pool", at(2, 12), lane)
    await town.make_booking(tomorrow, await town.make_citizen(), activity="pool", revision=1, persons=2)
    await town.make_booking(closed, await town.make_citizen(), activity="pool", revision=1)
    await town.make_booking(tomorrow, await town.make_citizen(), activity="pool", revision=1)
    code = await newest_code(town)
    person = await hands(browser, panel, size, Role.DESK, Role.OFFICER)
    page = person.page

    await page.goto(f"{panel.address}/day/at/pool")
    await person.press(f"a[href='/day/slot/{here}']")
    await person.press(".taps form:nth-child(2) button")
    await page.wait_for_selector(".notice.done")
    await person.says("2 χωρίς κράτηση")

    await page.goto(f"{panel.address}/day/find")
    await person.write("#f-code", code, send=True)
    await page.wait_for_selector("#f-day")
    await page.fill("#f-day", "2026-12-03")  # a date is typed in the order of the browser's own language
    await page.press("#f-day", "Enter")
    await page.wait_for_selector(".slots")
    await person.press(f".slots form:has([value='{free}']) button")
    await page.wait_for_selector(".notice.done")
    moved = await newest_code(town)
    assert moved != code
    await person.write("#f-code", moved, send=True)
    await page.wait_for_selector("form[action='/day/find/cancel']")
    await person.says("Πέμπτη 3 Δεκεμβρίου", "18:00")
    await person.press("form[action='/day/find/cancel'] button")
    await page.wait_for_selector(".notice.done")
    await person.write("#f-code", moved, send=True)
    await person.says("έχει ακυρωθεί")

    await page.goto(f"{panel.address}/day/slot/{closed}")
    await person.says("Υπάρχει 1 κράτηση")
    await person.press("form[action$='/close'] .actions button")
    await page.wait_for_selector(".problem-summary")
    await person.reach("#f-reason")
    await page.select_option("#f-reason", "cleaning")
    await person.press("form[action$='/close'] .actions button")
    await page.wait_for_selector(".notice.done")
    await person.says("Η ώρα είναι κλειστή: καθαρισμός")
    await page.context.close()


@both_sizes
async def test_figures_are_filtered_shared_by_their_address_and_taken_along(
    panel: Panel, browser: Browser, size: str
) -> None:
    panel.clock.at = NINETEEN
    person = await hands(browser, panel, size, Role.OFFICER)
    page = person.page
    await page.goto(f"{panel.address}/figures?first=2026-11-01&last=2026-11-30")
    await person.reach("#f-facility")
    await page.select_option("#f-facility", "pool")
    await person.press(".filters .actions button")
    await page.wait_for_url("**facility=pool*")
    figures = await page.inner_text("table.numbers")
    assert "3" in figures
    other = await hands(browser, panel, size, Role.AUDITOR)
    await other.page.goto(page.url)
    assert await other.page.inner_text("table.numbers") == figures
    async with page.expect_download() as coming:
        await person.touch("a[href^='/figures/statistics.csv']")
    file = await (await coming.value).path()
    assert len(file.read_text("utf-8-sig").splitlines()) > 1
    await other.page.context.close()
    await page.context.close()
