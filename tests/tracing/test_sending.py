"""Each citizen is told once, by the road that reaches them, whatever crashes."""

from __future__ import annotations

import itertools
import shutil
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from core.adapters.journal import FileStore
from core.db.database import Database
from core.db.work import Work
from core.messages.callbacks import Callbacks
from core.messages.delivery import LEASE
from core.messages.model import outbox
from core.messages.templates import ByCall, ByChat, BySms
from core.ports import SendingFailed
from core.tracing.chores import forget, other_roads
from core.tracing.model import warned
from tests.fakes.clock import StoppedClock
from tests.tracing.town import DRAFTER, NUMBERS, Alkyona, open_alkyona

LANDLINE = "+302100000009"


async def release(town: Alkyona) -> int:
    warning = await town.draft()
    await town.step()
    await town.release(warning)
    return warning


async def hear(town: Alkyona, path: str) -> None:
    token = path.split("/")[-1].split("?")[0]
    words = await town.spoken.read(token)
    assert words is not None
    assert "Hall" in words.sentences[0]
    await town.hall.write(lambda work: town.spoken.heard(work, words, token))


async def test_each_by_the_road_that_reaches_them_once_however_many_bookings_match(town: Alkyona) -> None:
    crowd = await town.crowd(4)
    await town.make_visit(crowd[0], 5, 10)
    await town.make_visit(crowd[0], 30, 10)
    english = await town.make_citizen("6930000001", language="en", chat="55")
    at_home, chatting, lost = (
        await town.make_citizen("2100000009"),
        await town.make_citizen(chat="66"),
        await town.make_citizen(),
    )
    for citizen in (english, at_home, chatting, lost):
        await town.make_visit(citizen)
    await town.make_visit(None, booking_id=None)
    warning = await release(town)
    assert Counter(each.to for each in town.warnings_sent()) == Counter(
        [*(f"+30691{n:07d}" for n in range(4)), "+306930000001"]
    )
    assert "You were near" in next(each.text for each in town.sms.sent if each.to == "+306930000001")
    assert [each.to for each in town.calls.sent] == [LANDLINE]
    assert [each.to for each in town.chats.sent] == ["66"]
    progress = await town.panel.progress(warning)
    assert progress.by_state == {"sent": 6, "called": 1, "unreachable": 1}
    assert progress.counts["people"] == 8


async def test_a_landline_is_called_again_until_somebody_presses_1(town: Alkyona) -> None:
    await town.make_visit(await town.make_citizen("2100000009"))
    await town.crowd()
    warning = await release(town)
    begun = town.clock.now()
    rung = []
    for minute in range(70):
        town.clock.at = begun + timedelta(minutes=minute)
        before = len(town.calls.sent)
        await town.step()
        if len(town.calls.sent) > before or minute == 0:
            rung.append(minute)
        if minute == 30:
            await hear(town, town.calls.sent[-1].path)
    assert rung == [0, 10, 30]
    assert (await town.panel.progress(warning)).by_state == {"sent": 6, "heard": 1}


async def test_who_never_answers_is_called_four_times(town: Alkyona) -> None:
    await town.make_visit(await town.make_citizen("2100000009"))
    await town.crowd()
    await release(town)
    for _ in range(30):
        town.clock.move(minutes=5)
        await town.step()
    assert len(town.calls.sent) == 4


@pytest.mark.parametrize("at_once", [True, False])
async def test_who_has_opted_out_is_called(town: Alkyona, at_once: bool) -> None:
    await town.crowd()
    warning = await town.draft()
    await town.step()
    if at_once:
        await town.type_code(warning, DRAFTER, town.code_of(DRAFTER))
        town.sms.fail_next("permanent", "21610")
        await town.type_code(warning, DRAFTER + 1, town.code_of(DRAFTER + 1))
    else:
        await town.release(warning)
        order = (await town.rows(outbox, outbox.c.template == "warning"))[0]
        callbacks = Callbacks(town.clock, town.codes, town.origin)
        await town.hall.write(
            lambda work: callbacks.report(
                work, order_id=order.id, provider_id=order.provider_id, status="undelivered", error="30006"
            )
        )
        await town.step()
    assert len(town.calls.sent) == 1
    town.clock.move(minutes=10)
    await town.step()
    assert len(town.calls.sent) == 2
    await hear(town, town.calls.sent[-1].path)
    town.clock.move(minutes=60)
    await town.step()
    assert len(town.calls.sent) == 2


