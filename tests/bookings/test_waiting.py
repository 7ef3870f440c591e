"""Waiting lists at the box office: what becomes free goes to the first whom it fits, and never twice."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from core.activities.closing import Closing
from core.bookings.decisions import Confirmed, Held, Joined, RefusedPlace
from core.db.work import Work
from tests.bookings.hours import at
from tests.bookings.waiters import LISTED, accept, code, entry, full, join, joined, leave, serve, states
from tests.makers import Town


async def test_a_freed_place_is_offered_in_the_same_breath_and_nobody_overtakes(town: Town) -> None:
    slot, [(booking, owner)] = await full(town)
    citizen, waiting_id = await joined(town, slot)
    await town.cancel(booking, owner)
    found = await entry(town, citizen, waiting_id)
    assert found.is_offered
    row = await town.booking_row(waiting_id)
    assert (row.state, row.citizen_id, row.held_until) == ("held", citizen, found.offered_until)
    assert code(await town.hold(slot, await town.make_citizen())) == "bookings.full"
    assert isinstance(await accept(town, citizen, waiting_id), Held)
    assert isinstance(await town.confirm(waiting_id, citizen), Confirmed)
    assert await states(town) == ["taken"]
    assert (await town.slot_row(slot)).taken == 1
    happened = await town.happenings()
    assert sorted(name for name, _ in happened) == [
        "application_accepted",
        "application_accepted",
        "application_refused",
        "booking_cancelled",
        "waiting_joined",
        "waiting_offered",
        "waiting_taken",
    ]
    facts = dict(happened)["waiting_offered"]
    assert (facts["waiting"], facts["slot"], facts["persons"]) == (waiting_id, slot, 1)
    assert "citizen" not in str(happened)


async def test_a_cancellation_and_a_hold_of_one_batch_do_not_pass_the_list_by(town: Town) -> None:
    slot, [(booking, owner)] = await full(town)
    citizen, waiting_id = await joined(town, slot)
    stranger = await town.make_citizen()
    holds = await asyncio.gather(town.cancel(booking, owner), town.hold(slot, stranger))
    assert code(holds[1]) == "bookings.full"
    assert (await entry(town, citizen, waiting_id)).is_offered


async def test_a_party_that_does_not_fit_is_passed_over_and_keeps_its_rank(town: Town) -> None:
    slot, booked = await full(town, 4)
    four, four_id = await joined(town, slot, 4)
    two, two_id = await joined(town, slot, 2)
    one, one_id = await joined(town, slot, 1)
    for booking, owner in booked[:2]:
        await town.cancel(booking, owner)
        # with one place free the single person is first whom it fits; with the next one nobody else
    assert (await entry(town, one, one_id)).is_offered
    assert not (await entry(town, two, two_id)).is_offered
    assert (await entry(town, four, four_id)).position == 1
    await leave(town, one, one_id)
    assert (await entry(town, two, two_id)).is_offered
    await leave(town, two, two_id)
    for booking, owner in booked[2:]:
        await town.cancel(booking, owner)
    assert (await entry(town, four, four_id)).is_offered


async def test_silence_passes_the_place_on_and_keeps_the_others_order(town: Town) -> None:
    slot, [(booking, owner)] = await full(town)
    waiters = [await joined(town, slot) for _ in range(3)]
    await town.cancel(booking, owner)
    ends = []
    for citizen, waiting_id in waiters:
        found = await entry(town, citizen, waiting_id)
        assert found.is_offered
        assert found.offered_until is not None
        ends.append(found.offered_until)
        town.clock.at = found.offered_until
        await serve(town, slot)
    assert await states(town) == ["lapsed"] * 3
    assert ends == sorted(ends)
    assert ends[-1] < at(2, 10)
    assert isinstance(await town.hold(slot, await town.make_citizen()), Held)


async def test_offers_get_shorter_as_the_start_nears_and_stop_before_it(town: Town) -> None:
    slot, [(booking, owner)] = await full(town)
    first, second = await joined(town, slot), await joined(town, slot)
    town.clock.at = at(2, 10) - timedelta(minutes=12)
    await town.cancel(booking, owner)
    found = await entry(town, *first)
    assert found.offered_until == town.clock.now() + timedelta(minutes=5)
    town.clock.move(minutes=5)
    await serve(town, slot)
    assert (await entry(town, *second)).is_offered
    town.clock.move(minutes=5)
    await serve(town, slot)
    assert await states(town) == ["lapsed", "lapsed"]


async def test_near_the_start_a_freed_place_is_anybodys_and_the_list_ends_with_it(town: Town) -> None:
    slot, [(booking, owner)] = await full(town)
    await joined(town, slot)
    town.clock.at = at(2, 10) - timedelta(minutes=4)
    await town.cancel(booking, owner)
    assert await states(town) == ["waiting"]
    assert isinstance(await town.hold(slot, await town.make_citizen()), Held)
    town.clock.at = at(2, 10)
    await serve(town, slot)
    assert await states(town) == ["over"]


async def test_one_joins_once_and_only_what_is_full_open_and_fits(town: Town) -> None:
    slot, _ = await full(town, 2)
    citizen, waiting_id = await joined(town, slot)
    again = await join(town, slot, citizen, 2)
    assert again == Joined(waiting_id, 1, again=True)
    other_slot = await town.slot_at(at(3, 10))
    stranger = await town.make_citizen()
    assert code(await join(town, other_slot, stranger)) == "waiting.free_now"
    assert code(await join(town, slot, stranger, 3)) == "bookings.party_too_large"
    town.clock.at = at(2, 10) - timedelta(minutes=4)
    assert code(await join(town, slot, stranger)) == "waiting.too_late"


async def test_without_the_switch_there_is_no_list_and_no_refusal_speaks_of_one(town: Town) -> None:
    slot, _ = await full(town, rules__waiting_list=False)
    stranger = await town.make_citizen()
    assert code(await join(town, slot, stranger)) == "waiting.none"
    refused = await town.hold(slot, stranger)
    assert isinstance(refused, RefusedPlace)
    assert refused.waiting is None


async def test_the_refusal_says_which_position_one_would_have(town: Town) -> None:
    slot, _ = await full(town)
    for expected in (1, 2, 3):
        refused = await town.hold(slot, await town.make_citizen())
        assert isinstance(refused, RefusedPlace)
        assert refused.waiting == expected
        await joined(town, slot)


async def test_the_ordinary_rules_hold_when_joining_and_when_accepting(town: Town) -> None:
    slot, [(booking, owner)] = await full(
        town, calendar__rules__0__starts=["10:00", "12:00"], rules__limits={"per_day": 1}
    )
    citizen, waiting_id = await joined(town, slot)
    noon = await town.slot_at(at(2, 12))
    mine = await town.make_booking(noon, citizen)
    await town.cancel(booking, owner)
    assert code(await accept(town, citizen, waiting_id)) == "bookings.limit_day"
    assert (await entry(town, citizen, waiting_id)).is_offered
    await town.cancel(mine, citizen)
    assert isinstance(await accept(town, citizen, waiting_id), Held)
    assert isinstance(await town.confirm(waiting_id, citizen), Confirmed)
    busy = await town.make_citizen()
    await town.make_booking(noon, busy)
    assert code(await join(town, slot, busy)) == "bookings.limit_day"


async def test_an_offer_does_not_stand_in_the_way_of_another_booking(town: Town) -> None:
    slot, [(booking, owner)] = await full(
        town, calendar__rules__0__starts=["10:00", "12:00"], rules__limits={"per_day": 1}
    )
    citizen, _ = await joined(town, slot)
    await town.cancel(booking, owner)
    noon = await town.slot_at(at(2, 12))
    assert isinstance(await town.hold(noon, citizen), Held)


async def test_who_has_just_cancelled_there_is_not_offered_the_place_again(town: Town) -> None:
    slot, [(booking, owner), (booking2, owner2)] = await full(town, 2)
    await town.make_booking(await town.slot_at(at(3, 10)), await town.make_citizen())
    await joined(town, slot, 2)
    await town.cancel(booking, owner)
    stranger = await town.make_citizen()
    filling = await town.make_booking(slot, stranger)
    assert isinstance(await join(town, slot, owner), Joined)
    await town.cancel(filling, stranger)
    assert await states(town) == ["waiting", "waiting"]
    town.clock.move(minutes=10)
    await serve(town, slot)
    assert await states(town) == ["waiting", "offered"]
    assert owner2
    assert booking2


async def test_what_the_desk_keeps_is_not_offered_to_who_joined_elsewhere(town: Town) -> None:
    await town.make_activity(capacity__per_slot=2, reserved={"desk": 1}, **LISTED)
    slot = await town.slot_at(at(2, 10))
    web, desk = await town.make_citizens(2)
    await town.make_booking(slot, web)
    at_desk = await town.make_booking(slot, desk, channel="desk")
    waiting_web, web_id = await joined(town, slot)
    waiting_desk, desk_id = await joined(town, slot, channel="desk")
    assert code(await join(town, slot, await town.make_citizen(), 2)) == "waiting.never_fits"
    await town.cancel(at_desk, desk)
    assert not (await entry(town, waiting_web, web_id)).is_offered
    assert (await entry(town, waiting_desk, desk_id)).is_offered


async def test_moving_reducing_and_raised_capacity_free_places_too(town: Town) -> None:
    slot, booked = await full(town, 2, calendar__rules__0__starts=["10:00", "12:00"])
    first, first_id = await joined(town, slot)
    booking, owner = booked[0]
    moved = await town.move(booking, owner, await town.slot_at(at(2, 12)))
    assert isinstance(moved, Confirmed)
    assert (await entry(town, first, first_id)).is_offered
    second, second_id = await joined(town, slot)
    await town.make_activity(capacity__per_slot=3, calendar__rules__0__starts=["10:00", "12:00"], **LISTED)
    assert code(await town.hold(slot, await town.make_citizen())) == "bookings.full"
    assert (await entry(town, second, second_id)).is_offered


async def test_a_reduced_party_frees_places_for_who_waits(town: Town) -> None:
    await town.make_activity(capacity__per_slot=3, **LISTED)
    slot = await town.slot_at(at(2, 10))
    owner = await town.make_citizen()
    booking = await town.make_booking(slot, owner, persons=3)
    citizen, waiting_id = await joined(town, slot, 2)
    await town.reduce(booking, owner, 2)
    assert not (await entry(town, citizen, waiting_id)).is_offered
    booking = await town.bookings.one(owner, booking.id)
    assert booking is not None
    await town.reduce(booking, owner, 1)
    assert (await entry(town, citizen, waiting_id)).is_offered


async def test_a_hold_that_lapses_goes_to_the_list_and_not_to_its_holder(town: Town) -> None:
    await town.make_activity(capacity__per_slot=1, **LISTED)
    slot = await town.slot_at(at(2, 10))
    holder = await town.make_citizen()
    held = await town.hold(slot, holder)
    assert isinstance(held, Held)
    citizen, waiting_id = await joined(town, slot)
    town.clock.move(minutes=5)
    assert code(await town.confirm(held.booking_id, holder)) == "bookings.full"
    assert (await entry(town, citizen, waiting_id)).is_offered


async def test_an_accepted_offer_that_is_let_go_goes_to_the_next(town: Town) -> None:
    slot, [(booking, owner)] = await full(town)
    first, second = await joined(town, slot), await joined(town, slot)
    await town.cancel(booking, owner)
    held = await accept(town, *first)
    assert isinstance(held, Held)
    await town.write(lambda work: town.bookings.release(work, held.booking_id, b"chat"))
    assert await states(town) == ["declined", "offered"]
    assert (await town.slot_row(slot)).taken == 1
    assert (await entry(town, *second)).is_offered


async def test_accepting_late_leaves_time_to_finish_but_only_once_and_never_past_the_start(
    town: Town,
) -> None:
    slot, [(booking, owner)] = await full(town)
    citizen, waiting_id = await joined(town, slot)
    await town.cancel(booking, owner)
    until = (await entry(town, citizen, waiting_id)).offered_until
    assert until is not None
    town.clock.at = until - timedelta(minutes=1)
    held = await accept(town, citizen, waiting_id)
    assert held.until == town.clock.now() + timedelta(minutes=5)
    town.clock.move(minutes=4)
    assert (await accept(town, citizen, waiting_id)).until == held.until
    town.clock.move(minutes=1)
    assert code(await accept(town, citizen, waiting_id)) == "waiting.over"
    assert await states(town) == ["lapsed"]


async def test_an_offer_is_its_citizens_alone(town: Town) -> None:
    slot, [(booking, owner)] = await full(town)
    citizen, waiting_id = await joined(town, slot)
    await town.cancel(booking, owner)
    thief = await town.make_citizen()
    view = await entry(town, citizen, waiting_id)
    assert await town.bookings.waiting.one(thief, waiting_id) is None
    decided: list[Any] = []

    def steal(work: Work) -> None:
        town.bookings.waiting.accept(work, view, thief, b"x", lambda each, _: decided.append(each))
        town.bookings.waiting.leave(work, view, thief, lambda each, _: decided.append(each))

    await town.write(steal)
    assert code(decided[0]) == "waiting.over"
    assert decided[1].changed is False
    assert code(await town.confirm(waiting_id, thief)) == "bookings.unknown"
    assert (await entry(town, citizen, waiting_id)).is_offered


async def test_a_closed_slot_ends_its_list_and_its_offers(town: Town) -> None:
    slot, booked = await full(town, 2)
    await joined(town, slot)
    await joined(town, slot)
    await town.cancel(*booked[0])
    closing = Closing(town.database, town.clock, town.codes)
    await town.write(lambda work: closing.close_slot(work, slot, "weather", None))
    await serve(town, slot)
    assert await states(town) == ["closed", "closed"]
    assert (await town.slot_row(slot)).taken == 1


async def test_forgetting_leaves_every_list_and_passes_offers_on(town: Town) -> None:
    slot, [(booking, owner)] = await full(town)
    first, second = await joined(town, slot), await joined(town, slot)
    await town.cancel(booking, owner)
    await town.write(lambda work: town.bookings.give_up_all(work, first[0]))
    assert (await entry(town, *second)).is_offered
    assert (await town.slot_row(slot)).taken == 1
