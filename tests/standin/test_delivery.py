"""Callbacks and calls. The customer refuses a callback with a wrong signature, so hearing it is the proof."""

from __future__ import annotations

import asyncio

import pytest

from tests.fakes.twilio_provider import TwilioProvider
from tests.standin.conftest import LANDLINE, MOBILE, REST, Line

ASK = '<Gather numDigits="1" action="/1"><Say>Πατήστε ένα.</Say></Gather><Say>Κανείς.</Say>'


async def test_a_message_is_sent_then_delivered(line: Line) -> None:
    await line.sms()
    await line.provider.delivery.settled()
    assert line.customer.statuses == ["sent", "delivered"]
    _, fields = line.customer.heard[-1]
    assert fields["MessageSid"] == fields["SmsSid"] == line.provider.messages[0].sid
    assert fields["To"] == MOBILE
    assert "ErrorCode" not in fields


async def test_callbacks_can_come_twice(line: Line) -> None:
    await line.control(callbacks=["twice"])
    await line.sms()
    await line.provider.delivery.settled()
    assert line.customer.statuses == ["sent", "sent", "delivered", "delivered"]


async def test_callbacks_can_come_out_of_order(line: Line) -> None:
    await line.control(callbacks=["out_of_order"])
    await line.sms()
    await line.provider.delivery.settled()
    assert line.customer.statuses == ["delivered", "sent"]
    await line.call("<Say>α</Say>")
    assert line.customer.statuses[2:] == ["completed", "in-progress", "ringing", "initiated"]


async def test_callbacks_can_be_lost(line: Line) -> None:
    await line.control(callbacks=["lost"])
    await line.sms()
    await line.provider.delivery.settled()
    assert line.customer.heard == []
    assert line.provider.messages[0].status == "delivered"


async def test_a_message_may_turn_out_undeliverable(line: Line) -> None:
    await line.control(fates={MOBILE: {"undelivered": 30003}})
    await line.sms()
    await line.provider.delivery.settled()
    assert line.customer.statuses == ["sent", "undelivered"]
    assert line.customer.heard[-1][1]["ErrorCode"] == "30003"


async def test_a_customer_who_is_away_holds_nothing_up(line: Line, unused_tcp_port: int) -> None:
    line.customer.url = f"http://127.0.0.1:{unused_tcp_port}"
    await line.sms()
    await line.provider.delivery.settled()
    assert line.provider.messages[0].status == "delivered"


async def test_the_called_person_picks_up_presses_one_and_hears_the_rest(line: Line) -> None:
    await line.call(
        ASK, "<Say>4</Say><Pause/><Say>7</Say><Pause/><Say>1</Say><Say>Γεια.</Say><Hangup/><Say>x</Say>"
    )
    (call,) = line.provider.calls
    assert call.heard == [("say", "Πατήστε ένα."), ("key", "1"), ("say", "4 7 1"), ("say", "Γεια.")]
    assert [path for path, _ in line.customer.fetched] == ["/0", "/1"]
    assert line.customer.fetched[1][1]["Digits"] == "1"
    assert line.customer.fetched[1][1]["CallSid"] == call.sid
    assert line.customer.statuses == ["initiated", "ringing", "in-progress", "completed"]


async def test_an_answering_machine_presses_nothing(line: Line) -> None:
    await line.control(callee={"mode": "machine"})
    await line.call(ASK, "<Say>μυστικό</Say>")
    assert line.provider.calls[0].spoken == ["Πατήστε ένα.", "Κανείς."]


async def test_silence_is_told_when_the_document_wants_it(line: Line) -> None:
    await line.control(callee={"mode": "machine"})
    await line.call('<Gather action="/1" actionOnEmptyResult="true"/>', "<Say>Δεν σας άκουσα.</Say>")
    assert line.provider.calls[0].spoken == ["Δεν σας άκουσα."]
    assert line.customer.fetched[1][1]["Digits"] == ""


@pytest.mark.parametrize(("mode", "status"), [("absent", "no-answer"), ("busy", "busy")])
async def test_whoever_does_not_pick_up_hears_nothing(line: Line, mode: str, status: str) -> None:
    await line.control(callee={"mode": mode})
    await line.call(ASK)
    assert line.customer.fetched == []
    assert line.customer.statuses == ["initiated", "ringing", status]


