"""Every form of every page with missing, over-long, wrong and hostile values: a message, and nothing written."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import func, select

from core.db.schema import audit
from core.people.staff_model import staff, staff_links
from core.people.staff_roles import Role
from tests.admin.conftest import PASSWORD, Panel
from tests.admin.pages import Browser, FormSeen

HOSTILE = (
    "",
    "   ",
    "x" * 5000,
    "<script>alert(1)</script>'\";--",
    "{{ 7777*7 }}",
    "\x00",
    "\u202eabc",
    "😀" * 50,
    "-1",
    "9" * 400,
    "٣",
    "../../etc/passwd",
    "a\r\nSet-Cookie: x=1",
)
HIDDEN = {"csrf", "once"}
NOT_TYPED = {"/out", "/look", "/account/sessions/end-all", "/staff/{other}/close", "/staff/{other}/renew"}
PAGES = ("/staff/invite", "/staff/{other}", "/account/password", "/account/recovery", "/account/telephone")


async def state(panel: Panel) -> list[object]:
    async with panel.side.database.reading() as connection:
        people = (await connection.execute(select(staff))).all()
        links = (await connection.execute(select(staff_links))).all()
        done = select(func.count()).select_from(audit).where(audit.c.action != "staff.slowed")
        return [*people, *links, await connection.scalar(done)]


async def attack(panel: Panel, browser: Browser, page: str, form: FormSeen) -> None:
    before = await state(panel)
    for value in HOSTILE:
        for name in sorted(form.names - HIDDEN):
            await browser.visit(page)
            fresh = browser.last.form(form.action).fields
            seen = await browser.post(form.action, {**fresh, name: value})
            assert seen.status in (422, 400, 404), (page, name, value, seen.status)
            if seen.status == 422:
                assert "problem-summary" in seen.html
            assert "<script>alert" not in seen.html
            assert "54439" not in seen.html
            assert await state(panel) == before, (page, name, value)
        panel.clock.move(minutes=6)
    without = {name: value for name, value in form.fields.items() if name == "csrf"}
    assert (await browser.post(form.action, without)).status in (400, 422)
    assert await state(panel) == before


@pytest.mark.parametrize("page", PAGES)
async def test_no_form_of_a_page_takes_what_it_should_not(panel_on_both: Panel, page: str) -> None:
    panel = panel_on_both
    other = await panel.person("other", Role.GATE)
    browser = await panel.sign_in(*Role, login="eleni")
    path = page.replace("{other}", str(other))
    forms = [form for form in (await browser.visit(path)).forms if len(form.names - HIDDEN) > 0]
    attacked = [form for form in forms if form.action not in ("/look",)]
    assert attacked
    for form in attacked:
        await attack(panel, browser, path, form)


async def test_what_was_typed_is_kept_but_for_passwords(panel: Panel) -> None:
    browser = await panel.sign_in(Role.ADMINISTRATOR)
    await browser.visit("/staff/invite")
    seen = await browser.send("/staff/invite", login='A "b" <i>', roles=["gate", "desk"])
    assert seen.status == 422
    assert 'value="A &#34;b&#34; &lt;i&gt;"' in seen.html
    assert seen.form("/staff/invite").fields["roles"] == ["gate", "desk"]
    await browser.visit("/account/password")
    seen = await browser.send("/account/password", current=PASSWORD, password="short", repeated="short")
    assert seen.status == 422
    assert PASSWORD not in seen.html
    assert "Write at least 12 characters" in seen.html


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"csrf=\xff\xfe", "application/x-www-form-urlencoded", 400),
        (b"csrf=%ff", "application/x-www-form-urlencoded", 400),
        (b"&".join([b"a=1"] * 3000), "application/x-www-form-urlencoded", 400),
        (b"{}", "application/json", 415),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x", 400),
        (b"--x\r\n", "multipart/form-data", 400),
        (
            b'--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n\xff\xfe\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
            400,
        ),
        (b"x", "text/plain", 415),
        (io.BytesIO(b"a" * 1_100_000), "application/x-www-form-urlencoded", 413),
    ],
)
async def test_a_body_that_is_no_form_is_refused(
    panel: Panel, body: bytes | io.BytesIO, kind: str, status: int
) -> None:
    browser = await panel.sign_in(*Role)
    async with browser.session.post("/staff/invite", data=body, headers={"Content-Type": kind}) as answer:
        assert answer.status == status


@pytest.mark.parametrize("number", ["0", "x", "-1", "٣", "9" * 19, "9" * 30, "%00", "1%2f2"])
async def test_a_foreign_id_is_not_found(panel: Panel, number: str) -> None:
    browser = await panel.sign_in(*Role)
    assert (await browser.visit(f"/staff/{number}")).status == 404
    await browser.visit("/account")
    proof = browser.last.form("/account/sessions/end-all").fields
    for action in ("roles", "close", "open", "renew"):
        assert (await browser.post(f"/staff/{number}/{action}", proof)).status == 404


@pytest.mark.parametrize(
    "query", ["before=x", "before=" + "9" * 30, "actor=<b>", "actor=staff:", "done=a.b", "done=<i>"]
)
async def test_a_strange_query_is_passed_over(panel: Panel, query: str) -> None:
    browser = await panel.sign_in(Role.AUDITOR)
    seen = await browser.visit(f"/audit?{query}")
    assert seen.status == 200
    assert "<b>" not in seen.html
    assert "<i>" not in seen.html
