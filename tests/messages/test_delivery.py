from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from core.db import audit
from core.db.database import Database
from core.db.schema import audit as audit_log
from core.db.work import Work
from core.messages.delivery import LEASE, PAUSES, UNKNOWN_PAUSE
from core.messages.model import outbox
from core.messages.templates import NothingToSay
from core.people.model import verifications
from core.ports import Receipt
from tests.fakes.clock import StoppedClock
from tests.fakes.post import LANDLINE, MOBILE, Post, landline, mobile, open_post
from tests.fakes.senders import FakeTexts


@pytest.fixture
async def post(database: Database, clock: StoppedClock) -> AsyncIterator[Post]:
    async with open_post(database, clock) as opened:
        yield opened


async def test_an_sms_brings_the_code_in_the_citizens_language(post: Post) -> None:
    await post.start(mobile())
    await post.start(mobile(5), language="en")
    assert await post.delivery.once() == 2
    first, second = post.texts.sent
    assert first.to == MOBILE
    assert post.codes.given[0] in first.text
    assert "κωδικός" in first.text
    assert post.codes.given[1] in second.text
    assert "your code" in second.text
    assert {row.state for row in await post.rows(outbox)} == {"sent"}
    assert len(await post.happened("message_sent")) == 2
    assert await post.delivery.once() == 0


async def test_every_opening_is_audited_before_it_happens(post: Post) -> None:
    await post.start(mobile())
    await post.start(mobile(5))
    await post.delivery.claim(10)
    assert post.texts.sent == []
    entry = await post.row(audit_log)
    assert (entry.actor, entry.action, entry.facts) == ("worker", "opened", {"why": "deliver", "boxes": 2})
    assert await audit.verify(post.database) is None


async def test_a_landline_is_called_and_the_address_holds_no_code(post: Post) -> None:
    await post.start(landline())
    await post.delivery.once()
    (call,) = post.calls.sent
    assert call.to == LANDLINE
    assert post.code not in call.path
    assert call.path.startswith("/twilio/voice/code/")


FORGERIES: dict[str, Any] = {
    "template": "warning",
    "medium": "call",
    "params": {"words": "ψέματα"},
    "language": "en",
    "citizen_id": 5,
    "mac": b"x" * 32,
}


async def test_orders_that_were_tampered_with_are_refused_unopened_and_reported(post: Post) -> None:
    started = []
    for number, column in enumerate(FORGERIES):
        started.append(await post.start(mobile(number)))
        work = Work()
        forged = update(outbox).where(outbox.c.id == started[-1].id)
        work.run(forged.values({column: FORGERIES[column]}))
        await post.writer.commit(work)
    assert await post.delivery.once() == 0
    assert post.texts.sent == []
    assert post.calls.sent == []
    rows = await post.rows(outbox)
    assert {(row.state, row.fault, row.box) for row in rows} == {("failed", "forged", None)}
    reported = {facts["order"] for facts in await post.happened("order_forged")}
    assert reported == {str(each.id) for each in started}
    assert await post.rows(audit_log) == []


async def test_an_order_written_by_somebody_without_the_origin_key_is_refused(post: Post) -> None:
    await post.start(mobile())
    await post.delivery.once()
    genuine = dict((await post.row(outbox))._mapping)
    work = Work()
    work.run(insert(outbox).values(genuine | {"id": 77, "state": "queued", "due_at": post.clock.now()}))
    await post.writer.commit(work)
    await post.delivery.once()
    assert len(post.texts.sent) == 1
    assert await post.happened("order_forged") == [{"order": "77"}]


async def test_a_call_cannot_be_made_to_use_another_orders_box(post: Post) -> None:
    await post.start(mobile())
    post.texts.fail_next("permanent", "21614")
    await post.delivery.once()
    other = await post.start(mobile(5))
    work = Work()
    called = outbox.c.medium == "call"
    work.run(update(outbox).where(called).values(params={"instead_of": str(other.id)}))
    await post.writer.commit(work)
    await post.delivery.once()
    assert post.calls.sent == []
    assert len(await post.happened("order_forged")) == 1


async def test_a_box_exchanged_in_the_order_that_a_call_replaces_is_not_opened(post: Post) -> None:
    first, other = await post.start(mobile()), await post.start(mobile(5))
    for each in (first, other):
        await post.delivery.claim(1)
        await post.report(each.id, f"SM{each.id}", "undelivered", "30006")
    boxes = {row.id: row.box for row in await post.rows(outbox)}
    work = Work()
    work.run(update(outbox).where(outbox.c.id == first.id).values(box=boxes[other.id]))
    await post.writer.commit(work)
    orders = await post.delivery.claim(10)
    assert [order.box_row for order in orders] == [other.id]
    assert len(await post.happened("order_forged")) == 1


