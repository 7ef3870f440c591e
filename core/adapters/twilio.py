"""SMS and calls by Twilio's official client.

The client's own timeout is ignored by its asynchronous half, so each call is bounded here. Nothing is posted
twice: `Messages.create` knows no idempotency key, and a repeated POST is a second SMS. Whoever gets `unknown`
asks `find`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlencode

from aiohttp import ClientConnectorError, ClientError, encode_basic_auth
from twilio.auth_strategy.auth_type import AuthType
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.credential.credential_provider import CredentialProvider
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client

from core.messages.provider_codes import TEMPORARY, UNKNOWN, kind_of
from core.ports import Receipt, SendingFailed

T = TypeVar("T")

STATUS_PATH = "/twilio/status"
CALL_EVENTS = ["initiated", "ringing", "answered", "completed"]
CLOCK_SKEW = timedelta(seconds=5)
"""The provider's clock may be behind ours, and its times are whole seconds."""
LOOKED_THROUGH = 50
"""How many of a number's newest messages are looked through for one whose fate is unknown."""

# The client logs each request with its query, and a query of `find` holds a telephone number.
_silent = logging.getLogger("paso.twilio.silent")
_silent.disabled = True


class _Credentials(CredentialProvider):  # type: ignore[misc]  # the library has no types
    """Signs requests with the header itself: the client's own way there is deprecated in aiohttp."""

    def __init__(self, name: str, secret: str) -> None:
        super().__init__(AuthType.BASIC)
        self._header = encode_basic_auth(name, secret)

    def to_auth_strategy(self) -> _Credentials:
        return self

    def get_auth_string(self) -> str:
        return self._header


class TwilioAccount:
    """One account at the provider, for `TwilioTexts` and `TwilioCalls`; made in a running loop."""

    def __init__(
        self,
        account_sid: str,
        credentials: tuple[str, str],
        *,
        public_url: str,
        api_url: str | None = None,
        timeout: float = 10.0,
    ) -> None:
        """`credentials` are an API key and its secret, or the account's SID and token.

        `public_url` is where the provider reaches us, `api_url` another address than Twilio's own, `timeout`
        seconds.
        """
        self._http = AsyncTwilioHttpClient(logger=_silent)
        client = Client(
            account_sid=account_sid, http_client=self._http, credential_provider=_Credentials(*credentials)
        )
        if api_url:
            client.api.base_url = api_url
        self.api: Any = client.api.v2010.account
        self._public_url = public_url.rstrip("/")
        self._timeout = timeout

    def address(self, path: str) -> str:
        """The public address of one of our paths."""
        return self._public_url + path

    def status_address(self, reference: str) -> str:
        """Where the provider reports what became of the message `reference`."""
        return self.address(f"{STATUS_PATH}?{urlencode({'reference': reference})}")

    async def ask(self, request: Callable[[], Awaitable[T]]) -> T:
        """One request, bounded in time. Raises `SendingFailed`, never anything of the client's."""
        try:
            async with asyncio.timeout(self._timeout):
                return await request()
        except (TwilioRestException, TwilioServiceException) as refused:
            code = str(refused.code or "")
            raise SendingFailed(kind_of(code, refused.status), code or str(refused.status)) from None
        except ClientConnectorError:
            raise SendingFailed(TEMPORARY, "unreachable") from None  # nothing has left this machine
        except (TimeoutError, ClientError, OSError):
            raise SendingFailed(UNKNOWN, "no answer") from None
        except (TwilioException, ValueError):
            raise SendingFailed(UNKNOWN, "not understood") from None

    async def close(self) -> None:
        await self._http.close()


class TwilioTexts:
    """`TextSender`. `sender` is a number, a name of at most 11 letters, or a messaging service (`MG...`)."""

    def __init__(self, account: TwilioAccount, sender: str) -> None:
        self._account = account
        service = sender.startswith("MG") and len(sender) == 34
        self._sender = {"messaging_service_sid": sender} if service else {"from_": sender}

    async def send(self, to: str, text: str, reference: str) -> Receipt:
        """Raises `SendingFailed`."""
        callback = self._account.status_address(reference)
        message = await self._account.ask(
            lambda: self._account.api.messages.create_async(
                to=to, body=text, status_callback=callback, **self._sender
            )
        )
        return _receipt(message)

    async def find(self, to: str, text: str, since: datetime) -> Receipt | None:
        """The newest message with these words to this number, made at `since` or later (UTC).

        Raises `SendingFailed` when it cannot be looked up: its fate stays unknown.
        """
        page = await self._account.ask(
            lambda: self._account.api.messages.page_async(to=to, page_size=LOOKED_THROUGH)
        )
        for message in page:
            if message.body == text and message.date_created >= _floor(since):
                return _receipt(message)
        return None

    async def forget(self, provider_id: str) -> None:
        """Deletes a message at the provider, words and number, once its state is final. Gone already is well.

        Raises `SendingFailed` (`temporary` while the message is still under way).
        """
        try:
            await self._account.ask(lambda: self._account.api.messages(provider_id).delete_async())
        except SendingFailed as failed:
            if failed.code == "20009":
                raise SendingFailed(TEMPORARY, failed.code) from None
            if failed.code not in ("20404", "404"):
                raise


class TwilioCalls:
    """`Caller`. `sender` must be a number: a name cannot call. Calls are never recorded."""

    def __init__(self, account: TwilioAccount, sender: str) -> None:
        self._account = account
        self._sender = sender

    async def call(self, to: str, reference: str, path: str) -> Receipt:
        """What is said is fetched from our `path`, by POST, once somebody answers. Raises `SendingFailed`."""
        call = await self._account.ask(
            lambda: self._account.api.calls.create_async(
                to=to,
                from_=self._sender,
                url=self._account.address(path),
                method="POST",
                status_callback=self._account.status_address(reference),
                status_callback_event=CALL_EVENTS,
                status_callback_method="POST",
            )
        )
        return Receipt(call.sid)

    async def find(self, to: str, since: datetime) -> Receipt | None:
        """The newest call to this number, made at `since` or later (UTC). Raises as above."""
        page = await self._account.ask(
            lambda: self._account.api.calls.page_async(to=to, page_size=LOOKED_THROUGH)
        )
        for call in page:
            if call.date_created >= _floor(since):
                return Receipt(call.sid)
        return None


def _receipt(message: Any) -> Receipt:
    # A messaging service says 0 until it has chosen a sender: then nobody knows yet.
    return Receipt(message.sid, int(message.num_segments or 0) or None)


def _floor(since: datetime) -> datetime:
    return since.replace(microsecond=0) - CLOCK_SKEW
