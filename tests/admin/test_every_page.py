"""No page is forgotten: each one that the router knows is walked in a browser, by one of the lists of the tests there."""

from __future__ import annotations

import re
from collections import defaultdict

from aiohttp import web

from tests.admin import test_browser, test_day_browser, test_gate_browser, test_tracing_browser
from tests.admin.conftest import Panel

NO_PAGES = re.compile(
    r"/static/.*|/healthz|/readyz|/metrics|.*\.(csv|json|js)|.*/(export|stream)|/gate/(bundle|parts/.*)"
)
"""Files, streams, and what machines ask for."""
WITH_OTHERS = ("/in/code", "/desk/open", "/gate", "/gate/enter/{token}", "/tracing/order/{id}")
"""Walked where they come up: while signing in, before and at the gate, in every state of an order; `/desk/open` leads
back to `/desk`."""
IDS = {"slot": 1, "closed": 2, "whole": 3, "part": 4}


def pages(application: web.Application) -> dict[str, re.Pattern[str]]:
    """Canonical addresses of what answers GET with a page."""
    found: dict[str, re.Pattern[str]] = {}
    for route in application.router.routes():
        if route.method == "GET" and route.resource is not None:
            info = route.resource.get_info()
            pattern = info.get("pattern") or re.compile(re.escape(route.resource.canonical))
            if not NO_PAGES.fullmatch(route.resource.canonical):
                found[route.resource.canonical] = pattern
    return found


async def test_every_page_is_walked_in_a_browser(panel: Panel) -> None:
    walked = [
        *test_browser.BEFORE.values(),
        *test_browser.PAGES.values(),
        *test_day_browser.paths(IDS),
        *test_tracing_browser.PATHS,
        *test_gate_browser.PATHS,
    ]
    known, seen = pages(panel.application), defaultdict(list)
    assert len(known) > 45
    for path in (re.sub(r"\{.*?\}", "1", address.partition("?")[0]) for address in walked):
        mine = path if path in known else next((name for name in known if known[name].fullmatch(path)), "")
        seen[mine].append(path)
    assert [name for name in known if name not in seen and name not in WITH_OTHERS] == []
    assert [name for name in WITH_OTHERS if name not in known] == []


async def test_no_page_is_kept_by_a_browser(panel: Panel) -> None:
    browser = await panel.sign_in("administrator", "officer", "gate", "desk", "tracing", "auditor")
    kept = []
    for name in pages(panel.application):
        seen = await browser.visit(re.sub(r"\{.*?\}", "1", name))
        if seen.headers.get("Cache-Control") != "no-store":
            kept.append(name)
    assert kept == []
