"""The official client, pointed at the stand-in; all is held against the official description."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator

import pytest

from core.adapters.twilio import TwilioAccount, TwilioCalls, TwilioTexts
from core.messages.provider_codes import NOT_FOR_SMS, OPTED_OUT, kind_of
from core.ports import SendingFailed
from standin.faults import Fate
from tests.fakes.clock import StoppedClock
from tests.fakes.spec_check import check_twilio
from tests.fakes.twilio_customer import TwilioCustomer, twilio_customer
from tests.fakes.twilio_provider import ACCOUNT, SENDER, TOKEN, TwilioProvider, twilio_provider

MOBILE, LANDLINE = "+306900000001", "+302100000002"
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
CALLS = f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json"


@pytest.fixture
async def customer() -> AsyncIterator[TwilioCustomer]:
    async with twilio_customer() as running:
        running.documents["/twilio/voice/7"] = "<Response><Say>α</Say></Response>"
        yield running


@pytest.fixture
async def provider(clock: StoppedClock, customer: TwilioCustomer) -> AsyncIterator[TwilioProvider]:
    async with twilio_provider(clock.now) as running:
        yield running
        await running.delivery.settled()


@pytest.fixture
async def account(provider: TwilioProvider, customer: TwilioCustomer) -> AsyncIterator[TwilioAccount]:
    made = TwilioAccount(ACCOUNT, (ACCOUNT, TOKEN), public_url=customer.url + "/", api_url=provider.url)
    yield made
    await made.close()


@pytest.fixture
def texts(account: TwilioAccount) -> TwilioTexts:
    return TwilioTexts(account, SENDER)


@pytest.fixture
def calls(account: TwilioAccount) -> TwilioCalls:
    return TwilioCalls(account, SENDER)


async def failure_of(texts: TwilioTexts, to: str = MOBILE) -> tuple[str, str]:
    with pytest.raises(SendingFailed) as failed:
        await texts.send(to, "ένα", "r1")
    return failed.value.kind, failed.value.code


async def test_a_text_goes_out_with_our_sender_and_our_reference(
    texts: TwilioTexts, provider: TwilioProvider, customer: TwilioCustomer
) -> None:
    receipt = await texts.send(MOBILE, "Ο κωδικός: 471922", "a/b c")
    assert receipt.provider_id == provider.messages[0].sid
    assert provider.requests == [
        (
            "POST",
            MESSAGES,
            {
                "To": [MOBILE],
                "From": [SENDER],
                "Body": ["Ο κωδικός: 471922"],
                "StatusCallback": [f"{customer.url}/twilio/status?reference=a%2Fb+c"],
            },
        )
    ]


async def test_callbacks_bring_our_reference_and_a_signature_that_holds(
    texts: TwilioTexts, provider: TwilioProvider, customer: TwilioCustomer
) -> None:
    await texts.send(MOBILE, "ένα", "a/b c")
    await provider.delivery.settled()
    assert [reference for reference, _ in customer.heard] == ["a/b c", "a/b c"]
    assert customer.statuses == ["sent", "delivered"]


async def test_a_call_is_told_where_its_words_are_and_which_events_we_want(
    calls: TwilioCalls, provider: TwilioProvider, customer: TwilioCustomer
) -> None:
    receipt = await calls.call(LANDLINE, "r7", "/twilio/voice/7")
    await provider.delivery.settled()
    assert receipt.provider_id == provider.calls[0].sid
    assert provider.requests[0] == (
        "POST",
        CALLS,
        {
            "To": [LANDLINE],
            "From": [SENDER],
            "Url": [f"{customer.url}/twilio/voice/7"],
            "Method": ["POST"],
            "StatusCallback": [f"{customer.url}/twilio/status?reference=r7"],
            "StatusCallbackEvent": ["initiated", "ringing", "answered", "completed"],
            "StatusCallbackMethod": ["POST"],
        },
    )
    assert customer.statuses == ["initiated", "ringing", "in-progress", "completed"]


async def test_a_messaging_service_may_send_and_then_nobody_knows_the_segments(
    account: TwilioAccount, provider: TwilioProvider
) -> None:
    service = "MG" + "0" * 31 + "2"
    receipt = await TwilioTexts(account, service).send(MOBILE, "ένα", "r1")
    assert receipt.segments is None
    assert provider.requests[0][2]["MessagingServiceSid"] == [service]


async def test_a_name_may_send(account: TwilioAccount, provider: TwilioProvider) -> None:
    await TwilioTexts(account, "Dimos").send(MOBILE, "ένα", "r1")
    assert provider.messages[0].sender == "Dimos"


@pytest.mark.parametrize(
    ("to", "expected"),
    [("+30690000", ("permanent", "21211")), (LANDLINE, ("permanent", "21614"))],
)
async def test_a_wrong_number_is_never_tried_again(
    texts: TwilioTexts, to: str, expected: tuple[str, str]
) -> None:
    assert await failure_of(texts, to) == expected


@pytest.mark.parametrize(
    ("code", "kind"),
    [(21610, "permanent"), (21612, "permanent"), (21408, "technical"), (21606, "technical")],
)
async def test_a_refusal_says_its_kind(
    texts: TwilioTexts, provider: TwilioProvider, code: int, kind: str
) -> None:
    provider.faults.fates[MOBILE] = Fate(refuse=code)
    assert await failure_of(texts) == (kind, str(code))


async def test_wrong_credentials_are_our_own_fault(provider: TwilioProvider) -> None:
    account = TwilioAccount(ACCOUNT, (ACCOUNT, "wrong"), public_url="http://x.gr", api_url=provider.url)
    assert await failure_of(TwilioTexts(account, SENDER)) == ("technical", "20003")
    await account.close()


async def test_too_many_requests_are_tried_later_and_were_not_carried_out(
    texts: TwilioTexts, provider: TwilioProvider
) -> None:
    provider.faults.requests.append("too_many")
    assert await failure_of(texts) == ("temporary", "20429")
    assert provider.messages == []


@pytest.mark.parametrize(("fault", "taken"), [("error", 0), ("error_after", 1)])
async def test_after_an_error_of_the_provider_the_fate_is_unknown_and_nothing_is_posted_again(
    texts: TwilioTexts, provider: TwilioProvider, fault: str, taken: int
) -> None:
    provider.faults.requests.append(fault)
    assert await failure_of(texts) == ("unknown", "20500")
    assert len(provider.messages) == taken
    assert len(provider.requests) == 1


@pytest.mark.parametrize(("fault", "taken"), [("silent", 0), ("silent_after", 1)])
async def test_a_provider_that_never_answers_is_given_up_after_our_own_time_limit(
    provider: TwilioProvider, clock: StoppedClock, fault: str, taken: int
) -> None:
    account = TwilioAccount(
        ACCOUNT, (ACCOUNT, TOKEN), public_url="http://127.0.0.1:9", api_url=provider.url, timeout=1
    )
    texts = TwilioTexts(account, SENDER)
    provider.faults.requests.append(fault)
    assert await failure_of(texts) == ("unknown", "no answer")
    assert len(provider.requests) == 1
    found = await texts.find(MOBILE, "ένα", clock.now())
    assert len(provider.messages) == taken
    assert (found is not None) is bool(taken)
    await account.close()


async def test_a_provider_that_cannot_be_reached_has_taken_nothing(unused_tcp_port: int) -> None:
    account = TwilioAccount(
        ACCOUNT, (ACCOUNT, TOKEN), public_url="http://x.gr", api_url=f"http://127.0.0.1:{unused_tcp_port}"
    )
    assert await failure_of(TwilioTexts(account, SENDER)) == ("temporary", "unreachable")
    await account.close()


async def test_a_message_is_forgotten_once_its_state_is_final(
    texts: TwilioTexts, provider: TwilioProvider, clock: StoppedClock
) -> None:
    receipt = await texts.send(MOBILE, "ένα", "r1")
    await provider.delivery.settled()
    await texts.forget(receipt.provider_id)
    assert await texts.find(MOBILE, "ένα", clock.now()) is None
    assert provider.requests[1][0] == "DELETE"


async def test_to_forget_twice_is_well(texts: TwilioTexts, provider: TwilioProvider) -> None:
    receipt = await texts.send(MOBILE, "ένα", "r1")
    await provider.delivery.settled()
    await texts.forget(receipt.provider_id)
    await texts.forget(receipt.provider_id)
    assert provider.messages == []


async def test_a_message_under_way_is_forgotten_later(texts: TwilioTexts, provider: TwilioProvider) -> None:
    receipt = await texts.send(MOBILE, "ένα", "r1")
    await provider.delivery.settled()
    provider.messages[0].status = "sent"
    with pytest.raises(SendingFailed) as failed:
        await texts.forget(receipt.provider_id)
    assert failed.value.kind == "temporary"


@pytest.fixture
def all_logs(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG):
        yield caplog


async def test_no_number_and_no_word_reaches_a_log_or_an_error(
    texts: TwilioTexts, provider: TwilioProvider, clock: StoppedClock, all_logs: pytest.LogCaptureFixture
) -> None:
    await texts.send(MOBILE, "μυστικό", "r1")
    await texts.find(MOBILE, "μυστικό", clock.now())
    provider.faults.fates[MOBILE] = Fate(refuse=21610)
    with pytest.raises(SendingFailed) as failed:
        await texts.send(MOBILE, "μυστικό", "r2")
    assert str(failed.value) == "permanent 21610"
    for told in (all_logs.text, str(failed.value)):
        assert MOBILE[3:] not in told
        assert "μυστικό" not in told


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("30003", 400, "temporary"),
        ("30006", 400, "permanent"),
        ("30007", 400, "permanent"),
        ("30008", 400, "temporary"),
        ("20429", 429, "temporary"),
        ("", 429, "temporary"),
        ("", 401, "technical"),
        ("503", 503, "unknown"),
        ("99999", 400, "technical"),
    ],
)
def test_codes_of_callbacks_and_of_answers_have_a_kind(code: str, status: int, kind: str) -> None:
    assert kind_of(code, status) == kind


def test_who_cannot_have_an_sms_can_still_be_called() -> None:
    assert all(kind_of(code) == "permanent" for code in {*NOT_FOR_SMS, OPTED_OUT})


def test_the_official_description_is_really_asked() -> None:
    assert check_twilio("POST", MESSAGES, [], [("To", "+30"), ("Text", "x")])
    assert check_twilio("POST", MESSAGES, [], [("Body", "x")])
    assert check_twilio("PUT", MESSAGES, [], [])
    assert check_twilio("GET", MESSAGES, [("Recipient", "x")], [])
    assert check_twilio("POST", CALLS, [], [("To", "a"), ("From", "b"), ("Method", "PATCH")])
    assert check_twilio("POST", MESSAGES, [], [("To", "+30")], 201, {"sid": "SM1", "status": "flown"})
    assert check_twilio("POST", MESSAGES, [], [("To", "+30")], 200, {})
    assert check_twilio("POST", MESSAGES, [], [("To", "+30")], 201, {"status": "queued", "body": None}) == []