async def test_a_chat_tells_whom_no_number_reaches(town: Alkyona) -> None:
    await town.crowd()
    await town.make_visit(await town.make_citizen("6930000001", chat="55"))
    await town.make_visit(await town.make_citizen("6930000002", chat="56"))
    warning = await release(town)
    last = max(each.citizen_id for each in await town.rows(warned))
    (order,) = await town.rows(outbox, outbox.c.template == "warning", outbox.c.citizen_id == last)
    callbacks = Callbacks(town.clock, town.codes, town.origin)
    for _ in range(2):
        await town.hall.write(
            lambda work: callbacks.report(
                work, order_id=order.id, provider_id=order.provider_id, status="undelivered", error="30005"
            )
        )
    chore = other_roads(town.database, town.clock, town.codes, town.orders, town.origin)
    for _ in range(2):
        work = Work()
        await chore.do(work)
        await town.writer.commit(work)
        await town.step()
    assert [each.to for each in town.chats.sent] == ["56"]
    assert (await town.panel.progress(warning)).by_state == {"sent": 8}


async def by_another_road(town: Alkyona) -> None:
    work = Work()
    await other_roads(town.database, town.clock, town.codes, town.orders, town.origin).do(work)
    await town.writer.commit(work)
    await town.step()


@pytest.mark.parametrize("error", ["30007", "30003", "30004"])
async def test_who_has_a_chat_is_called_all_the_same_where_an_sms_failed(town: Alkyona, error: str) -> None:
    await town.crowd(5)
    await town.make_visit(await town.make_citizen("6930000001", chat="55"))
    warning = await release(town)
    last = max(each.citizen_id for each in await town.rows(warned))
    (order,) = await town.rows(outbox, outbox.c.template == "warning", outbox.c.citizen_id == last)
    callbacks = Callbacks(town.clock, town.codes, town.origin)
    for _ in range(2):
        await town.hall.write(
            lambda work: callbacks.report(
                work, order_id=order.id, provider_id=order.provider_id, status="undelivered", error=error
            )
        )
        await by_another_road(town)
    assert [each.to for each in town.calls.sent] == ["+306930000001"]
    assert town.chats.sent == []
    assert (await town.panel.progress(warning)).by_state == {"sent": 5, "called": 1}
    for _ in range(16):  # nobody answers
        town.clock.move(minutes=5)
        await town.step()
    calls = await town.rows(outbox, outbox.c.template == "warning", outbox.c.medium == "call")
    for call in calls:
        await town.hall.write(
            lambda work, call=call: callbacks.report(
                work, order_id=call.id, provider_id=call.provider_id, status="no-answer", error=""
            )
        )
    for _ in range(2):
        await by_another_road(town)
    assert len(calls) == 4
    assert [each.to for each in town.chats.sent] == ["55"]


class Busy:
    """Takes no SMS to one number, now."""

    def __init__(self, medium: Any, number: str) -> None:
        self._medium, self.number = medium, number

    async def send(self, to: str, saying: Any, reference: str) -> Any:
        if to == self.number:
            raise SendingFailed("temporary", "20429")
        return await self._medium.send(to, saying, reference)

    async def find(self, to: str, saying: Any, since: Any) -> Any:
        return await self._medium.find(to, saying, since)


async def test_an_sms_that_fails_for_minutes_becomes_a_call_and_is_not_sent_later(town: Alkyona) -> None:
    await town.crowd()
    busy = Busy(BySms(town.sms), "+306910000002")
    town.start_worker(media={"sms": busy, "call": ByCall(town.calls), "telegram": ByChat(town.chats)})
    await release(town)
    begun, rung = town.clock.now(), []
    for second in range(0, 600, 5):
        town.clock.at = begun + timedelta(seconds=second)
        before = len(town.calls.sent)
        await by_another_road(town)
        rung += [second] * (len(town.calls.sent) - before)
        if rung:
            busy.number = ""
    assert 60 < rung[0] < 240, "after some tries, and well before ten minutes are over"
    assert len(rung) == 1
    assert {each.to for each in town.warnings_sent()} == {f"+30691{n:07d}" for n in (0, 1, 3, 4, 5)}
    assert [each.to for each in town.calls.sent] == ["+306910000002"]


