"""Choosing whom a warning is for: by hours, by event, around a pass; every fault beside its field."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from core.activities.loading import load, parse
from core.db.schema import audit
from core.tracing.model import previews
from core.tracing.reports import Reports
from tests.admin.tracing_office import (
    EVERYTHING,
    FREE,
    HOURS,
    MORNING,
    TEST,
    Office,
    office,
    one_office,
    preview,
)
from tests.tracing.town import DRAFTER
from tests.worlds import DEMONSTRATION

__all__ = ["office", "one_office"]


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


async def test_reported_passes_are_listed_and_lead_to_a_group(office: Office) -> None:
    town = office.town
    case = await town.make_citizen("6930000001")
    booking = await town.make_visit(case)
    await town.crowd()
    reports = Reports(town.database, town.clock, town.codes, town.settings)
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
