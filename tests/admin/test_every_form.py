"""Every POST route of the panel, whatever page it belongs to: no value breaks it, and what is refused saves nothing.

A page that is added to `admin.pages.PAGES` is walked without a word here: its routes, and the fields of the forms that
its module declares, are found by themselves.
"""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import select

from admin.fields import Field
from admin.forms import Form
from admin.pages import PAGES
from core.activities.model import drafts
from core.db.schema import metadata
from core.people.staff_roles import Role
from tests.admin.conftest import Panel
from tests.admin.gatehouse import TEN
from tests.admin.pages import Browser, FormSeen, Seen
from tests.admin.test_bad_input import HOSTILE
from tests.admin.test_day import booked, town_of

HIDDEN = {"csrf", "once"}
ENDS_THE_WALK = {"/out", "/account/sessions/end-all", "/account/telephone", "/account/password"}
"""They end the session, as they should, or are walked by `test_bad_input` with a session each."""
TABLES = sorted(
    name
    for name in metadata.tables
    if name not in ("staff_sessions", "staff_tries") and not name.startswith("figures_")
)
"""But when somebody was last seen, how often they tried, and figures that are made anew when they are looked at."""
NUMBERS = ("0", "1", "-1", "x", "9" * 19, "9" * 30, "%00", "٣", "a%2fb")
JSONS: tuple[Any, ...] = (
    {},
    {"facility": "hall"},
    {"facility": "hall", "gate": "g", "sent_at": 1, "scans": []},
    {"facility": {"a": 1}, "gate": ["x"], "sent_at": "now", "scans": {"a": None}},
    {"facility": "x" * 5000, "gate": "g", "sent_at": 10**30, "scans": [{"nonce": None}] * 200},
    {name: value for name in ("facility", "slot", "persons", "text", "key") for value in (None, -1, "\x00")},
)


def posts() -> Iterator[tuple[ModuleType, Any]]:
    for page in PAGES:
        for route in page.routes._routes:
            if route.method == "POST":
                yield page, route


def fields_of(page: ModuleType) -> set[str]:
    """The names of all fields that the module knows."""
    names: set[str] = set()
    for found in vars(page).values():
        if isinstance(found, Form):
            names |= set(found.fields)
        elif isinstance(found, Field):
            names.add(found.name)
    return names


class Written:
    """All that is written, row by row; read again only when somebody has committed since."""

    def __init__(self, panel: Panel) -> None:
        address = panel.side.database.engine.url.database or ""
        self._connection = sqlite3.connect(address)
        self._version = -1
        self._state: Counter[str] = Counter()

    def state(self) -> Counter[str]:
        (version,) = self._connection.execute("pragma data_version").fetchone()
        if version != self._version:
            self._version, self._state = version, Counter()
            for name in TABLES:
                rows = self._connection.execute(f"select * from {name}").fetchall()
                self._state.update(f"{name}: {row!r}" for row in rows if "slowed" not in repr(row))
        return self._state

    def close(self) -> None:
        self._connection.close()


Walk = tuple[Panel, Browser, dict[str, str], Written]


@pytest.fixture
async def walked(panel: Panel) -> AsyncIterator[Walk]:
    """A panel with something behind every address, somebody who may do everything, and what stands in the places."""
    town = town_of(panel)
    await town.make_activity()
    other = await panel.person("other", Role.GATE)
    await panel.person("second-administrator", Role.ADMINISTRATOR)
    browser = await panel.sign_in(*Role, login="eleni")
    await browser.visit("/activities/new")
    await browser.send("/activities/new", kind="pool")
    booking = await booked(town, TEN)
    async with panel.side.database.reading() as connection:
        draft = await connection.scalar(select(drafts.c.id))
    places = {
        "facility": "hall",
        "key": "hall",
        "section": "basics",
        "token": "x" * 43,
        "id": "1",
        "/day/slot": str(booking.slot_id),
        "/staff/": str(other),
        "/activities/draft": str(draft),
    }
    written = Written(panel)
    yield panel, browser, places, written
    written.close()


def address(pattern: str, places: dict[str, str], number: str | None = None) -> str:
    """`number`: an id that is nobody's, instead of one that is there."""
    ours = next(
        (value for start, value in places.items() if start[0] == "/" and pattern.startswith(start)), "1"
    )

    def filled(place: re.Match[str]) -> str:
        name = place[1].split(":")[0]
        if name == "id":
            return number if number is not None else ours
        return number if number is not None else places.get(name, "x")

    return re.sub(r"\{([^}]+)\}", filled, pattern)


