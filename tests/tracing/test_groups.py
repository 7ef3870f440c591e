"""The query agrees with a brute-force oracle that knows nothing of SQL, on both databases."""

from __future__ import annotations

import random
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, insert

from core.activities.model import activities, slots
from core.bookings.model import bookings
from core.db.database import Database
from core.db.types import FAR_FUTURE
from core.errors import Refused
from core.passes import code as pass_code
from core.passes.model import passes
from core.people.model import citizens
from core.tracing import groups
from core.tracing.exposure import exposure, united
from core.tracing.finding import Finder
from core.tracing.groups import AroundPass, ByEvent, ByHours, Group, hours
from core.visits.model import visits
from tests.fakes.clock import StoppedClock
from tests.makers import Town

ATHENS = ZoneInfo("Europe/Athens")
START = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
NOW = START + timedelta(hours=10)
HISTORIES = 600
"""Each database has its own: 1,200 in all, each asked for three groups."""


@dataclass(frozen=True)
class Stay:
    id: int
    facility: str
    place: str
    slot: int
    booking: int | None
    citizen: int | None
    booked: int
    persons: int
    entered: datetime
    left: datetime


Owners = dict[int, tuple[int | None, int, int]]
"""Booking -> citizen, slot, persons."""


class Histories:
    """Random stays, minutes apart so that edges touch often, and the same in the database."""

    def __init__(self, slots: dict[int, str], seed: int) -> None:
        self.slots = slots
        self.random = random.Random(seed)

    def make(self) -> tuple[list[Stay], Owners]:
        chance, stays = self.random, []
        owners: Owners = {}
        for booking in range(1, chance.randint(2, 8)):
            citizen = chance.choice([*range(1, 7), None]) if booking > 1 else 1
            owners[booking] = (citizen, chance.choice(list(self.slots)), chance.randint(1, 3))
        for number in range(1, chance.randint(2, 14)):
            booking = chance.choice([*owners, 1, None])
            citizen, slot, booked = owners[booking] if booking else (None, chance.choice(list(self.slots)), 0)
            entered = START + timedelta(minutes=chance.randint(-120, 120))
            left = entered + timedelta(minutes=chance.choice([0, 1, 5, 14, 15, 16, 30, 60, 35 * 60]))
            if chance.random() < 0.15:
                left = FAR_FUTURE
            facility, place = self.slots[slot].split("/")
            stays.append(
                Stay(number, facility, place, slot, booking, citizen, booked,
                     chance.randint(1, 2), entered, left)
            )  # fmt: skip
        return stays, owners

    def group(self) -> Group:
        chance = self.random
        begin = START + timedelta(minutes=chance.choice([-90, -30, 0, 15]))
        end = begin + timedelta(minutes=chance.choice([1, 15, 60, 90]))
        case = pass_code.complete(f"{1:09d}")
        match chance.randint(0, 2):
            case 0:
                return AroundPass(case, chance.choice([1, 15, 30]))
            case 1:
                return ByEvent(
                    "hall", START + timedelta(hours=chance.choice([0, 24])), booked=chance.random() < 0.3
                )
            case _:
                places = chance.choice([(), ("lane-1",), ("lane-1", "lane-2")])
                return ByHours("hall", begin, end, places, booked=chance.random() < 0.3)


def oracle(
    stays: list[Stay], owners: Owners, group: Group, named: dict[int, str], starts: dict[int, datetime]
) -> set[int]:
    """Who belongs to it, minute by minute."""
    if isinstance(group, ByHours | ByEvent):
        there = {stay.citizen for stay in stays if was_there(stay, group, starts)}
        if group.booked:
            there |= {citizen for citizen, slot, _ in owners.values() if is_of(slot, group, named, starts)}
        return {citizen for citizen in there if citizen}
    minute = timedelta(minutes=1)
    inside: dict[tuple[str, int], set[int]] = defaultdict(
        set
    )  # (facility, citizen) -> minutes since the epoch
    case: dict[str, set[int]] = defaultdict(set)
    for stay in stays:
        minutes = {
            int((stay.entered - START) / minute) + n
            for n in range(int((min(stay.left, NOW) - stay.entered) / minute))
        }
        if stay.booking == 1:
            case[stay.facility] |= minutes
        elif stay.citizen and stay.citizen != 1:
            inside[stay.facility, stay.citizen] |= minutes
    met: dict[int, int] = defaultdict(int)
    for (facility, citizen), minutes in inside.items():
        met[citizen] += len(minutes & case[facility])
    return {citizen for citizen, total in met.items() if total >= group.minutes}


