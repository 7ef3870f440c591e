"""The scanner page for a telephone at a gate, its parts, and going out of it again."""

from __future__ import annotations

from aiohttp import web

from admin.gate_parts import GateParts
from admin.routes import Entry, Routes
from admin.side import ASSETS, THEME_COOKIE, THEMES
from admin.visit import Visit
from core.people.staff_roles import Permission

_SHARED = ("house.css", "panel.css", "icon.svg")
_PARTS = GateParts()
# Words that the page's script fills in itself, without a line. Their places stay as they are.
_WORDS = (
    *("line.on", "line.off", "line.out", "line.old", "clock", "conflicts", "queue_first"),
    *("camera.none", "camera.denied", "camera.busy", "photo.nothing"),
    *("in", "out", "stop", "ask", "unsure", "all", "enter_as", "leave_as", "not_sure_pass"),
    *("offline.forged", "offline.unreadable", "offline.other", "offline.elsewhere"),
    *("offline.revoked", "offline.over", "offline.not_yet", "offline.too_late", "offline.inside"),
    *(
        "offline.inside_since",
        "offline.no_re_entry",
        "offline.no_exit_scan",
        "offline.just",
        "offline.which_way",
    ),
    *("offline.code_length", "offline.code_mistyped", "offline.code_unknown", "offline.no_bundle"),
    *("offline.fewer_left", "offline.issued_since", "offline.failed", "inside", "remaining", "number"),
    *("correct_ask", "corrected", "passed_as"),
)
_PLACES = {name: f"{{{name}}}" for name in ("n", "when", "where", "inside", "remaining", "number", "length")}
routes = Routes(Entry("/gate", Permission.GATE_SCAN, "gate"))


@routes.get("/gate", needs=Permission.GATE_SCAN)
async def scanner(visit: Visit) -> web.Response:
    words = {name: visit.t(f"gate.{name}", **_PLACES) for name in _WORDS}
    response = visit.page(
        "gate/scanner.html", words=words, part=_PARTS.address, zone=visit.side.settings.time_zone
    )
    response.headers["Permissions-Policy"] = "camera=(self), geolocation=(), microphone=()"
    response.enable_compression()  # nothing secret is in it: what is, comes with the bundle
    return response


@routes.get("/gate/parts/{version}/{name}", needs=Permission.GATE_SCAN)
async def part(visit: Visit) -> web.StreamResponse:
    """Every browser that can compile WebAssembly unpacks gzip."""
    found = await _PARTS.find(visit.path["name"])
    if found is None:
        raise web.HTTPNotFound
    body, headers = found
    return web.Response(body=body, headers=headers)


@routes.get("/gate/worker.js", needs=Permission.GATE_SCAN)
async def worker(visit: Visit) -> web.Response:
    assets = visit.request.config_dict[ASSETS]
    theme = visit.request.cookies.get(THEME_COOKIE, "")
    look = f"{visit.language}-{theme if theme in THEMES else THEMES[0]}"
    shared = [assets.address(name) for name in _SHARED]
    return web.Response(
        text=_PARTS.worker("/gate", shared, look),
        content_type="text/javascript",
        headers={"Service-Worker-Allowed": "/gate", "Cache-Control": "no-cache"},
    )


@routes.post("/gate/out", needs=Permission.GATE_SCAN)
async def leave(visit: Visit) -> web.Response:
    """Sign out, and have the browser forget the day. For telephones that were let in by a link, which hold no
    permission to sign out elsewhere."""
    work = visit.work()
    visit.side.sessions.end(work, visit.who.staff_id, visit.who.session_id)
    await visit.commit(work, "gate.left")
    visit.leave_session()
    response = visit.go("/in", done="gate.left")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response
