"""What every answer of the panel carries, and how faults are told without a trace of what they were."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from admin.routes import NEEDS, Open
from admin.visit import VISIT, is_https, stranger, visit_of
from core.errors import Conflict, Refused

_PAGES = frozenset({400, 403, 404, 405, 408, 409, 413, 415})
"""Statuses that have words of their own; others below 500 are shown as 400."""
_KEPT = ("Allow", "Connection")
_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "font-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "worker-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}


def policy(**changes: str) -> str:
    """The Content-Security-Policy of a page; a change names a directive, underscores for its hyphens."""
    chosen = {**_POLICY, **{name.replace("_", "-"): value for name, value in changes.items()}}
    return "; ".join(f"{name} {value}" for name, value in chosen.items())


_HEADERS = {
    "Content-Security-Policy": policy(),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
log = structlog.get_logger()


async def dress(request: web.Request, response: web.StreamResponse) -> None:
    """Signal `on_response_prepare`: the headers (CSP 3, OWASP secure headers), unless a handler chose its own."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if is_https(request):
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    response.headers["Server"] = "Paso"


@web.middleware
async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A route that has not said what it needs is not reachable."""
    route = request.match_info.route
    if request.match_info.http_exception is None and route not in request.config_dict[NEEDS]:
        raise web.HTTPForbidden
    return await handler(request)


@web.middleware
async def explained(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refusals and faults as a page in the reader's language; machines and scripts get a line."""
    try:
        return await handler(request)
    except web.HTTPException as answer:
        if answer.status < 400:
            raise
        headers = {name: answer.headers[name] for name in _KEPT if name in answer.headers}
        return await _told(request, answer.status, headers)
    except Refused as refused:
        return await _told(request, 409, {}, refused)
    except Conflict:
        return await _told(request, 409, {})
    except asyncio.CancelledError:
        raise
    except Exception as fault:
        if isinstance(fault, ConnectionError | AssertionError) and _has_left(request):
            return web.Response(status=499)  # read by nobody: a viewer of a stream closed the page
        resource = request.match_info.route.resource
        log.error("request_failed", route=resource.canonical if resource else "", exc_info=fault)
        return await _told(request, 500, {})


def _has_left(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()


async def _told(
    request: web.Request, status: int, headers: Mapping[str, str], refused: Refused | None = None
) -> web.Response:
    needs = request.config_dict[NEEDS].get(request.match_info.route)
    if needs is Open.TO_MACHINES or request.content_type == "application/json":
        code = {"code": refused.code} if refused else {}
        return web.json_response({"status": status, **code}, status=status, headers=headers)
    shown = f"e{status}" if status in _PAGES else "e500" if status >= 500 else "e400"
    visit = request.get(VISIT) or (await visit_of(request) if status < 500 else stranger(request))
    words = visit.t(refused.text_key, **refused.params) if refused else visit.t(f"admin.error.{shown}.text")
    response = visit.page("error.html", status=status, key=shown, words=words)
    response.headers.update(headers)
    return response
