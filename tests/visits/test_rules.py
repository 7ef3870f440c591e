"""Who passes the gate, and what the scans amount to: pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.activities.rules import Gate
from core.db.types import FAR_FUTURE
from core.dialog.words import Written
from core.errors import Refused
from core.visits.alerting import LEVELS, active_levels, facility_limit
from core.visits.rules import Admitted, Ask, PassFacts, admit
from core.visits.scans import ENTRY, EXIT, Direction
from core.visits.stays import (
    LONGEST_STAY,
    Allowance,
    Passing,
    assumed_exit_at,
    retrace,
    session_at,
)

START = datetime(2026, 12, 2, 8, 0, tzinfo=UTC)
END = START + timedelta(hours=1)
WEEK = timedelta(days=7)
HALL = Written({"el": "Γυμναστήριο", "en": "Hall"})


def minutes(count: float) -> datetime:
    return START + timedelta(minutes=count)


def facts(persons: int = 4, **changes: Any) -> PassFacts:
    gate = changes.pop("gate", Gate())
    usual = {"state": "valid", "facility": "hall", "sessions": ((START, END),), "about": {"where": HALL}}
    return PassFacts(**{**usual, **changes}, persons=persons, gate=gate)


class Door:
    """Asks, and remembers who was let through."""

    def __init__(self, about: PassFacts) -> None:
        self.about = about
        self.past: list[Passing] = []
        self.cleared: list[datetime] = []

    @property
    def history(self) -> Any:
        return retrace(self.past, self.cleared, self.about.allowance)

    def ask(
        self, at: float, direction: Direction | None = None, persons: int | None = None, gate: str = "a"
    ) -> Admitted | str:
        moment = minutes(at)
        try:
            found = admit(self.about, self.history, self.past, Ask("hall", moment, gate, direction, persons))
        except Refused as reason:
            return reason.code.removeprefix("visits.")
        if found.counted:
            nonce = f"{len(self.past):04}"
            self.past.append(Passing(nonce, moment, found.direction, found.counted, gate))
        return found


IN, OUT = (lambda n: Admitted(ENTRY, n, n)), (lambda n: Admitted(EXIT, n, n))


def test_the_hour_of_a_pass_begins_early_and_ends_with_the_slot() -> None:
    gate = Gate(early_minutes=15, late_minutes=20)
    assert Door(facts(gate=gate)).ask(-15.1) == "not_yet"
    assert Door(facts(gate=gate)).ask(-15) == IN(4)
    assert Door(facts(gate=gate)).ask(19.9) == IN(4)
    assert Door(facts(gate=gate)).ask(20) == "too_late"
    assert Door(facts()).ask(59) == IN(4)
    assert Door(facts()).ask(60) == "over"


@pytest.mark.parametrize("state", ["void", "closed"])
def test_a_pass_that_does_not_hold_lets_nobody_in_but_out(state: str) -> None:
    door = Door(facts())
    door.ask(0)
    door.about = facts(state=state)
    assert door.ask(5, ENTRY) == state
    assert door.ask(5) == OUT(4)


def test_whoever_leaves_comes_back_only_where_that_is_allowed() -> None:
    once, again = Door(facts()), Door(facts(gate=Gate(re_entry=True, late_minutes=10)))
    for door in (once, again):
        assert door.ask(0) == IN(4)
        assert door.ask(1) == OUT(4)
    assert once.ask(2) == "no_re_entry"
    assert again.ask(30) == IN(4)
    assert again.ask(31, ENTRY) == "already_inside"


def test_where_nobody_is_scanned_out_coming_back_counts_nobody_twice() -> None:
    door = Door(facts(gate=Gate(scan="entry", re_entry=True)))
    assert door.ask(0, persons=3) == IN(3)
    assert door.ask(1) == IN(1)
    assert door.ask(2) == Admitted(ENTRY, 4, 0)
    assert door.ask(3, persons=5) == "fewer_left"
    assert door.ask(4, EXIT) == "exit_not_scanned"
    assert door.history.inside == 4
    strict = Door(facts(gate=Gate(scan="entry")))
    assert strict.ask(0) == IN(4)
    assert strict.ask(1) == "already_inside"


def test_the_camera_that_sees_a_pass_twice_does_not_send_its_owner_out() -> None:
    door = Door(facts())
    assert door.ask(0) == IN(4)
    assert door.ask(0.1) == "just_scanned"
    assert door.ask(0.1, gate="b") == OUT(4)


def test_with_part_of_a_group_inside_one_has_to_say_which_way() -> None:
    door = Door(facts())
    assert door.ask(0, persons=2) == IN(2)
    assert door.ask(1) == "which_way"
    assert door.ask(1, persons=2) == "which_way"
    assert door.ask(1, ENTRY, 3) == "fewer_left"
    assert door.ask(1, ENTRY, 1) == IN(1)
    assert door.ask(2, persons=3) == OUT(3)  # only one more could come in
    assert door.ask(3) == IN(1)
    assert door.ask(61) == OUT(1)


def test_an_exit_needs_an_entry() -> None:
    door = Door(facts())
    assert door.ask(0, EXIT) == "never_entered"
    door.ask(0)
    assert door.ask(1, EXIT, 5) == "fewer_inside"
    assert door.ask(1, EXIT) == OUT(4)
    assert door.ask(2, EXIT) == "already_left"


def test_each_session_of_a_term_is_entered_anew() -> None:
    sessions = ((START, END), (START + WEEK, END + WEEK))
    door = Door(facts(1, sessions=sessions))
    week = WEEK / timedelta(minutes=1)
    assert door.ask(0) == IN(1)
    assert door.ask(59) == OUT(1)
    assert door.ask(100) == "not_yet"
    assert door.ask(week) == IN(1)
    assert door.ask(week + 1) == OUT(1)
    assert door.ask(week + 2) == "no_re_entry"
    assert door.ask(week + 60) == "over"


def test_who_was_taken_to_have_left_and_stands_at_the_gate_goes_out() -> None:
    door = Door(facts())
    door.ask(0)
    door.cleared.append(minutes(75))
    assert door.history.inside == 0
    assert door.ask(80) == OUT(4)
    assert [(stay.left_at, stay.assumed) for stay in door.history.stays] == [(minutes(80), False)]
    assert door.history.conflicts == frozenset()


ASKED = some.tuples(
    some.integers(-30, 90), some.sampled_from([None, ENTRY, EXIT]), some.none() | some.integers(1, 6)
)


@given(
    some.lists(ASKED, max_size=30),
    some.integers(1, 5),
    some.booleans(),
    some.sampled_from(["entry", "entry_and_exit"]),
)
def test_a_pass_never_lets_in_more_than_it_is_for(
    asked: list[Any], persons: int, re_entry: bool, scan: Any
) -> None:
    door = Door(facts(persons, gate=Gate(re_entry=re_entry, scan=scan)))
    for number, (at, direction, count) in enumerate(sorted(asked, key=lambda each: each[0])):
        found = door.ask(at + number / 1000, direction, count, gate=str(number))  # one after the other
        history = door.history
        assert 0 <= history.inside <= persons
        assert not history.conflicts
        if not re_entry:
            assert history.entered.get(0, 0) <= persons
        if isinstance(found, Admitted):
            assert 0 < found.persons <= persons
            assert count is None or found.persons == count


PASSED = some.lists(
    some.tuples(some.integers(0, 50), some.sampled_from([ENTRY, EXIT]), some.integers(1, 4)), max_size=25
)
CLEARED = some.lists(some.integers(0, 50), max_size=3)


def passings(raw: list[Any]) -> list[Passing]:
    return [Passing(f"{n:04}", minutes(at), way, persons) for n, (at, way, persons) in enumerate(raw)]


@given(PASSED, CLEARED, some.randoms())
def test_stays_do_not_depend_on_the_order_of_arrival(raw: list[Any], cleared: list[int], chance: Any) -> None:
    told, moments = passings(raw), [minutes(at) for at in cleared]
    allowance = Allowance(4, False, ((START, END),))
    first = retrace(told, moments, allowance)
    chance.shuffle(told)
    chance.shuffle(moments)
    assert retrace(told, moments, allowance) == first


@given(PASSED)
def test_stays_agree_with_a_row_of_single_persons(raw: list[Any]) -> None:
    """The oracle: each person on their own, first come first gone."""
    inside: list[datetime] = []
    gone: list[tuple[datetime, datetime]] = []
    for passing in sorted(passings(raw), key=lambda one: (one.at, one.direction, one.nonce)):
        for _ in range(passing.persons):
            if passing.direction == ENTRY:
                inside.append(passing.at)
            elif inside:
                gone.append((inside.pop(0), passing.at))
    history = retrace(passings(raw))
    single = [(stay.entered_at, stay.left_at) for stay in history.stays for _ in range(stay.persons)]
    assert sorted(single) == sorted([*gone, *((entered, FAR_FUTURE) for entered in inside)])
    assert history.inside == len(inside)


@given(some.integers(-60 * 24, 60 * 24 * 9), some.integers(0, 60 * 24 * 7))
def test_an_assumed_exit_is_never_before_the_entry_nor_too_far_from_it(at: int, grace: int) -> None:
    sessions = ((START, END), (START + WEEK, END + WEEK))
    left = assumed_exit_at(sessions, minutes(at), timedelta(minutes=grace))
    assert minutes(at) <= left <= minutes(at) + LONGEST_STAY


def test_a_moment_belongs_to_the_session_that_is_not_over() -> None:
    sessions = ((START, END), (START + WEEK, END + WEEK))
    moments = [START - WEEK, START, END - timedelta(minutes=1), END, END + WEEK]
    assert [session_at(sessions, moment) for moment in moments] == [0, 0, 0, 1, 1]


def test_an_alert_is_raised_once_and_ends_only_when_it_has_clearly_fallen() -> None:
    levels: frozenset[int] = frozenset()
    told = []
    for inside in (8, 9, 10, 9, 10, 9, 8, 9, 11):
        levels = active_levels(inside, 10, levels)
        told.append(sorted(levels))
    assert told == [[], [90], [90, 100], [90], [90, 100], [90], [], [90], [90, 100]]
    large: frozenset[int] = frozenset()
    changes = 0
    for inside in (89, 90, 89, 90, 86, 90, 85, 84, 90):
        before, large = large, active_levels(inside, 100, large)
        changes += before != large
    assert changes == 3


@given(some.lists(some.integers(0, 300), max_size=40), some.integers(0, 250))
def test_alerts_change_only_beyond_their_level_and_their_slack(counts: list[int], limit: int) -> None:
    before: frozenset[int] = frozenset()
    for inside in counts:
        after = active_levels(inside, limit, before)
        for level in LEVELS:
            if limit and inside * 100 >= level * limit:
                assert level in after
            elif inside * 100 < (level - 5) * limit or not limit:
                assert level not in after
            else:
                assert (level in after) == (level in before)
        before = after


def test_while_one_hour_leaves_and_the_next_arrives_a_lane_counts_once() -> None:
    assert facility_limit([(("swim", "1"), 6), (("swim", "1"), 4), (("swim", "2"), 6)]) == 12
