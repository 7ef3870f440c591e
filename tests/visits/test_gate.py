"""The gate's desk on both databases: what is decided, what is kept, and that a second sending changes nothing."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from core.adapters.signing import Ed25519Signer
from core.config import Settings
from core.passes.token import Payload, encode
from core.visits.model import scans
from core.visits.scans import AllOut, Scan, WalkIn
from tests.makers import Town
from tests.visits.conftest import TEN, Gate, code_of


async def test_a_pass_goes_in_and_out_once(gate: Gate) -> None:
    booking = await gate.book(4)
    token = await gate.token(booking)
    gate.at(0)
    entry = await gate.scan(token)
    assert (entry.reason, entry.direction, entry.persons, entry.inside) == (None, "entry", 4, 4)
    assert entry.number is not None
    assert await gate.inside() == 4
    gate.at(50)
    leaving = await gate.scan(token)
    assert (leaving.reason, leaving.direction, leaving.persons, leaving.inside) == (None, "exit", 4, 0)
    gate.at(55)
    again = await gate.scan(token)
    assert code_of(again) == "visits.no_re_entry"
    assert again.persons == 0
    assert await gate.stays() == [(booking.id, 4, TEN, TEN + timedelta(minutes=50), False)]
    assert await gate.inside() == 0


async def test_the_typed_code_is_as_good_as_the_picture(gate: Gate) -> None:
    booking = await gate.book(2)
    assert booking.code is not None
    gate.at(0)
    code = booking.code
    assert (await gate.scan(f"{code[:3]} {code[3:6]}-{code[6:]}")).persons == 2
    assert await gate.inside() == 2


async def test_the_same_nonce_is_told_the_same_and_counts_once(gate: Gate) -> None:
    booking = await gate.book(3)
    gate.at(0)
    question = Scan(gate.seen(), await gate.token(booking))
    (first,) = await gate.ask(question)
    gate.at(20)
    (second,) = await gate.ask(question)
    assert (first.repeated, second.repeated) == (False, True)
    assert (second.reason, second.persons, second.inside) == (None, 3, 3)
    assert await gate.inside() == 3
    twice = Scan(gate.seen(), await gate.token(booking), direction="exit")
    one, other = await gate.ask(twice, twice)
    assert (one.repeated, other.repeated, other.persons) == (False, True, 3)
    assert await gate.inside() == 0
    assert await gate.scans_kept() == 2


async def test_a_refusal_is_told_again_with_its_reason(gate: Gate) -> None:
    booking = await gate.book()
    gate.at(-60)
    question = Scan(gate.seen(), await gate.token(booking))
    (first,) = await gate.ask(question)
    gate.at(0)
    (second,) = await gate.ask(question)
    for told in (first, second):
        assert told.reason is not None
        assert (told.reason.code, told.reason.params) == (
            "visits.not_yet",
            {"when": TEN - timedelta(minutes=15)},
        )
    assert await gate.inside() == 0


@pytest.mark.parametrize("shown", ["", "rubbish", "0" * 10, "1234567890", "x" * 10_000, "A" * 122, "²" * 10])
async def test_rubbish_is_refused_with_a_reason_and_changes_nothing(gate: Gate, shown: str) -> None:
    gate.at(0)
    verdict = await gate.scan(shown)
    assert verdict.reason is not None
    assert not verdict.admitted
    assert await gate.stays() == []


async def test_a_forged_or_altered_pass_is_refused(gate: Gate) -> None:
    booking = await gate.book()
    token = await gate.token(booking)
    gate.at(0)
    payload = Payload.covering(
        number=77, facility=9, starts_at=TEN, ends_at=TEN + timedelta(hours=1), persons=4
    )
    assert code_of(await gate.scan(encode(payload, Ed25519Signer(b"\1" * 32)))) == "visits.forged"
    assert code_of(await gate.scan(encode(payload, Ed25519Signer(bytes(32))))) == "visits.unknown"
    flipped = token[:-2] + ("0" if token[-2] != "0" else "1") + token[-1]
    assert code_of(await gate.scan(flipped)) in ("visits.forged", "passes.unreadable")
    assert await gate.inside() == 0


async def test_cancelled_moved_and_foreign_passes_are_told_apart(gate: Gate) -> None:
    town = gate.town
    later = TEN + timedelta(days=1)
    today, tomorrow = await town.slot_at(TEN), await town.slot_at(later)
    citizen = await town.make_citizen()
    fine = await gate.book()
    moved = await town.make_booking(today, citizen)
    old = await gate.token(moved)
    await town.move(moved, citizen, tomorrow)
    cancelled = await town.make_booking(today, citizen)
    cancelled_token = await gate.token(cancelled)
    await town.cancel(cancelled, citizen)
    gate.at(0)
    told = await gate.scan(old)
    assert told.reason is not None
    assert (told.reason.code, told.reason.params) == ("visits.moved", {"when": later})
    assert code_of(await gate.scan(cancelled_token)) == "visits.cancelled"
    elsewhere = await gate.scan(await gate.token(fine), seen={"facility": "pool"})
    assert code_of(elsewhere) == "visits.other_facility"
    assert await gate.inside() == 0


async def test_part_of_a_group_comes_first_and_the_rest_later(gate: Gate) -> None:
    token = await gate.token(await gate.book(4))
    gate.at(0)
    first = await gate.scan(token, persons=3)
    assert (first.persons, first.inside, first.remaining) == (3, 3, 1)
    gate.at(5)
    asked = await gate.scan(token)
    assert asked.reason is not None
    assert (asked.reason.code, asked.reason.params) == ("visits.which_way", {"inside": 3, "remaining": 1})
    too_many = await gate.scan(token, direction="entry", persons=2)
    assert code_of(too_many) == "visits.fewer_left"
    rest = await gate.scan(token, direction="entry")
    assert (rest.persons, rest.inside, rest.remaining) == (1, 4, 0)
    gate.at(30)
    assert (await gate.scan(token, persons=1)).inside == 3
    gate.at(40)
    assert (await gate.scan(token, direction="exit")).persons == 3
    assert [(persons, left) for _, persons, _, left, _ in await gate.stays()] == [
        (1, TEN + timedelta(minutes=30)),
        (2, TEN + timedelta(minutes=40)),
        (1, TEN + timedelta(minutes=40)),
    ]


async def test_a_supervisor_may_overrule_and_it_is_recorded(gate: Gate) -> None:
    token = await gate.token(await gate.book(2))
    gate.at(-60)
    assert not (await gate.scan(token)).admitted
    let = await gate.scan(token, override=True)
    assert (code_of(let), let.persons, let.inside) == ("visits.not_yet", 2, 2)
    assert await gate.inside() == 2
    async with gate.town.database.reading() as connection:
        row = (await connection.execute(select(scans).where(scans.c.persons > 0))).one()
    assert (row.decided_by, row.verdict, row.staff_id, row.conflict) == (
        "supervisor",
        "visits.not_yet",
        7,
        False,
    )
    assert not (await gate.scan("1234567890", override=True)).admitted


async def test_what_gates_let_through_without_a_line_is_counted_and_clashes_are_listed(gate: Gate) -> None:
    booking = await gate.book(2)
    token = await gate.token(booking)
    gate.at(30)
    at_b = gate.seen(gate="gate-2", scanned_at=TEN + timedelta(minutes=5))
    at_a = gate.seen(gate="gate-1", scanned_at=TEN)
    (late,) = await gate.ask(Scan(at_b, token, "entry", passed=2))
    assert (late.reason, late.persons, late.inside) == (None, 2, 2)
    assert await gate.live.clashes("hall", TEN, TEN + timedelta(hours=1)) == []
    await gate.ask(Scan(at_a, token, "entry", passed=2))
    (clash,) = await gate.live.clashes("hall", TEN, TEN + timedelta(hours=1))
    assert (clash.gate, clash.at, clash.persons) == ("gate-2", TEN + timedelta(minutes=5), 2)
    assert (clash.other_gate, clash.other_at, clash.reason) == ("gate-1", TEN, "admitted")
    assert clash.number == late.number
    assert await gate.inside() == 4


async def test_a_pass_cancelled_meanwhile_is_counted_and_listed_with_the_reason(gate: Gate) -> None:
    town = gate.town
    citizen = await town.make_citizen()
    booking = await town.make_booking(await town.slot_at(TEN), citizen)
    token = await gate.token(booking)
    await town.cancel(booking, citizen)
    gate.at(0)
    verdict = await gate.scan(token, direction="entry", passed=1)
    assert (code_of(verdict), verdict.persons) == ("visits.cancelled", 1)
    (clash,) = await gate.live.clashes("hall", TEN, TEN + timedelta(hours=1))
    assert clash.reason == "visits.cancelled"
    assert await gate.inside() == 1
    gate.at(10)
    assert (await gate.scan(token, direction="exit")).persons == 1  # nobody is locked in
    assert await gate.inside() == 0


async def test_a_queue_uploaded_backwards_gives_the_same_stays(gate: Gate) -> None:
    one, two = await gate.book(3), await gate.book(1)
    tokens = [await gate.token(one), await gate.token(two)]
    gate.at(90)
    queue = [
        Scan(gate.seen(scanned_at=TEN + timedelta(minutes=minutes)), tokens[which], direction, passed=persons)
        for minutes, which, direction, persons in (
            (0, 0, "entry", 2),
            (1, 1, "entry", 1),
            (6, 0, "entry", 1),
            (30, 0, "exit", 2),
            (50, 0, "exit", 1),
            (55, 1, "exit", 1),
        )
    ]
    for question in reversed(queue):
        await gate.ask(question)
    assert await gate.inside() == 0
    assert [(persons, left) for _, persons, _, left, _ in await gate.stays()] == [
        (2, TEN + timedelta(minutes=30)),
        (1, TEN + timedelta(minutes=55)),
        (1, TEN + timedelta(minutes=50)),
    ]
    assert await gate.live.clashes("hall", TEN, TEN + timedelta(hours=2)) == []


async def test_two_gates_at_the_same_moment_let_a_group_in_once(gate: Gate) -> None:
    token = await gate.token(await gate.book(4))
    gate.at(0)
    questions = [Scan(gate.seen(gate=f"gate-{n}"), token, "entry") for n in range(5)]
    verdicts = [one for (one,) in await asyncio.gather(*(gate.ask(question) for question in questions))]
    assert sorted(verdict.persons for verdict in verdicts) == [0, 0, 0, 0, 4]
    assert await gate.inside() == 4


async def test_two_processes_let_a_group_in_once(gate: Gate) -> None:
    booking = await gate.book(4)
    token = await gate.token(booking)
    others = [Gate(Town(gate.town.database, gate.town.clock, gate.town.codes)) for _ in range(2)]
    gate.at(0)
    asked = [other.ask(Scan(gate.seen(gate=f"gate-{n}"), token, "entry")) for n, other in enumerate(others)]
    verdicts = [one for (one,) in await asyncio.gather(*asked)]
    assert sorted(verdict.persons for verdict in verdicts) == [0, 4]
    for other in others:
        await other.town.writer.close()


async def test_walk_ins_take_places_that_are_then_not_sold(gate: Gate) -> None:
    town = gate.town
    slot_id = await town.slot_at(TEN)
    await gate.book(6)
    gate.at(0)
    let = await gate.walk_in(slot_id, 3)
    assert (let.reason, let.persons, let.inside) == (None, 3, 3)
    assert (await town.slot_row(slot_id)).taken == 9
    full = await gate.walk_in(slot_id, 2)
    assert full.reason is not None
    assert (full.reason.code, full.reason.params, full.persons) == ("visits.full", {"n": 1}, 0)
    over = await gate.walk_in(slot_id, 2, override=True)
    assert (over.persons, over.inside) == (2, 5)
    assert (await town.slot_row(slot_id)).taken == 10
    assert code_of(await gate.walk_in(slot_id, 6, direction="exit")) == "visits.fewer_inside"
    assert (await gate.walk_in(slot_id, 4, direction="exit")).inside == 1
    assert await gate.inside() == 1
    assert code_of(await gate.walk_in(1, 1)) == "visits.unknown_slot"


async def test_a_lapsed_hold_does_not_keep_a_walk_in_out(gate: Gate) -> None:
    slot_id = await gate.town.slot_at(TEN)
    await gate.town.hold(slot_id, None, persons=10)
    gate.at(0)
    assert (await gate.walk_in(slot_id, 2)).persons == 2
    assert (await gate.town.slot_row(slot_id)).taken == 2


async def test_everyone_of_the_hour_leaves_in_one_tap_and_it_is_marked(gate: Gate) -> None:
    booking = await gate.book(2)
    token = await gate.token(booking)
    slot_id = booking.slot_id
    gate.at(0)
    await gate.scan(token)
    await gate.walk_in(slot_id, 3)
    gate.at(61)
    out = await gate.all_out(slot_id)
    assert (out.reason, out.persons, out.inside) == (None, 5, 0)
    assert await gate.inside() == 0
    assert {assumed for *_, assumed in await gate.stays()} == {True}
    assert code_of(await gate.all_out(slot_id)) == "visits.nobody_inside"
    gate.at(70)
    seen_after_all = await gate.scan(token)
    assert (seen_after_all.direction, seen_after_all.persons) == ("exit", 2)
    assert (booking.id, 2, TEN, TEN + timedelta(minutes=70), False) in await gate.stays()


async def test_a_wrong_clock_is_set_right_and_told(gate: Gate) -> None:
    token = await gate.token(await gate.book())
    now = gate.at(10)
    fast = timedelta(hours=1)
    verdict = await gate.scan(token, seen={"scanned_at": now + fast, "sent_at": now + fast})
    assert (verdict.persons, verdict.clock_error_ms) == (1, 3_600_000)
    assert (await gate.stays())[0][2] == now
    gate.at(20)
    queued = {"scanned_at": TEN + timedelta(minutes=15) - fast, "sent_at": TEN + timedelta(minutes=20) - fast}
    slow = await gate.scan(token, direction="exit", passed=1, seen=queued)
    assert slow.clock_error_ms == -3_600_000
    assert (await gate.stays())[0][3] == TEN + timedelta(minutes=15)


async def test_a_scan_older_than_presence_is_kept_is_not_recorded(gate: Gate) -> None:
    token = await gate.token(await gate.book())
    gate.town.clock.at = TEN + timedelta(days=20)
    verdict = await gate.scan(token, direction="entry", passed=1, seen={"scanned_at": TEN})
    assert code_of(verdict) == "visits.too_old"
    assert await gate.inside() == 0
    gate.town.settings = Settings(presence_days=28)
    verdict = await Gate(gate.town, gate.nonces).scan(
        token, direction="entry", passed=1, seen={"scanned_at": TEN}
    )
    assert code_of(verdict) is None, "kept for longer there"


async def test_questions_that_no_gate_asks_are_refused_at_once(gate: Gate) -> None:
    with pytest.raises(ValueError, match="nonce"):
        gate.seen(nonce="short")
    with pytest.raises(ValueError, match="time zone"):
        gate.seen(scanned_at=TEN.replace(tzinfo=None))
    with pytest.raises(ValueError, match="persons"):
        Scan(gate.seen(), "1", persons=0)
    with pytest.raises(ValueError, match="persons"):
        WalkIn(gate.seen(), 1, 256)
    with pytest.raises(ValueError, match="direction"):
        Scan(gate.seen(), "1", passed=1)
    assert AllOut(gate.seen(), 1).slot_id == 1


async def test_fewer_than_were_let_through_is_put_right_and_kept_beside(gate: Gate) -> None:
    booking = await gate.book(4)
    token = await gate.token(booking)
    gate.at(0)
    first = gate.seen()
    await gate.ask(Scan(first, token))
    gate.at(2)
    verdict = await gate.scan(token, direction="entry", passed=3, corrects=first.nonce)
    assert (verdict.reason, verdict.persons, verdict.inside, verdict.remaining) == (None, 3, 3, 1)
    assert await gate.inside() == 3
    assert [(persons, left) for _, persons, _, left, _ in await gate.stays()] == [(3, None)]
    assert await gate.scans_kept() == 2
    gate.at(4)
    late = await gate.scan(token, direction="entry")
    assert (late.persons, await gate.inside()) == (1, 4)
    entered = [facts["persons"] for name, facts in await gate.town.happenings() if name == "entered"]
    assert sum(entered) == 4


async def test_a_correction_is_only_downwards_soon_and_of_ones_own_pass(gate: Gate) -> None:
    token, other = await gate.token(await gate.book(4)), await gate.token(await gate.book(2))
    gate.at(0)
    first = gate.seen()
    await gate.ask(Scan(first, token))
    gate.at(1)
    wrong: list[tuple[str, dict[str, Any], str]] = [
        (token, {"passed": 5}, "visits.only_fewer"),
        (other, {"passed": 1}, "visits.nothing_to_correct"),
        (token, {"passed": 3, "direction": "exit"}, "visits.nothing_to_correct"),
        (token, {"passed": 3, "seen": {"facility": "other"}}, "visits.other_facility"),
    ]
    for shown, changes, code in wrong:
        verdict = await gate.scan(shown, **{"direction": "entry", "corrects": first.nonce, **changes})
        assert code_of(verdict) == code
    gate.at(20)
    late = await gate.scan(token, direction="entry", passed=3, corrects=first.nonce)
    assert code_of(late) == "visits.nothing_to_correct"
    assert await gate.inside() == 4


async def test_what_was_let_through_without_a_line_is_put_right_in_the_same_queue(gate: Gate) -> None:
    token = await gate.token(await gate.book(4))
    gate.at(5)
    first = gate.seen(scanned_at=TEN)
    second = gate.seen(scanned_at=TEN + timedelta(minutes=1))
    await gate.ask(
        Scan(first, token, "entry", passed=4), Scan(second, token, "entry", passed=2, corrects=first.nonce)
    )
    assert await gate.inside() == 2
