"""What every request passes: headers set, faults shown without a trace."""

from __future__ import annotations

from collections.abc import Mapping

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from core.config import Settings
from webhooks.portal.pages import error_page
from webhooks.portal.session import DESK
from webhooks.side import SIDE

_FOR_MACHINES = ("/telegram", "/twilio", "/healthz", "/readyz", "/metrics", "/static", "/opendata")
_PAGES = frozenset({400, 403, 404, 405, 408, 413, 415})
"""Statuses that have a page of their own; others below 500 are shown as 400."""

log = structlog.get_logger()


@web.middleware
async def explained(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refusals and faults as a page in the reader's language (machines get a line)."""
    try:
        return await handler(request)
    except web.HTTPException as refusal:
        if refusal.status < 400:
            raise
        headers = {name: refusal.headers[name] for name in ("Allow", "Connection") if name in refusal.headers}
        return _answer(request, refusal.status, headers)
    except Exception as fault:
        route = request.match_info.route.resource
        log.error("request_failed", route=route.canonical if route else "", exc_info=fault)
        return _answer(request, 500, {})


def _answer(request: web.Request, status: int, headers: Mapping[str, str]) -> web.Response:
    if request.path.startswith(_FOR_MACHINES):
        return web.Response(status=status, text=f"{status}\n", headers=headers)
    return error_page(request, status, status if status in _PAGES or status >= 500 else 400, headers)


def security_headers(settings: Settings, *, framed: bool = True) -> Mapping[str, str]:
    """No inline code, nothing from elsewhere, framed by the portal alone or by nobody (CSP 3, OWASP secure headers)."""
    portals = settings.portal_origins.split()
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "font-src": "'self'",
        "connect-src": "'self'",
        "img-src": "'self' data:",  # pictures stand in the page: the same instant as their table
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": " ".join(["'self'", *portals]) if framed else "'none'",
    }
    headers = {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        # Browsers that know frame-ancestors disregard it; to older ones no portal can be named.
        "X-Frame-Options": "SAMEORIGIN" if framed else "DENY",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cache-Control": "no-store",
    }
    if settings.public_url.startswith("https://"):
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return headers


async def dress(request: web.Request, response: web.StreamResponse) -> None:
    """Signal `on_response_prepare`: the headers, unless the handler chose its own; none of our software."""
    settings = request.config_dict[SIDE].house.settings
    framed = request.path != DESK.path and not request.path.startswith(f"{DESK.path}/")
    for name, value in security_headers(settings, framed=framed).items():
        response.headers.setdefault(name, value)
    response.headers.pop("Server", None)
