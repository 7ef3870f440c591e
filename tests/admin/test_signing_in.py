"""Getting in, over HTTP: two steps, new ids, slowed tries, sessions that end."""

from __future__ import annotations

import asyncio

import pytest

from core.db import audit as audit_log
from core.people.staff_model import staff_recovery, staff_sessions
from core.people.staff_roles import Role
from core.people.staff_throttle import FREE_TRIES, wait_after
from tests.admin.conftest import PASSWORD, Panel
from tests.admin.pages import Browser


async def first_step(browser: Browser, login: str, password: str = PASSWORD) -> None:
    await browser.visit("/in")
    await browser.send("/in", login=login, password=password)


async def enter(panel: Panel, browser: Browser, login: str) -> None:
    await first_step(browser, login)
    await browser.send("/in/code", code=panel.code())


async def test_password_and_code_lead_in_and_each_step_has_a_new_id(panel_on_both: Panel) -> None:
    panel = panel_on_both
    await panel.person("eleni", Role.ADMINISTRATOR)
    browser = await panel.browser()
    await browser.visit("/staff")
    assert browser.last.path == "/in"
    ids = [browser.cookie()]
    await browser.send("/in", login=" Eleni ", password=PASSWORD)
    assert browser.last.path == "/in/code"
    ids.append(browser.cookie())
    code = panel.code()
    await browser.send("/in/code", code=f"{code[:3]} {code[3:]}")
    assert (browser.last.status, browser.last.path) == (200, "/staff")
    ids.append(browser.cookie())
    assert len(set(ids)) == 3
    for old in ids[:2]:
        browser.set_cookie(old)
        assert (await browser.visit("/")).path == "/in"
    assert await audit_log.verify(panel.side.database) is None


async def test_a_session_is_kept_by_its_hash_alone(panel: Panel) -> None:
    browser = await panel.sign_in(Role.GATE)
    async with panel.side.database.reading() as connection:
        rows = (await connection.execute(staff_sessions.select())).all()
    assert browser.cookie().encode() not in b"".join(bytes(str(row).encode()) for row in rows)


async def test_a_wrong_password_and_an_unknown_name_are_answered_alike(panel: Panel) -> None:
    await panel.person("eleni", Role.GATE)
    answers = []
    for login, password in (("eleni", "not her password"), ("nobody", PASSWORD)):
        browser = await panel.browser()
        await first_step(browser, login, password)
        assert browser.last.status == 422
        assert f'value="{login}"' in browser.last.html
        answers.append(
            browser.last.html.replace(login, "").count("The user name or the password is not right")
        )
    assert answers[0] == answers[1] > 0


async def test_half_a_session_opens_nothing_but_the_second_step(panel: Panel) -> None:
    await panel.person("eleni", *Role)
    browser = await panel.browser()
    await first_step(browser, "eleni")
    for path in ("/", "/staff", "/audit", "/account"):
        assert (await browser.visit(path)).path == "/in/code"


async def test_a_code_counts_once(panel: Panel) -> None:
    await panel.person("eleni", Role.GATE)
    first, second = await panel.browser(), await panel.browser()
    await enter(panel, first, "eleni")
    assert first.last.path == "/"
    await enter(panel, second, "eleni")
    assert second.last.status == 422
    assert "was used already" in second.last.html
    panel.clock.move(seconds=30)
    await second.send("/in/code", code=panel.code())
    assert second.last.path == "/"


async def test_two_who_send_the_same_code_at_once_do_not_both_get_in(panel_on_both: Panel) -> None:
    panel = panel_on_both
    await panel.person("eleni", Role.GATE)
    browsers = [await panel.browser() for _ in range(2)]
    for browser in browsers:
        await first_step(browser, "eleni")
    await asyncio.gather(*(browser.send("/in/code", code=panel.code()) for browser in browsers))
    assert sorted(browser.last.status for browser in browsers) == [200, 422]


async def test_a_recovery_code_counts_once(panel: Panel) -> None:
    owner = await panel.sign_in(Role.GATE, login="eleni")
    await owner.visit("/account/recovery")
    await owner.send("/account/recovery", current=PASSWORD)
    code = owner.last.html.split("<li>")[-1].split("</li>")[0]
    assert await panel.count(staff_recovery) == 8
    for expected in (200, 422):
        browser = await panel.browser()
        await first_step(browser, "eleni")
        await browser.send("/in/code", code=code.upper().replace("-", " "))
        assert browser.last.status == expected
    assert await panel.count(staff_recovery) == 7


async def test_five_wrong_tries_are_slowed_and_never_locked(panel_on_both: Panel) -> None:
    panel = panel_on_both
    await panel.person("eleni", Role.GATE)
    browser = await panel.browser()
    for _ in range(FREE_TRIES):
        await first_step(browser, "eleni", "not her password")
        assert "not right" in browser.last.html
    await first_step(browser, "eleni")
    assert browser.last.status == 422
    assert "Try again in 5 seconds" in browser.last.html
    panel.clock.move(seconds=5)
    await first_step(browser, "eleni", "not her password")
    await first_step(browser, "eleni")
    assert "Try again in 10 seconds" in browser.last.html
    panel.clock.move(seconds=10)
    await enter(panel, browser, "eleni")
    assert browser.last.path == "/"
    await browser.visit("/")
    assert await panel.written() == 2  # slowed, signed in