def check(seen: Seen, what: object, before: Counter[str], after: Counter[str]) -> None:
    assert seen.status < 500, (what, seen.status)
    assert "<script>alert" not in seen.html, what
    assert "Traceback" not in seen.html, what
    if seen.status >= 400:
        assert after == before, (what, seen.status, after - before, before - after)


async def proof(browser: Browser) -> dict[str, list[str]]:
    await browser.visit("/account")
    return {"csrf": browser.last.form("/account/sessions/end-all").fields["csrf"]}


async def test_no_value_in_every_field_breaks_a_route(
    walked: Walk,
) -> None:
    panel, browser, places, written = walked
    csrf, met = await proof(browser), set()
    for page, route in posts():
        if route.path in ENDS_THE_WALK or route.json:
            continue
        path = address(route.path, places)
        for value in HOSTILE:
            before = written.state()
            sent = dict.fromkeys(fields_of(page) - HIDDEN, value)
            seen = await browser.post(path, {**sent, **csrf})
            check(seen, (path, value[:40]), before, written.state())
            met.add(seen.status)
        panel.clock.move(minutes=6)
        csrf = await proof(browser)
    assert met >= {200, 422}


async def test_no_foreign_id_is_acted_upon(walked: Walk) -> None:
    _, browser, places, written = walked
    csrf = await proof(browser)
    for _, route in posts():
        if "{" not in route.path or route.json or "token" in route.path:
            continue
        for number in NUMBERS:
            path = address(route.path, places, number)
            before = written.state()
            seen = await browser.post(path, csrf)
            assert seen.status in (400, 403, 404, 409, 422), (path, seen.status)
            check(seen, path, before, written.state())


async def test_no_json_breaks_a_route(walked: Walk) -> None:
    _, browser, places, written = walked
    headers = {"X-CSRF-Token": (await proof(browser))["csrf"][0]}
    routes = [route for _, route in posts() if route.json]
    assert routes
    for route in routes:
        for body in (*JSONS, [], None, "x", 1):
            before = written.state()
            path = address(route.path, places)
            async with browser.session.post(path, json=body, headers=headers) as answer:
                seen = Seen(answer.status, path, await answer.text(), answer.headers)
            assert 400 <= seen.status < 500, (path, body, seen.status)
            check(seen, (path, body), before, written.state())


async def test_every_form_of_every_page_withstands_one_wrong_field(
    walked: Walk,
) -> None:
    """Beginning at the home page, whatever it leads to: the rest of the form as the page fills it in. Sections of a
    draft are walked by `test_activities`.
    """
    panel, browser, _, written = walked
    waiting, known, attacked = ["/"], {"/"}, set()
    while waiting:
        page = waiting.pop(0)
        seen = await browser.visit(page)
        if "text/html" not in seen.headers.get("Content-Type", ""):
            continue
        assert seen.status < 500, page
        for link in re.findall(r'href="(/[^"#?]*)', seen.html):
            alike = re.sub(r"\d+", "0", link)
            if alike not in known and not link.startswith("/static/"):
                known.add(alike)
                waiting.append(link)
        for form in seen.forms:
            alike = re.sub(r"\d+", "0", form.action)
            if (
                form.action in ENDS_THE_WALK
                or "/edit/" in form.action
                or alike in attacked
                or not form.names - HIDDEN
            ):
                continue
            attacked.add(alike)
            await _attack(written, browser, page, form)
            panel.clock.move(minutes=6)
    assert len(attacked) > 15, attacked


async def _attack(written: Written, browser: Browser, page: str, form: FormSeen) -> None:
    once: dict[str, list[str]] = {}
    for number, name in enumerate(sorted(form.names - HIDDEN)):
        for value in ("x" * 5000, HOSTILE[number % len(HOSTILE)]):
            if "once" in form.fields:  # each sending is a new one
                once = {"once": [f"{number:08}{abs(hash(value)) % 10**8:08}"]}
            before = written.state()
            seen = await browser.post(form.action, {**form.fields, **once, name: value})
            check(seen, (page, form.action, name, value[:40]), before, written.state())
