"""The worker and waiting lists: offers within five seconds, told once, in words that nobody else can choose."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from core.activities.closing import Closing
from core.activities.model import slots
from core.bookings.model import waiting
from core.bookings.waiting_chores import due_lists, forget_waits, serve_lists, tell_of_offers
from core.bookings.waiting_message import WaitingMessage
from core.bookings.waiting_service import Wish
from core.db.work import Work
from core.messages.model import outbox
from core.messages.outbox import Order, Outbox
from core.messages.templates import NothingToSay
from core.messages.texts import Texts
from core.messages.worker import Notifier
from core.people.model import addresses
from tests.bookings.hours import at
from tests.makers import OpenSealer, Town

LISTED: dict[str, Any] = {"rules__waiting_list": True, "capacity__per_slot": 1}


class PlainOrigin:
    def mac(self, *parts: bytes) -> bytes:
        return b"mac"

    def check(self, mac: bytes, *parts: bytes) -> bool:
        return mac == b"mac"


class NoDelivery:
    async def claim(self, most: int) -> list[Order]:
        return []


class Worker:
    """The notifier with the chores of waiting lists, at the town's time."""

    def __init__(self, town: Town) -> None:
        orders = Outbox(town.codes, town.clock, PlainOrigin(), OpenSealer())
        self.town = town
        chores = [
            serve_lists(town.database, town.clock, town.activities, town.bookings.waiting),
            tell_of_offers(town.database, town.clock, town.codes, orders, town.settings.zone),
            forget_waits(town.clock),
        ]
        self.notifier = Notifier(town.database, town.writer, town.clock, NoDelivery(), chores)  # type: ignore[arg-type]

    async def work(self, seconds: float) -> None:
        """Its rounds of 0.2 s, for so long."""
        for _ in range(round(seconds / 0.2)):
            await self.notifier.step()
            await self.notifier.settled()
            self.town.clock.move(seconds=0.2)

    async def orders(self) -> list[Any]:
        async with self.town.database.reading() as connection:
            rows = await connection.execute(select(outbox).order_by(outbox.c.created_at, outbox.c.id))
            return list(rows.mappings())


async def full(town: Town, **changes: Any) -> tuple[int, Any, int]:
    await town.make_activity(**{**LISTED, **changes})
    slot, owner = await town.slot_at(at(2, 10)), await town.make_citizen()
    return slot, await town.make_booking(slot, owner), owner


async def joined(town: Town, slot: int, kind: str = "mobile", revision: int = 1) -> int:
    citizen = await town.make_citizen(kind=kind)
    wish = Wish(slot, "hall", revision, 1, True)
    await town.write(
        lambda work: town.bookings.waiting.join(work, wish, citizen, "web", lambda decision, _: None)
    )
    return citizen


async def states(town: Town) -> list[str]:
    async with town.database.reading() as connection:
        return list((await connection.execute(select(waiting.c.state).order_by(waiting.c.rank))).scalars())


async def test_the_message_is_on_its_way_within_five_seconds_of_a_cancellation(town: Town) -> None:
    slot, booking, owner = await full(town)
    citizen = await joined(town, slot)
    worker = Worker(town)
    await worker.work(1)
    assert await worker.orders() == []
    freed_at = town.clock.now()
    await town.cancel(booking, owner)
    await worker.work(5)
    [order] = await worker.orders()
    assert order["created_at"] - freed_at <= timedelta(seconds=5)
    assert (order["citizen_id"], order["medium"], order["params"]["what"]) == (citizen, "sms", "offered")
    await worker.work(5)
    assert len(await worker.orders()) == 1


@pytest.mark.parametrize("how", ["capacity", "lapsed hold", "revision"])
async def test_what_is_freed_without_a_request_is_offered_and_told_within_five_seconds(
    town: Town, how: str
) -> None:
    await town.make_activity(**LISTED)
    slot = await town.slot_at(at(2, 10))
    if how == "lapsed hold":
        await town.hold(slot, await town.make_citizen())
    else:
        await town.make_booking(slot, await town.make_citizen())
    await joined(town, slot)
    worker = Worker(town)
    await worker.work(1)
    if how == "capacity":
        async with town.database.writing() as connection:
            await connection.execute(update(slots).where(slots.c.id == slot).values(capacity=2))
    elif how == "revision":
        await town.make_activity(**{**LISTED, "capacity__per_slot": 2})
    else:
        town.clock.move(minutes=5)
    freed_at = town.clock.now()
    await worker.work(5)
    assert await states(town) == ["offered"]
    [order] = await worker.orders()
    assert order["created_at"] - freed_at <= timedelta(seconds=5)