async def test_many_tries_at_once_are_counted_too(panel: Panel) -> None:
    await panel.person("eleni", Role.GATE)
    browsers = [await panel.browser() for _ in range(20)]
    await asyncio.gather(*(first_step(browser, "eleni", "not her password") for browser in browsers))
    judged = [browser for browser in browsers if "not right" in browser.last.html]
    assert len(judged) == FREE_TRIES


async def test_strangers_tries_do_not_slow_a_browser_that_has_been_in(panel: Panel) -> None:
    await panel.person("eleni", Role.GATE)
    owner, stranger = await panel.browser(), await panel.browser()
    await enter(panel, owner, "eleni")
    await owner.send("/out")
    panel.clock.move(seconds=30)
    for _ in range(FREE_TRIES + 1):
        await first_step(stranger, "eleni", "not her password")
    assert "Try again" in stranger.last.html
    await enter(panel, owner, "eleni")
    assert owner.last.path == "/"
    assert owner.last.status == 200


async def test_the_mark_of_a_known_browser_helps_with_no_other_account(panel: Panel) -> None:
    await panel.person("eleni", Role.GATE)
    await panel.person("maria", Role.GATE)
    browser = await panel.browser()
    await enter(panel, browser, "maria")
    await browser.send("/out")
    stranger = await panel.browser()
    for _ in range(FREE_TRIES):
        await first_step(stranger, "eleni", "not her password")
    await first_step(browser, "eleni", "not her password")
    assert "Try again" in browser.last.html
    browser.set_cookie("forged", "panel-device")
    await first_step(browser, "maria", "not her password")
    assert "not right" in browser.last.html


def test_waits_grow_to_five_minutes_and_no_further() -> None:
    waits = [wait_after(failures).total_seconds() for failures in range(60)]
    assert waits[:8] == [0, 0, 0, 0, 0, 5, 10, 20]
    assert waits == sorted(waits)
    assert waits[-1] == 300


async def test_wrong_codes_are_slowed_as_well(panel: Panel) -> None:
    await panel.person("eleni", Role.GATE)
    browser = await panel.browser()
    await first_step(browser, "eleni")
    wrong = f"{(int(panel.code()) + 1) % 1_000_000:06d}"
    for _ in range(FREE_TRIES):
        await browser.send("/in/code", code=wrong)
    await browser.send("/in/code", code=panel.code())
    assert browser.last.status == 422
    assert "Try again in" in browser.last.html


@pytest.mark.parametrize(("minutes", "path"), [(29, "/audit"), (31, "/in")])
async def test_silence_ends_a_session(panel: Panel, minutes: int, path: str) -> None:
    browser = await panel.sign_in(Role.AUDITOR)
    panel.clock.move(minutes=minutes)
    assert (await browser.visit("/audit")).path == path


async def test_a_session_ends_after_twelve_hours_however_busy(panel: Panel) -> None:
    browser = await panel.sign_in(Role.AUDITOR)
    paths = []
    for _ in range(25):
        paths.append((await browser.visit("/audit")).path)
        panel.clock.move(minutes=29.9)
    assert paths == ["/audit"] * 25
    assert (await browser.visit("/audit")).path == "/in"


async def test_one_signs_out_elsewhere_and_everywhere(panel: Panel) -> None:
    await panel.person("eleni", Role.GATE)
    here, there = await panel.browser(), await panel.browser()
    await enter(panel, here, "eleni")
    panel.clock.move(seconds=30)
    await enter(panel, there, "eleni")
    await here.visit("/account")
    ends = [form for form in here.last.forms if form.action == "/account/sessions/end"]
    assert len(ends) == 1
    await here.post("/account/sessions/end", ends[0].fields)
    assert (await there.visit("/")).path == "/in"
    panel.clock.move(seconds=30)
    await enter(panel, there, "eleni")
    await here.visit("/account")
    await here.send("/account/sessions/end-all")
    assert here.last.path == "/in"
    assert "signed out on all devices" in here.last.html
    for browser in (here, there):
        assert (await browser.visit("/")).path == "/in"


async def test_nobody_ends_the_session_of_another(panel: Panel) -> None:
    mine, theirs = await panel.sign_in(Role.GATE), await panel.sign_in(Role.GATE)
    await theirs.visit("/account")
    await mine.visit("/account")
    fields = mine.last.form("/account/sessions/end-all").fields
    async with panel.side.database.reading() as connection:
        every = (await connection.execute(staff_sessions.select())).all()
    for row in every[1:]:
        await mine.post("/account/sessions/end", {**fields, "session": str(row.id)})
    assert (await theirs.visit("/account")).path == "/account"


@pytest.mark.parametrize(
    "to", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:1", "/a\r\nb"]
)
async def test_signing_in_leads_nowhere_but_into_the_panel(panel: Panel, to: str) -> None:
    await panel.person("eleni", Role.GATE)
    browser = await panel.browser()
    await browser.visit("/in")
    await browser.send("/in", login="eleni", password=PASSWORD, to=to)
    await browser.send("/in/code", code=panel.code(), to=to)
    assert (browser.last.status, browser.last.path) == (200, "/")
