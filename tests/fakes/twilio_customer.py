"""A customer of the provider: hears callbacks and serves TwiML, checking every signature."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from twilio.request_validator import RequestValidator

from core.messages.twiml import verify
from tests.fakes.twilio_provider import TOKEN


class TwilioCustomer:
    """`documents`: path -> TwiML. `heard`: (reference, fields) of each callback, in order of arrival."""

    def __init__(self) -> None:
        self.url = ""
        self.documents: dict[str, str] = {}
        self.heard: list[tuple[str, dict[str, str]]] = []
        self.fetched: list[tuple[str, dict[str, str]]] = []
        """(path, fields) of each document asked for."""
        self._validator = RequestValidator(TOKEN)

    @property
    def statuses(self) -> list[str]:
        """What the callbacks said, in order."""
        return [fields.get("MessageStatus") or fields["CallStatus"] for _, fields in self.heard]

    async def answer(self, request: web.Request) -> web.Response:
        form = await request.post()
        signature = request.headers.get("X-Twilio-Signature")
        if not verify(self._validator, self.url, request.raw_path, form, signature):
            raise web.HTTPForbidden
        fields = {name: str(value) for name, value in form.items()}
        if request.path == "/twilio/status":
            self.heard.append((request.query["reference"], fields))
            return web.Response(status=204)
        if request.path not in self.documents:
            raise web.HTTPNotFound
        self.fetched.append((request.path, fields))
        return web.Response(text=self.documents[request.path], content_type="application/xml")


@asynccontextmanager
async def twilio_customer() -> AsyncIterator[TwilioCustomer]:
    customer = TwilioCustomer()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", customer.answer)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    customer.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield customer
    finally:
        await runner.cleanup()
