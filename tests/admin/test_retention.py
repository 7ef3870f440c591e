"""Administrators are told on their first page when old data were not erased last night; nobody else is."""

from __future__ import annotations

from core.conversations.retention import PROCESS
from core.db.work import Work
from core.messages.worker import beat
from tests.admin.conftest import Panel


async def test_the_first_page_says_that_old_data_were_not_erased(panel_on_both: Panel) -> None:
    panel = panel_on_both
    administrator, officer = await panel.sign_in("administrator"), await panel.sign_in("officer")
    for browser, told in ((administrator, True), (officer, False)):
        await browser.visit("/")
        assert ("has not run yet" in browser.last.html) is told
    night = Work()
    beat(night, panel.side.database, PROCESS, panel.clock.now())
    await panel.side.writer.commit(night)
    for hours, told in ((26, False), (0.1, True)):
        panel.clock.move(hours=hours)
        browser = await panel.sign_in("administrator", login=f"again-{int(hours)}")
        await browser.visit("/")
        assert ("did not run: last time" in browser.last.html) is told
