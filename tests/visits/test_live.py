"""What staff see, what the worker does, and that every count agrees with the scans it came from."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from core.adapters.signing import Ed25519Signer
from core.db.schema import events
from core.db.types import FAR_FUTURE
from core.visits.bundle import CODES_AT_ONCE, Bundles, code_hash
from core.visits.model import scans, visits
from core.visits.scans import AllOut, Scan, WalkIn
from tests.activities.makers import LANE_STEPS, LANES
from tests.visits.conftest import DAY, TEN, Gate

KEY = Ed25519Signer(bytes(32)).public_key()
OLDER_KEY = Ed25519Signer(bytes(31) + b"1").public_key()


async def assume(gate: Gate) -> None:
    await gate.town.write(gate.visits.assume_exits)


async def watch(gate: Gate) -> None:
    await gate.town.write(gate.visits.watch_limits)


async def test_who_is_not_scanned_out_is_taken_to_have_left_after_the_grace(gate: Gate) -> None:
    token = await gate.token(await gate.book(2))
    gate.at(0)
    await gate.scan(token)
    await gate.walk_in(await gate.town.slot_at(TEN), 1)
    gate.at(65)
    await assume(gate)
    assert [
        (each.number is None, each.persons, each.ended_at) for each in await gate.live.overstayers("hall")
    ] == [
        (False, 2, TEN + timedelta(hours=1)),
        (True, 1, TEN + timedelta(hours=1)),
    ]
    assert await gate.inside() == 3
    gate.at(80)
    await assume(gate)
    await assume(gate)
    assert await gate.inside() == 0
    assert await gate.live.overstayers("hall") == []
    assert {(left, assumed) for *_, left, assumed in await gate.stays()} == {
        (TEN + timedelta(minutes=75), True)
    }
    await gate.ask(Scan(gate.seen(scanned_at=TEN + timedelta(minutes=40)), token, "exit", passed=2))
    assert {(persons, left, assumed) for _, persons, _, left, assumed in await gate.stays()} == {
        (2, TEN + timedelta(minutes=40), False),
        (1, TEN + timedelta(minutes=75), True),
    }


async def test_an_entry_that_arrives_after_the_hour_is_closed_too(gate: Gate) -> None:
    """A gate that had no line all evening: its visitors left with the others."""
    first, late = await gate.book(1), await gate.token(await gate.book(2))
    gate.at(0)
    await gate.scan(await gate.token(first))
    gate.at(80)
    await assume(gate)
    await gate.ask(Scan(gate.seen(scanned_at=TEN), late, "entry", passed=2))
    assert await gate.inside() == 0
    again = await gate.token(await gate.book(1, at=TEN + timedelta(days=1)))
    gate.at(24 * 60 + 80)
    await assume(gate)  # nobody is inside
    await gate.ask(Scan(gate.seen(scanned_at=TEN + timedelta(days=1)), again, "entry", passed=1))
    assert await gate.inside() == 1
    await assume(gate)
    assert await gate.inside() == 0


async def test_without_tracing_nothing_outlives_the_day_but_counts(gate: Gate) -> None:
    await gate.town.make_activity(tracing=False)
    token = await gate.token(await gate.book(2))
    gate.at(0)
    await gate.scan(token)
    gate.at(60)
    await assume(gate)
    midnight = DAY[1]
    gate.town.clock.at = midnight
    await gate.town.write(lambda work: gate.visits.forget_untraced(work, DAY[0], Counter()))
    assert len(await gate.stays()) == 1
    await gate.town.write(lambda work: gate.visits.forget_untraced(work, midnight, Counter()))  # still inside
    assert len(await gate.stays()) == 1
    await assume(gate)
    await gate.town.write(lambda work: gate.visits.forget_untraced(work, midnight, Counter()))
    assert await gate.stays() == []
    assert await gate.scans_kept() == 0
    assert {name for name, _ in await gate.town.happenings()} >= {"entered", "left", "attended"}


async def test_traced_presence_goes_when_its_time_is_over(gate: Gate) -> None:
    token = await gate.token(await gate.book(2))
    gate.at(0)
    await gate.scan(token)
    gate.at(30)
    await gate.scan(token)
    await gate.scan("rubbish")
    await gate.town.write(lambda work: gate.visits.forget_untraced(work, DAY[1], Counter()))
    await gate.town.write(lambda work: gate.visits.forget_before(work, DAY[0], Counter()))
    assert (len(await gate.stays()), await gate.scans_kept()) == (1, 3)
    await gate.town.write(lambda work: gate.visits.forget_before(work, DAY[1], Counter()))
    assert (len(await gate.stays()), await gate.scans_kept()) == (0, 0)


async def test_alerts_are_raised_at_ninety_and_a_hundred_per_cent_and_end_again(gate: Gate) -> None:
    tokens = [await gate.token(await gate.book(persons)) for persons in (8, 1, 1)]
    told = []
    gate.at(0)
    for minute, token in ((0, tokens[0]), (1, tokens[1]), (2, tokens[2]), (30, tokens[0])):
        gate.at(minute)
        await gate.scan(token)
        alerts = await gate.live.alerts(gate.town.clock.now())
        told.append([(alert.level, alert.ended_at is None) for alert in alerts])
    assert told == [[], [(90, True)], [(100, True), (90, True)], [(100, False), (90, False)]]
    alerts = await gate.live.alerts(DAY[0])
    assert [(alert.inside, alert.limit, alert.facility) for alert in alerts] == [
        (10, 10, "hall"),
        (9, 10, "hall"),
    ]
    assert all(alert.slot_id is not None for alert in alerts)


async def test_a_facility_is_watched_as_a_whole_when_it_has_several_places(gate: Gate) -> None:
    await gate.town.make_activity(
        key="pool",
        facility={"key": "pool", "number": 8, "name": {"el": "Λ", "en": "P"}, "individual_facilities": LANES},
        capacity={"unit": "persons"},
        steps=LANE_STEPS,
        people={"party": {"min": 1, "max": 1}},
    )
    lanes = [await gate.town.slot_at(TEN, lane["key"]) for lane in LANES]
    gate.at(0)
    for slot_id in lanes:
        for _ in range(2):
            await gate.ask(WalkIn(gate.seen(facility="pool"), slot_id, 3))
    alerts = await gate.live.alerts(DAY[0])
    assert Counter((alert.slot_id, alert.level) for alert in alerts) == {
        (slot_id, level): 1 for slot_id in (*lanes, None) for level in (90, 100)
    }
    assert await gate.live.inside_by_slot("pool") == dict.fromkeys(lanes, 6)
    assert await gate.live.inside_now() == {("pool", lane["key"]): 6 for lane in LANES}
    gate.at(60 + 24 * 60)
    await assume(gate)
    await watch(gate)
    assert all(alert.ended_at is not None for alert in await gate.live.alerts(DAY[0]))


async def test_the_list_of_the_day_knows_states_and_no_names(gate: Gate) -> None:
    town = gate.town
    bookings = [await gate.book(2) for _ in range(4)]
    citizen = await town.make_citizen()
    gone = await town.make_booking(await town.slot_at(TEN), citizen)
    await town.cancel(gone, citizen)
    tokens = [await gate.token(booking) for booking in bookings]
    gate.at(0)
    await gate.scan(tokens[0])
    await gate.scan(tokens[1], persons=1)
    await gate.scan(tokens[2])
    gate.at(1)
    await gate.scan(tokens[2])
    states = {each.booking_id: each for each in await gate.live.day("hall", *DAY)}
    assert [states[booking.id].state for booking in (*bookings, gone)] == [
        "inside",
        "part",
        "left",
        "expected",
        "cancelled",
    ]
    assert states[bookings[0].id].code == bookings[0].code
    assert (states[bookings[1].id].inside, states[bookings[1].id].channel) == (1, "web")
    gate.at(60)
    assert [
        each.state for each in await gate.live.day("hall", *DAY) if each.booking_id == bookings[3].id
    ] == ["absent"]
    assert await gate.live.day("hall", DAY[1], DAY[1] + timedelta(days=1)) == []


async def test_a_gate_takes_along_todays_passes_and_nothing_that_names_anyone(gate: Gate) -> None:
    town = gate.town
    citizen = await town.make_citizen()
    gone = await town.make_booking(await town.slot_at(TEN), citizen)
    await town.cancel(gone, citizen)
    booking = await gate.book(3)
    await gate.book(1, at=TEN + timedelta(days=1))
    bundles = Bundles(town.database, town.clock, town.codes, town.activities, lambda: (KEY, OLDER_KEY))
    gate.at(0)
    await gate.scan(await gate.token(booking), persons=2)
    bundle = await bundles.bundle("hall", *DAY)
    (known,) = bundle.known
    assert booking.code is not None
    assert known.code_hash == code_hash(booking.code, bundle.salt)
    assert (known.persons, known.entered, known.inside) == (3, 2, 2)
    assert (known.opens_at, known.entry_closes_at, known.ends_at) == (
        TEN - timedelta(minutes=15),
        TEN + timedelta(hours=1),
        TEN + timedelta(hours=1),
    )
    assert (len(bundle.revoked), bundle.facility_number, bundle.complete) == (1, 9, True)
    assert bundle.verifying_keys == (KEY, OLDER_KEY)
    for secret in (booking.code, str(booking.id), str(citizen)):
        assert secret not in repr(bundle)
    again = await bundles.bundle("hall", *DAY)
    assert (again.salt, again.known) == (bundle.salt, bundle.known)
    tomorrow = await bundles.bundle("hall", DAY[1], DAY[1] + timedelta(days=1))
    assert tomorrow.salt != bundle.salt
    assert CODES_AT_ONCE > 1


async def test_counts_stays_and_events_agree_after_anything_that_can_happen(gate: Gate) -> None:
    """Random scans, online and late, by several gates, with walk-ins, all-out and the worker between them."""
    chance = random.Random(20261202)
    bookings = [await gate.book(persons) for persons in (4, 1, 3)]
    tokens = [await gate.token(booking) for booking in bookings]
    slot_id = bookings[0].slot_id
    for minute in range(0, 90, 2):
        now = gate.at(minute)
        questions: list[Any] = []
        for _ in range(chance.randint(1, 4)):
            ago = timedelta(minutes=chance.choice((0, 0, 7, 25)))
            seen = gate.seen(gate=f"gate-{chance.randint(1, 3)}", scanned_at=now - ago)
            direction, persons = chance.choice(("entry", "exit")), chance.randint(1, 3)
            questions.append(
                chance.choice(
                    (
                        Scan(seen, chance.choice(tokens)),
                        Scan(seen, chance.choice(tokens), direction, passed=persons),
                        Scan(seen, chance.choice(tokens), direction, persons, override=True),
                        WalkIn(seen, slot_id, persons, direction, passed=chance.random() < 0.5),
                        *([AllOut(seen, slot_id)] if chance.random() < 0.2 else []),
                    )
                )
            )
        await gate.ask(*questions)
        if chance.random() < 0.3:
            await assume(gate)
        inside = await gate.inside()
        assert inside == await _by_events(gate)
    stays = await gate.stays()
    assert len(stays) > 10
    assert any(assumed for *_, assumed in stays)
    gate.at(200)
    await assume(gate)
    assert await gate.inside() == await _by_events(gate) == 0
    async with gate.town.database.reading() as connection:
        (row,) = (await connection.execute(select(func.count(), func.max(visits.c.left_at)))).all()
        marked = (await connection.execute(select(func.count()).where(scans.c.conflict))).scalar_one()
    assert row[1] < FAR_FUTURE
    assert marked > 0


async def _by_events(gate: Gate) -> int:
    async with gate.town.database.reading() as connection:
        rows = (await connection.execute(select(events.c.name, events.c.facts))).all()
    signs = {"entered": 1, "left": -1}
    return sum(signs.get(row.name, 0) * row.facts["persons"] for row in rows if row.name in signs)


async def test_an_attended_booking_is_told_once_at_the_hour_it_was_for(gate: Gate) -> None:
    booking = await gate.book(2)
    token = await gate.token(booking)
    gate.at(3)
    await gate.scan(token, persons=1)
    gate.at(4)
    await gate.scan(token, direction="entry")
    told = [facts for name, facts in await gate.town.happenings() if name == "attended"]
    assert [(facts["booking"], facts["slot"], facts["category"]) for facts in told] == [
        (booking.id, booking.slot_id, "sport")
    ]
    async with gate.town.database.reading() as connection:
        at = (await connection.execute(select(events.c.at).where(events.c.name == "attended"))).scalar_one()
        moved = (await connection.execute(select(events.c.facts).where(events.c.name == "entered"))).scalars()
        facts = list(moved)
    assert at == TEN
    assert facts == [{"facility": "hall", "category": "sport", "persons": 1}] * 2
