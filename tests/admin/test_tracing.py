"""Tracing on the panel: counts and codes, never a person; two officers, each with a code from their own telephone."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, update

from core.activities.loading import load, parse
from core.db.schema import audit
from core.db.work import Work
from core.people.staff_model import staff_tries
from core.people.staff_roles import Role
from core.people.staff_sessions import FULL
from core.tracing.enrolling import Bringing
from core.tracing.model import enrolments, officers, previews, typed_codes, warnings
from core.tracing.reports import Reports
from tests.admin.conftest import Panel
from tests.admin.pages import Browser, Seen
from tests.tracing.town import APPROVER, DRAFTER, NUMBERS, THIRD, Alkyona, open_alkyona
from tests.worlds import DEMONSTRATION

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


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"day": "2026-12-02"}, "until", "These hours are not over yet"),
        ({"until": "11:00"}, "until", "These hours are not over yet"),
        ({"from": "10:00", "until": "09:00"}, "until", "The end is before the start"),
        ({"day": "2026-11-01"}, "day", "Presence before"),
        ({"day": ""}, "day", "fill in"),
        ({"from": "9"}, "from", "a time like 19:30"),
        ({"case": "123"}, "case", "10 digits"),
        ({"case": "1234567890"}, "case", "digit"),
        ({"template": ""}, "template", "one of the answers"),
        ({"advice": ""}, "advice", "one of the answers"),
        ({"template": "closure"}, "reason", "one of the answers"),
        ({"from": "05:00", "until": "06:00"}, "", "Nobody was found"),
        ({**FREE, "text_el": ""}, "text_el", "ill in"),
        ({**FREE, "text_en": "You were at {where}. Please take a test."}, "text_en", "must have the places"),
        ({**FREE, "text_el": "Ήσασταν στο {where} {when} με τον Γιώργο Παπαδόπουλο."}, "text_el", "name"),
        ({**FREE, "text_en": "At {where}, {when}. Call 6912345678 please."}, "text_en", "number"),
        ({**FREE, "text_en": "At {where}, {when}. See www.example.com"}, "text_en", "internet address"),
        ({**FREE, "text_el": "{where} {when}"}, "text_el", "too short"),
    ],
)
async def test_every_fault_stands_beside_its_field_and_what_was_typed_is_kept(
    one_office: Office, typed: dict[str, str], field: str, words: str
) -> None:
    await one_office.town.crowd()
    browser = await one_office.officer(DRAFTER)
    page = await preview(browser, **typed)
    assert page.status == 422
    beside = re.search(rf'id="f-{field}-problem">(.*?)</p>', page.html, re.S) if field else None
    assert words.lower() in (beside[1].lower() if beside else page.html.lower()), page.html
    assert bool(beside) == bool(field)
    kept = page.form(HOURS).fields
    for name, value in {**MORNING, **TEST, **typed}.items():
        if value:
            assert kept[name] == [value]
    greek = await one_office.officer(DRAFTER, "el")
    assert (await preview(greek, **typed)).status == 422


async def test_fewer_than_five_need_the_code_of_the_case(office: Office) -> None:
    town = office.town
    case = await town.make_visit(await town.make_citizen("6930000001"))
    other = await town.make_booking(await town.make_citizen("6930000002"))
    browser = await office.officer(DRAFTER)
    page = await preview(browser)
    assert "fewer than 5 people" in re.findall(r'id="f-case-problem">(.*?)</p>', page.html, re.S)[0]
    page = await preview(browser, case=town.pass_of(other))
    assert "does not belong to the group" in page.html
    code = town.pass_of(case)
    page = await preview(browser, case=f"{code[:3]} {code[3:6]} {code[6:]}")
    assert "1 person will be told" in page.html


async def test_around_a_pass_with_minutes(office: Office) -> None:
    town = office.town
    case = await town.make_visit(await town.make_citizen("6930000001"), 0, 30)
    for stay in (10, 20, 30):
        await town.make_visit(await town.make_citizen(f"69300001{stay}"), 0, stay)
    browser = await office.officer(DRAFTER)
    for minutes, people in (("10", "3 people"), ("15", "2 people"), ("30", "1 person")):
        page = await preview(browser, "/tracing/pass", case=town.pass_of(case), minutes=minutes)
        assert f"{people} will be told" in page.html
        assert "09:0" not in page.html.split("blockquote")[1], "the hour would say when the case came"
    assert "from 1 to 1440" in (await preview(browser, "/tracing/pass", case="1", minutes="0")).html
    page = await preview(browser, "/tracing/pass", case="0000000000")
    assert "no pass with this code" in page.html


async def test_those_who_booked_and_did_not_come_only_when_asked_for(office: Office) -> None:
    town = office.town
    for n in range(6):
        await town.make_booking(await town.make_citizen(f"691{n:07d}"))
    browser = await office.officer(DRAFTER)
    later = {"from": "10:00", "until": "11:00", "template": "closure", "reason": "water"}
    assert "not over yet" in (await preview(browser, **later)).html
    page = await preview(browser, booked="1", **later)
    assert "6 people will be told" in page.html
    assert "The quality of the water is being checked" in page.html


async def test_an_event_is_chosen_by_when_it_was(office: Office) -> None:
    town = office.town
    festival = load(parse((DEMONSTRATION / "festival.json").read_bytes()), town.clock.now().date())
    await town.hall.write(lambda work: town.activities.publish(work, festival))
    browser = await office.officer(DRAFTER)
    new = await browser.visit("/tracing/new")
    assert f"/tracing/event/{festival.key}" in new.html
    assert "/tracing/hours/hall" in new.html
    sessions = await office.panel.side.choosing.sessions(festival.key)
    page = await browser.visit(f"/tracing/event/{festival.key}")
    assert page.html.count("<option value=") == len(sessions) + 1 > 1
    value = re.findall(r'<option value="(\d+)"', page.html)[0]
    page = await browser.send(f"/tracing/event/{festival.key}", session=value, **TEST)
    assert page.status == 422
    assert "not over yet" in re.findall(r'id="f-session-problem">(.*?)</p>', page.html, re.S)[0]


async def test_an_hour_that_the_clock_repeats_is_meant_both_times(office: Office) -> None:
    """On 25 October 2026 the hour from three to four came twice in Greece."""
    town = office.town
    town.clock.at = town.clock.at.replace(month=10, day=26)
    browser = await office.officer(DRAFTER)
    shift = timedelta(days=-37, hours=-6)
    for n in range(10):
        start = (shift.total_seconds() / 60) + (30 if n % 2 else 90) - 60
        await town.make_visit(await town.make_citizen(f"691{n:07d}"), start, 20)
    page = await preview(browser, day="2026-10-25", **{"from": "03:00", "until": "04:00"})
    assert "10 people will be told" in page.html


async def test_twenty_looks_an_hour_each_in_the_audit_log(office: Office) -> None:
    await office.town.crowd()
    browser = await office.officer(DRAFTER)
    for _ in range(20):
        assert (await preview(browser)).status == 200
    page = await preview(browser)
    assert page.status == 422
    assert "already looked at 20 groups" in page.html
    assert len(await office.rows(previews)) == 20
    entries = [row for row in await office.rows(audit) if row.action == "tracing.previewed"]
    assert len(entries) == 20
    assert entries[0].actor == f"staff:{DRAFTER}"
    office.panel.clock.move(hours=1)
    assert (await preview(await office.officer(DRAFTER))).status == 200


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


async def told(answer: Any) -> list[str]:
    """The next message of a stream (Server-Sent Events)."""
    lines = []
    async for line in answer.content:
        if line.startswith(b"data:"):
            lines.append(line[5:].decode())
        elif not line.strip() and lines:
            break
    return ["".join(lines)]


async def test_reported_passes_are_listed_and_lead_to_a_group(office: Office) -> None:
    town = office.town
    case = await town.make_citizen("6930000001")
    booking = await town.make_visit(case)
    await town.crowd()
    reports = Reports(town.database, town.clock, town.codes, town.settings.zone)
    await town.hall.write(lambda work: reports.report(work, case, town.clock.now().date()))
    browser = await office.officer(DRAFTER)
    assert "Reported cases (1)" in (await browser.visit("/tracing")).html
    page = await browser.visit("/tracing/reports")
    code = town.pass_of(booking)
    assert f"{code[:3]} {code[3:6]}" in page.html
    assert "09:00–10:00" in page.html
    assert not EVERYTHING.search(page.html)
    page = await browser.send("/tracing/pass/of")
    assert page.form("/tracing/pass").fields["case"] == [code]
    assert code not in page.path
    page = await browser.send("/tracing/pass", **TEST)
    assert "6 people will be told" in page.html


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
