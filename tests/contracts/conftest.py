"""Every kind of sender, made ready."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest

from core.adapters.twilio import TwilioAccount, TwilioCalls, TwilioTexts
from core.ports import Caller, TextSender
from tests.fakes.clock import StoppedClock
from tests.fakes.senders import FakeCalls, FakeTexts
from tests.fakes.twilio_customer import twilio_customer
from tests.fakes.twilio_provider import ACCOUNT, SENDER, TOKEN, twilio_provider


@dataclass
class Senders:
    texts: TextSender
    calls: Caller
    break_next: Callable[[bool], None]
    """The next request gets no clear answer; True: it is carried out all the same."""
    taken: Callable[[], int]
    """How many messages and calls the provider has taken."""


@pytest.fixture(params=["in memory", "twilio"])
async def senders(request: pytest.FixtureRequest, clock: StoppedClock) -> AsyncIterator[Senders]:
    if request.param == "in memory":
        texts, calls = FakeTexts(clock), FakeCalls(clock)

        def break_both(taken: bool) -> None:
            texts.fail_next("unknown", taken=taken)
            calls.fail_next("unknown", taken=taken)

        yield Senders(texts, calls, break_both, lambda: len(texts.sent) + len(calls.sent))
        return
    async with AsyncExitStack() as stack:
        provider = await stack.enter_async_context(twilio_provider(clock.now))
        customer = await stack.enter_async_context(twilio_customer())
        customer.documents["/say"] = "<Response><Say>α</Say></Response>"
        account = TwilioAccount(
            ACCOUNT, (ACCOUNT, TOKEN), public_url=customer.url, api_url=provider.url, timeout=5
        )
        stack.push_async_callback(account.close)

        def break_it(taken: bool) -> None:
            provider.faults.requests.append("error_after" if taken else "error")

        yield Senders(
            TwilioTexts(account, SENDER),
            TwilioCalls(account, SENDER),
            break_it,
            lambda: len(provider.messages) + len(provider.calls),
        )
        await provider.delivery.settled()
