"""Calls that warn, as the provider makes them: nothing without its signature, nothing before a person pressed 1."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import ClientSession, web

from core.adapters.sealing import AesKeeper
from core.db.database import Database
from core.db.work import Work
from core.messages.outbox import Order
from core.messages.texts import Texts
from core.tracing.spoken import Spoken, SpokenWords
from tests.fakes.clock import StoppedClock
from tests.fakes.post import open_post
from tests.fakes.twilio_provider import TOKEN
from tests.webhooks.test_twilio import Callback
from webhooks import twilio_warnings
from webhooks.side import SIDE

WORDS = "Βρεθήκατε κοντά σε κρούσμα."


@pytest.fixture
async def door(database: Database, clock: StoppedClock) -> AsyncIterator[Callback]:
    async with open_post(database, clock, twilio_auth_token=TOKEN) as post:
        application = web.Application()
        house: Any = SimpleNamespace(
            settings=post.settings, texts=Texts(post.settings.zone), writer=post.writer
        )
        spoken = SpokenWords(database, clock, AesKeeper)
        application[SIDE] = SimpleNamespace(house=house, spoken=spoken, origin=post.origin)  # type: ignore[assignment]
        application.add_routes(twilio_warnings.routes)
        runner = web.AppRunner(application)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        post.settings.public_url = url
        async with ClientSession() as http:
            yield Callback(post, http, url)
        await runner.cleanup()


async def call(door: Callback) -> str:
    """The path of a call that is ringing."""
    post = door.post
    expires_at = post.clock.now() + timedelta(hours=1)
    order = Order(1, "warning", {}, "call", 5, None, 1, "el", expires_at, post.clock.now(), 1)
    work = Work()
    path = SpokenWords(post.database, post.clock, AesKeeper).write(
        work, post.codes, order, Spoken([WORDS], None, None)
    )
    await post.writer.commit(work)
    return path


def speak(path: str) -> str:
    return path.replace("?", "/speak?")


async def test_an_answering_machine_hears_a_greeting_and_no_warning(door: Callback) -> None:
    status, answer = await door.send(await call(door), {"CallSid": "CA1"})
    assert status == 200
    assert WORDS not in answer
    assert answer.count("πατήστε το 1") == 2


async def test_who_presses_1_hears_it_twice(door: Callback) -> None:
    path = await call(door)
    assert (await door.send(speak(path), {"Digits": "1"}))[1].count(WORDS) == 2
    assert WORDS not in (await door.send(speak(path), {"Digits": "2"}))[1]
    assert WORDS not in (await door.send(speak(path), {}))[1]


async def test_without_the_providers_signature_nothing_is_said(door: Callback) -> None:
    path = await call(door)
    for target in (path, speak(path)):
        assert (await door.send(target, {"Digits": "1"}, signature=""))[0] == 403


async def test_a_call_that_is_over_or_never_was_says_so(door: Callback) -> None:
    path = await call(door)
    door.post.clock.move(hours=1)
    for target in (path, speak(path), "/twilio/voice/warning/guess?language=en"):
        status, answer = await door.send(target, {"Digits": "1"})
        assert status == 200
        assert "δεν ισχύει πια" in answer or "no longer valid" in answer
