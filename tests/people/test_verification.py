from __future__ import annotations

import asyncio
import dataclasses

import pytest

from core.db.database import Database
from core.db.work import Work
from core.errors import Refused
from core.messages.model import outbox
from core.messages.outbox import is_ours
from core.people.model import verifications
from core.people.numbers import PhoneNumber
from core.people.verification import erase_expired, old_codes
from tests.fakes.clock import StoppedClock
from tests.fakes.post import Post, landline, mobile, open_post
from tests.people.sentences import sentence


async def refusal(doing: object) -> Refused:
    with pytest.raises(Refused) as refused:
        await doing  # type: ignore[misc]
    sentence(refused.value, "el")
    sentence(refused.value, "en")
    return refused.value


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


async def test_the_right_code_is_taken_once(post: Post) -> None:
    started = await post.start(mobile())
    assert started.medium == "sms"
    assert (started.resend_at - post.clock.now()).total_seconds() == 30
    await post.check(started, post.code)
    assert (await refusal(post.check(started, post.code))).code == "people.used_code"
    assert await post.happened("code_used") == [{"kind": "mobile"}]
    row, order = await post.row(verifications), await post.row(outbox)
    assert (row.code_mac, row.spoken_code, row.call_token, order.box) == (None, None, None, None)
    await post.delivery.once()
    assert post.texts.sent == []


async def test_digits_of_any_script_and_spaces_are_a_code(post: Post) -> None:
    started = await post.start(mobile())
    full_width = "".join(chr(ord("０") + int(digit)) for digit in post.code)
    await post.check(started, f" {full_width[:3]} {full_width[3:]} ")


async def test_what_is_no_code_costs_no_try(post: Post) -> None:
    started = await post.start(mobile())
    for typed in ("", "12345", "1234567", "hello", "😀", "1" * 5000, "12 34 5x"):
        assert (await refusal(post.check(started, typed))).code == "people.not_a_code"
    assert (await post.row(verifications)).tries_left == 5


async def test_five_wrong_tries_lock_the_code_and_erase_it(post: Post) -> None:
    started = await post.start(mobile())
    code = post.code
    left = [(await refusal(post.check(started, wrong(code)))).params.get("n") for _ in range(4)]
    assert left == [4, 3, 2, 1]
    assert (await refusal(post.check(started, wrong(code)))).code == "people.locked"
    assert (await refusal(post.check(started, code))).code == "people.locked"
    row, order = await post.row(verifications), await post.row(outbox)
    assert (row.state, row.code_mac, order.box) == ("locked", None, None)


async def test_the_fifth_try_may_still_be_right(post: Post) -> None:
    started = await post.start(mobile())
    for _ in range(4):
        await refusal(post.check(started, wrong(post.code)))
    await post.check(started, post.code)


async def test_a_hundred_guesses_at_once_are_five(post: Post) -> None:
    started = await post.start(mobile())
    guesses = [f"{number:06d}" for number in range(100) if f"{number:06d}" != post.code]
    refused = await asyncio.gather(*(refusal(post.check(started, guess)) for guess in guesses))
    assert sum(1 for each in refused if each.code == "people.wrong_code") == 4
    assert {each.code for each in refused} == {"people.wrong_code", "people.locked"}


async def test_only_the_speaker_who_asked_may_answer(post: Post) -> None:
    started = await post.start(mobile())
    assert (await refusal(post.check(started, post.code, speaker=b"you"))).code == "people.no_code"
    other = await post.start(mobile(7), speaker=b"you")
    foreign = post.codes.given[0]
    assert (await refusal(post.check(other, foreign, speaker=b"you"))).code == "people.wrong_code"