async def test_whom_it_went_to_is_forgotten_after_a_week_and_how_many_stays(town: Alkyona) -> None:
    await town.crowd()
    warning = await release(town)
    town.clock.move(days=7)
    work = Work()
    await forget(town.database, town.clock).do(work)
    await town.writer.commit(work)
    assert await town.rows(warned) == []
    assert (await town.panel.progress(warning)).by_state == {"sent": 6}


class Killed(BaseException):
    """Not an `Exception`: nothing catches it, as nothing catches `kill -9`."""


class Fuse:
    """Burns through before one step, so after the one before; and at the provider also after it, unheard."""

    def __init__(self, step: int) -> None:
        self._left = step

    def burn(self) -> None:
        self._left -= 1
        if self._left == 0:
            raise Killed

    @property
    def burnt(self) -> bool:
        return self._left <= 0


class FusedWriter:
    def __init__(self, writer: Any, fuse: Fuse) -> None:
        self._writer, self._fuse = writer, fuse

    async def commit(self, work: Work) -> None:
        self._fuse.burn()
        await self._writer.commit(work)


class FusedMedium:
    def __init__(self, medium: Any, fuse: Fuse) -> None:
        self._medium, self._fuse = medium, fuse

    async def send(self, to: str, saying: Any, reference: str) -> Any:
        self._fuse.burn()
        receipt = await self._medium.send(to, saying, reference)
        self._fuse.burn()
        return receipt

    async def find(self, to: str, saying: Any, since: Any) -> Any:
        return await self._medium.find(to, saying, since)


async def live_through(town: Alkyona, fuse: Fuse, monkeypatch: pytest.MonkeyPatch) -> None:
    """Draft, release and send; a worker that is killed is started again, its lease run out."""
    append: Callable[[FileStore, str], None] = FileStore.append

    def fused(store: FileStore, line: str) -> None:
        fuse.burn()
        append(store, line)

    monkeypatch.setattr(FileStore, "append", fused)

    def start() -> None:
        media = {"sms": BySms(town.sms), "call": ByCall(town.calls), "telegram": ByChat(town.chats)}
        town.start_worker(
            FusedWriter(town.writer, fuse), {name: FusedMedium(each, fuse) for name, each in media.items()}
        )

    async def round_() -> None:
        try:
            await town.step()
        except Killed:
            start()
            town.clock.move(seconds=LEASE.total_seconds() + 1)
            await town.step()

    start()
    warning = await town.draft()
    await round_()
    for officer in (DRAFTER, DRAFTER + 1):
        work = Work()
        town.panel.type_code(work, warning, officer, town.code_of(officer))
        await town.writer.commit(work)
        await round_()
    for _ in range(3):
        await round_()
    monkeypatch.setattr(FileStore, "append", append)


async def test_killed_between_any_two_steps_it_tells_everyone_exactly_once(
    clock: StoppedClock, tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = clock.at
    for step in itertools.count(1):
        clock.at = begun
        folder = tmp_path / str(step)
        folder.mkdir()
        shutil.copyfile(sqlite_template, folder / "paso.db")
        database, fuse = Database(f"sqlite:///{folder}/paso.db"), Fuse(step)
        async with open_alkyona(database, clock, folder) as town:
            crowd = await town.crowd(3)
            await town.make_visit(crowd[0])
            await town.make_visit(await town.make_citizen("2100000009"))
            await town.make_visit(await town.make_citizen(chat="66"))
            await live_through(town, fuse, monkeypatch)
            told = Counter(each.to for each in town.warnings_sent())
            assert told == Counter(f"+30691{n:07d}" for n in range(3)), step
            calls = [each.to for each in town.calls.sent if each.to not in NUMBERS.values()]
            assert calls == [LANDLINE], step
            # A chat cannot be looked through: whoever died while sending it does not send it again.
            assert [each.to for each in town.chats.sent] in ([["66"]] if not fuse.burnt else [["66"], []]), (
                step
            )
        await database.close()
        if not fuse.burnt:
            break
    assert step > 30


async def test_what_was_released_is_not_sent_again_by_a_worker_that_forgot_nothing(town: Alkyona) -> None:
    await town.crowd()
    await release(town)
    town.start_worker()
    await town.write(update(outbox).where(outbox.c.template == "none").values(state="queued"))
    for _ in range(3):
        await town.step()
    assert len(town.warnings_sent()) == 6
