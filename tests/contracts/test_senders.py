"""What every sender of SMS and every caller keeps to."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.ports import SendingFailed
from tests.contracts.conftest import Senders
from tests.fakes.clock import StoppedClock

MOBILE, LANDLINE = "+306900000001", "+302100000002"


async def test_a_text_gives_a_receipt_with_its_segments(senders: Senders) -> None:
    receipt = await senders.texts.send(MOBILE, "Ο κωδικός σας είναι 471922", "r1")
    assert receipt.provider_id
    assert receipt.segments == 1
    assert (await senders.texts.send(MOBILE, "ά" * 71, "r2")).segments == 2


async def test_every_message_has_a_name_of_its_own(senders: Senders) -> None:
    first = await senders.texts.send(MOBILE, "ένα", "r1")
    second = await senders.texts.send(MOBILE, "ένα", "r2")
    assert first.provider_id != second.provider_id


@pytest.mark.parametrize("taken", [True, False])
async def test_a_text_of_unknown_fate_is_found_exactly_when_it_was_taken(
    senders: Senders, clock: StoppedClock, taken: bool
) -> None:
    since = clock.now()
    senders.break_next(taken)
    with pytest.raises(SendingFailed) as failed:
        await senders.texts.send(MOBILE, "ένα", "r1")
    assert failed.value.kind == "unknown"
    found = await senders.texts.find(MOBILE, "ένα", since)
    assert (found is not None) is taken
    assert senders.taken() == int(taken)


@pytest.mark.parametrize("taken", [True, False])
async def test_a_call_of_unknown_fate_is_found_exactly_when_it_was_taken(
    senders: Senders, clock: StoppedClock, taken: bool
) -> None:
    since = clock.now()
    senders.break_next(taken)
    with pytest.raises(SendingFailed) as failed:
        await senders.calls.call(LANDLINE, "r1", "/say")
    assert failed.value.kind == "unknown"
    assert (await senders.calls.find(LANDLINE, since) is not None) is taken
    assert senders.taken() == int(taken)


async def test_only_the_same_words_to_the_same_number_since_then_are_found(
    senders: Senders, clock: StoppedClock
) -> None:
    sent = await senders.texts.send(MOBILE, "ένα", "r1")
    begun = clock.now()
    found = await senders.texts.find(MOBILE, "ένα", begun)
    assert found == sent
    assert await senders.texts.find(MOBILE, "δύο", begun) is None
    assert await senders.texts.find("+306900000009", "ένα", begun) is None
    clock.move(minutes=1)
    assert await senders.texts.find(MOBILE, "ένα", clock.now()) is None


async def test_the_newest_of_two_is_found(senders: Senders, clock: StoppedClock) -> None:
    since = clock.now()
    await senders.calls.call(LANDLINE, "r1", "/say")
    clock.move(seconds=30)
    second = await senders.calls.call(LANDLINE, "r2", "/say")
    assert await senders.calls.find(LANDLINE, since) == second
    assert await senders.calls.find(LANDLINE, clock.now() + timedelta(minutes=1)) is None