async def test_an_offer_that_runs_out_goes_to_the_next_by_itself(town: Town) -> None:
    slot, booking, owner = await full(town)
    for _ in range(2):
        await joined(town, slot)
    town.clock.at = at(2, 10) - timedelta(minutes=40)
    await town.cancel(booking, owner)
    town.clock.move(minutes=10)
    worker = Worker(town)
    await worker.work(5)
    assert await states(town) == ["lapsed", "offered"]
    assert [order["params"]["what"] for order in await worker.orders()] == ["offered"]


async def test_where_nothing_can_be_offered_the_box_office_is_left_in_peace(town: Town) -> None:
    await town.make_activity(capacity__per_slot=2, reserved={"desk": 1}, rules__waiting_list=True)
    slot = await town.slot_at(at(2, 10))
    await town.make_booking(slot, await town.make_citizen())
    await joined(town, slot)  # one is free, and kept for the desk
    assert await due_lists(town.database, town.activities, town.clock.now()) == []
    town.clock.at = at(2, 10)
    assert await due_lists(town.database, town.activities, town.clock.now()) == [slot]


async def test_a_closed_slot_ends_its_list_and_everyone_on_it_is_told(town: Town) -> None:
    slot, booking, owner = await full(town)
    for kind in ("mobile", "landline"):
        await joined(town, slot, kind)
    await town.cancel(booking, owner)
    worker = Worker(town)
    await worker.work(3)
    closing = Closing(town.database, town.clock, town.codes)
    await town.write(lambda work: closing.close_slot(work, slot, "weather", None))
    await worker.work(5)
    assert await states(town) == ["closed", "closed"]
    told = [(order["medium"], order["params"]["what"]) for order in await worker.orders()]
    assert sorted(told) == [("call", "closed"), ("sms", "closed"), ("sms", "offered")]
    assert (await town.slot_row(slot)).taken == 0


async def test_the_list_of_an_archived_activity_is_ended_and_everyone_on_it_is_told_kindly(
    town: Town,
) -> None:
    slot, booking, owner = await full(town)
    await joined(town, slot)
    await joined(town, slot, kind="landline")
    worker = Worker(town)
    await worker.work(1)
    work = Work()
    await town.activities.archive(work, "hall")
    await town.writer.commit(work)
    await worker.work(5)
    assert await states(town) == ["closed", "closed"]
    told = [(each["medium"], each["params"]["what"]) for each in await worker.orders()]
    assert sorted(told) == [("call", "archived"), ("sms", "archived")]
    assert (await town.bookings.one(owner, booking.id)) is not None, "what is booked stands"
    await town.cancel(booking, owner)
    await worker.work(5)
    assert await states(town) == ["closed", "closed"], "nobody is offered what is offered no longer"
    assert len(await worker.orders()) == 2


async def test_a_chat_goes_before_an_sms_and_landlines_are_not_called_at_night(town: Town) -> None:
    slot, booking, owner = await full(town, capacity__per_slot=2)
    other = await town.make_citizen()
    second = await town.make_booking(slot, other)
    chatting, landline = await joined(town, slot), await joined(town, slot, "landline")
    async with town.database.writing() as connection:
        address = {"id": 10**6, "citizen_id": chatting, "kind": "telegram", "lookup": b"c", "box": b""}
        await connection.execute(insert(addresses), address | {"verified_at": town.clock.now()})
    town.clock.at = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)
    await town.cancel(booking, owner)
    await town.cancel(second, other)
    worker = Worker(town)
    await worker.work(3)
    assert {order["citizen_id"]: order["medium"] for order in await worker.orders()} == {
        chatting: "telegram",
        landline: "call",
    }


async def test_at_night_a_message_waits_for_the_morning_where_the_offer_does(town: Town) -> None:
    slot, booking, owner = await full(town)
    await joined(town, slot)
    town.clock.at = datetime(2026, 11, 30, 23, 0, tzinfo=UTC)  # 1:00 in Athens
    await town.cancel(booking, owner)
    worker = Worker(town)
    await worker.work(3)
    assert await states(town) == ["offered"]
    assert await worker.orders() == []
    town.clock.at = datetime(2026, 12, 1, 6, 0, tzinfo=UTC)
    await worker.work(2)
    assert [order["medium"] for order in await worker.orders()] == ["sms"]


