"""Invitations, accounts and the audit log, as people go through them."""

from __future__ import annotations

import re

import pyotp
import pytest
from sqlalchemy import select, update

from core.db import audit as audit_log
from core.db.schema import audit
from core.people.staff import LINK_LASTS
from core.people.staff_model import staff, staff_links
from core.people.staff_roles import Role
from tests.admin.conftest import PASSWORD, SECRET, Panel
from tests.admin.pages import Browser

NEW = "four quite unrelated words"


async def invite(browser: Browser, login: str, *roles: str) -> str:
    """The path of the link."""
    await browser.visit("/staff/invite")
    seen = await browser.send("/staff/invite", login=login, roles=roles)
    return re.search(r"/join/[\w-]{43}", seen.html)[0]  # type: ignore[index]


def secret_on(browser: Browser) -> str:
    found = re.search(r'<span class="mono">([A-Z2-7 ]+)</span>', browser.last.html)
    assert found
    return found[1].replace(" ", "")


async def join(panel: Panel, browser: Browser, path: str) -> str:
    """Take an invitation; the secret of the new telephone."""
    await browser.visit(path)
    secret = secret_on(browser)
    await browser.send(path, password=NEW, repeated=NEW, code=pyotp.TOTP(secret).at(panel.clock.now()))
    return secret


async def test_an_invited_person_joins_and_comes_back_with_their_own_password(panel_on_both: Panel) -> None:
    panel = panel_on_both
    administrator, invited = await panel.sign_in(Role.ADMINISTRATOR), await panel.browser()
    path = await invite(administrator, "Nikos", "gate", "desk")
    assert "nikos" in (await administrator.visit("/staff")).html
    secret = await join(panel, invited, path)
    assert invited.last.html.count("-") > 8 * 3
    assert "You are signed in as nikos" in (await invited.visit("/")).html
    assert (await invited.visit("/staff")).status == 403
    await invited.visit("/")
    await invited.send("/out")
    panel.clock.move(seconds=30)
    await invited.visit("/in")
    await invited.send("/in", login="nikos", password=NEW)
    await invited.send("/in/code", code=pyotp.TOTP(secret).at(panel.clock.now()))
    assert invited.last.path == "/"
    assert await panel.count(staff_links) == 0


async def test_a_link_works_once_and_not_for_ever(panel: Panel) -> None:
    administrator, first, second = (
        await panel.sign_in(Role.ADMINISTRATOR),
        await panel.browser(),
        await panel.browser(),
    )
    path = await invite(administrator, "nikos", "gate")
    await second.visit(path)
    late = second.last.form(path).fields
    await join(panel, first, path)
    assert (await second.visit(path)).status == 410
    assert (await second.post(path, late)).status == 410
    other = await invite(administrator, "maria", "gate")
    panel.clock.move(seconds=LINK_LASTS.total_seconds())
    assert (await second.visit(other)).status == 410
    await invite(await panel.sign_in(Role.ADMINISTRATOR), "eleni", "gate")
    async with panel.side.database.reading() as connection:
        kept = (await connection.execute(select(staff_links.c.login))).scalars().all()
    assert kept == ["eleni"], "what is over goes when the next is made"
    assert (await second.visit("/join/" + "x" * 43)).status == 410
    assert (await second.visit("/join/%00")).status == 410


async def test_joining_tells_every_fault_and_keeps_the_same_telephone(panel: Panel) -> None:
    administrator, invited = await panel.sign_in(Role.ADMINISTRATOR), await panel.browser()
    path = await invite(administrator, "nikos", "gate")
    await invited.visit(path)
    secret = secret_on(invited)
    for password, repeated, words in (
        ("short", "short", "at least 12"),
        ("aaaaaaaaaaaaaa", "aaaaaaaaaaaaaa", "repeated"),
        ("this is nikos here", "this is nikos here", "must not contain"),
        (NEW, NEW + "x", "not the same"),
        (NEW, NEW, "code is not right"),
    ):
        await invited.send(path, password=password, repeated=repeated, code="000000")
        assert invited.last.status == 422
        assert words in invited.last.html
        assert secret_on(invited) == secret
    forged = {
        **invited.last.form(path).fields,
        "proposal": "AAAA",
        "password": NEW,
        "repeated": NEW,
        "code": "000000",
    }
    assert (await invited.post(path, forged)).status == 422
    assert secret_on(invited) != secret
    assert await panel.count(staff) == 1


async def test_a_name_that_is_taken_is_refused_and_a_second_invitation_voids_the_first(panel: Panel) -> None:
    browser, invited = await panel.sign_in(Role.ADMINISTRATOR, login="eleni"), await panel.browser()
    await browser.visit("/staff/invite")
    assert "has this name already" in (await browser.send("/staff/invite", login="eleni", roles="gate")).html
    old, new = await invite(browser, "nikos", "gate"), await invite(browser, "nikos", "desk")
    assert (await invited.visit(old)).status == 410
    assert (await invited.visit(new)).status == 200
    await browser.visit("/staff")
    action = next(form.action for form in browser.last.forms if form.action.endswith("/take-back"))
    await browser.send(action)
    assert "taken back" in browser.last.html
    assert (await invited.visit(new)).status == 410


async def test_the_same_form_sent_twice_has_one_effect(panel: Panel) -> None:
    browser = await panel.sign_in(Role.ADMINISTRATOR)
    await browser.visit("/staff/invite")
    fields = {**browser.last.form("/staff/invite").fields, "login": "nikos", "roles": "gate"}
    before = await panel.written()
    await browser.post("/staff/invite", fields)
    assert "made already" in (await browser.post("/staff/invite", fields)).html
    assert await panel.written() == before + 1


