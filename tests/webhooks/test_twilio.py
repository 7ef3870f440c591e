"""Twilio's callbacks on a real server: what is signed is acted on, and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from aiohttp import ClientSession, web
from twilio.request_validator import RequestValidator

from core.adapters.twilio import TwilioAccount, TwilioCalls, TwilioTexts
from core.db.database import Database
from core.messages.model import outbox
from core.messages.texts import Texts
from standin.faults import Fate
from tests.fakes.clock import StoppedClock
from tests.fakes.post import LANDLINE, MOBILE, Post, landline, mobile, open_post
from tests.fakes.twilio_provider import ACCOUNT, SENDER, TOKEN, TwilioProvider, twilio_provider
from webhooks import twilio
from webhooks.side import SIDE

FORM = "application/x-www-form-urlencoded"


@dataclass
class Callback:
    """The citizens' front door, and somebody who posts to it."""

    post: Post
    http: ClientSession
    url: str

    async def send(
        self,
        path: str,
        fields: Any = (),
        *,
        token: str = TOKEN,
        body: bytes | None = None,
        content_type: str = FORM,
        signature: str | None = None,
    ) -> tuple[int, str]:
        """Signed with `token`, unless another `signature` is given ("" for none)."""
        pairs = list(fields.items()) if isinstance(fields, dict) else list(fields)
        if signature is None:
            signature = RequestValidator(token).compute_signature(self.url + path, dict(pairs))
        headers = {"Content-Type": content_type} | ({"X-Twilio-Signature": signature} if signature else {})
        data = urlencode(pairs).encode() if body is None else body
        async with self.http.post(self.url + path, data=data, headers=headers) as answer:
            return answer.status, await answer.text()


@asynccontextmanager
async def front_door(post: Post) -> AsyncIterator[Callback]:
    house = SimpleNamespace(
        settings=post.settings,
        texts=Texts(ZoneInfo("Europe/Athens")),
        verification=post.verification,
        writer=post.writer,
        clock=post.clock,
        codes=post.codes,
    )
    application = web.Application()
    application[SIDE] = SimpleNamespace(house=house, origin=post.origin)  # type: ignore[misc]
    application.add_routes(twilio.routes)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    post.settings.public_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with ClientSession() as http:
        yield Callback(post, http, post.settings.public_url)
    await runner.cleanup()


@pytest.fixture
async def door(database: Database, clock: StoppedClock) -> AsyncIterator[Callback]:
    async with (
        open_post(database, clock, twilio_auth_token=TOKEN, twilio_account_sid=ACCOUNT) as post,
        front_door(post) as opened,
    ):
        yield opened


async def sent(door: Callback) -> tuple[int, dict[str, str]]:
    """An SMS on its way: its order, and what a report of its delivery says."""
    started = await door.post.start(mobile())
    await door.post.delivery.once()
    sid = door.post.texts.sent[-1].provider_id
    return started.id, {"MessageSid": sid, "MessageStatus": "delivered", "To": MOBILE, "Blank": ""}


async def state(door: Callback) -> str:
    return str((await door.post.row(outbox)).state)


async def test_a_signed_report_moves_the_order_on_any_number_of_times(door: Callback) -> None:
    order_id, fields = await sent(door)
    for _ in range(3):
        assert (await door.send(f"/twilio/status?reference={order_id}", fields))[0] == 204
    assert await state(door) == "delivered"
    assert len(await door.post.happened("message_delivered")) == 1


async def test_what_twilio_did_not_sign_is_refused_and_changes_nothing(door: Callback) -> None:
    order_id, fields = await sent(door)
    path = f"/twilio/status?reference={order_id}"
    forged = RequestValidator(TOKEN).compute_signature(door.url + path, fields | {"MessageStatus": "sent"})
    another = RequestValidator(TOKEN).compute_signature(f"{door.url}{path}0", fields)
    for signature in ("", "nonsense", "ά", forged, another):
        assert (await door.send(path, fields, signature=signature))[0] == 403
    assert (await door.send(path, fields, token="another"))[0] == 403
    assert (await door.send(path, [*fields.items(), ("MessageStatus", "failed")], signature=forged))[0] == 403
    assert await state(door) == "sent"


async def test_without_our_own_token_nobody_is_believed(door: Callback) -> None:
    order_id, fields = await sent(door)
    door.post.settings.twilio_auth_token = None
    assert (await door.send(f"/twilio/status?reference={order_id}", fields, token=""))[0] == 403
    assert await state(door) == "sent"


async def test_bad_bodies_are_refused(door: Callback) -> None:
    path = "/twilio/status?reference=1"
    assert (await door.send(path, body=b"MessageStatus=\xff"))[0] == 400
    assert (await door.send(path, body=b"MessageStatus=%FF"))[0] == 400
    assert (await door.send(path, body=b"{}", content_type="application/json"))[0] == 400
    assert (await door.send(path, body=b"&".join(b"a=1" for _ in range(200))))[0] == 400
    assert (await door.send(path, body=b"a=" + b"b" * 70_000))[0] == 413
    async with door.http.get(door.url + path) as answer:
        assert answer.status == 405


async def test_a_report_about_nothing_we_know_by_name_is_refused(door: Callback) -> None:
    fields = {"MessageSid": "SM1", "MessageStatus": "sent"}
    for reference in ("", "-1", "1e3", "١", "9" * 20, "x"):
        path = f"/twilio/status?{urlencode({'reference': reference})}"
        assert (await door.send(path, fields))[0] == 400


