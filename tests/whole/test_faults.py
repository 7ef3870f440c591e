"""A provider on its bad days: refusing, stumbling, silent, saying everything twice. No code is lost or doubled."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from standin.faults import CALLBACK_FAULTS, FAULTS, Fate
from tests.conversations.web_person import WebPerson
from tests.fakes.clock import StoppedClock
from tests.fakes.twilio_provider import TwilioProvider, twilio_provider
from tests.whole.people import LANDLINE, MOBILE, choose_lane
from tests.whole.town import Town, open_town
from tests.whole.worker import (
    arrives,
    hurry,
    idles,
    orders,
    provided_by,
    received,
    sent,
    until,
    worker,
)


@pytest.fixture
async def provider(clock: StoppedClock) -> AsyncIterator[TwilioProvider]:
    async with twilio_provider(clock.now) as opened:
        yield opened


@pytest.fixture
async def town(
    tmp_path: Path, clock: StoppedClock, provider: TwilioProvider, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Town]:
    given = provided_by(provider)
    async with open_town(tmp_path, activities=("pool",), clock=clock, **given) as opened:
        hurry(opened, monkeypatch)
        yield opened


@pytest.fixture
async def maria(town: Town) -> AsyncIterator[WebPerson]:
    """Somebody who is asked for a number."""
    async with WebPerson(town.address) as person:
        await choose_lane(person)
        await person.press("Το διάβασα")
        yield person


async def knows(person: WebPerson, code: str) -> None:
    await person.type(code)
    assert "Πώς σας λένε" in person.heard()


@pytest.mark.parametrize("number", [MOBILE, LANDLINE])
@pytest.mark.parametrize("fault", sorted(FAULTS))
async def test_one_code_arrives_whatever_the_provider_does(
    town: Town, clock: StoppedClock, provider: TwilioProvider, maria: WebPerson, fault: str, number: str
) -> None:
    provider.faults.requests.append(fault)
    async with worker(town):
        await maria.type(number)
        await arrives(town, clock, lambda: received(provider))
        await idles(town, clock, seconds=70)
    assert not provider.faults.requests
    assert len(sent(provider)) == 1
    (code,) = received(provider)
    await knows(maria, code)


@pytest.mark.parametrize("faults", [["too_many"] * 3, ["error", "silent", "error_after"]])
async def test_one_code_arrives_after_several_faults(
    town: Town, clock: StoppedClock, provider: TwilioProvider, maria: WebPerson, faults: list[str]
) -> None:
    provider.faults.requests.extend(faults)
    async with worker(town):
        await maria.type(MOBILE)
        await arrives(town, clock, lambda: received(provider) and not provider.faults.requests)
        await idles(town, clock, seconds=70)
    (code,) = received(provider)
    await knows(maria, code)


@pytest.mark.parametrize("number", [MOBILE, LANDLINE])
@pytest.mark.parametrize("fault", sorted(CALLBACK_FAULTS))
async def test_what_callbacks_say_twice_backwards_or_not_at_all(
    town: Town, clock: StoppedClock, provider: TwilioProvider, maria: WebPerson, fault: str, number: str
) -> None:
    provider.faults.callbacks.add(fault)
    async with worker(town):
        await maria.type(number)
        await arrives(town, clock, lambda: received(provider))
        await provider.delivery.settled()
        await idles(town, clock, seconds=70)
    (order,) = await orders(town)
    assert order.state == ("sent" if fault == "lost" else "delivered")
    (code,) = received(provider)
    await knows(maria, code)


async def test_the_worker_dies_before_it_could_note_what_was_sent(
    town: Town, clock: StoppedClock, provider: TwilioProvider, maria: WebPerson
) -> None:
    provider.faults.requests.append("silent_after")
    provider.faults.callbacks.add("lost")
    async with worker(town) as die:
        await maria.type(MOBILE)
        await arrives(town, clock, lambda: received(provider))
        await die()
    (order,) = await orders(town)
    assert (order.state, order.provider_id) == ("sending", None)
    async with worker(town):
        await idles(town, clock, seconds=61)

        async def noted() -> bool:
            return (await orders(town))[0].provider_id is not None

        await until(noted)
    (code,) = received(provider)
    await knows(maria, code)


async def test_a_code_that_no_sms_can_bring_is_spoken(
    town: Town, clock: StoppedClock, provider: TwilioProvider, maria: WebPerson
) -> None:
    provider.faults.fates[f"+30{MOBILE}"] = Fate(undelivered=30006)
    async with worker(town):
        await maria.type(MOBILE)
        await arrives(town, clock, lambda: len(received(provider)) == 2)
        await idles(town, clock, seconds=70)
    assert received(provider) == [town.code] * 2
    await knows(maria, town.code)


async def test_a_code_sent_again_voids_the_one_before(
    town: Town, clock: StoppedClock, provider: TwilioProvider, maria: WebPerson
) -> None:
    provider.faults.requests.append("error")  # the first comes late: after the second was asked for
    async with worker(town):
        await maria.type(MOBILE)
        clock.move(seconds=30)
        await maria.press("Στείλτε")
        await arrives(town, clock, lambda: received(provider))
        await idles(town, clock, seconds=70)
    assert received(provider)[-1] == town.code
    for code in received(provider)[:-1]:
        await maria.type(code)
        assert "δεν είναι σωστός" in maria.heard()
    await knows(maria, received(provider)[-1])


async def test_a_town_without_a_provider_says_so(tmp_path: Path) -> None:
    async with (
        open_town(tmp_path, activities=("pool",), twilio_account_sid=None, twilio_from=None) as town,
        WebPerson(town.address) as person,
    ):
        await choose_lane(person)
        await person.press("Το διάβασα")
        await person.type(MOBILE)
        assert town.settings.contact_phone in person.heard()
        assert await orders(town) == []
