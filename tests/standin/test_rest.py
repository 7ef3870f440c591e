"""The stand-in refuses what the provider refuses; shapes are checked by the `provider` fixture."""

from __future__ import annotations

import pytest
from aiohttp import ClientSession, encode_basic_auth

from standin.store import KEPT
from tests.fakes.twilio_provider import ACCOUNT, SENDER, TOKEN, TwilioProvider
from tests.standin.conftest import LANDLINE, MOBILE, REST, Line

GOOD = {"To": MOBILE, "From": SENDER, "Body": "ένα"}
GOOD_CALL = {"To": LANDLINE, "From": SENDER, "Url": "http://127.0.0.1:9/0"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"To": "+30690"}, 21211),
        ({"To": "6900000001"}, 21211),
        ({"To": "Μαρία"}, 21211),
        ({"To": LANDLINE}, 21614),
        ({"From": ""}, 21603),
        ({"From": "Δήμος"}, 21212),
        ({"From": "TwelveLetter"}, 21212),
        ({"Body": ""}, 21602),
        ({"Body": "α" * 1601}, 21617),
        ({"StatusCallback": "no address"}, 21609),
    ],
)
async def test_a_wrong_message_is_refused_with_the_providers_code(
    line: Line, change: dict[str, str], code: int
) -> None:
    status, body = await line.post("Messages", **(GOOD | change))
    assert (status, body["code"], body["status"]) == (400, code, 400)
    assert line.provider.messages == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"To": "+30210"}, 21211),
        ({"From": "Dimos"}, 21212),
        ({"From": ""}, 21213),
        ({"Url": "somewhere"}, 21205),
        ({"StatusCallback": "ftp://x"}, 21609),
    ],
)
async def test_a_wrong_call_is_refused_with_the_providers_code(
    line: Line, change: dict[str, str], code: int
) -> None:
    status, body = await line.post("Calls", **(GOOD_CALL | change))
    assert (status, body["code"]) == (400, code)
    assert line.provider.calls == []


@pytest.mark.parametrize(
    "credentials", ["", "Basic !!", encode_basic_auth(ACCOUNT, "wrong"), encode_basic_auth("AC2", TOKEN), "ά"]
)
async def test_nobody_without_credentials_is_heard(provider: TwilioProvider, credentials: str) -> None:
    async with ClientSession(provider.url, headers={"Authorization": credentials}) as session:
        for method, path in [
            ("POST", f"{REST}/Messages.json"),
            ("GET", f"{REST}/Messages.json"),
            ("POST", f"{REST}/Calls.json"),
            ("POST", "/control"),
        ]:
            async with session.request(method, path, data=GOOD if method == "POST" else None) as answer:
                assert (answer.status, (await answer.json())["code"]) == (401, 20003)
    assert provider.messages == []
    provider.problems.clear()  # what was posted fitted no call, nor was it meant to


async def test_another_account_is_not_found(http: ClientSession) -> None:
    other = REST.replace(ACCOUNT, "AC" + "f" * 32)
    async with http.get(f"{other}/Messages.json") as answer:
        assert (answer.status, (await answer.json())["code"]) == (404, 20404)


async def test_messages_are_listed_newest_first_in_pages(line: Line) -> None:
    for number in range(5):
        await line.sms(str(number))
    listed = []
    address: str | None = f"{REST}/Messages.json?PageSize=2&To=%2B306900000001"
    while address:
        async with line.http.get(address) as answer:
            page = await answer.json()
        assert len(page["messages"]) <= 2
        listed += [message["body"] for message in page["messages"]]
        address = page["next_page_uri"]
    assert listed == ["4", "3", "2", "1", "0"]


async def test_a_filter_that_is_not_understood_is_refused_not_passed_over(line: Line) -> None:
    async with line.http.get(f"{REST}/Messages.json?DateSent=2026-12-01") as answer:
        assert answer.status == 400


async def test_a_message_is_shown_and_deleted_when_final(line: Line) -> None:
    await line.sms()
    await line.provider.delivery.settled()
    path = f"{REST}/Messages/{line.provider.messages[0].sid}.json"
    async with line.http.get(path) as answer:
        assert (await answer.json())["status"] == "delivered"
    async with line.http.delete(path) as answer:
        assert answer.status == 204
    async with line.http.get(path) as answer:
        assert answer.status == 404


async def test_a_message_under_way_cannot_be_deleted(line: Line) -> None:
    await line.sms()
    await line.provider.delivery.settled()
    line.provider.messages[0].status = "sent"
    async with line.http.delete(f"{REST}/Messages/{line.provider.messages[0].sid}.json") as answer:
        assert (answer.status, (await answer.json())["code"]) == (409, 20009)


async def test_a_call_is_shown_and_deleted_when_it_has_ended(line: Line) -> None:
    await line.call("<Say>α</Say>")
    path = f"{REST}/Calls/{line.provider.calls[0].sid}.json"
    async with line.http.get(path) as answer:
        assert (await answer.json())["status"] == "completed"
    async with line.http.get(f"{REST}/Calls.json") as answer:
        assert len((await answer.json())["calls"]) == 1
    async with line.http.delete(path) as answer:
        assert answer.status == 204
    async with line.http.get(path) as answer:
        assert answer.status == 404


async def test_only_the_newest_messages_are_kept(line: Line) -> None:
    for number in range(KEPT + 1):
        await line.sms(str(number))
    await line.provider.delivery.settled()
    assert [message.text for message in line.provider.messages] == [str(n) for n in range(1, KEPT + 1)]


async def test_invalid_text_is_refused(line: Line) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    async with line.http.post("/callee", data=b"mode=%ff", headers=form) as answer:
        assert answer.status == 400