async def test_a_report_without_message_or_status_is_refused(door: Callback) -> None:
    path = "/twilio/status?reference=1"
    assert (await door.send(path, {"MessageSid": "SM1"}))[0] == 400
    assert (await door.send(path, {"MessageStatus": "sent"}))[0] == 400
    odd = {"MessageSid": "SM1", "MessageStatus": "failed", "ErrorCode": "drop table"}
    assert (await door.send(path, odd))[0] == 400
    assert (await door.send(path, {"MessageSid": "SM1", "MessageStatus": "sent"}))[0] == 204


async def test_the_greeting_asks_for_a_key_and_keeps_the_code(door: Callback) -> None:
    await door.post.start(landline(), language="en")
    await door.post.delivery.once()
    path = door.post.calls.sent[0].path
    status, greeting = await door.send(path, {"CallSid": "CA1"})
    assert status == 200
    assert greeting.count("<Gather") == 2
    assert "press any key" in greeting
    assert 'language="en-GB"' in greeting
    assert door.post.code not in greeting
    speak = path.replace("?", "/speak?")
    assert speak.partition("?")[0] in greeting
    silence = (await door.send(speak, {"CallSid": "CA1", "Digits": ""}))[1]
    assert "<Say" in silence
    assert f">{door.post.code[0]}<" not in silence
    spoken = (await door.send(speak, {"CallSid": "CA1", "Digits": "5"}))[1]
    assert "".join(part[0] for part in spoken.split('A">')[1:] if part[0].isdigit()) == door.post.code * 3
    assert (await door.send(path, {"CallSid": "CA1"}, signature=""))[0] == 403
    assert (await door.send(speak, {"Digits": "5"}, signature=""))[0] == 403


async def test_a_call_about_a_code_that_is_over_says_so(door: Callback) -> None:
    for path in ("/twilio/voice/code/unknown?language=el", "/twilio/voice/code/unknown/speak?language=el"):
        status, words = await door.send(path, {"Digits": "1"})
        assert status == 200
        assert "δεν ισχύει πια" in words
        assert "<Hangup" in words


@dataclass
class Town:
    """Front door, worker and stand-in provider, by the official client."""

    door: Callback
    post: Post
    provider: TwilioProvider
    worker: Any

    async def deliver(self) -> None:
        """Until nothing more happens."""
        while await self.worker.once():
            await self.provider.delivery.settled()


@pytest.fixture
async def town(door: Callback, clock: StoppedClock) -> AsyncIterator[Town]:
    async with twilio_provider(clock.now) as provider:
        account = TwilioAccount(
            ACCOUNT, (ACCOUNT, TOKEN), public_url=door.url, api_url=provider.url, timeout=0.5
        )
        worker = door.post.worker(TwilioTexts(account, SENDER), TwilioCalls(account, SENDER))
        yield Town(door, door.post, provider, worker)
        await provider.delivery.settled()
        await account.close()


async def test_a_mobile_is_sent_its_code_and_the_report_arrives(town: Town) -> None:
    started = await town.post.start(mobile())
    await town.deliver()
    (message,) = town.provider.messages
    assert (message.to, message.segments) == (MOBILE, 1)
    assert town.post.code in message.text
    assert await state(town.door) == "delivered"
    await town.post.check(started, town.post.code)


async def test_a_landline_hears_its_code_three_times_after_a_key(town: Town) -> None:
    started = await town.post.start(landline())
    await town.deliver()
    (call,) = town.provider.calls
    assert call.to == LANDLINE
    spelt = " ".join(town.post.code)
    assert call.spoken.count(spelt) == 3
    kinds = [kind for kind, _ in call.heard]
    assert kinds.index("key") < call.heard.index(("say", spelt))
    assert await state(town.door) == "delivered"
    await town.post.check(started, town.post.code)


async def test_an_answering_machine_records_no_code(town: Town) -> None:
    town.provider.callee.mode = "machine"
    await town.post.start(landline())
    await town.deliver()
    (call,) = town.provider.calls
    assert call.spoken
    assert not any(digit in words for words in call.spoken for digit in town.post.code)
    assert len([words for words in call.spoken if "πατήστε" in words]) == 2


@pytest.mark.parametrize("fate", [Fate(refuse=21614), Fate(undelivered=30006)])
async def test_a_mobile_that_proves_a_landline_is_called(town: Town, fate: Fate) -> None:
    town.provider.faults.fates[MOBILE] = fate
    await town.post.start(mobile())
    if fate.refuse:
        town.provider.callee.keys = ["1"]
        await town.worker.once()
        town.provider.faults.fates.clear()
    await town.deliver()
    (call,) = town.provider.calls
    assert " ".join(town.post.code) in call.spoken


async def test_on_its_bad_days_the_provider_neither_loses_nor_doubles_a_code(town: Town) -> None:
    town.provider.faults.callbacks |= {"twice", "out_of_order"}
    faults = ("too_many", "error", "error_after", "silent", "silent_after")
    numbers = [number(last) for last, _ in enumerate(faults) for number in (mobile, landline)]
    for place, number in enumerate(numbers):
        town.provider.faults.requests.append(faults[place // 2])
        await town.post.start(number)
        await town.deliver()
        town.post.clock.move(seconds=5)
        await town.deliver()
    reached = [item.to for item in (*town.provider.messages, *town.provider.calls)]
    assert sorted(reached) == sorted(number.e164 for number in numbers)
    assert {row.state for row in await town.post.rows(outbox)} == {"delivered"}
