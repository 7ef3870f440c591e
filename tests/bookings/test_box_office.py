"""Holding, confirming, releasing; and why not."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from core.activities.model import activities, slots
from core.bookings.decisions import Confirmed, Held, RefusedPlace
from core.bookings.model import answers, bookings, companions
from core.bookings.requests import HoldRequest
from core.db.work import Work
from core.errors import Refused
from core.messages.texts import Texts
from core.passes.code import parse
from core.passes.model import passes
from tests.activities.makers import LANES
from tests.bookings.hours import at
from tests.makers import Town

TEXTS = Texts(ZoneInfo("Europe/Athens"))


def code(decision: object) -> str:
    assert isinstance(decision, RefusedPlace), decision
    return decision.reason.code


def sentence(decision: object, language: str = "el") -> str:
    assert isinstance(decision, RefusedPlace), decision
    return TEXTS.say(decision.reason.text_key, language, **decision.reason.params)


async def test_a_place_is_held_confirmed_and_has_a_pass(town: Town) -> None:
    await town.make_activity()
    citizen = await town.make_citizen()
    slot = await town.slot_at(at(2, 10))
    held = await town.hold(slot, citizen, persons=3)
    assert isinstance(held, Held)
    assert held.until == town.clock.now() + timedelta(minutes=5)
    assert (await town.slot_row(slot)).taken == 3
    confirmed = await town.confirm(held.booking_id, citizen, names=["Α", "Β"], answers={"level": "good"})
    assert isinstance(confirmed, Confirmed)
    booking = confirmed.booking
    assert (booking.id, booking.state, booking.persons, booking.companions) == (
        held.booking_id,
        "confirmed",
        3,
        2,
    )
    assert booking.code is not None
    assert parse(booking.code) == booking.code
    assert booking == await town.bookings.one(citizen, booking.id)
    async with town.database.reading() as connection:
        issued = (await connection.execute(select(passes))).one()
        boxes = [
            (await connection.execute(select(table.c.box))).scalar_one() for table in (companions, answers)
        ]
    assert (issued.booking_id, issued.code, issued.persons, issued.state) == (
        booking.id,
        booking.code,
        3,
        "valid",
    )
    assert (issued.starts_at, issued.ends_at, issued.facility_number) == (at(2, 10), at(2, 11), 9)
    assert boxes[0].startswith(f"companions:{booking.id}:".encode())
    said = [json.loads(box.split(b":", 2)[2]) for box in boxes]
    assert said == [
        {"citizen": citizen, "names": ["Α", "Β"]},
        {"citizen": citizen, "answers": {"level": "good"}},
    ]
    ((name, facts),) = await town.happenings()
    assert name == "application_accepted"
    assert facts == {
        "slot": slot,
        "activity": "hall",
        "category": "sport",
        "facility": "hall",
        "place": "",
        "starts": 1796198400000,
        "ends": 1796202000000,
        "occasion": "",
        "resident": "yes",
        "persons": 3,
        "channel": "web",
        "booking": booking.id,
    }


async def test_a_group_that_does_not_fit_gets_nothing_and_hears_how_many_are_left(town: Town) -> None:
    await town.make_activity(capacity__per_slot=4)
    one, other = await town.make_citizens(2)
    slot = await town.slot_at(at(2, 10))
    await town.make_booking(slot, one, persons=3)
    refused = await town.hold(slot, other, persons=2)
    assert code(refused) == "bookings.too_few"
    assert sentence(refused) == "Μένει 1 θέση και χρειάζεστε 2· επόμενη ελεύθερη Πέμ 3/12, 10:00."
    assert sentence(refused, "en") == "1 place is left and you need 2; next free on Thu 3/12 at 10:00."
    assert (await town.slot_row(slot)).taken == 3


async def test_who_is_refused_hears_why_and_what_is_next(town: Town) -> None:
    await town.make_activity(
        capacity={"unit": "persons"},
        facility__individual_facilities=LANES,
        calendar__rules__0__starts=["18:00", "19:00"],
    )
    slot = await town.slot_at(at(2, 18), "lane-1")
    await town.make_booking(slot, await town.make_citizen(), persons=6)
    await town.make_booking(await town.slot_at(at(2, 18), "lane-2"), await town.make_citizen(), persons=6)
    await town.make_booking(await town.slot_at(at(2, 19), "lane-1"), await town.make_citizen(), persons=6)
    refused = await town.hold(slot, await town.make_citizen())
    assert sentence(refused) == "Πλήρες: 6 από 6· επόμενη ελεύθερη 19:00, Lane 2."
    assert isinstance(refused, RefusedPlace)
    assert [(each.starts_at, each.place, each.free) for each in refused.next_best] == [
        (at(2, 19), "lane-2", 6),
        (at(1, 19), "lane-1", 6),
        (at(1, 19), "lane-2", 6),
    ]
    name, facts = (await town.happenings())[-1]
    assert (name, facts["reason"], "booking" in facts) == ("application_refused", "full", False)


async def test_somebody_unregistered_holds_and_is_not_counted_as_an_application_when_refused(
    town: Town,
) -> None:
    await town.make_activity(capacity__per_slot=1)
    slot = await town.slot_at(at(2, 10))
    held = await town.hold(slot, holder=b"chat")
    assert isinstance(held, Held)
    assert code(await town.hold(slot, holder=b"other")) == "bookings.full"
    assert await town.happenings() == []
    citizen = await town.make_citizen()
    assert isinstance(await town.confirm(held.booking_id, citizen), Confirmed)
    assert (await town.booking_row(held.booking_id)).citizen_id == citizen


async def test_a_hold_lapses_and_somebody_else_gets_the_place(town: Town) -> None:
    await town.make_activity(capacity__per_slot=1)
    one, other = await town.make_citizens(2)
    slot = await town.slot_at(at(2, 10))
    first = await town.hold(slot, one)
    assert isinstance(first, Held)
    town.clock.move(minutes=4, seconds=59)
    assert code(await town.hold(slot, other)) == "bookings.full"
    town.clock.move(seconds=1)
    second = await town.hold(slot, other)
    assert isinstance(second, Held)
    assert code(await town.confirm(first.booking_id, one)) == "bookings.full"
    assert isinstance(await town.confirm(second.booking_id, other), Confirmed)
    assert (await town.booking_row(first.booking_id)).state == "lapsed"
    assert (await town.slot_row(slot)).taken == 1


async def test_a_lapsed_hold_is_confirmed_all_the_same_where_the_place_is_still_free(town: Town) -> None:
    await town.make_activity(capacity__per_slot=1)
    citizen = await town.make_citizen()
    slot = await town.slot_at(at(2, 10))
    held = await town.hold(slot, citizen)
    assert isinstance(held, Held)
    town.clock.move(minutes=30)
    assert isinstance(await town.confirm(held.booking_id, citizen), Confirmed)
    row = await town.booking_row(held.booking_id)
    assert (row.state, row.held_until, row.ended_at) == ("confirmed", None, None)
    assert (await town.slot_row(slot)).taken == 1


async def test_a_hold_is_extended_once(town: Town) -> None:
    await town.make_activity(capacity__per_slot=1)
    citizen = await town.make_citizen()
    slot = await town.slot_at(at(2, 10))
    held = await town.hold(slot, citizen, holder=b"chat")
    assert isinstance(held, Held)
    town.clock.move(minutes=4)
    until = []
    await town.write(lambda work: until.append(town.bookings.extend(work, held.booking_id, b"chat")))
    assert until == [town.clock.now() + timedelta(minutes=5)]
    town.clock.move(minutes=4)
    assert code(await town.hold(slot, await town.make_citizen())) == "bookings.full"
    with pytest.raises(Refused, match="extended_already"):
        await town.write(lambda work: until.append(town.bookings.extend(work, held.booking_id, b"chat")))
    town.clock.move(minutes=1)
    with pytest.raises(Refused, match="hold_over"):
        await town.write(lambda work: until.append(town.bookings.extend(work, held.booking_id, b"chat")))


async def test_only_its_holder_extends_or_releases_a_hold(town: Town) -> None:
    await town.make_activity()
    slot = await town.slot_at(at(2, 10))
    held = await town.hold(slot, holder=b"chat")
    assert isinstance(held, Held)
    until: list[Any] = []
    with pytest.raises(Refused, match="hold_over"):
        await town.write(lambda work: until.append(town.bookings.extend(work, held.booking_id, b"thief")))
    await town.write(lambda work: town.bookings.release(work, held.booking_id, b"thief"))
    assert (await town.slot_row(slot)).taken == 1
    await town.write(lambda work: town.bookings.release(work, held.booking_id, b"chat"))
    await town.write(lambda work: town.bookings.release(work, held.booking_id, b"chat"))
    assert (await town.slot_row(slot)).taken == 0


async def test_changing_ones_mind_releases_one_place_and_holds_the_next_in_one_work(town: Town) -> None:
    await town.make_activity(capacity__per_slot=1)
    first, second = await town.slot_at(at(2, 10)), await town.slot_at(at(3, 10))
    held = await town.hold(first, holder=b"chat")
    assert isinstance(held, Held)
    decided: list[Any] = []

    def both(work: Work) -> None:
        town.bookings.release(work, held.booking_id, b"chat")
        wish = HoldRequest(second, "hall", 1, 1, True, None, b"chat", "web")
        town.bookings.hold(work, wish, lambda decision, _: decided.append(decision))

    await town.write(both)
    assert isinstance(decided[-1], Held)
    assert [(await town.slot_row(slot)).taken for slot in (first, second)] == [0, 1]


async def test_a_work_whose_asker_refuses_the_place_takes_nothing_and_leaves_it_to_the_next(
    town: Town,
) -> None:
    await town.make_activity(capacity__per_slot=2)
    slot = await town.slot_at(at(2, 10))

    def rather_not(_decision: Any, _work: Work) -> None:
        raise Refused("test.rather_not")

    wishes = [HoldRequest(slot, "hall", 1, 1, True, None, str(n).encode(), "web") for n in range(4)]
    decided: list[Any] = []
    works = [Work() for _ in wishes]
    for number, (work, wish) in enumerate(zip(works, wishes, strict=True)):
        then = rather_not if number == 0 else lambda decision, _: decided.append(decision)
        town.bookings.hold(work, wish, then)
    outcomes = await asyncio.gather(*(town.writer.commit(work) for work in works), return_exceptions=True)
    assert isinstance(outcomes[0], Refused)
    assert [type(each) for each in decided] == [Held, RefusedPlace, RefusedPlace]
    assert (await town.slot_row(slot)).taken == 1
    assert isinstance(await town.hold(slot, holder=b"later"), Held)
    async with town.database.reading() as connection:
        assert len((await connection.execute(select(bookings.c.id))).all()) == 2


async def test_a_work_that_gives_up_a_place_and_then_refuses_keeps_it(town: Town) -> None:
    """Its neighbours in the batch may already have counted on what it gave up."""
    await town.make_activity(capacity__per_slot=1)
    slot = await town.slot_at(at(2, 10))
    held = await town.hold(slot, holder=b"first")
    assert isinstance(held, Held)

    def rather_not(_decision: Any, _work: Work) -> None:
        raise Refused("test.rather_not")

    decided: list[Any] = []
    one, other = Work(), Work()
    town.bookings.release(one, held.booking_id, b"first")
    other_slot = await town.slot_at(at(3, 10))
    town.bookings.hold(one, HoldRequest(other_slot, "hall", 1, 1, True, None, b"first", "web"), rather_not)
    wish = HoldRequest(slot, "hall", 1, 1, True, None, b"second", "web")
    town.bookings.hold(other, wish, lambda decision, _: decided.append(decision))
    outcomes = await asyncio.gather(
        *(town.writer.commit(work) for work in (one, other)), return_exceptions=True
    )
    assert isinstance(outcomes[0], Refused)
    assert outcomes[1] is None
    assert code(decided[-1]) == "bookings.full"
    assert (await town.booking_row(held.booking_id)).state == "held"
    assert [(await town.slot_row(each)).taken for each in (slot, other_slot)] == [1, 0]


async def test_the_desks_share_is_the_desks(town: Town) -> None:
    await town.make_activity(capacity__per_slot=2, reserved={"desk": 1})
    slot = await town.slot_at(at(2, 10))
    assert isinstance(await town.hold(slot, holder=b"a"), Held)
    refused = await town.hold(slot, holder=b"b")
    assert code(refused) == "bookings.full"
    held = await town.hold(slot, holder=b"c", channel="desk")
    assert isinstance(held, Held)
    assert (await town.slot_row(slot)).reserved == {"desk": 0}
    await town.write(lambda work: town.bookings.release(work, held.booking_id, b"c"))
    assert (await town.slot_row(slot)).reserved == {"desk": 1}
    assert code(await town.hold(slot, holder=b"d")) == "bookings.full"


async def test_a_court_is_one_booking_however_many_play(town: Town) -> None:
    await town.make_activity(
        capacity={"unit": "bookings", "per_slot": 1}, people={"party": {"min": 2, "max": 4}}
    )
    slot = await town.slot_at(at(2, 10))
    assert code(await town.hold(slot, holder=b"a", persons=1)) == "bookings.party_too_small"
    assert code(await town.hold(slot, holder=b"a", persons=5)) == "bookings.party_too_large"
    assert isinstance(await town.hold(slot, holder=b"a", persons=4), Held)
    row = await town.slot_row(slot)
    assert (row.taken, row.capacity) == (1, 1)


async def test_a_closed_slot_says_why(town: Town) -> None:
    changes = {"calendar__rules__0__starts": ["10:00", "12:00"]}
    await town.make_activity(**changes)
    slot = await town.slot_at(at(2, 10))
    closure = {"from": "2026-12-02", "until": "2026-12-02", "reason": "maintenance"}
    await town.make_activity(**changes, calendar__closures=[closure])
    refused = await town.hold(slot, holder=b"a")
    assert code(refused) == "bookings.closed"
    assert sentence(refused) == (
        "Δεν γίνονται κρατήσεις εκεί: εργασίες συντήρησης· επόμενη ελεύθερη Τρί 1/12, 12:00."
    )


async def test_a_slot_of_another_activity_or_none_is_refused(town: Town) -> None:
    await town.make_activity()
    await town.make_activity(key="other", facility__key="other", facility__number=10)
    async with town.database.reading() as connection:
        other = (
            await connection.execute(
                select(slots.c.id).join(activities).where(activities.c.key == "other").limit(1)
            )
        ).scalar_one()
    assert code(await town.hold(other, holder=b"a")) == "bookings.unknown_slot"
    assert code(await town.hold(404, holder=b"a")) == "bookings.unknown_slot"


async def test_somebody_elses_hold_cannot_be_confirmed(town: Town) -> None:
    await town.make_activity()
    one, other = await town.make_citizens(2)
    held = await town.hold(await town.slot_at(at(2, 10)), one)
    assert isinstance(held, Held)
    assert code(await town.confirm(held.booking_id, other)) == "bookings.unknown"
    assert code(await town.confirm(404, other)) == "bookings.unknown"
    assert isinstance(await town.confirm(held.booking_id, one), Confirmed)
    assert code(await town.confirm(held.booking_id, one)) == "bookings.already_confirmed"


async def test_lapsed_holds_are_swept(town: Town) -> None:
    await town.make_activity()
    first, second = await town.slot_at(at(2, 10)), await town.slot_at(at(3, 10))
    for slot in (first, second):
        assert isinstance(await town.hold(slot, holder=b"a", persons=2), Held)
    town.clock.move(minutes=2)
    assert isinstance(await town.hold(second, holder=b"b"), Held)
    town.clock.move(minutes=3)
    await town.write(town.bookings.sweep)
    await town.write(town.bookings.sweep)
    assert [(await town.slot_row(slot)).taken for slot in (first, second)] == [0, 1]
