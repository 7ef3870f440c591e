"""Every route names what it needs, and nobody gets further than their roles allow."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from aiohttp import web

from admin.pages import PAGES
from admin.routes import NEEDS, Open
from core.db.work import Work
from core.people.staff_roles import PERMISSIONS, Permission, Role, permissions_of
from core.people.staff_sessions import FULL, Limits
from tests.admin.conftest import Panel

TO_MACHINES = {"/healthz", "/readyz", "/metrics", "/static/{name}"}
TO_ANYONE = {
    ("GET", "/in"),
    ("POST", "/in"),
    ("GET", "/join/{token}"),
    ("POST", "/join/{token}"),
    ("POST", "/look"),
    ("GET", "/gate/enter/{token}"),
    ("POST", "/gate/enter/{token}"),
}


def path_of(pattern: str) -> str:
    """An address of the route, with something in each of its places."""
    return re.sub(r"\{(\w+)\}", lambda place: {"id": "1", "token": "x" * 43}.get(place[1], "x"), pattern)


def declared(panel: Panel) -> dict[tuple[str, str], Permission | Open]:
    found = {}
    for route, needs in panel.application[NEEDS].items():
        if route.method != "HEAD":
            found[route.method, route.resource.canonical if route.resource else ""] = needs
    return found


async def test_every_route_names_its_permission(panel: Panel) -> None:
    routes = list(panel.application.router.routes())
    assert [route for route in routes if route not in panel.application[NEEDS]] == []
    found = declared(panel)
    assert {path for (_, path), needs in found.items() if needs is Open.TO_MACHINES} == TO_MACHINES
    assert {key for key, needs in found.items() if needs is Open.TO_ANYONE} == TO_ANYONE
    assert {key[1] for key, needs in found.items() if needs is Open.BETWEEN_FACTORS} == {"/in/code"}


async def test_a_route_that_names_nothing_is_not_reachable(panel: Panel) -> None:
    browser = await panel.sign_in(*Role)

    async def forgotten(_: web.Request) -> web.Response:
        raise AssertionError("it was reached")

    panel.application.router._frozen = False
    panel.application.router.add_get("/forgotten", forgotten)
    assert (await browser.visit("/forgotten")).status == 403


async def test_an_entry_of_the_navigation_needs_what_its_page_needs(panel: Panel) -> None:
    found = declared(panel)
    for page in PAGES:
        for entry in page.routes.entries:
            assert found["GET", entry.path] == entry.needs


@pytest.mark.parametrize("role", [*Role, None])
async def test_a_role_opens_what_it_holds_and_nothing_else(panel: Panel, role: Role | None) -> None:
    held = permissions_of([role] if role else [])
    browser = await panel.sign_in(*([role] if role else []))
    await browser.visit("/account")
    proof = browser.last.form("/account/sessions/end-all").fields
    before = await panel.written()
    for (method, pattern), needs in declared(panel).items():
        if not isinstance(needs, Permission) or needs in held:
            continue
        path = path_of(pattern)
        seen = await browser.visit(path) if method == "GET" else await browser.post(path, proof)
        assert seen.status == 403, (method, path)
    assert await panel.written() == before
    for page in PAGES:
        for entry in page.routes.entries:
            seen = await browser.visit(entry.path)
            assert seen.status == (200 if entry.needs in held else 403), entry.path
            assert (f'href="{entry.path}"' in (await browser.visit("/")).html) == (entry.needs in held)


async def test_nobody_who_is_not_signed_in_gets_past_the_log_in(panel: Panel) -> None:
    for (method, pattern), needs in declared(panel).items():
        if not isinstance(needs, Permission):
            continue
        browser = await panel.browser()
        await browser.visit("/in")
        proof = browser.last.form("/look").fields
        path = path_of(pattern)
        seen = await browser.visit(path) if method == "GET" else await browser.post(path, proof)
        # A page leads to the log-in; what a script asks is refused without one.
        assert seen.path == "/in" or seen.status in (401, 403, 415), (method, path, seen.status)


async def test_a_form_without_its_token_or_with_anothers_changes_nothing(panel: Panel) -> None:
    browser, other = await panel.sign_in(*Role), await panel.sign_in(*Role)
    await other.visit("/account")
    theirs = other.last.form("/account/sessions/end-all").fields
    before = await panel.written()
    for method, pattern in declared(panel):
        if method != "POST":
            continue
        path = path_of(pattern)
        for fields in ({}, {"csrf": ""}, {"csrf": "é"}, theirs):
            assert (await browser.post(path, fields)).status == 403, path
    async with browser.session.post("/out", data=theirs, headers={"Sec-Fetch-Site": "cross-site"}) as answer:
        assert answer.status == 403
    assert await panel.written() == before
    assert (await browser.visit("/account")).path == "/account"


def test_no_role_holds_everything_and_every_permission_has_a_role() -> None:
    everything = frozenset().union(*PERMISSIONS.values())
    assert everything | {Permission.OWN} == set(Permission)
    assert all(held < everything for held in PERMISSIONS.values())
    assert Permission.TRACING not in PERMISSIONS[Role.ADMINISTRATOR]


async def test_a_session_for_one_role_acts_in_that_role_alone(panel: Panel) -> None:
    staff_id = await panel.person("eleni", *Role)
    work = Work()
    limits = Limits(timedelta(hours=8), timedelta(hours=8))
    token = panel.side.sessions.open(work, staff_id, FULL, device="", limits=limits, role=Role.GATE)
    await panel.side.writer.commit(work)
    browser = await panel.browser()
    browser.set_cookie(token)
    for path in ("/staff", "/audit"):
        assert (await browser.visit(path)).status == 403
    panel.clock.move(hours=7)
    found = await panel.side.sessions.find(token)
    assert found is not None
    assert Permission.GATE_SCAN in found.permissions
    assert found.permissions <= permissions_of([Role.GATE])
    panel.clock.move(hours=2)
    assert await panel.side.sessions.find(token) is None
