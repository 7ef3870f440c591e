"""Requests of the provider to its customer: callbacks and TwiML, signed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from aiohttp import ClientError, ClientSession, ClientTimeout
from twilio.request_validator import RequestValidator
from yarl import URL

from standin.faults import Faults
from standin.settings import Settings
from standin.store import Call, Message, Store
from standin.twiml import UNREACHABLE, CallFault

TIMEOUT = ClientTimeout(total=15, connect=5)
API_VERSION = "2010-04-01"


@dataclass(frozen=True)
class Callback:
    url: str
    fields: dict[str, str]


class Outgoing:
    """Posts to the customer as the provider does: form fields, `X-Twilio-Signature`, an idempotency token."""

    def __init__(self, settings: Settings, store: Store, faults: Faults) -> None:
        self._settings = settings
        self._store = store
        self._faults = faults
        self._validator = RequestValidator(settings.auth_token)
        self._session: ClientSession | None = None

    async def open(self) -> None:
        self._session = ClientSession(timeout=TIMEOUT)

    async def close(self) -> None:
        if self._session:
            await self._session.close()

    async def report(self, callbacks: list[Callback]) -> None:
        """All callbacks of one message, one after the other, unless misfortune is on order."""
        if "lost" in self._faults.callbacks:
            return
        if "out_of_order" in self._faults.callbacks:
            callbacks = callbacks[::-1]
        for callback in callbacks:
            await self._report_one(callback)

    async def _report_one(self, callback: Callback) -> None:
        token = self._store.chance()
        for _ in range(2 if "twice" in self._faults.callbacks else 1):
            for _attempt in range(2):  # repeated once, on a connection failure only
                try:
                    await self._send("POST", callback.url, callback.fields, token)
                    break
                except (ClientError, TimeoutError, OSError):
                    continue

    async def twiml(self, call: Call, url: str, method: str, fields: dict[str, str]) -> str:
        """The document that says how a call goes on. Raises `CallFault`."""
        asked = {
            "CallSid": call.sid,
            "AccountSid": self._settings.account_sid,
            "From": call.sender,
            "To": call.to,
            "Caller": call.sender,
            "Called": call.to,
            "CallStatus": call.status,
            "Direction": "inbound" if call.incoming else "outbound-api",
            "ApiVersion": API_VERSION,
            **fields,
        }
        try:
            status, text = await self._send(method, url, asked, self._store.chance())
        except (ClientError, TimeoutError, OSError, UnicodeDecodeError):
            raise CallFault(UNREACHABLE) from None
        if not 200 <= status < 300:
            raise CallFault(UNREACHABLE)
        return text

    async def _send(self, method: str, url: str, fields: dict[str, str], token: str) -> tuple[int, str]:
        assert self._session
        if method == "GET":
            url, fields = str(URL(url).update_query(fields)), {}
        headers = {
            "X-Twilio-Signature": self._validator.compute_signature(url, fields),
            "I-Twilio-Idempotency-Token": token,
            "User-Agent": "TwilioProxy/1.1",
        }
        async with self._session.request(
            method,
            URL(url, encoded=True),
            data=fields if method == "POST" else None,
            headers=headers,
            allow_redirects=False,
        ) as answer:
            return answer.status, await answer.text()

    async def pause(self) -> None:
        await asyncio.sleep(self._settings.pace)

    def of_message(self, message: Message, status: str, error: int | None = None) -> Callback:
        """What is posted when a message has reached `status`."""
        fields = {
            "MessageSid": message.sid,
            "SmsSid": message.sid,
            "MessageStatus": status,
            "SmsStatus": status,
            "To": message.to,
            "From": message.sender,
            "AccountSid": self._settings.account_sid,
            "ApiVersion": API_VERSION,
        }
        if message.service:
            fields["MessagingServiceSid"] = message.service
        if error:
            fields["ErrorCode"] = str(error)
        if status in ("delivered", "undelivered"):
            fields["RawDlrDoneDate"] = self._store.now().strftime("%y%m%d%H%M")
        return Callback(message.status_callback, fields)

    def of_call(self, call: Call, status: str, number: int) -> Callback:
        """What is posted when a call has reached `status`; `number` counts a call's callbacks from 0."""
        fields = {
            "CallSid": call.sid,
            "AccountSid": self._settings.account_sid,
            "From": call.sender,
            "To": call.to,
            "Caller": call.sender,
            "Called": call.to,
            "CallStatus": status,
            "Direction": "outbound-api",
            "ApiVersion": API_VERSION,
            "CallbackSource": "call-progress-events",
            "SequenceNumber": str(number),
            "Timestamp": self._store.now().strftime("%a, %d %b %Y %H:%M:%S +0000"),
        }
        if status == "completed":
            fields |= {"CallDuration": "1", "Duration": "1"}
        return Callback(call.status_callback, fields)