async def test_at_night_who_would_be_too_late_in_the_morning_is_told_at_once(town: Town) -> None:
    slot, booking, owner = await full(town)
    await joined(town, slot)
    town.clock.at = datetime(2026, 12, 2, 2, 0, tzinfo=UTC)  # 4:00 in Athens, six hours before
    await town.cancel(booking, owner)
    worker = Worker(town)
    await worker.work(3)
    assert [order["medium"] for order in await worker.orders()] == ["sms"]


async def test_what_has_ended_is_forgotten_after_two_weeks(town: Town) -> None:
    slot, _, _ = await full(town)
    citizen = await joined(town, slot)
    await town.write(lambda work: town.bookings.give_up_all(work, citizen))
    worker = Worker(town)
    await worker.work(1)
    assert await states(town) == ["left"]
    town.clock.move(days=14)
    await worker.work(1)
    assert await states(town) == []


# -- the words


def order(medium: str = "sms", language: str = "el", **params: Any) -> Order:
    told = {
        "what": "offered",
        "waiting": "7",
        "category": "sport",
        "persons": 2,
        "starts": at(2, 10).isoformat(),
        "until": at(1, 12).isoformat(),
    }
    now = at(1, 10)
    return Order(1, "waiting", {**told, **params}, medium, 5, None, 1, language, now, now, 1)


def message(town: Town, **roads: Any) -> WaitingMessage:
    return WaitingMessage(Texts(town.settings.zone), town.settings, **roads)


async def test_the_words_say_what_until_when_and_how_to_take_it(town: Town) -> None:
    said = message(town)
    assert said.text(order(), {}) == (
        "Ελευθερώθηκε θέση: Τετ 2/12 10:00, 2 άτομα. Την κρατάμε ως Τρί 1/12 12:00. "
        "Πάρτε την: http://127.0.0.1:8080/chat ή 2100000000."
    )
    chat = said.chat(order("telegram"), {})
    assert chat.text == (
        "Ελευθερώθηκε η θέση που περιμένατε: αθλητική δραστηριότητα, Τετάρτη 2 Δεκεμβρίου, 10:00, 2 άτομα. "
        "Την κρατάμε για εσάς ως Τρί 1/12 12:00. Μετά πηγαίνει στον επόμενο."
    )
    assert chat.deeds == (
        ("Τη θέλω", "waiting_take", "7"),
        ("Όχι, ευχαριστώ", "waiting_decline", "7"),
    )
    assert said.text(order(language="en", persons=1), {}).startswith(
        "A place is free: Wed 2/12 10:00, 1 person."
    )
    assert "δεν δίνονται άλλες θέσεις" in said.text(order(what="archived", until=""), {})
    closed = order(what="closed", until="")
    assert "δεν θα γίνει" in said.text(closed, {})
    assert said.chat(closed, {}).deeds == ()


async def test_a_call_asks_for_a_key_where_there_is_something_to_take(town: Town) -> None:
    heard: list[tuple[str, str]] = []
    said = message(
        town,
        ask=lambda _work, _order, sentence: heard.append(("ask", sentence)) or "/ask",
        speak=lambda _work, _order, sentence: heard.append(("speak", sentence)) or "/speak",
    )
    assert said.call(Work(), order("call"), {}) == "/ask"
    assert said.call(Work(), order("call", what="closed", until=""), {}) == "/speak"
    assert [road for road, _ in heard] == ["ask", "speak"]
    assert heard[0][1].startswith("Ελευθερώθηκε η θέση που περιμένατε: αθλητική δραστηριότητα")
    with pytest.raises(NothingToSay):
        message(town).call(Work(), order("call"), {})


async def test_no_words_of_the_row_are_said(town: Town) -> None:
    forged = order(category="καλέστε 901 2345678", what="καλέστε 901 2345678", until="")
    assert "901" not in message(town).text(forged, {})
    with pytest.raises(ValueError, match="invalid literal"):
        message(town).text(order(persons="καλέστε 901 2345678"), {})