async def test_a_code_lasts_ten_minutes_and_is_erased_then(post: Post) -> None:
    started = await post.start(mobile())
    post.clock.move(minutes=10)
    assert (await refusal(post.check(started, post.code))).code == "people.expired_code"
    work = Work()
    await erase_expired(post.clock).do(work)
    await post.writer.commit(work)
    row = await post.row(verifications)
    assert (row.state, row.code_mac, row.spoken_code, row.call_token) == ("expired", None, None, None)
    assert row.speaker == b"me"
    post.clock.move(minutes=50)
    work = Work()
    await erase_expired(post.clock).do(work)
    await post.writer.commit(work)
    assert (await post.row(verifications)).speaker == b"", "after an hour it is only counted"
    for hours, left in ((22, 1), (1, 0)):
        post.clock.move(hours=hours)
        work = Work()
        work.run(old_codes(post.clock.now()))
        await post.writer.commit(work)
        assert len(await post.rows(verifications)) == left


async def test_a_resend_voids_the_code_before_and_what_was_not_sent_of_it(post: Post) -> None:
    first, first_code = await post.start(mobile()), post.code
    post.clock.move(seconds=30)
    second = await post.start(mobile())
    assert (await refusal(post.check(first, first_code))).code == "people.voided_code"
    assert (await post.row(outbox, outbox.c.id == first.id)).fault == "voided"
    await post.delivery.once()
    assert [sent.reference for sent in post.texts.sent] == [str(second.id)]
    await post.check(second, post.code)


async def test_the_ladder_holds_across_channels_and_restarts(
    post: Post, database: Database, clock: StoppedClock
) -> None:
    await post.start(mobile(), speaker=b"telegram")
    async with open_post(database, clock) as restarted:
        assert (await refusal(restarted.start(mobile(), speaker=b"web"))).params == {"n": 30}
        clock.move(seconds=30)
        restarted.codes._ids = post.codes._ids
        await restarted.start(mobile(), speaker=b"web")
        assert (await refusal(restarted.start(mobile()))).code == "people.wait"
        clock.move(seconds=60)
        third = await restarted.start(mobile())
        assert (await refusal(restarted.start(mobile()))).params == {"until": third.resend_at}


async def test_ten_codes_a_day_are_the_most(post: Post) -> None:
    for _ in range(10):
        await post.start(mobile())
        post.clock.move(minutes=15)
    assert (await refusal(post.start(mobile()))).code == "people.too_many"
    await post.start(mobile(8))
    post.clock.move(hours=22)
    await post.start(mobile())


async def test_two_requests_at_once_send_one_code(post: Post) -> None:
    results = await asyncio.gather(*(post.start(mobile()) for _ in range(6)), return_exceptions=True)
    assert sum(1 for each in results if isinstance(each, Refused)) == 5
    assert len(await post.rows(outbox)) == 1


async def test_without_a_provider_no_code_is_promised(database: Database, clock: StoppedClock) -> None:
    async with open_post(database, clock, twilio_account_sid=None) as post:
        assert (await refusal(post.start(mobile()))).code == "people.cannot_send"


@pytest.mark.parametrize("number", [mobile(), landline()])
async def test_known_or_not_the_same_is_answered_and_written(post: Post, number: PhoneNumber) -> None:
    stranger, its_order = await written(post, number)
    await post.register(number)
    post.clock.move(hours=25)
    known, order = await written(post, number)
    assert dataclasses.replace(known[0], id=0) == dataclasses.replace(stranger[0], id=0)
    assert known[1] == stranger[1]
    assert order == its_order


async def written(post: Post, number: PhoneNumber) -> tuple[tuple[object, object], object]:
    """The answer, relative to now, and the shape of what was written."""
    now = post.clock.now()
    started = await post.start(number)
    started = dataclasses.replace(
        started, resend_at=started.resend_at - now, expires_at=started.expires_at - now
    )  # type: ignore[arg-type, operator]
    (row,) = await post.rows(verifications, verifications.c.id == started.id)
    (order,) = await post.rows(outbox, outbox.c.id == started.id)
    shape = {name: len(value) if isinstance(value, bytes) else None for name, value in row._mapping.items()}
    return (started, shape), (order.state, len(order.box), order.medium, order.template)