def was_there(stay: Stay, group: ByHours | ByEvent, starts: dict[int, datetime]) -> bool:
    if isinstance(group, ByEvent):
        return stay.facility == "hall" and starts[stay.slot] == group.start and stay.left > stay.entered
    if group.places and stay.place not in group.places:
        return False
    together = min(stay.left, group.end) > max(stay.entered, group.start)
    return stay.facility == group.facility and together


def is_of(slot: int, group: ByHours | ByEvent, named: dict[int, str], starts: dict[int, datetime]) -> bool:
    facility, place = named[slot].split("/")
    start = starts[slot]
    if facility != "hall":
        return False
    if isinstance(group, ByEvent):
        return start == group.start
    if group.places and place not in group.places:
        return False
    return start < group.end and start + timedelta(hours=1) > group.start


@pytest.fixture
async def places(
    database: Database, clock: StoppedClock
) -> tuple[Database, dict[int, str], dict[int, datetime]]:
    """A hall of two lanes, and another; six citizens."""
    town = Town(database, clock)
    lanes = [
        {"key": f"lane-{n}", "name": {"el": f"Lane {n}", "en": f"Lane {n}"}, "capacity": 6} for n in (1, 2)
    ]
    await town.make_activity(capacity={"unit": "persons"}, facility__individual_facilities=lanes)
    gym = {"key": "gym", "number": 8, "name": {"el": "Gym", "en": "Gym"}}
    await town.make_activity(key="gym", facility=gym)
    named: dict[int, str] = {}
    starts: dict[int, datetime] = {}
    query = slots.join(activities, activities.c.id == slots.c.activity_id).select()
    async with database.reading() as connection:
        for row in (await connection.execute(query)).mappings():
            if row[slots.c.starts_at] in (START, START + timedelta(hours=24)):
                named[row[slots.c.id]] = f"{row[activities.c.facility]}/{row[slots.c.place]}"
                starts[row[slots.c.id]] = row[slots.c.starts_at]
    people = [
        {"id": n, "box": b"", "language": "el", "notice_version": 1, "reminders": False,
         "registered_at": START, "last_verified_at": START}
        for n in range(1, 7)
    ]  # fmt: skip
    async with database.writing() as connection:
        await connection.execute(insert(citizens), people)
    await town.writer.close()
    return database, named, starts


async def write(database: Database, stays: list[Stay], owners: Owners, named: dict[int, str]) -> None:
    async with database.writing() as connection:
        for table in (visits, passes, bookings):
            await connection.execute(delete(table))
        if owners:
            await connection.execute(
                insert(bookings),
                [
                    {"id": booking, "slot_id": slot, "activity_id": ACTIVITY[named[slot].split("/")[0]],
                     "revision": 1, "citizen_id": citizen, "holder": b"", "channel": "web", "units": 1,
                     "persons": booked, "companions": 0, "booker_takes_part": True,
                     "state": "confirmed", "created_at": START, "extended": False}
                    for booking, (citizen, slot, booked) in owners.items()
                ],
            )  # fmt: skip
        if 1 in owners:
            number = f"{1:09d}"
            await connection.execute(
                insert(passes).values(
                    id=1, booking_id=1, number=number.encode(), code=pass_code.complete(number),
                    facility_number=9, starts_at=START, ends_at=START, persons=1, state="valid",
                    issued_at=START,
                )
            )  # fmt: skip
        await connection.execute(
            insert(visits),
            [
                {"id": stay.id, "facility": stay.facility, "place": stay.place, "slot_id": stay.slot,
                 "booking_id": stay.booking, "persons": stay.persons, "entered_at": stay.entered,
                 "left_at": stay.left, "assumed": False}
                for stay in stays
            ],
        )  # fmt: skip


ACTIVITY: dict[str, int] = {}


