"""Trying a definition out: the citizens' own questions, over slots that are only planned; and where it leads nowhere."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from core.activities.loading import load, parse
from core.bookings.model import bookings
from core.config import Settings
from core.conversations.dead_ends import DeadEnd, dead_ends
from core.conversations.trial import Trial
from core.messages.texts import Texts
from tests.activities.makers import TODAY, both, hall
from tests.admin.conftest import Panel
from tests.admin.pages import Browser, Seen
from tests.admin.test_activities import begin
from tests.admin.test_bad_input import HOSTILE
from tests.fakes.clock import StoppedClock
from tests.worlds import DEMONSTRATION


def trial(**changes: Any) -> Trial:
    return Trial(load(hall(**changes), TODAY), StoppedClock().now(), Texts(Settings().zone), "en")


async def ends(**changes: Any) -> list[tuple[str, str, int]]:
    return [(each.what, each.step, each.n) for each in await dead_ends(trial(**changes))]


async def press(browser: Browser, page: Seen, words: str = "", pick: str = "") -> Seen:
    form = next(form for form in page.forms if form.action.endswith("/try#chat"))
    fields = {name: value for name, value in form.fields.items() if name in ("csrf", "once", "heard")}
    return await browser.post(form.action, {**fields, **({"pick": pick} if pick else {"words": words})})


async def test_a_draft_is_tried_to_its_end_and_nothing_is_booked(panel: Panel) -> None:
    browser = await panel.sign_in("officer")
    url = await begin(browser, "pool")
    page = await browser.visit(f"{url}/try")
    assert "No dead end was found" in page.html
    assert "Wednesday 2 December, 0 per cent full, press 2." in page.html
    assert "When 9 is pressed:" in page.html
    page = await press(browser, page, "tomorrow")
    assert "19:00" in page.html
    page = await press(browser, page, "at 7 in the evening")
    assert "Which lane" in page.html
    assert "press 6" in page.html
    page = await press(browser, page, "lane 9")
    assert 'aria-invalid="true"' in page.html
    page = await press(browser, page, "lane 2")
    page = await press(browser, page, "2")
    assert "Here it would be booked" in page.html
    async with panel.side.database.reading() as connection:
        assert await connection.scalar(select(func.count()).select_from(bookings)) == 0


async def test_a_published_activity_is_tried_with_buttons_and_one_question_back(panel: Panel) -> None:
    browser = await panel.sign_in("officer")
    url = await begin(browser, "cinema")
    await browser.visit(f"{url}/publish")
    await browser.send(f"{url}/publish")
    desk = await panel.sign_in("desk")
    first = await desk.visit("/activities/of/cinema/try")
    second = await press(desk, first, pick="0")
    assert second.html.count('<li class="person"') == 1
    back = next(
        form for form in second.forms if form.action.endswith("/try#chat") and "heard" not in form.names
    )
    assert (await desk.post(back.action, back.fields)).html.count('<li class="person"') == 0


@pytest.mark.parametrize("value", HOSTILE)
async def test_whatever_is_said_to_a_trial_is_only_an_answer(panel: Panel, value: str) -> None:
    browser = await panel.sign_in("officer")
    url = await begin(browser, "painting")
    page = await browser.visit(f"{url}/try")
    for heard in ([f"type:{value}"], [f"pick:{value}"], [value] * 200):
        seen = await browser.post(
            f"{url}/try", {**page.forms[-1].fields, "heard": heard, "words": value, "pick": ""}
        )
        assert seen.status == 200
        assert "<script>alert" not in seen.html


@pytest.mark.parametrize("kind", ["pool", "tennis", "gym", "painting", "festival", "cinema"])
async def test_the_demonstration_has_no_dead_end_but_words_on_the_telephone(kind: str) -> None:
    now = StoppedClock().now()
    activity = load(parse((DEMONSTRATION / f"{kind}.json").read_bytes()), now.date())
    assert await dead_ends(Trial(activity, now, Texts(Settings().zone), "el")) == (
        [DeadEnd("words", step="child")] if kind == "painting" else []
    )


async def test_dead_ends_are_found() -> None:
    assert await ends() == []
    assert await ends(calendar__rules__0__until="2026-11-25") == [("no_slots", "", 0)]
    assert await ends(reserved={"desk": 6, "phone": 4}) == [("reserved", "", 0)]
    steps: list[dict[str, Any]] = [
        {"key": "day", "kind": "day"},
        {"key": "time", "kind": "time"},
        {"key": "people", "kind": "people"},
    ]
    party = {"people__party": {"min": 1, "max": 10}, "steps": steps}
    assert await ends(**party, reserved={"desk": 2}) == [("party", "", 9), ("party", "", 10)]
    year = {"key": "year", "kind": "number", "prompt": both("Year?"), "min": 1950, "max": 1960}
    age = {
        "people__participant_age": {"min": 20, "max": 30, "step": "year"},
        "people__party": {"min": 1, "max": 1},
    }
    assert await ends(**age, steps=[*steps[:2], year]) == [("age", "year", 0)]
    plays = {"key": "plays", "kind": "yes_no", "prompt": both("Play?")}
    often = {"key": "often", "kind": "yes_no", "prompt": both("Often?"), "when": {"plays": True}}
    never = {
        "key": "never",
        "kind": "yes_no",
        "prompt": both("Never?"),
        "when": {"plays": False, "often": True},
    }
    assert await ends(steps=[*steps[:2], plays, often, never]) == [("never_asked", "never", 0)]