async def test_a_provider_that_is_busy_is_asked_again_at_once_and_then_spaced(post: Post) -> None:
    await post.start(mobile())
    for pause in (timedelta(0), *PAUSES[:3]):
        if pause:
            post.clock.move(seconds=pause.total_seconds() - 0.001)
            assert await post.delivery.once() == 0
            post.clock.move(seconds=0.001)
        post.texts.fail_next("temporary", "20429")
        assert await post.delivery.once() == 1
    row = await post.row(outbox)
    assert (row.state, row.fault, row.attempts) == ("sending", "temporary 20429", 4)
    post.clock.move(seconds=PAUSES[3].total_seconds())
    await post.delivery.once()
    row = await post.row(outbox)
    assert (row.state, row.fault, len(post.texts.sent)) == ("sent", None, 1)


@pytest.mark.parametrize("taken", [True, False])
@pytest.mark.parametrize("medium", ["sms", "call"])
async def test_silence_neither_loses_nor_doubles_a_code(post: Post, medium: str, taken: bool) -> None:
    sender = post.texts if medium == "sms" else post.calls
    await post.start(mobile() if medium == "sms" else landline())
    sender.fail_next("unknown", "no answer", taken=taken)
    await post.delivery.once()
    assert (await post.row(outbox)).state == "sending"
    assert await post.delivery.once() == 0  # the message is given time to appear at the provider
    post.clock.move(seconds=UNKNOWN_PAUSE.total_seconds())
    await post.delivery.once()
    assert len(sender.sent) == 1
    row = await post.row(outbox)
    assert (row.state, row.provider_id) == ("sent", sender.sent[0].provider_id)


async def test_a_crash_between_sending_and_recording_sends_nothing_twice(post: Post) -> None:
    await post.start(mobile())
    (order,) = await post.delivery.claim(10)
    await post.delivery._send(order)  # and dies here
    assert await post.worker().once() == 0  # the lease still runs
    post.clock.move(seconds=LEASE.total_seconds())
    assert await post.worker().once() == 1
    assert len(post.texts.sent) == 1
    assert (await post.row(outbox)).provider_id == post.texts.sent[0].provider_id


async def test_a_crash_before_sending_loses_nothing(post: Post) -> None:
    await post.start(mobile())
    await post.delivery.claim(10)  # and dies here
    post.clock.move(seconds=LEASE.total_seconds())
    await post.worker().once()
    assert len(post.texts.sent) == 1


async def test_nothing_is_sent_while_it_is_unknown_whether_it_was(post: Post) -> None:
    class Blind(FakeTexts):
        async def find(self, to: str, text: str, since: Any) -> Receipt | None:
            self._take_failure()
            return await super().find(to, text, since)

        def _take_failure(self) -> None:
            if self._failures:
                raise self._failures.popleft()[0]

    blind = Blind(post.clock)
    worker = post.worker(texts=blind)
    await post.start(mobile())
    blind.fail_next("unknown", taken=True)
    await worker.once()
    post.clock.move(seconds=10)
    blind.fail_next("temporary", "20429")
    await worker.once()
    assert len(blind.sent) == 1
    post.clock.move(seconds=60)
    await worker.once()
    assert len(blind.sent) == 1
    assert (await post.row(outbox)).state == "sent"


async def test_a_permanent_failure_is_not_tried_again(post: Post) -> None:
    await post.start(mobile())
    post.texts.fail_next("permanent", "21211")
    await post.delivery.once()
    post.clock.move(minutes=5)
    assert await post.delivery.once() == 0
    row = await post.row(outbox)
    assert (row.state, row.fault, row.box) == ("failed", "permanent 21211", None)


@pytest.mark.parametrize("code", ["21614", "21610"])
async def test_a_number_that_takes_no_sms_is_called_instead(post: Post, code: str) -> None:
    started = await post.start(mobile())
    assert (await post.row(verifications)).spoken_code is None
    post.texts.fail_next("permanent", code)
    await post.delivery.once()
    await post.delivery.once()
    (call,) = post.calls.sent
    assert call.to == MOBILE
    assert (await post.row(verifications)).spoken_code is not None
    await post.report(int(call.reference), call.provider_id, "completed")
    sms = await post.row(outbox, outbox.c.id == started.id)
    assert (sms.state, sms.box) == ("failed", None)
    await post.check(started, post.code)


async def test_a_landline_that_shows_only_in_the_callback_is_called_once(post: Post) -> None:
    started = await post.start(mobile())
    await post.delivery.once()
    sent = post.texts.sent[0]
    for _ in range(2):
        await post.report(started.id, sent.provider_id, "undelivered", "30006")
    await post.delivery.once()
    await post.delivery.once()
    assert len(post.calls.sent) == 1


async def test_no_call_is_made_for_a_code_that_was_used_meanwhile(post: Post) -> None:
    started = await post.start(mobile())
    await post.delivery.once()
    await post.report(started.id, post.texts.sent[0].provider_id, "undelivered", "30006")
    await post.check(started, post.code)
    await post.delivery.once()
    assert post.calls.sent == []
    assert (await post.row(outbox, outbox.c.medium == "call")).fault == "voided"


