"""The listening socket: HTTP as aiohttp speaks it, but who dawdles is cut off, and nothing names versions.

aiohttp waits for the first request of a connection as long as the client likes (on later ones its keep-alive
timer stands guard), and answers what is not HTTP by itself, outside the application.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

FIRST_REQUEST_S = 10.0
"""Seconds from connecting until the first request's headers must be complete."""
KEEP_ALIVE_S = 30.0
_LINGER_S = 1.0
"""Seconds for which the rest of a refused body is still read, so that the refusal arrives."""


class _Handler(RequestHandler):
    __slots__ = ("_late",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._late = asyncio.get_running_loop().call_later(FIRST_REQUEST_S, transport.close)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._request_count:
            self._in_time()

    def connection_lost(self, exc: BaseException | None) -> None:
        self._in_time()
        super().connection_lost(exc)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """What is no HTTP is answered without quoting it, and without the library's name."""
        super().handle_error(
            request, status, exc, message
        )  # it logs, and knows when it is too late to answer
        answer = web.Response(
            status=status, text=f"{status} {HTTPStatus(status).phrase}\n", headers={"Server": "Paso"}
        )
        answer.force_close()
        return answer

    def _in_time(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


class _Server(web.Server):
    def __call__(self) -> RequestHandler:
        return _Handler(self, loop=self._loop, **self._kwargs)


class Door(web.AppRunner):
    """Runs the application behind such a socket."""

    def __init__(self, application: web.Application) -> None:
        super().__init__(
            application,
            access_log=None,
            keepalive_timeout=KEEP_ALIVE_S,
            lingering_time=_LINGER_S,
            shutdown_timeout=5.0,
        )

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        return _Server(
            made.request_handler, request_factory=made.request_factory, loop=made._loop, **made._kwargs
        )


async def open_door(application: web.Application, host: str, port: int) -> Door:
    """Listen. Raises `OSError` when the port is taken; what had been started is closed again."""
    door = Door(application)
    await door.setup()
    try:
        await web.TCPSite(door, host, port).start()
    except OSError:
        await door.cleanup()
        raise
    return door
