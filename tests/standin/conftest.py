from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession, encode_basic_auth

from tests.fakes.clock import StoppedClock
from tests.fakes.twilio_customer import TwilioCustomer, twilio_customer
from tests.fakes.twilio_provider import ACCOUNT, SENDER, TOKEN, TwilioProvider, twilio_provider

REST = f"/2010-04-01/Accounts/{ACCOUNT}"
MOBILE, LANDLINE = "+306900000001", "+302100000002"


@pytest.fixture
async def provider(clock: StoppedClock) -> AsyncIterator[TwilioProvider]:
    async with twilio_provider(clock.now) as running:
        yield running


@pytest.fixture
async def customer() -> AsyncIterator[TwilioCustomer]:
    async with twilio_customer() as running:
        yield running


@pytest.fixture
async def http(provider: TwilioProvider) -> AsyncIterator[ClientSession]:
    """A client with the right credentials."""
    headers = {"Authorization": encode_basic_auth(ACCOUNT, TOKEN)}
    async with ClientSession(provider.url, headers=headers) as session:
        yield session


class Line:
    """Sends and calls, in as few words as a test wants."""

    def __init__(self, http: ClientSession, provider: TwilioProvider, customer: TwilioCustomer) -> None:
        self.http = http
        self.provider = provider
        self.customer = customer

    async def post(self, kind: str, **fields: str) -> tuple[int, dict[str, object]]:
        async with self.http.post(f"{REST}/{kind}.json", data=fields) as answer:
            return answer.status, await answer.json()

    async def sms(self, text: str = "ένα", to: str = MOBILE) -> None:
        callback = f"{self.customer.url}/twilio/status?reference=r1"
        status, _ = await self.post("Messages", To=to, From=SENDER, Body=text, StatusCallback=callback)
        assert status == 201

    async def call(self, *documents: str, wait: bool = True) -> None:
        """Calls; the documents are at /0, /1, ..."""
        for number, twiml in enumerate(documents):
            self.customer.documents[f"/{number}"] = f"<Response>{twiml}</Response>"
        fields = [
            ("To", LANDLINE),
            ("From", SENDER),
            ("Url", f"{self.customer.url}/0"),
            ("StatusCallback", f"{self.customer.url}/twilio/status?reference=r1"),
            *[("StatusCallbackEvent", event) for event in ("initiated", "ringing", "answered", "completed")],
        ]
        async with self.http.post(f"{REST}/Calls.json", data=fields) as answer:
            assert answer.status == 201
        if wait:
            await self.provider.delivery.settled()

    async def control(self, **order: object) -> None:
        async with self.http.post("/control", json=order) as answer:
            assert answer.status == 200

    async def page(self, language: str = "en") -> str:
        async with self.http.get(f"/?lang={language}") as answer:
            assert answer.status == 200
            return await answer.text()


@pytest.fixture
def line(http: ClientSession, provider: TwilioProvider, customer: TwilioCustomer) -> Line:
    return Line(http, provider, customer)