async def test_the_query_agrees_with_the_oracle_on_random_histories(
    places: tuple[Database, dict[int, str], dict[int, datetime]], monkeypatch: pytest.MonkeyPatch
) -> None:
    database, named, starts = places
    monkeypatch.setattr("core.tracing.finding.FEW", 0)
    async with database.reading() as connection:
        for row in await connection.execute(activities.select()):
            ACTIVITY[row.facility] = row.id
    histories, finder = Histories(named, seed=4 if database.is_sqlite else 5), Finder(database)
    sizes: dict[int, int] = defaultdict(int)
    met = 0
    for _ in range(HISTORIES):
        stays, owners = histories.make()
        await write(database, stays, owners, named)
        for group in (histories.group(), histories.group(), histories.group()):
            if isinstance(group, AroundPass) and not any(stay.booking == 1 for stay in stays):
                continue
            found = await members(finder, group)
            assert found == oracle(stays, owners, group, named, starts), (stays, group)
            sizes[len(found)] += 1
            met += isinstance(group, AroundPass) and bool(found)
    assert len(sizes) >= 5
    assert met > 50
    assert sizes[0] < sum(sizes.values()) * 0.7


async def members(finder: Finder, group: Group) -> set[int]:
    try:
        return set((await finder.find(group, NOW)).citizens)
    except Refused as refused:
        if refused.code != "tracing.empty":
            raise
        return set()


moments = st.integers(0, 300).map(lambda minutes: START + timedelta(minutes=minutes))
intervals = st.lists(st.tuples(moments, moments).map(lambda pair: (min(pair), max(pair))), max_size=8)


@given(intervals, intervals)
def test_exposure_is_the_minutes_that_both_were_there(
    case: list[tuple[datetime, datetime]], stays: list[tuple[datetime, datetime]]
) -> None:
    def minutes(of: list[tuple[datetime, datetime]]) -> set[int]:
        return {
            n
            for start, end in of
            for n in range(int((start - START).seconds / 60), int((end - START).seconds / 60))
        }

    both = len(minutes(case) & minutes(stays))
    assert exposure(united(case), stays) == timedelta(minutes=both)
    assert exposure(united(stays), case) == timedelta(minutes=both)


def test_who_leaves_as_another_comes_never_met() -> None:
    ten, eleven, twelve = (START + timedelta(hours=n) for n in range(3))
    assert exposure([(ten, eleven)], [(eleven, twelve)]) == timedelta()


@pytest.mark.parametrize(
    ("day", "start", "end", "utc"),
    [
        ("2026-12-01", "10:00", "12:00", ("08:00", "10:00")),
        ("2026-10-25", "03:00", "04:00", ("00:00", "02:00")),  # shown twice: both hours are meant
        ("2026-10-25", "03:30", "03:45", ("00:30", "01:45")),
        ("2026-03-29", "02:00", "05:00", ("00:00", "02:00")),
        ("2026-03-29", "03:15", "05:00", ("01:00", "02:00")),  # skipped: from when it is skipped
        ("2026-03-29", "02:00", "03:30", ("00:00", "01:00")),
        ("2026-12-01", "22:00", "00:00", ("20:00", "22:00")),  # midnight ends the day
    ],
)
def test_hours_of_a_day_are_athens_time_also_when_the_clock_changes(
    day: str, start: str, end: str, utc: tuple[str, str]
) -> None:
    found = hours(date.fromisoformat(day), time.fromisoformat(start), time.fromisoformat(end), ATHENS)
    assert tuple(moment.astimezone(UTC).strftime("%H:%M") for moment in found) == utc


def test_an_hour_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(Refused, match="end_before_start"):
        hours(date(2026, 12, 1), time(12), time(10), ATHENS)


@pytest.mark.parametrize(
    "group",
    [
        ByHours("hall", START, NOW, ("lane-1", "lane-2"), booked=True, case=pass_code.complete("123456789")),
        ByEvent("concert", START),
        AroundPass(pass_code.complete("123456789"), 20),
    ],
)
def test_a_group_is_read_as_it_was_written(group: Group) -> None:
    assert groups.read(groups.write(group)) == group


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
)


@given(
    JUNK
    | st.fixed_dictionaries(
        {"kind": st.sampled_from(["hours", "event", "pass"]), "case": JUNK, "start": JUNK},
        optional={
            "end": JUNK,
            "facility": JUNK,
            "places": JUNK,
            "booked": JUNK,
            "minutes": JUNK,
            "activity": JUNK,
        },
    )
)
def test_whatever_stands_in_the_database_is_a_group_or_refused(junk: object) -> None:
    with suppress(Refused):
        group = groups.read(junk)
        assert groups.read(groups.write(group)) == group
