"""The waiting list's rules: order, fit, and how long an offer lasts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from core.bookings.allocate import Room
from core.bookings.waiting import (
    LEAST,
    MOST,
    Entry,
    can_be_offered,
    lasts,
    may_call,
    offer_until,
    position,
    served,
)

ATHENS = ZoneInfo("Europe/Athens")
NOON = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)
START = NOON + timedelta(days=2)
moments = st.timedeltas(timedelta(), timedelta(days=400)).map(lambda later: NOON + later)
stretches = st.timedeltas(timedelta(), timedelta(days=60))


def entry(rank: int, units: int, state: str = "waiting", **more: object) -> Entry:
    given: dict[str, object] = {
        "id": rank,
        "slot_id": 1,
        "revision": 1,
        "citizen_id": rank,
        "channel": "web",
        "units": units,
        "persons": units,
        "booker_takes_part": True,
        "rank": rank,
        "state": state,
        "joined_at": NOON,
    }
    return Entry(**{**given, **more})  # type: ignore[arg-type]


parties = st.lists(st.integers(1, 6), max_size=12)


@given(st.integers(0, 12), parties, st.randoms())
def test_places_go_in_order_to_the_first_whom_they_fit(free: int, sizes: list[int], chance) -> None:  # type: ignore[no-untyped-def]
    entries = [entry(rank, units) for rank, units in enumerate(sizes, start=1)]
    shuffled = entries.copy()
    chance.shuffle(shuffled)
    room = Room(20, 20 - free)
    chosen, until = served({1: room}, shuffled, NOON, START, ATHENS)
    left, expected = free, []
    for each in entries:
        if each.units <= left:
            expected.append(each.id)
            left -= each.units
    assert [each.id for each in chosen] == expected
    assert room.capacity - room.taken == left >= 0
    assert until is not None
    assert all(each.units > left for each in entries if each not in chosen)


@given(st.lists(st.sampled_from(["waiting", "offered"]), max_size=8))
def test_who_is_offered_something_is_not_asked_twice_and_counts_no_more_in_the_line(
    states: list[str],
) -> None:
    entries = [entry(rank, 1, state) for rank, state in enumerate(states, start=1)]
    chosen, _ = served({1: Room(100, 0)}, entries, NOON, START, ATHENS)
    waiting = [each for each in entries if each.state == "waiting"]
    assert list(chosen) == waiting
    assert [position(entries, each) for each in waiting] == list(range(1, len(waiting) + 1))
    assert position(entries) == len(waiting) + 1


@given(stretches, stretches)
def test_an_offer_is_shorter_the_nearer_the_start(one: timedelta, other: timedelta) -> None:
    near, far = sorted((one, other))
    if lasts(near) is not None:
        assert (lasts(near) or MOST) <= (lasts(far) or timedelta())
    if (length := lasts(far)) is not None:
        assert LEAST <= length <= MOST
        assert length <= far


@given(moments, stretches)
def test_an_offer_never_outlasts_the_list_and_leaves_others_their_time(
    now: datetime, left: timedelta
) -> None:
    until = offer_until(now, now + left, ATHENS)
    if left < LEAST:
        assert until is None
        return
    assert until is not None
    assert now < until <= now + left
    if until > now + (lasts(left) or timedelta()):  # made longer for the night
        assert until.astimezone(ATHENS).strftime("%H:%M") == "09:00"
        assert until - now <= left / 2


def test_what_would_end_at_night_lasts_until_the_morning_where_there_is_time() -> None:
    late = datetime(2026, 12, 1, 21, 0, tzinfo=UTC)  # 23:00 in Athens
    assert offer_until(late, late + timedelta(hours=48), ATHENS) == datetime(2026, 12, 2, 7, 0, tzinfo=UTC)
    assert offer_until(late, late + timedelta(hours=8), ATHENS) == late + timedelta(hours=1)


def test_nobody_is_called_at_night_and_who_could_only_be_called_too_late_is_passed_over() -> None:
    late = datetime(2026, 12, 1, 21, 0, tzinfo=UTC)
    assert not may_call(late, ATHENS)
    assert may_call(NOON, ATHENS)
    landline = entry(1, 1, by_call=True)
    assert not can_be_offered(landline, late, late + timedelta(hours=1), ATHENS)
    assert can_be_offered(landline, late, datetime(2026, 12, 2, 7, 0, tzinfo=UTC), ATHENS)
    chosen, _ = served({1: Room(1, 0)}, [landline, entry(2, 1)], late, late + timedelta(hours=8), ATHENS)
    assert [each.id for each in chosen] == [2]


def test_who_has_just_given_up_a_place_there_is_passed_over_for_ten_minutes() -> None:
    just = entry(1, 1, gave_up_at=NOON)
    for minutes, expected in ((0, [2]), (9, [2]), (10, [1])):
        now = NOON + timedelta(minutes=minutes)
        chosen, _ = served({1: Room(1, 0)}, [just, entry(2, 1)], now, START, ATHENS)
        assert [each.id for each in chosen] == expected


def test_a_share_kept_for_the_desk_is_not_offered_to_others() -> None:
    rooms = {1: Room(3, 2, {"desk": 1})}
    chosen, _ = served(rooms, [entry(1, 1), entry(2, 1, channel="desk")], NOON, START, ATHENS)
    assert [each.id for each in chosen] == [2]
