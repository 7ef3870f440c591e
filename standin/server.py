"""The server: the provider's interface, the page, and a control for tests."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from json import JSONDecodeError

import pyotp
from aiohttp import web

from standin.callee import MODES, Callee
from standin.delivery import Delivery
from standin.faults import CALLBACK_FAULTS, FAULTS, Fate, Faults
from standin.outgoing import Outgoing
from standin.page import listing, page
from standin.refusals import Refusal
from standin.rest import Rest
from standin.settings import Settings
from standin.store import Call, Store

KEYS = frozenset("0123456789*#")
INCOMING = "/twilio/voice/incoming"
"""What the town's number is set to, at the real provider by hand."""
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)


class Standin:
    """The provider and all it remembers. `now` tells the time in UTC, `chance` 32 hexadecimal digits."""

    def __init__(self, settings: Settings, now: Callable[[], datetime], chance: Callable[[], str]) -> None:
        self._now = now
        self._settings = settings
        self._staff_secret = settings.staff_secret
        self.store = Store(now, chance)
        self.faults = Faults()
        self.callee = Callee()
        self._outgoing = Outgoing(settings, self.store, self.faults)
        self.delivery = Delivery(self.store, self._outgoing, self.faults, self.callee)
        self._rest = Rest(settings, self.store, self.faults, self.delivery)

    def application(self) -> web.Application:
        """May be called once."""
        application = web.Application(client_max_size=64 * 1024)
        application.add_routes(self._rest.routes())
        application.add_routes(
            [
                web.get("/", self._page),
                web.get("/sent.json", self._sent),
                web.get("/version", self._version),
                web.get("/healthz", self._healthy),
                web.post("/callee", self._set_callee),
                web.post("/telephone", self._ring),
                web.post("/calls/{sid}/keys", self._press),
                web.post("/control", self._control),
            ]
        )
        application.cleanup_ctx.append(self._open)
        application.on_shutdown.append(self._close)
        return application

    async def _open(self, _: web.Application) -> AsyncIterator[None]:
        await self._outgoing.open()
        yield
        await self._outgoing.close()

    async def _close(self, _: web.Application) -> None:
        self._rest.closing.set()
        await self.delivery.stop()

    async def _page(self, request: web.Request) -> web.Response:
        return page(request, self.store, self.callee, self._version_now(), self._staff_code())

    async def _sent(self, _: web.Request) -> web.Response:
        return web.json_response([listing(item) for item in self.store.newest_first()])

    async def _version(self, _: web.Request) -> web.Response:
        return web.Response(text=self._version_now(), headers={"Cache-Control": "no-store"})

    def _version_now(self) -> str:
        """What changes with every change of the page."""
        return f"{self.store.version} {self._staff_code()}".strip()

    def _staff_code(self) -> str:
        return pyotp.TOTP(self._staff_secret).at(self._now()) if self._staff_secret else ""

    async def _healthy(self, _: web.Request) -> web.Response:
        return web.Response(text="ok")

    async def _set_callee(self, request: web.Request) -> web.Response:
        mode = (await request.post()).get("mode")
        if mode not in MODES:
            raise web.HTTPBadRequest
        self.callee.mode = str(mode)
        raise _back(request)

    async def _ring(self, request: web.Request) -> web.Response:
        """A person takes one of the town's telephones and rings the town."""
        number = re.sub(r"[^0-9+]", "", str((await request.post()).get("number", "")))
        number = number if number.startswith("+") else f"+30{number}"
        if not _NUMBER.fullmatch(number):
            raise web.HTTPBadRequest
        if not any(call.sender == number and not call.final for call in self.store.calls()):
            call = Call(
                sid=self.store.new_sid("CA"),
                to=self._settings.town_number,
                sender=number,
                url=f"{self._settings.town_url.rstrip('/')}{INCOMING}",
                method="POST",
                status_callback="",
                events=frozenset(),
                created=self._now(),
                status="ringing",
                incoming=True,
            )
            self.store.keep(call)
            self.delivery.ring(call)
        raise _back(request)

    async def _press(self, request: web.Request) -> web.Response:
        call = self.store.call(request.match_info["sid"])
        if call is None:
            raise web.HTTPNotFound
        key = (await request.post()).get("key")
        if key == "hang_up":
            self.delivery.hang_up(call)
        elif call.waiting and (key == "" or key in KEYS):
            call.keys.put_nowait(str(key))
        raise _back(request)

    async def _control(self, request: web.Request) -> web.Response:
        """What goes wrong next and how calls are answered, as JSON; each field may be left out.

        `next`: faults of the next requests that send, in order. `callbacks`: faults of all callbacks from now
        on. `fates`: number -> {`refuse`: code, `undelivered`: code}. `callee`: {`mode`, `keys`}.
        """
        try:
            self._rest.check_credentials(request)
        except Refusal as refusal:
            return refusal.answer()
        try:
            order = await request.json()
            upcoming, callbacks = list(order.get("next", [])), order.get("callbacks")
            fates = {number: Fate(**fate) for number, fate in order.get("fates", {}).items()}
            callee = {"mode": self.callee.mode, "keys": self.callee.keys} | order.get("callee", {})
        except (JSONDecodeError, AttributeError, TypeError):
            raise web.HTTPBadRequest from None
        known = set(upcoming) <= set(FAULTS) and set(callbacks or ()) <= set(CALLBACK_FAULTS)
        if not known or callee["mode"] not in MODES:
            raise web.HTTPBadRequest
        self.faults.requests.extend(upcoming)
        if callbacks is not None:
            self.faults.callbacks = set(callbacks)
        self.faults.fates.update(fates)
        self.callee.mode, self.callee.keys = callee["mode"], list(callee["keys"])
        return web.json_response({})


def _back(request: web.Request) -> web.HTTPSeeOther:
    language = request.query.get("lang")
    return web.HTTPSeeOther(f"/?lang={language}" if language in ("el", "en") else "/")
