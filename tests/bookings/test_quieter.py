"""Which quieter hour, day or programme is offered first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from core.bookings.quieter import CROWDED, DAY, EMPTIER, HOUR, NEAR, PROGRAMME, SOON, Hour, quieter

ATHENS = ZoneInfo("Europe/Athens")
NOW = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)
AT = datetime(2026, 12, 2, 17, 0, tzinfo=UTC)
"""19:00 in Athens, tomorrow."""


@dataclass(frozen=True)
class Seen:
    starts_at: datetime
    taken: int
    capacity: int = 12
    place: str = ""
    bookable: bool = True

    @property
    def free(self) -> int:
        return self.capacity - self.taken if self.bookable else 0


def at(hours: float, taken: int, capacity: int = 12, place: str = "", bookable: bool = True) -> Seen:
    return Seen(AT + timedelta(hours=hours), taken, capacity, place, bookable)


def offered(wanted: Seen, *others: Seen, units: int = 1, now: datetime = NOW) -> list[tuple[str, Seen]]:
    found = quieter(wanted, [wanted, *others], units, now, ATHENS)
    return [(offer.how, offer.slot) for offer in found]


def test_half_full_with_those_who_ask_is_crowded_and_less_is_not() -> None:
    empty = at(-1, 0)
    assert offered(at(0, 5), empty) == [(HOUR, empty)]
    assert offered(at(0, 4), empty) == []
    assert offered(at(0, 4), empty, units=2) == [(HOUR, empty)]


def test_only_what_is_clearly_emptier_is_offered() -> None:
    """With one more there are 10 of 20 here: 50 per cent. There may be 4: 20 per cent."""
    assert offered(at(0, 9, 20), at(-1, 4, 20)) == []
    assert offered(at(0, 9, 20), at(-1, 3, 20)) == [(HOUR, at(-1, 3, 20))]


def test_the_nearest_hour_of_the_day_comes_before_the_same_hour_of_a_neighbouring_day() -> None:
    wanted = at(0, 10)
    later, sooner, tomorrow = at(2, 0), at(-1, 3), at(24, 0)
    assert offered(wanted, later, sooner, tomorrow) == [(HOUR, sooner), (DAY, tomorrow)]
    assert offered(wanted, at(3, 0), at(23, 0), at(48, 0)) == []


def test_the_same_hour_is_that_of_the_wall_clock_when_the_clocks_change() -> None:
    saturday = datetime(2026, 10, 24, 19, 0, tzinfo=ATHENS).astimezone(UTC)
    sunday = datetime(2026, 10, 25, 19, 0, tzinfo=ATHENS).astimezone(UTC)
    assert sunday - saturday == timedelta(hours=25)
    now = saturday - timedelta(days=1)
    assert offered(Seen(saturday, 10), Seen(sunday, 0), now=now) == [(DAY, Seen(sunday, 0))]


def test_nobody_is_sent_to_what_is_full_not_bookable_or_begins_too_soon() -> None:
    wanted = at(0, 10)
    assert offered(wanted, at(-1, 12), at(1, 0, bookable=False)) == []
    soon = wanted.starts_at - timedelta(hours=1) - SOON
    assert offered(wanted, at(-1, 0), now=soon) == []
    assert offered(wanted, at(-1, 0), now=soon - timedelta(seconds=1)) == [(HOUR, at(-1, 0))]


def test_a_group_is_offered_only_where_one_lane_holds_them_all() -> None:
    wanted, *beside = (at(0, 4, 4, f"lane-{n}") for n in range(4))
    two_free = [at(-1, 2, 4, f"lane-{n}") for n in range(4)]
    assert offered(wanted, *beside, *two_free, units=3) == []
    three_free = at(-1, 1, 4, "lane-3")
    assert offered(wanted, *beside, *two_free[:3], three_free, units=3) == [(HOUR, three_free)]


def test_the_lane_that_was_chosen_is_kept_where_it_has_room() -> None:
    wanted = at(0, 5, 6, "lane-2")
    there = [at(1, 0, 6, "lane-1"), at(1, 1, 6, "lane-2")]
    assert offered(wanted, *there) == [(HOUR, there[1])]
    full = [at(1, 0, 6, "lane-1"), at(1, 6, 6, "lane-2"), at(1, 0, 6, "lane-3")]
    assert offered(wanted, at(0, 5, 6, "lane-1"), at(0, 5, 6, "lane-3"), *full) == [(HOUR, full[0])]


def test_another_programme_is_offered_only_where_the_own_has_nothing_quieter() -> None:
    wanted, own, other = at(0, 11), at(1, 2), at(0.5, 1, 20)
    (offer,) = quieter(wanted, [wanted], 1, NOW, ATHENS, [[other, at(5, 0, 20)]])
    assert (offer.how, offer.slot) == (PROGRAMME, other)
    (offer,) = quieter(wanted, [wanted, own], 1, NOW, ATHENS, [[other]])
    assert (offer.how, offer.slot) == (HOUR, own)


SEEN = st.builds(
    Seen,
    st.integers(-60, 60).map(lambda half_hours: AT + timedelta(minutes=30 * half_hours)),
    st.integers(0, 6),
    st.just(6),
    st.sampled_from(["a", "b", "c"]),
    st.booleans(),
)


@given(SEEN, st.lists(SEEN, max_size=30), st.integers(1, 6), st.integers(-60, 60))
def test_whatever_is_offered_is_there_and_emptier_by_what_was_promised(
    wanted: Seen, others: list[Seen], units: int, half_hours: int
) -> None:
    now = AT + timedelta(minutes=30 * half_hours)
    offers = quieter(wanted, [wanted, *others], units, now, ATHENS, [others])
    here = Hour([wanted, *(each for each in others if each.starts_at == wanted.starts_at)])
    assert len(offers) <= 2
    for offer in offers:
        assert offer.slot in others
        assert offer.slot.free >= units
        assert offer.slot.starts_at > now + SOON
        assert here.per_cent_with(units) >= CROWDED
        assert offer.hour.per_cent_with(units) <= here.per_cent_with(units) - EMPTIER
        if offer.how != DAY:
            assert abs(offer.slot.starts_at - wanted.starts_at) <= NEAR
        if offer.how != PROGRAMME:
            assert offer.slot.starts_at != wanted.starts_at
