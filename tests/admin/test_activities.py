"""Activities in the panel: drafts, faults beside their fields, import and export, publishing, archiving."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from core.activities.loading import dump, load, parse
from core.activities.model import drafts, revisions, slots
from core.db.schema import audit
from tests.activities.makers import hall
from tests.admin.conftest import Panel
from tests.admin.pages import Browser, Seen
from tests.admin.test_bad_input import HOSTILE
from tests.admin.test_day import rows, town_of
from tests.worlds import DEMONSTRATION

SECTIONS = ("basics", "places", "calendar", "questions", "rules", "gate")
KINDS = ("pool", "tennis", "gym", "painting", "festival", "cinema")


async def begin(browser: Browser, kind: str = "pool") -> str:
    """The address of a new draft."""
    await browser.visit("/activities/new")
    seen = await browser.send("/activities/new", kind=kind)
    assert seen.status == 200, seen.html
    return seen.path


async def document(panel: Panel) -> dict[str, Any]:
    return dict((await rows(panel, drafts))[-1].document)


async def revision_count(panel: Panel) -> int:
    return await panel.count(revisions)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_template_is_edited_without_losing_anything_and_published(panel: Panel, kind: str) -> None:
    browser = await panel.sign_in("officer")
    url = await begin(browser, kind)
    before = await document(panel)
    for section in SECTIONS:
        await browser.visit(f"{url}/edit/{section}")
        saved = await browser.send(f"{url}/edit/{section}")
        assert saved.path == url, (section, saved.html)
    today = panel.clock.now().date()
    assert dump(load(await document(panel), today)) == dump(load(before, today))
    page = await browser.visit(f"{url}/publish")
    assert "nobody has booked it yet" in page.html
    published = await browser.send(f"{url}/publish")
    assert published.path == f"/activities/of/{kind}"
    assert await panel.count(slots) > 0
    assert await panel.count(drafts) == 0


async def test_an_activity_is_made_from_scratch_in_forms(panel: Panel) -> None:
    browser = await panel.sign_in("officer")
    url = await begin(browser, "scratch")
    assert (await browser.visit(f"{url}/publish")).path == url

    async def fill(section: str, **typed: str | list[str]) -> Seen:
        await browser.visit(f"{url}/edit/{section}")
        return await browser.send(f"{url}/edit/{section}", **typed)

    texts = ("name", "summary", "venue.name", "venue.address", "contact.name")
    both = {f"{name}.{language}": f"Chess {language}" for name in texts for language in ("el", "en")}
    basics: dict[str, Any] = {
        **both,
        "key": "chess",
        "type": "SessionSeries",
        "category": "culture",
        "booked_as": "session",
        "contact.phone": "+302999055120",
        "contact.email": "chess@alkyona.example",
    }
    missing = await fill("basics", **{**basics, "name.en": ""})
    assert missing.status == 422
    assert 'value="Chess el"' in missing.html
    assert "name" not in await document(panel)
    assert (await fill("basics", **basics)).path == url
    places = {"facility.key": "library", "facility.name.el": "Α", "facility.name.en": "A"}
    assert (
        await fill("places", **places, **{"capacity.unit": "persons", "capacity.per_slot": "16"})
    ).path == url
    rule = "calendar.rules[0]"
    calendar: dict[str, Any] = {
        f"{rule}.recurrence": ["TU", "FR", "2", ""],
        f"{rule}.starts": "9:00 19:00",
        f"{rule}.duration_minutes": "120",
        f"{rule}.until": "2027-06-30",
    }
    assert (await fill("calendar", **calendar)).path == url
    await browser.visit(f"{url}/edit/questions")
    added = await browser.send(f"{url}/edit/questions", do="add:steps:yes_no")
    assert added.status == 200
    assert "Not saved yet" in added.html
    typed = {
        "steps[2].key": "plays",
        "steps[2].prompt.el": "Ξέρετε;",
        "steps[2].prompt.en": "Do you play?",
        "people.booker_takes_part": "yes",
    }
    added = await browser.send(f"{url}/edit/questions", do="add:steps:choice", **typed)
    assert 'value="plays"' in added.html
    typed = {
        "steps[3].key": "strength",
        "steps[3].prompt.el": "Πόσο;",
        "steps[3].prompt.en": "How strong?",
        "steps[3].options": "casual | Για παρέα | For company\nclub | Σε σύλλογο | In a club",
        "steps[3].when": "plays = ναι",
    }
    assert (await browser.send(f"{url}/edit/questions", **typed)).path == url
    made = await document(panel)
    assert made["calendar"]["rules"][0]["recurrence"] == "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,FR"
    assert made["calendar"]["rules"][0]["starts"] == ["09:00", "19:00"]
    assert made["steps"][3]["when"] == {"plays": True}
    assert made["steps"][3]["options"][1] == {
        "value": "club",
        "text": {"el": "Σε σύλλογο", "en": "In a club"},
    }
    await browser.visit(f"{url}/publish")
    assert (await browser.send(f"{url}/publish")).path == "/activities/of/chess"


async def test_every_fault_stands_beside_its_field_and_nothing_is_saved(panel: Panel) -> None:
    browser = await panel.sign_in("officer")
    url = await begin(browser)
    before = await document(panel)
    await browser.visit(f"{url}/edit/calendar")
    rule = "calendar.rules[0]"
    page = await browser.send(
        f"{url}/edit/calendar",
        **{f"{rule}.recurrence": ["1", "FREQ=NEVER"], f"{rule}.from": "tomorrow", f"{rule}.starts": "25:00"},
        **{f"{rule}.duration_minutes": "long", "calendar.horizon_days": "999"},
    )
    assert page.status == 422
    for name in ("from", "starts", "duration_minutes"):
        field = f"f-calendar-rules-0-{name}"
        assert f'href="#{field}"' in page.html, name
        assert f'id="{field}-problem"' in page.html, name
    assert 'href="#f-calendar-horizon_days"' in page.html
    for typed in ("FREQ=NEVER", "tomorrow", "25:00", "long"):
        assert f'value="{typed}"' in page.html
    await browser.visit(f"{url}/edit/calendar")
    page = await browser.send(f"{url}/edit/calendar", **{f"{rule}.recurrence": ["1", "FREQ=NEVER"]})
    assert page.status == 422
    assert 'id="f-calendar-rules-0-recurrence-problem"' in page.html
    assert await document(panel) == before


@pytest.mark.parametrize("section", SECTIONS)
async def test_no_field_of_a_section_takes_what_it_should_not(panel: Panel, section: str) -> None:
    browser = await panel.sign_in("officer")
    url = await begin(browser, "painting")
    await browser.visit(f"{url}/edit/{section}")
    form = browser.last.form(f"{url}/edit/{section}")
    for value in ("x" * 5000, "\x00", "\u202eabc", "<script>alert(1)</script>\u2066"):
        for name in sorted(form.names - {"csrf", "once", "version", "do", "month"}):
            await browser.visit(f"{url}/edit/{section}")
            fresh = browser.last.form(f"{url}/edit/{section}").fields
            was = await document(panel)
            seen = await browser.post(f"{url}/edit/{section}", {**fresh, name: value})
            ticked = (
                fresh.get(name, ["1"]) == ["1"] and seen.path == url
            )  # a box is ticked, whatever it sends
            assert seen.status == 422 or ticked, (name, value, seen.status)
            assert "<script>alert" not in seen.html
            assert ticked or await document(panel) == was
    await browser.visit(f"{url}/edit/{section}")
    for deed in ("add:nothing", "remove:steps[999]", "up:steps[0]", "<b>", "add:steps:magic"):
        assert (await browser.post(f"{url}/edit/{section}", {**form.fields, "do": deed})).status == 400


async def test_lists_grow_shrink_and_change_their_order(panel: Panel) -> None:
    browser = await panel.sign_in("officer")
    url = await begin(browser)
    action = f"{url}/edit/places"
    await browser.visit(action)
    page = await browser.send(action, do="remove:facility.individual_facilities[0]")
    assert page.form(action).fields["facility.individual_facilities[0].key"] == ["lane-2"]
    page = await browser.send(action, do="up:facility.individual_facilities[4]")
    assert page.form(action).fields["facility.individual_facilities[3].key"] == ["lane-6"]
    page = await browser.send(action, do="add:facility.individual_facilities")
    assert "facility.individual_facilities[5].key" in page.form(action).names
    saved = (await document(panel))["facility"]["individual_facilities"]
    assert saved[0]["key"] == "lane-1"


async def test_two_who_save_the_same_draft_do_not_overwrite_each_other(panel: Panel) -> None:
    first, second = await panel.sign_in("officer"), await panel.sign_in("officer")
    url = await begin(first)
    action = f"{url}/edit/gate"
    await first.visit(action)
    await second.visit(action)
    assert (await first.send(action, **{"gate.early_minutes": "20"})).path == url
    late = await second.send(action, **{"gate.early_minutes": "30"})
    assert late.status == 409
    assert "Somebody else saved meanwhile" in late.html
    assert 'value="30"' in late.html
    assert (await document(panel))["gate"]["early_minutes"] == 20
    assert (await second.send(action)).path == url
    assert (await document(panel))["gate"]["early_minutes"] == 30


async def test_what_changes_for_those_booked_is_listed_before_publishing(panel: Panel) -> None:
    town = town_of(panel)
    await town.make_activity(calendar__rules__0__starts=["10:00", "12:00"])
    noon = datetime(2026, 12, 2, 10, tzinfo=UTC)
    booking = await town.make_booking(await town.slot_at(noon), await town.make_citizen(), persons=3)
    browser = await panel.sign_in("officer")
    await browser.visit("/activities/of/hall")
    url = (await browser.send("/activities/of/hall/revise")).path
    await browser.visit(f"{url}/edit/calendar")
    await browser.send(f"{url}/edit/calendar", **{"calendar.rules[0].starts": "10:00"})
    page = await browser.visit(f"{url}/publish")
    assert "The slot is closed: each person is told" in page.html
    assert "1 booking, 3 people" in page.html
    await browser.send(f"{url}/publish")
    row = await town.slot_row(booking.slot_id)
    assert (row.state, row.taken) == ("closed", 3)
    assert (await town.booking_row(booking.id)).state == "confirmed"
    assert await revision_count(panel) == 2


async def test_the_key_of_a_published_activity_stays(panel: Panel) -> None:
    await town_of(panel).make_activity()
    browser = await panel.sign_in("officer")
    await browser.visit("/activities/of/hall")
    url = (await browser.send("/activities/of/hall/revise")).path
    await browser.visit(f"{url}/edit/basics")
    page = await browser.send(f"{url}/edit/basics", key="other")
    assert page.status == 422
    assert "stays “hall”" in page.html
    new = await begin(browser, "pool")
    await browser.visit(f"{new}/edit/basics")
    assert (
        "There is an activity with the key “hall”"
        in (await browser.send(f"{new}/edit/basics", key="hall")).html
    )


async def send_file(browser: Browser, text: str) -> Seen:
    await browser.visit("/activities/import")
    return await browser.send("/activities/import", file=text)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_file_becomes_a_draft_and_is_exported_as_it_came(panel: Panel, kind: str) -> None:
    browser = await panel.sign_in("officer")
    text = (DEMONSTRATION / f"{kind}.json").read_text("utf-8")
    seen = await send_file(browser, text)
    assert "has become a draft" in seen.html
    await browser.visit(f"{seen.path}/publish")
    await browser.send(f"{seen.path}/publish")
    async with browser.session.get(f"/activities/of/{kind}/export") as answer:
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{kind}.json"'
        exported = await answer.json()
    today = panel.clock.now().date()
    assert exported == dump(load(parse(text), today))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not valid JSON"),
        ("[]", "section"),
        ('{"key": 1, "key": 2}', "twice"),
        (json.dumps(hall(key="A B")), "key"),
        (json.dumps(hall(name={"el": "<script>alert(1)</script>"})), "English"),
        ("[" * 5000, "JSON"),
        (json.dumps({"key": float("nan")}), "JSON"),
        *[(value, "") for value in HOSTILE],
    ],
)
async def test_a_file_with_faults_is_refused_whole(panel: Panel, text: str, words: str) -> None:
    browser = await panel.sign_in("officer")
    seen = await send_file(browser, text)
    assert seen.status == 422
    assert "problem-summary" in seen.html
    assert "<script>alert" not in seen.html
    assert await panel.count(drafts) == 0
    assert await panel.count(audit) == 0


async def test_archiving_leaves_what_is_booked(panel: Panel) -> None:
    town = town_of(panel)
    await town.make_activity()
    noon = datetime(2026, 12, 2, 8, tzinfo=UTC)
    booking = await town.make_booking(await town.slot_at(noon), await town.make_citizen(), persons=3)
    browser = await panel.sign_in("officer")
    page = await browser.visit("/activities/of/hall/archive")
    assert "There is 1 booking ahead (3 people)" in page.html
    await browser.send("/activities/of/hall/archive")
    assert (await browser.visit("/activities/of/hall")).status == 404
    assert (await town.booking_row(booking.id)).state == "confirmed"
    assert (await town.slot_row(booking.slot_id)).state == "open"
    # Its gate and its day are there as long as somebody has a place.
    assert (await browser.visit("/day/at/hall?day=2026-12-02")).status == 200
    assert '"key": "hall"' in (await browser.visit("/gate/bundle")).html
    panel.clock.move(days=3)
    assert (await (await panel.sign_in("officer")).visit("/day/at/hall")).status == 404


async def test_what_is_archived_is_brought_back_as_it_was(panel: Panel) -> None:
    town = town_of(panel)
    before = await town.make_activity()
    browser = await panel.sign_in("officer")
    await browser.visit("/activities/of/hall/archive")
    listed = await browser.send("/activities/of/hall/archive")
    assert "Hall" in listed.html
    seen = await browser.send("/activities/archived/hall/bring-back")
    assert seen.path == "/activities/of/hall"
    assert await panel.side.activities.get("hall") == before
    page = await browser.visit("/activities/of/hall/archive")
    keys = page.form("/activities/of/hall/archive").fields
    assert (await browser.post("/activities/archived/hall/bring-back", keys)).status == 404
    await browser.visit("/activities/of/hall/archive")
    await browser.send("/activities/of/hall/archive")
    await town.make_activity(key="other", facility__key="other")
    await browser.visit("/activities")
    seen = await browser.send("/activities/archived/hall/bring-back")
    assert "number was given to another" in seen.html
    assert (await browser.visit("/activities/of/hall")).status == 404


async def test_the_month_shows_hours_holidays_and_closures(panel: Panel) -> None:
    await town_of(panel).make_activity(
        calendar__closed_on_holidays=True,
        calendar__closures=[{"from": "2027-01-11", "until": "2027-01-12", "reason": "maintenance"}],
    )
    browser = await panel.sign_in("desk")
    page = await browser.visit("/activities/of/hall?month=2027-01")
    assert page.html.count('class="on"') == 31 - 2 - 2
    assert "Epiphany" in page.html
    assert page.html.count('class="why">maintenance') == 2
    for strange in ("x", "2027-13", "9999-01", "<b>"):
        assert (await browser.visit(f"/activities/of/hall?month={strange}")).status == 200


async def test_only_officers_change_activities(panel: Panel) -> None:
    officer, desk = await panel.sign_in("officer"), await panel.sign_in("desk")
    url = await begin(officer)
    await town_of(panel).make_activity()
    seen = await desk.visit("/activities/of/hall")
    assert seen.status == 200
    assert "/revise" not in seen.html
    for path in (
        "/activities/new",
        "/activities/import",
        url,
        f"{url}/edit/gate",
        "/activities/of/hall/archive",
    ):
        assert (await desk.visit(path)).status == 403
    assert (await (await panel.sign_in("gate")).visit("/activities")).status == 403


@pytest.mark.parametrize(
    "path", ["drafts/1", "drafts/x", "of/none", "of/none/export", "drafts/99999/edit/gate"]
)
async def test_what_is_not_there_is_not_found(panel: Panel, path: str) -> None:
    browser = await panel.sign_in("officer")
    assert (await browser.visit(f"/activities/{path}")).status == 404


async def test_every_change_is_in_the_audit_log(panel: Panel) -> None:
    browser = await panel.sign_in("officer")
    url = await begin(browser)
    await browser.visit(f"{url}/edit/gate")
    await browser.send(f"{url}/edit/gate")
    await browser.visit(f"{url}/publish")
    await browser.send(f"{url}/publish")
    await browser.send("/activities/of/pool/revise")
    await browser.send(f"{browser.last.path}/drop")
    async with panel.side.database.reading() as connection:
        done = (await connection.execute(select(audit.c.action).order_by(audit.c.id))).scalars().all()
    assert [each.removeprefix("panel_activities.") for each in done] == [
        "draft_begun",
        "draft_saved",
        "published",
        "revision_begun",
        "draft_dropped",
    ]
