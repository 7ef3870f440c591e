"""Inside the city's portal: a link that becomes a frame only where our cookie works (docs/embedding.md)."""

from __future__ import annotations

from aiohttp import web

from webhooks.portal.pages import page
from webhooks.portal.session import is_https
from webhooks.side import language_of

_TRIAL = "paso-frame"
routes = web.RouteTableDef()


@routes.get("/chat/frame")
async def frame(request: web.Request) -> web.Response:
    """What a frame loads first: it tries the cookie, tells the portal, and goes on to the chat."""
    response = page(request, "frame.html", language_of(request))
    response.set_cookie(
        _TRIAL, "1", path="/chat/frame", httponly=True, samesite="Lax", secure=is_https(request), max_age=60
    )
    return response


@routes.get("/chat/frame/cookie")
async def cookie(request: web.Request) -> web.Response:
    """204 when the browser brought the cookie along, 409 when it kept it back. The session's is set alike."""
    return web.Response(status=204 if _TRIAL in request.cookies else 409)