async def test_callbacks_twice_and_out_of_order_change_nothing(post: Post) -> None:
    started = await post.start(mobile())
    await post.delivery.once()
    provider_id = post.texts.sent[0].provider_id
    for status in ("delivered", "delivered", "sent", "queued", "failed"):
        await post.report(started.id, provider_id, status)
        row = await post.row(outbox)
        assert (row.state, row.box, row.fault) == ("delivered", None, None)
    assert len(await post.happened("message_delivered")) == 1
    assert await post.happened("message_failed") == []


async def test_a_callback_may_be_faster_than_our_own_record(post: Post) -> None:
    started = await post.start(mobile())
    (order,) = await post.delivery.claim(10)
    receipt = await post.delivery._send(order)
    await post.report(started.id, receipt.provider_id, "delivered")
    await post.delivery._record(order, receipt)
    row = await post.row(outbox)
    assert (row.state, row.provider_id) == ("delivered", receipt.provider_id)


async def test_callbacks_about_another_message_or_none_of_ours_change_nothing(post: Post) -> None:
    started = await post.start(mobile())
    await post.delivery.once()
    await post.report(started.id, "SMother", "failed", "30003")
    await post.report(123456789, "SMother", "failed", "30003")
    assert (await post.row(outbox)).state == "sent"


async def test_an_unknown_word_of_the_provider_is_noted_and_changes_nothing(post: Post) -> None:
    started = await post.start(mobile())
    await post.delivery.once()
    await post.report(started.id, post.texts.sent[0].provider_id, "teleported")
    assert (await post.row(outbox)).state == "sent"
    assert len(await post.happened("provider_status_unknown")) == 1


async def test_a_late_failure_is_recorded_with_its_kind(post: Post) -> None:
    started = await post.start(mobile())
    await post.delivery.once()
    await post.report(started.id, post.texts.sent[0].provider_id, "undelivered", "30003")
    assert (await post.row(outbox)).fault == "temporary 30003"
    called = await post.start(landline())
    await post.delivery.once()
    await post.report(called.id, post.calls.sent[0].provider_id, "no-answer")
    assert (await post.row(outbox, outbox.c.id == called.id)).fault == "temporary no-answer"


async def test_many_workers_send_each_order_once(post: Post) -> None:
    for number in range(30):
        await post.start(mobile(number, prefix=f"69{number % 10}"))
    others = [post.worker() for _ in range(4)]
    while any(await asyncio.gather(*(other.once(3) for other in others))):
        pass
    references = [sent.reference for sent in post.texts.sent]
    assert len(references) == len(set(references)) == 30


async def test_two_processes_claim_different_orders(post: Post, database: Database) -> None:
    for number in range(8):
        await post.start(mobile(number, prefix=f"69{number}"))
    async with open_post(database, post.clock) as second:
        claims = await asyncio.gather(post.delivery.claim(4), second.delivery.claim(4))
    claimed = [order.id for claim in claims for order in claim]
    assert len(claimed) == len(set(claimed))
    assert len(claimed) >= 4


async def test_a_citizen_is_reached_at_the_number_in_their_box(post: Post) -> None:
    citizen_id = await post.register(mobile())

    class Note:
        def text(self, order: Any, sealed: Any) -> str:
            return "ένα νέο"

        def call(self, work: Work, order: Any, sealed: Any) -> str:
            raise NothingToSay

    worker = post.worker(templates={"note": Note()})
    work = Work()
    soon = post.clock.now() + timedelta(hours=1)
    for whom in (citizen_id, 999):
        post.outbox.order(work, "note", "sms", language="el", expires_at=soon, citizen_id=whom)
    post.outbox.order(work, "note", "call", language="el", expires_at=soon, citizen_id=citizen_id)
    await post.writer.commit(work)
    await worker.once()
    assert [(sent.to, sent.text) for sent in post.texts.sent] == [(MOBILE, "ένα νέο")]
    faults = [row.fault for row in await post.rows(outbox, outbox.c.state == "failed")]
    assert sorted(faults) == ["permanent no address", "voided"]


async def test_without_a_provider_orders_wait_and_expire(post: Post) -> None:
    await post.start(mobile())
    await post.worker(media={}).once()
    row = await post.row(outbox)
    assert (row.state, row.fault) == ("sending", "technical no provider")
    assert await post.happened("provider_fault") == [{"code": "no provider"}]


async def test_a_fault_of_our_own_in_one_order_does_not_stop_the_others(post: Post) -> None:
    class Broken(FakeTexts):
        async def send(self, to: str, text: str, reference: str) -> Receipt:
            if to == MOBILE:
                raise RuntimeError("a bug")
            return await super().send(to, text, reference)

    broken = Broken(post.clock)
    await post.start(mobile())
    await post.start(mobile(5))
    await post.worker(texts=broken).once()
    assert len(broken.sent) == 1
    assert (await post.row(outbox, outbox.c.state == "sending")).fault == "unknown internal"
