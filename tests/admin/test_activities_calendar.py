"""Activities in the panel: the calendar as a picture that is edited, conditions in words, definitions that are pasted."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.activities.makers import hall
from tests.admin.conftest import Panel
from tests.admin.test_activities import begin, document


async def test_days_are_taken_out_and_added_on_the_calendar_itself(panel: Panel) -> None:
    browser = await panel.sign_in("officer")
    url = await begin(browser, "pool")
    section = f"{url}/edit/calendar"
    await browser.visit(f"{section}?month=2026-12")
    assert browser.last.html.count('class="on"') > 20
    taken_out = await browser.send(section, do="day:2026-12-09")
    assert "Not saved yet" in taken_out.html
    assert taken_out.html.count('class="why">exception') == 1
    added = await browser.send(section, do="day:2026-12-13")
    assert added.html.count('class="why">') >= 2
    undone = await browser.send(section, do="day:2026-12-09")
    assert 'class="why">exception' not in undone.html
    later = await browser.send(section, do="month:2027-01")
    assert "January 2027" in later.html
    assert (await document(panel))["calendar"].get("exceptions", []) == []
    assert (await browser.send(section)).path == url
    assert [(each["date"], each["change"]) for each in (await document(panel))["calendar"]["exceptions"]] == [
        ("2026-12-13", "added")
    ]
    for deed in ("day:x", "day:2026-13-40", "day:", "month:<b>", "day:9999-01-01"):
        await browser.visit(section)
        assert (await browser.send(section, do=deed)).status in (200, 400)


async def test_the_calendar_is_shown_while_the_rest_is_not_written_yet(panel: Panel) -> None:
    browser = await panel.sign_in("officer")
    url = await begin(browser, "scratch")
    section = f"{url}/edit/calendar"
    rule = "calendar.rules[0]"
    typed: dict[str, Any] = {
        f"{rule}.recurrence": ["MO", "1", ""],
        f"{rule}.starts": "9:00",
        f"{rule}.duration_minutes": "60",
    }
    await browser.visit(section)
    seen = await browser.send(section, do="month:2027-02", **typed)
    assert seen.html.count('class="on"') == 4


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("el", ("plays = ναι", "Γίνεται μόνο όταν «Ξέρετε;» είναι: Ναι.")),
        ("en", ("plays = yes", "Asked only when “Do you?” is: Yes.")),
    ],
)
async def test_a_condition_is_said_in_the_readers_language(
    panel: Panel, language: str, words: tuple[str, str]
) -> None:
    officer = await panel.sign_in("officer")
    url = await begin(officer, "pool")
    officer.session.headers["Accept-Language"] = language
    section = f"{url}/edit/questions"
    await officer.visit(section)
    seen = await officer.send(section, do="add:steps:yes_no")
    number = seen.html.count('.kind" value=') - 1
    typed = {
        f"steps[{number}].key": "plays",
        f"steps[{number}].prompt.el": "Ξέρετε;",
        f"steps[{number}].prompt.en": "Do you?",
    }
    seen = await officer.send(section, do="add:steps:notice", **typed)
    typed = {f"steps[{number + 1}].key": "note", f"steps[{number + 1}].when": "plays = ναι"}
    seen = await officer.send(section, do="add:steps:notice", **typed)
    for each in words:
        assert each in seen.html, each


async def test_a_pasted_definition_stays_in_the_page_until_it_is_right(panel: Panel) -> None:
    browser = await panel.sign_in("officer")
    text = json.dumps(hall(name={"el": "Μόνο ελληνικά"}, capacity=None), ensure_ascii=False)
    await browser.visit("/activities/import")
    seen = await browser.send("/activities/import", text=text)
    assert seen.status == 422
    assert seen.html.count('<th scope="row" class="mono">') >= 2
    assert seen.form("/activities/import").fields["text"] == [text]
    seen = await browser.send("/activities/import", text=json.dumps(hall()))
    assert "has become a draft" in seen.html
