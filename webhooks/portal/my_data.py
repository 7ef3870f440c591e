"""My data in the web chat: the file waits here, closed under a key that the page alone has. It is given once."""

from __future__ import annotations

from aiohttp import web

from core.errors import Refused
from webhooks.portal.session import session_of, speaker_of
from webhooks.side import SIDE

routes = web.RouteTableDef()


@routes.get("/chat/file/{id:[0-9]{1,19}}", allow_head=False)
async def fetch(request: web.Request) -> web.Response:
    """204 while it is not ready, 404 where there is none (any more) for this session."""
    session = session_of(request)
    if session is None:
        raise web.HTTPNotFound
    conversations = request.config_dict[SIDE].conversations
    try:
        file = await conversations.fetch(speaker_of(request, session), int(request.match_info["id"]))
    except Refused:
        raise web.HTTPNotFound from None
    if file is None:
        return web.Response(status=204)
    return web.Response(body=file, content_type="application/octet-stream")
