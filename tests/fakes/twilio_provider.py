"""The stand-in provider on its own port, every request and answer held against the official description."""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from aiohttp import web

from standin.server import Standin
from standin.settings import Settings
from standin.store import Call, Message
from tests.fakes.spec_check import check_twilio, specs_or_skip

ACCOUNT = "AC" + "0" * 31 + "1"
TOKEN = "a-token-for-tests"
SENDER = "+302100000001"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class TwilioProvider(Standin):
    """As the stand-in; `problems` says what the official description does not allow, and must be empty."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        numbers = itertools.count(1)
        settings = Settings(ACCOUNT, TOKEN, pace=0)
        super().__init__(settings, now, lambda: f"{next(numbers):032x}")
        self.problems: list[str] = []
        self.requests: list[tuple[str, str, dict[str, list[str]]]] = []
        """(method, path, form), in order."""
        self.url = ""

    @property
    def messages(self) -> list[Message]:
        """Oldest first."""
        return self.store.messages()[::-1]

    @property
    def calls(self) -> list[Call]:
        return self.store.calls()[::-1]

    @web.middleware
    async def _check(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith("/2010-04-01/"):
            return await handler(request)
        form = [(name, str(value)) for name, value in (await request.post()).items()]
        fields: dict[str, list[str]] = {}
        for name, value in form:
            fields.setdefault(name, []).append(value)
        self.requests.append((request.method, request.path, fields))
        asked = (request.method, request.path, list(request.query.items()), form)
        self.problems += check_twilio(*asked)
        answer = await handler(request)
        body = json.loads(answer.text) if isinstance(answer, web.Response) and answer.text else None
        self.problems += [found for found in check_twilio(*asked, answer.status, body) if "answer" in found]
        return answer


def _now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def twilio_provider(now: Callable[[], datetime] = _now) -> AsyncIterator[TwilioProvider]:
    """Runs one; at the end nothing it was asked may have broken the official description."""
    specs_or_skip()
    provider = TwilioProvider(now)
    application = provider.application()
    application.middlewares.append(provider._check)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    provider.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield provider
    finally:
        await runner.cleanup()
    assert provider.problems == []