async def test_roles_are_in_force_at_once_and_closing_signs_out(panel: Panel) -> None:
    administrator = await panel.sign_in(Role.ADMINISTRATOR)
    other = await panel.sign_in(Role.GATE, login="nikos")
    await administrator.visit("/staff")
    path = re.search(r'/staff/\d+(?=">nikos)', administrator.last.html)[0]  # type: ignore[index]
    assert (await other.visit("/audit")).status == 403
    await administrator.visit(path)
    await administrator.send(f"{path}/roles", roles=["auditor"])
    assert (await other.visit("/audit")).status == 200
    await administrator.send(f"{path}/close")
    assert "The account is closed" in administrator.last.html
    assert (await other.visit("/audit")).path == "/in"
    await other.send("/in", login="nikos", password=PASSWORD)
    assert other.last.status == 422
    await administrator.send(f"{path}/open")
    await other.send("/in", login="nikos", password=PASSWORD)
    assert other.last.path == "/in/code"


async def test_the_last_administrator_stays(panel_on_both: Panel) -> None:
    browser = await panel_on_both.sign_in(Role.ADMINISTRATOR, login="eleni")
    await browser.visit("/staff")
    path = re.search(r'/staff/\d+(?=">eleni)', browser.last.html)[0]  # type: ignore[index]
    for action, fields in ((f"{path}/roles", {"roles": "gate"}), (f"{path}/close", {})):
        await browser.visit(path)
        await browser.send(action, **fields)
        assert browser.last.status == 422
        assert "last administrator" in browser.last.html


async def test_a_renewed_account_has_a_new_telephone_and_is_signed_out(panel: Panel) -> None:
    administrator = await panel.sign_in(Role.ADMINISTRATOR)
    lost = await panel.sign_in(Role.GATE, login="nikos")
    await administrator.visit("/staff")
    path = re.search(r'/staff/\d+(?=">nikos)', administrator.last.html)[0]  # type: ignore[index]
    await administrator.visit(path)
    seen = await administrator.send(f"{path}/renew")
    link = re.search(r"/join/[\w-]{43}", seen.html)[0]  # type: ignore[index]
    assert (await lost.visit("/")).path == "/"
    anew = await panel.browser()
    assert await join(panel, anew, link) != SECRET
    assert "signed in as nikos" in (await anew.visit("/")).html
    assert (await lost.visit("/")).path == "/in"


async def test_changing_the_password_signs_other_browsers_out(panel: Panel) -> None:
    browser = await panel.sign_in(Role.GATE, login="nikos")
    old = browser.cookie()
    await browser.visit("/account/password")
    await browser.send("/account/password", current="not it at all", password=NEW, repeated=NEW)
    assert "The password is not right" in browser.last.html
    await browser.send("/account/password", current=PASSWORD, password=NEW, repeated=NEW)
    assert "other devices are signed out" in browser.last.html
    assert browser.cookie() != old
    stranger = await panel.browser()
    stranger.set_cookie(old)
    assert (await stranger.visit("/")).path == "/in"


async def test_a_new_telephone_takes_the_place_of_the_old(panel: Panel) -> None:
    browser = await panel.sign_in(Role.GATE, login="nikos")
    await browser.visit("/account/telephone")
    secret = secret_on(browser)
    await browser.send("/account/telephone", current=PASSWORD, code=pyotp.TOTP(secret).at(panel.clock.now()))
    assert "new telephone is valid" in browser.last.html
    await browser.send("/out")
    panel.clock.move(seconds=60)
    await browser.visit("/in")
    await browser.send("/in", login="nikos", password=PASSWORD)
    await browser.send("/in/code", code=panel.code())
    assert browser.last.status == 422
    await browser.send("/in/code", code=pyotp.TOTP(secret).at(panel.clock.now()))
    assert browser.last.path == "/"


async def test_every_change_is_read_on_the_page_of_the_log_and_a_forged_one_shows(panel: Panel) -> None:
    browser = await panel.sign_in(Role.ADMINISTRATOR, login="eleni")
    for number in range(55):
        await invite(browser, f"person.{number}", "gate")
    page = (await browser.visit("/audit")).html
    assert page.count("Invited") == 50
    older = re.search(r"/audit\?before=\d+", page)[0]  # type: ignore[index]
    assert (await browser.visit(older)).html.count("Invited") == 5
    assert "roles: Gate" in page
    assert "The log is whole" in (await browser.visit("/audit/check")).html
    async with panel.side.database.writing() as connection:
        await connection.execute(update(audit).where(audit.c.id == 3).values(facts={}))
    assert "not whole from entry 3" in (await browser.visit("/audit/check")).html
    assert await audit_log.verify(panel.side.database) == 3


@pytest.mark.parametrize("language", ["el", "en"])
async def test_every_page_speaks_both_languages(panel: Panel, language: str) -> None:
    browser = await panel.sign_in(*Role)
    await browser.visit("/")
    await browser.post(
        "/look", {**browser.last.form("/look").fields, "language": language, "back": "/account"}
    )
    assert browser.last.path == "/account"
    for entry in ("/", "/staff", "/staff/invite", "/audit", "/account", "/account/password", "/nothing"):
        seen = await browser.visit(entry)
        assert f'<html lang="{language}"' in seen.html
        assert ("Προσωπικό</span>" in seen.html) == (language == "el")
