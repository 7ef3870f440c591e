"""Tracing on the panel: counts and codes, never a person; two officers, each with a code from their own telephone."""

from __future__ import annotations

import re

from sqlalchemy import delete, update

from core.db.work import Work
from core.people.staff_model import staff_tries
from core.people.staff_roles import Role
from core.tracing.enrolling import Bringing
from core.tracing.model import enrolments, officers, typed_codes, warnings
from tests.admin.tracing_office import (
    EVERYTHING,
    FREE,
    HOURS,
    MORNING,
    Office,
    office,
    preview,
    told,
)
from tests.tracing.town import APPROVER, DRAFTER, NUMBERS, THIRD

__all__ = ["office"]


async def test_two_officers_release_a_warning_and_see_what_became_of_it(office: Office) -> None:
    await office.town.crowd(7)
    await office.town.make_visit(await office.town.make_citizen("2100000009"))
    first, second = await office.officer(DRAFTER), await office.officer(APPROVER)
    page = await preview(first)
    assert page.status == 200
    assert "8 people will be told" in page.html
    assert (
        "You were near a case of an infectious disease (Hall, Tuesday 1 December, 09:00–10:00)" in page.html
    )
    assert "Βρεθήκατε κοντά σε κρούσμα" in page.html
    assert re.search(r"SMS segments?", page.html)
    assert office.town.sms.sent == []
    warning = await office.draft(first)
    page = await first.visit(f"/tracing/order/{warning}")
    assert "waiting for release" in page.html
    assert "staff-101" in page.html and "staff-102" in page.html  # noqa: PT018
    assert NUMBERS[APPROVER][-6:] not in page.html
    page = await office.type_code(first, warning, office.town.code_of(DRAFTER))
    assert "Your code is right" in page.html
    assert office.town.warnings_sent() == []
    code = office.town.code_of(APPROVER)
    page = await office.type_code(second, warning, f"{code[:4]} {code[4:]}")
    assert len(office.town.warnings_sent()) == 7
    assert ">sent<" in page.html
    assert "<td>7</td>" in page.html
    assert "Calls not listened to yet" in page.html
    assert "warning to 8 people" not in page.html
    listed = await first.visit("/tracing")
    assert f'href="/tracing/order/{warning}"' in listed.html
    for path in (f"/tracing/order/{warning}", "/tracing", HOURS):
        assert not EVERYTHING.search((await second.visit(path)).html)


async def test_only_those_who_trace_find_the_pages(office: Office) -> None:
    other = await office.panel.sign_in(Role.OFFICER, Role.ADMINISTRATOR, Role.DESK, Role.AUDITOR)
    for path in ("/tracing", "/tracing/new", HOURS, "/tracing/pass", "/tracing/reports", "/tracing/order/1"):
        assert (await other.visit(path)).status == 403
    mine = await office.officer(DRAFTER)
    for path in ("/tracing/hours/nowhere", "/tracing/event/nothing", "/tracing/order/1", "/tracing/order/x"):
        assert (await mine.visit(path)).status == 404


async def test_whoever_has_no_telephone_is_told_so_before_anything_is_written(office: Office) -> None:
    await office.town.crowd()
    browser = await office.officer(THIRD)
    page = await preview(browser)
    assert "not enrolled for releases yet" in page.html
    page = await browser.send(f"{HOURS}/draft")
    assert page.status == 422
    assert "Set it on the page" in page.html
    assert await office.rows(warnings) == []


async def test_wrong_codes_others_codes_and_codes_of_no_form(office: Office) -> None:
    await office.town.crowd()
    first, second = await office.officer(DRAFTER), await office.officer(APPROVER)
    warning = await office.draft(first)
    page = await office.type_code(first, warning, "12345678")
    assert "The code is not right" in page.html
    await first.visit(f"/tracing/order/{warning}")
    page = await first.send(f"/tracing/order/{warning}/code", code="abc")
    assert page.status == 422
    assert "digits only" in page.html
    page = await office.type_code(second, warning, office.town.code_of(DRAFTER))
    assert "sent to another person" in page.html
    assert "sent to another person" not in (await first.visit(f"/tracing/order/{warning}")).html
    page = await office.type_code(first, warning, office.town.code_of(APPROVER))
    assert "sent to another person" in page.html
    assert office.town.warnings_sent() == []
    assert all(row.code == "" for row in await office.rows(typed_codes))


async def test_guessing_is_slowed_and_then_voids_the_order(office: Office) -> None:
    await office.town.crowd()
    browser = await office.officer(DRAFTER)
    warning = await office.draft(browser)
    for n in range(5):
        page = await office.type_code(browser, warning, f"{n:08d}")
    assert "Too many wrong codes" in page.html
    assert (await office.rows(warnings))[0].state == "void"
    assert f"/tracing/order/{warning}/code" not in {form.action for form in page.forms}
    await office.town.write(update(warnings).values(state="asked"))  # whatever the database says
    page = await browser.visit(f"/tracing/order/{warning}")
    page = await browser.send(f"/tracing/order/{warning}/code", code="00000009")
    assert page.status == 422
    assert "Wait" in page.html or "wait" in page.html
    assert len(await office.rows(staff_tries)) == 1


