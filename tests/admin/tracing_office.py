"""Officers at the panel, and the worker with their telephones."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from core.db.work import Work
from core.people.staff_sessions import FULL
from tests.admin.conftest import Panel
from tests.admin.pages import Browser, Seen
from tests.tracing.town import Alkyona, open_alkyona

HOURS = "/tracing/hours/hall"
MORNING = {"day": "2026-12-01", "from": "09:00", "until": "10:00"}
TEST = {"template": "exposure", "advice": "test"}
FREE = {
    "template": "free",
    "text_el": "Ήσασταν στον χώρο {where} την ώρα {when}. Κάντε εξέταση.",
    "text_en": "You were at {where}, {when}. Please take a test.",
}
EVERYTHING = re.compile(r"\+30\d|69[0-9]{8}|Ελένη")


class Office:
    """Officers at the panel, and the worker with their telephones."""

    def __init__(self, panel: Panel, town: Alkyona) -> None:
        self.panel = panel
        self.town = town

    async def officer(self, staff_id: int, language: str = "en") -> Browser:
        work = Work()
        token = self.panel.side.sessions.open(work, staff_id, FULL, device="Firefox, Linux")
        await self.panel.side.writer.commit(work)
        browser = await self.panel.browser(language)
        browser.set_cookie(token)
        return browser

    async def draft(self, browser: Browser, path: str = HOURS, **typed: Any) -> int:
        await preview(browser, path, **typed)
        page = await browser.send(f"{path}/draft")
        assert page.path.startswith("/tracing/order/"), page.html
        await self.town.step()
        return int(page.path.rpartition("/")[2])

    async def type_code(self, browser: Browser, warning: int, code: str) -> Seen:
        await browser.visit(f"/tracing/order/{warning}")
        await browser.send(f"/tracing/order/{warning}/code", code=code)
        await self.town.step()
        return await browser.visit(f"/tracing/order/{warning}")

    async def rows(self, table: Any) -> list[Any]:
        return await self.town.rows(table)


@asynccontextmanager
async def opened(panel: Panel, folder: Path) -> AsyncIterator[Office]:
    codes: Any = panel.side.codes
    async with open_alkyona(panel.side.database, panel.clock, folder, codes) as town:
        yield Office(panel, town)


@pytest.fixture
async def office(panel_on_both: Panel, tmp_path: Path) -> AsyncIterator[Office]:
    async with opened(panel_on_both, tmp_path) as found:
        yield found


@pytest.fixture
async def one_office(panel: Panel, tmp_path: Path) -> AsyncIterator[Office]:
    """On SQLite: for what asks nothing of the database."""
    async with opened(panel, tmp_path) as found:
        yield found


async def preview(browser: Browser, path: str = HOURS, **typed: Any) -> Seen:
    await browser.visit(path)
    group = MORNING if path == HOURS else {}
    return await browser.send(path, **{**group, **TEST, **typed})


async def told(answer: Any) -> list[str]:
    """The next message of a stream (Server-Sent Events)."""
    lines = []
    async for line in answer.content:
        if line.startswith(b"data:"):
            lines.append(line[5:].decode())
        elif not line.strip() and lines:
            break
    return ["".join(lines)]