async def test_keys_are_taken_up_to_their_number_or_the_finishing_key(line: Line) -> None:
    await line.control(callee={"keys": ["12345", "67#8", "9#"]})
    await line.call(
        '<Gather numDigits="3" action="/1"/>',
        '<Gather action="/2"/>',
        '<Gather numDigits="2" finishOnKey="" action="/3"/>',
        "<Say>Τέλος.</Say>",
    )
    assert line.provider.calls[0].pressed == ["123", "67", "9#"]


async def test_a_gather_without_action_comes_back_to_its_document(line: Line) -> None:
    await line.control(callee={"keys": ["5"]})
    await line.call('<Gather numDigits="1"/><Say>Κανείς.</Say>')
    assert [path for path, _ in line.customer.fetched] == ["/0", "/0"]
    assert line.provider.calls[0].spoken == ["Κανείς."]


async def test_redirects_are_followed_by_the_method_they_name(line: Line) -> None:
    await line.call('<Redirect method="GET">/1?x=α</Redirect>', "<Say>Εδώ.</Say>")
    assert line.provider.calls[0].spoken == ["Εδώ."]


async def test_a_redirect_without_end_ends(line: Line) -> None:
    await line.call("<Redirect>/0</Redirect>")
    assert (line.provider.calls[0].status, line.provider.calls[0].error) == ("completed", 11200)


@pytest.mark.parametrize(
    ("twiml", "error"), [("<Say>α", 12100), ("<Dance/>", 12200), ("<Gather><Dial/></Gather>", 12200)]
)
async def test_a_document_that_is_not_understood_breaks_the_call_off(
    line: Line, twiml: str, error: int
) -> None:
    await line.call(twiml)
    assert (line.provider.calls[0].error, line.provider.calls[0].spoken) == (error, [])


async def test_a_missing_document_breaks_the_call_off(line: Line) -> None:
    await line.call()
    assert line.provider.calls[0].error == 11200


async def waits(provider: TwilioProvider) -> None:
    while not (provider.calls and provider.calls[0].waiting):  # noqa: ASYNC110
        await asyncio.sleep(0)


async def test_a_person_at_the_page_presses_the_keys(line: Line) -> None:
    await line.control(callee={"mode": "by_hand"})
    await line.call(
        '<Gather numDigits="2" action="/1"><Say>Δύο.</Say></Gather>', "<Say>Ναι.</Say>", wait=False
    )
    await waits(line.provider)
    sid = line.provider.calls[0].sid
    assert f'action="/calls/{sid}/keys' in await line.page()
    for key in ("4", "x", "2"):
        async with line.http.post(f"/calls/{sid}/keys", data={"key": key}, allow_redirects=False) as answer:
            assert answer.status == 303
    await line.provider.delivery.settled()
    assert line.provider.calls[0].heard == [("say", "Δύο."), ("key", "42"), ("say", "Ναι.")]
    assert f'action="/calls/{sid}/keys' not in await line.page()


async def test_a_person_at_the_page_hangs_up(line: Line) -> None:
    await line.control(callee={"mode": "by_hand"})
    await line.call(ASK, wait=False)
    await waits(line.provider)
    sid = line.provider.calls[0].sid
    async with line.http.post(f"/calls/{sid}/keys", data={"key": "hang_up"}):
        pass
    await line.provider.delivery.settled()
    assert line.provider.calls[0].spoken == ["Πατήστε ένα."]
    assert line.customer.statuses[-1] == "completed"


async def test_the_customer_hangs_up(line: Line) -> None:
    await line.control(callee={"mode": "by_hand"})
    await line.call(ASK, wait=False)
    await waits(line.provider)
    path = f"{REST}/Calls/{line.provider.calls[0].sid}.json"
    async with line.http.post(path, data={"Status": "completed"}) as answer:
        assert answer.status == 200
    await line.provider.delivery.settled()
    async with line.http.post(path, data={"Status": "completed"}) as answer:
        assert (await answer.json())["code"] == 21220


async def test_faults_come_in_the_order_they_were_asked_for(line: Line) -> None:
    await line.control(next=["too_many", "error", "error_after"])
    statuses = []
    for number in range(4):
        status, _ = await line.post("Messages", To=MOBILE, From="+302100000001", Body=str(number))
        statuses.append(status)
    assert statuses == [429, 500, 500, 201]
    assert [message.text for message in line.provider.messages] == ["2", "3"]


@pytest.mark.parametrize("order", ['{"next": ["rain"]}', '{"callee": {"mode": "angry"}}', "[]", "{"])
async def test_an_order_that_is_not_understood_is_refused(line: Line, order: str) -> None:
    async with line.http.post("/control", data=order) as answer:
        assert answer.status == 400
    assert LANDLINE not in line.provider.faults.fates
