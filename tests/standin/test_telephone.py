"""The page's own telephone: a person rings the town, as somebody without a smartphone does."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from standin.store import Call
from tests.standin.conftest import LANDLINE, Line

INCOMING = "/twilio/voice/incoming"


@pytest.fixture
def town(line: Line) -> Line:
    """Its number is answered by the customer of the tests."""
    line.provider._settings = replace(line.provider._settings, town_url=line.customer.url)
    line.customer.documents[INCOMING] = (
        '<Response><Gather numDigits="1" finishOnKey="" action="/next"><Say>Γεια σας</Say></Gather></Response>'
    )
    line.customer.documents["/next"] = "<Response><Say>Κλείστε</Say><Hangup/></Response>"
    return line


async def ring(line: Line, number: str = "210 000 0002") -> int:
    async with line.http.post("/telephone?lang=en", data={"number": number}, allow_redirects=False) as answer:
        return answer.status


async def waits(line: Line) -> Call:
    async with asyncio.timeout(5):
        while True:
            for call in line.provider.calls:
                if call.waiting:
                    return call
            await asyncio.sleep(0.01)


async def press(line: Line, call: Call, key: str) -> None:
    async with line.http.post(f"/calls/{call.sid}/keys", data={"key": key}) as answer:
        assert answer.status == 200


async def test_a_person_rings_the_town_and_presses_keys(town: Line) -> None:
    assert await ring(town) == 303
    call = await waits(town)
    page = await town.page()
    assert f'from <b class="number">{LANDLINE}</b>' in page
    assert "Γεια σας" in page
    await press(town, call, "#")
    await town.provider.delivery.settled()
    assert (call.status, call.error, call.pressed) == ("completed", None, ["#"])
    (first, asked), (_, answered) = town.customer.fetched
    assert first == INCOMING
    assert (asked["From"], asked["Direction"], asked["CallSid"]) == (LANDLINE, "inbound", call.sid)
    assert answered["Digits"] == "#"


async def test_who_has_rung_picks_up_with_their_own_hand(town: Line) -> None:
    await ring(town)
    await press(town, await waits(town), "hang_up")
    await town.provider.delivery.settled()
    await town.control(callee={"mode": "absent"})
    await town.call(
        '<Gather numDigits="1" action="/1"><Say>Εσείς καλέσατε;</Say></Gather>', "<Say>Ναι</Say>", wait=False
    )
    call = await waits(town)
    assert call.to == LANDLINE
    await press(town, call, "1")
    await town.provider.delivery.settled()
    assert call.spoken == ["Εσείς καλέσατε;", "Ναι"]


async def test_one_telephone_makes_one_call_at_a_time(town: Line) -> None:
    await ring(town)
    await waits(town)
    await ring(town)
    assert len(town.provider.calls) == 1
    await press(town, await waits(town), "hang_up")
    await town.provider.delivery.settled()
    await ring(town)
    assert len(town.provider.calls) == 2
    await press(town, await waits(town), "hang_up")


@pytest.mark.parametrize("number", ["", "12", "+0", "<script>", "2" * 30])
async def test_what_is_no_number_is_refused(town: Line, number: str) -> None:
    assert await ring(town, number) == 400


async def test_a_town_that_does_not_answer_is_said(town: Line) -> None:
    town.provider._settings = replace(town.provider._settings, town_url="http://127.0.0.1:9")
    await ring(town)
    await town.provider.delivery.settled()
    assert "The call broke off; error 11200" in await town.page()


async def test_a_long_call_is_folded_to_what_was_said_last(town: Line) -> None:
    sentences = "".join(f"<Say>Επιλογή {n}</Say>" for n in range(20))
    town.customer.documents[INCOMING] = (
        f'<Response><Gather numDigits="1" action="/next">{sentences}</Gather></Response>'
    )
    await ring(town)
    call = await waits(town)
    assert "<details>" not in await town.page()
    await press(town, call, "1")
    await town.provider.delivery.settled()
    page = await town.page()
    assert page.index("Επιλογή 3") < page.index("</details>") < page.index("Κλείστε")