async def test_a_pumped_prefix_waits_for_strangers_and_the_staff_are_told_once(post: Post) -> None:
    citizens_number, strangers = mobile(999_999), [mobile(number) for number in range(30)]
    await post.register(citizens_number)
    for number in strangers[:20]:
        await post.start(number)
    post.clock.move(minutes=11)
    withheld, known = await post.start(strangers[20]), await post.start(citizens_number)
    assert withheld.scarce
    assert known.scarce
    orders = {row.id: row for row in await post.rows(outbox)}
    assert (orders[withheld.id].fault, orders[withheld.id].box) == ("withheld", None)
    assert orders[known.id].state == "queued"
    await post.start(strangers[21])
    assert await post.happened("codes_alert") == [{"why": "prefix", "prefix": "+30690"}]
    assert not (await post.start(mobile(1, prefix="697"))).scarce


async def test_a_code_that_was_withheld_cannot_be_told_from_one_that_was_sent(post: Post) -> None:
    for number in range(20):
        await post.start(mobile(number))
    post.clock.move(minutes=11)
    started = await post.start(mobile(50))
    refused = await refusal(post.check(started, wrong(post.code)))
    assert (refused.code, refused.params) == ("people.wrong_code", {"n": 4})


async def test_prefixes_whose_codes_are_typed_go_on(post: Post) -> None:
    for number in range(24):
        started = await post.start(mobile(number))
        if number % 3:
            await post.check(started, post.code)
    post.clock.move(minutes=11)
    assert not (await post.start(mobile(50))).scarce


async def test_the_days_cap_keeps_shares_and_then_stops_all_alike(
    database: Database, clock: StoppedClock
) -> None:
    async with open_post(database, clock, codes_per_day=10) as post:
        citizens_number, other = mobile(999_999), mobile(999_998)
        await post.register(citizens_number)
        await post.register(other)
        for number in range(6):
            await post.start(mobile(number, prefix=f"69{number}"))
        assert (await post.start(mobile(6))).scarce  # withheld: costs nothing
        assert not (await post.start(landline(1))).scarce
        assert not (await post.start(landline(2))).scarce
        assert (await post.start(landline(3))).scarce
        await post.start(citizens_number)
        await post.start(other)
        sent = [row for row in await post.rows(outbox) if row.state == "queued"]
        assert len(sent) == 10
        clock.move(minutes=20)
        assert (await refusal(post.start(citizens_number))).code == "people.paused"
        assert (await refusal(post.start(mobile(77)))).code == "people.paused"
        assert {"why": "share"} in await post.happened("codes_alert")
        assert {"why": "cap"} in await post.happened("codes_alert")
        clock.move(hours=24)
        assert not (await post.start(mobile(6))).scarce


async def test_nothing_readable_of_number_or_code_is_stored(post: Post) -> None:
    await post.start(mobile())
    await post.start(landline())
    for table in (verifications, outbox):
        for row in await post.rows(table):
            written_down = repr(tuple(row))
            assert "0000001" not in written_down
            assert not any(f"'{code}'" in written_down for code in post.codes.given)


async def test_an_order_of_a_code_is_genuine(post: Post) -> None:
    await post.start(mobile())
    row = await post.row(outbox)
    assert is_ours(dict(row._mapping), post.origin)


@pytest.mark.parametrize("number", [mobile(), landline()])
async def test_what_is_spoken_is_kept_for_calls_only_and_gone_once_used(
    post: Post, number: PhoneNumber
) -> None:
    started = await post.start(number)
    await post.delivery.once()
    kept = (await post.row(verifications)).spoken_code
    assert (kept is not None) is (number.kind == "landline")
    if post.calls.sent:
        token = post.calls.sent[0].path.rpartition("/")[2].partition("?")[0]
        call = await post.verification.code_for_call(token)
        assert call is not None
        assert (call.code, call.language) == (post.code, "el")
        await post.check(started, post.code)
        assert await post.verification.code_for_call(token) is None
        assert post.code not in post.calls.sent[0].path
    assert await post.verification.code_for_call("nonsense") is None
