"""Twilio's REST interface, as far as messages and calls go (API 2010-04-01)."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from aiohttp import encode_basic_auth, web

from standin import refusals
from standin.delivery import Delivery
from standin.faults import Faults
from standin.outgoing import API_VERSION
from standin.refusals import Refusal
from standin.settings import Settings
from standin.shapes import call_shape, message_shape, segments_of
from standin.store import Call, Message, Store

Handler = Callable[[web.Request], Awaitable[web.Response]]
BASE = f"/{API_VERSION}/Accounts/{{account}}"


class Rest:
    """The handlers. `closing` is set when the server goes down: then nobody waits for an answer any more."""

    def __init__(self, settings: Settings, store: Store, faults: Faults, delivery: Delivery) -> None:
        self._settings = settings
        self._store = store
        self._faults = faults
        self._delivery = delivery
        self.closing = asyncio.Event()

    def routes(self) -> list[web.RouteDef]:
        sends, asks = self._sends, self._asks
        return [
            web.post(f"{BASE}/Messages.json", sends(self.create_message)),
            web.get(f"{BASE}/Messages.json", asks(self.list_messages), allow_head=False),
            web.get(f"{BASE}/Messages/{{sid}}.json", asks(self.show_message), allow_head=False),
            web.delete(f"{BASE}/Messages/{{sid}}.json", asks(self.delete_message)),
            web.post(f"{BASE}/Calls.json", sends(self.create_call)),
            web.get(f"{BASE}/Calls.json", asks(self.list_calls), allow_head=False),
            web.get(f"{BASE}/Calls/{{sid}}.json", asks(self.show_call), allow_head=False),
            web.post(f"{BASE}/Calls/{{sid}}.json", asks(self.end_call)),
            web.delete(f"{BASE}/Calls/{{sid}}.json", asks(self.delete_call)),
        ]

    async def create_message(self, request: web.Request) -> web.Response:
        form = await _form(request)
        to, text = form.get("To", ""), form.get("Body", "")
        service = form.get("MessagingServiceSid") or None
        sender = form.get("From", "") or service or ""
        callback = form.get("StatusCallback", "")
        if not to:
            raise Refusal(21604)
        if not sender:
            raise Refusal(21603)
        if service is None:
            refusals.check_sender(sender, may_be_name=True)
        if not text:
            raise Refusal(21602)
        if len(text) > refusals.LONGEST_TEXT:
            raise Refusal(21617)
        if callback:
            refusals.check_url(callback, 21609)
        refusals.check_mobile(to)
        self._check_fate(to)
        message = Message(
            sid=self._store.new_sid("SM"),
            to=to,
            sender=sender,
            text=text,
            segments=segments_of(text),
            status_callback=callback,
            created=self._store.now(),
            service=service,
            status="accepted" if service else "queued",
        )
        self._store.keep(message)
        self._delivery.deliver(message)
        return web.json_response(message_shape(message, self._settings.account_sid), status=201)

    async def list_messages(self, request: web.Request) -> web.Response:
        shapes = [message_shape(message, self._settings.account_sid) for message in self._store.messages()]
        return self._page(request, "messages", shapes)

    async def show_message(self, request: web.Request) -> web.Response:
        return web.json_response(message_shape(self._message(request), self._settings.account_sid))

    async def delete_message(self, request: web.Request) -> web.Response:
        message = self._message(request)
        if not message.final:
            raise Refusal(20009)
        message.forgotten = True
        self._store.changed()
        return web.Response(status=204)

    async def create_call(self, request: web.Request) -> web.Response:
        form = await _form(request)
        to, sender, url = form.get("To", ""), form.get("From", ""), form.get("Url", "")
        callback = form.get("StatusCallback", "")
        if not to:
            raise Refusal(21201)
        if not sender:
            raise Refusal(21213)
        refusals.check_sender(sender, may_be_name=False)
        refusals.check_url(url, 21205)
        if callback:
            refusals.check_url(callback, 21609)
        refusals.number_type(to)
        self._check_fate(to)
        call = Call(
            sid=self._store.new_sid("CA"),
            to=to,
            sender=sender,
            url=url,
            method=form.get("Method", "POST"),
            status_callback=callback,
            events=frozenset(form.getall("StatusCallbackEvent", ["completed"])),
            created=self._store.now(),
        )
        self._store.keep(call)
        self._delivery.place(call)
        return web.json_response(call_shape(call, self._settings.account_sid), status=201)

    async def list_calls(self, request: web.Request) -> web.Response:
        shapes = [call_shape(call, self._settings.account_sid) for call in self._store.calls()]
        return self._page(request, "calls", shapes)

    async def show_call(self, request: web.Request) -> web.Response:
        return web.json_response(call_shape(self._call(request), self._settings.account_sid))

    async def end_call(self, request: web.Request) -> web.Response:
        call = self._call(request)
        if (await _form(request)).get("Status") not in ("completed", "canceled"):
            raise Refusal(20001)
        if call.final:
            raise Refusal(21220)
        self._delivery.hang_up(call)
        return web.json_response(call_shape(call, self._settings.account_sid))

    async def delete_call(self, request: web.Request) -> web.Response:
        call = self._call(request)
        if not call.final:
            raise Refusal(20009)
        call.forgotten = True
        self._store.changed()
        return web.Response(status=204)

    def _asks(self, handler: Handler) -> Handler:
        async def handled(request: web.Request) -> web.Response:
            try:
                self.check_credentials(request)
                if request.match_info["account"] != self._settings.account_sid:
                    raise Refusal(20404)
                return await handler(request)
            except Refusal as refusal:
                return refusal.answer()

        return handled

    def _sends(self, handler: Handler) -> Handler:
        """As `_asks`, with the misfortune that is on order."""
        asks = self._asks(handler)

        async def handled(request: web.Request) -> web.Response:
            match self._faults.next():
                case None:
                    return await asks(request)
                case "too_many":
                    return Refusal(20429).answer()
                case "error":
                    return Refusal(20500).answer()
                case "error_after":
                    await asks(request)
                    return Refusal(20500).answer()
                case "silent_after":
                    await asks(request)
            await self.closing.wait()
            return Refusal(20500).answer()

        return handled

    def check_credentials(self, request: web.Request) -> None:
        """Raises `Refusal` (20003)."""
        given = request.headers.get("Authorization", "")
        expected = encode_basic_auth(self._settings.account_sid, self._settings.auth_token)
        if not hmac.compare_digest(given.encode(), expected.encode()):
            raise Refusal(20003)

    def _check_fate(self, to: str) -> None:
        fate = self._faults.fates.get(to)
        if fate and fate.refuse:
            raise Refusal(fate.refuse)

    def _message(self, request: web.Request) -> Message:
        for message in self._store.messages():
            if message.sid == request.match_info["sid"]:
                return message
        raise Refusal(20404)

    def _call(self, request: web.Request) -> Call:
        for call in self._store.calls():
            if call.sid == request.match_info["sid"]:
                return call
        raise Refusal(20404)

    def _page(self, request: web.Request, kind: str, shapes: Sequence[dict[str, Any]]) -> web.Response:
        """One page of a list, newest first. What is not understood is refused, never passed over."""
        query = request.query
        if set(query) - {"To", "From", "PageSize", "Page", "PageToken"}:
            raise Refusal(20001)
        found = [
            shape
            for shape in shapes
            if query.get("To", shape["to"]) == shape["to"]
            and query.get("From", shape["from"]) == shape["from"]
        ]
        try:
            size = min(max(int(query.get("PageSize", 50)), 1), 1000)
            page = max(int(query.get("Page", 0)), 0)
        except ValueError:
            raise Refusal(20001) from None
        here = found[page * size : (page + 1) * size]
        uri = BASE.replace("{account}", self._settings.account_sid) + f"/{kind.capitalize()}.json"

        def at(number: int) -> str:
            return str(request.rel_url.with_path(uri).update_query(Page=str(number), PageSize=str(size)))

        body = {
            kind: here,
            "page": page,
            "page_size": size,
            "start": page * size,
            "end": page * size + max(len(here) - 1, 0),
            "uri": at(page),
            "first_page_uri": at(0),
            "previous_page_uri": at(page - 1) if page else None,
            "next_page_uri": at(page + 1) if len(found) > (page + 1) * size else None,
        }
        return web.json_response(body)


async def _form(request: web.Request) -> Any:
    try:
        return await request.post()
    except ValueError:
        raise Refusal(20001) from None
