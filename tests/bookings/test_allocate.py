"""Who gets what: never oversold, all or none, first come first served, shares kept."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.bookings.allocate import Candidate, Decision, Request, Room, Stake, allocate, next_best

CHANNELS = ("telegram", "web", "phone", "desk")
NINE = datetime(2026, 12, 1, 7, 0, tzinfo=UTC)


@st.composite
def rooms(draw: st.DrawFn) -> dict[int, Room]:
    made = {}
    for slot in range(draw(st.integers(1, 3))):
        capacity = draw(st.integers(1, 12))
        kept = draw(st.dictionaries(st.sampled_from(("desk", "phone")), st.integers(-2, 3)))
        taken = draw(st.integers(0, capacity))
        made[slot] = Room(capacity, taken, kept, draw(st.integers(0, 9)) > 0)
    return made


stakes = st.builds(Stake, st.integers(0, 2), st.integers(1, 5), st.sampled_from(CHANNELS))
wishes = st.lists(st.builds(Request, stakes), max_size=40)


@given(rooms(), wishes)
def test_nothing_is_ever_oversold(places: dict[int, Room], requests: list[Request]) -> None:
    allocate(places, requests)
    assert all(0 <= room.taken <= room.capacity for room in places.values())


@given(rooms(), wishes)
def test_a_group_gets_all_its_units_or_none(places: dict[int, Room], requests: list[Request]) -> None:
    before = {slot: room.taken for slot, room in places.items()}
    decisions = allocate(places, requests)
    given_away = dict.fromkeys(places, 0)
    for request, decision in zip(requests, decisions, strict=True):
        assert request.wants is not None
        if decision.granted:
            given_away[request.wants.slot] += request.wants.units
    assert {slot: room.taken - before[slot] for slot, room in places.items()} == given_away


@given(rooms(), wishes, st.integers(0, 39))
def test_who_comes_later_changes_nothing_for_who_came_first(
    places: dict[int, Room], requests: list[Request], first: int
) -> None:
    others = copy.deepcopy(places)
    assert allocate(places, requests)[:first] == allocate(others, requests[:first])


@given(rooms(), wishes)
def test_all_at_once_is_the_same_as_one_after_the_other(
    places: dict[int, Room], requests: list[Request]
) -> None:
    others = copy.deepcopy(places)
    assert allocate(places, requests) == [allocate(others, [request])[0] for request in requests]
    assert places == others


@given(rooms(), wishes)
def test_nobody_is_refused_while_there_is_room(places: dict[int, Room], requests: list[Request]) -> None:
    for request in requests:
        assert request.wants is not None
        room = places.get(request.wants.slot)
        free = room.free(request.wants.channel) if room else 0
        (decision,) = allocate(places, [request])
        assert decision.granted == (free >= request.wants.units)
        if not decision.granted and room is not None and room.is_open:
            assert decision == Decision("too_few" if free else "full", free)


@given(rooms(), wishes)
def test_a_share_is_left_to_its_channel(places: dict[int, Room], requests: list[Request]) -> None:
    """However many come over other channels, the desk can still give away what is kept for it."""
    kept = {slot: min(max(0, room.kept.get("desk", 0)), room.free("desk")) for slot, room in places.items()}
    allocate(places, [each for each in requests if each.wants is not None and each.wants.channel != "desk"])
    assert all(room.free("desk") >= kept[slot] for slot, room in places.items())


@given(rooms(), stakes)
def test_giving_back_undoes_taking(places: dict[int, Room], stake: Stake) -> None:
    before = copy.deepcopy(places)
    (decision,) = allocate(places, [Request(stake)])
    if decision.granted:
        allocate(places, [Request(leaves=stake)])
    assert places == before


@given(rooms(), stakes, stakes)
def test_a_move_happens_whole_or_not_at_all(places: dict[int, Room], old: Stake, new: Stake) -> None:
    if not allocate(places, [Request(old)])[0].granted:
        return
    before = copy.deepcopy(places)
    (decision,) = allocate(places, [Request(new, leaves=old)])
    if not decision.granted:
        assert places == before
        return
    total = sum(room.taken for room in places.values()) - sum(room.taken for room in before.values())
    assert total == new.units - old.units


def test_a_move_within_a_full_slot_counts_its_own_place_as_free() -> None:
    places = {1: Room(4, 4)}
    (decision,) = allocate(places, [Request(Stake(1, 2, "web"), leaves=Stake(1, 3, "web"))])
    assert decision.granted
    assert places[1].taken == 3


def test_the_reasons() -> None:
    places = {1: Room(6, 6), 2: Room(6, 4), 3: Room(6, 0, is_open=False), 4: Room(2, 1, {"desk": 1})}
    wants = [
        Stake(1, 1, "web"),
        Stake(2, 3, "web"),
        Stake(3, 1, "web"),
        Stake(9, 1, "web"),
        Stake(4, 1, "web"),
    ]
    assert allocate(places, [Request(each) for each in wants]) == [
        Decision("full"),
        Decision("too_few", 2),
        Decision("closed"),
        Decision("unknown"),
        Decision("full"),
    ]
    assert allocate(places, [Request(Stake(4, 1, "desk"))]) == [Decision()]


def test_a_channel_that_took_more_than_its_share_gets_it_back_only_after_giving_that_back() -> None:
    room = Room(10, 0, {"desk": 2})
    room.take(3, "desk")
    assert room.free("web") == 7
    room.give_back(1, "desk")
    assert room.free("web") == 8
    room.give_back(1, "desk")
    assert room.free("web") == 8


def test_nobody_asks_for_nothing() -> None:
    with pytest.raises(ValueError, match="one unit"):
        allocate({1: Room(1, 0)}, [Request(Stake(1, 0, "web"))])


def test_the_next_best_is_the_nearest_with_room_for_all() -> None:
    def at(slot: int, hours: int, free: int) -> Candidate:
        return Candidate(slot, NINE + timedelta(hours=hours), free)

    candidates = [at(1, -1, 4), at(2, 1, 4), at(3, 0, 1), at(4, 5, 4), at(5, 0, 2)]
    assert [each.slot for each in next_best(NINE, 2, candidates)] == [5, 2, 1]
    assert next_best(NINE, 9, candidates) == []