async def test_cancelling_and_changing_void_what_was_asked(office: Office) -> None:
    await office.town.crowd()
    first, second = await office.officer(DRAFTER), await office.officer(APPROVER)
    warning = await office.draft(first, **FREE)
    await first.visit(f"/tracing/order/{warning}")
    page = await first.send(f"/tracing/order/{warning}/edit")
    assert "The earlier order was stopped" in page.html
    kept = page.form(HOURS).fields
    assert {name: kept[name][0] for name in (*MORNING, *FREE)} == {**MORNING, **FREE}
    codes = {officer: office.town.code_of(officer) for officer in (DRAFTER, APPROVER)}
    page = await second.visit(f"/tracing/order/{warning}")
    assert "cancelled" in page.html
    page = await first.send(HOURS, text_en="You were at {where}, {when}. Please stay at home.")
    page = await first.send(f"{HOURS}/draft")
    await office.town.step()
    newer = int(page.path.rpartition("/")[2])
    for browser, officer in ((first, DRAFTER), (second, APPROVER)):
        page = await office.type_code(browser, newer, codes[officer])
        assert "code is not right" in page.html
    assert office.town.warnings_sent() == []
    await first.visit(f"/tracing/order/{newer}")
    page = await first.send(f"/tracing/order/{newer}/cancel")
    assert "Nothing will be sent" in page.html
    await first.post(f"/tracing/order/{newer}/cancel", page.form("/out").fields)
    assert first.last.status == 422
    assert "Reload the page" in first.last.html


async def test_a_day_without_approval_and_an_hour_after_the_same_group(office: Office) -> None:
    await office.town.crowd()
    first, second = await office.officer(DRAFTER), await office.officer(APPROVER)
    warning = await office.draft(first)
    for browser, officer in ((first, DRAFTER), (second, APPROVER)):
        await office.type_code(browser, warning, office.town.code_of(officer))
    assert len(office.town.warnings_sent()) == 6
    page = await preview(first)
    assert "The same group was already warned at 10:00" in page.html
    office.panel.clock.move(minutes=10)
    again = await office.draft(first)
    office.panel.clock.move(hours=24)
    await office.town.step()
    page = await (await office.officer(DRAFTER)).visit(f"/tracing/order/{again}")
    assert "24 hours have passed without approval" in page.html
    assert len(office.town.warnings_sent()) == 6


async def test_what_the_worker_refuses_is_said_with_what_comes_next(office: Office) -> None:
    await office.town.crowd()
    browser = await office.officer(DRAFTER)
    await office.town.write(delete(officers).where(officers.c.staff_id == APPROVER))
    warning = await office.draft(browser)
    page = await browser.visit(f"/tracing/order/{warning}")
    assert "There is no second officer on duty" in page.html
    assert "Ask the server" in page.html
    await office.town.write(update(warnings).values(reason="admin.title"))
    assert "staff panel" not in (await browser.visit(f"/tracing/order/{warning}")).html.split("<main")[1]


async def test_the_same_form_twice_is_one_order(office: Office) -> None:
    await office.town.crowd()
    browser = await office.officer(DRAFTER)
    page = await preview(browser)
    fields = page.form(f"{HOURS}/draft").fields
    await browser.post(f"{HOURS}/draft", fields)
    page = await browser.post(f"{HOURS}/draft", fields)
    assert page.path == "/tracing"
    assert len(await office.rows(warnings)) == 1


async def test_progress_is_told_as_it_changes(office: Office) -> None:
    await office.town.crowd()
    browser = await office.officer(DRAFTER)
    warning = await office.draft(browser)
    async with browser.session.get(f"/tracing/order/{warning}/stream") as answer:
        first = (await told(answer))[0]
        assert "awaited" in first
        work = Work()
        office.town.panel.type_code(work, warning, DRAFTER, office.town.code_of(DRAFTER))
        await office.town.writer.commit(work)
        await office.town.step()
        while "Your code is right" not in (seen := (await told(answer))[0]):
            assert "data-state" in seen


async def test_a_link_for_ones_own_telephone_is_shown_once(office: Office) -> None:
    browser = await office.officer(THIRD)
    page = await browser.visit("/account")
    assert "It is not set yet" in page.html
    page = await browser.send("/account/release-link")
    link = re.findall(r"/chat\?start=(staff_[A-Za-z0-9_-]+)", page.html)[0]
    assert f"/start {link}" in page.html
    assert "data:image/svg+xml" in page.html
    (row,) = await office.rows(enrolments)
    assert row.staff_id == THIRD
    assert link not in repr(row)
    town = office.town
    bringing = Bringing(town.database, town.clock, town.codes, town.sealer)
    invited = await bringing.invited(link)
    assert invited.login == f"staff-{THIRD}"
    await town.hall.write(lambda work: bringing.bring(work, invited, "+306900000103", "sms", "el"))
    page = await browser.visit("/account")
    assert "Read to the server" in page.html
    assert "It was set on" in (await (await office.officer(DRAFTER)).visit("/account")).html
    other = await office.panel.sign_in(Role.GATE, Role.OFFICER)
    assert "release-link" not in (await other.visit("/account")).html
