"""The season, played through the product's own use cases under a moved clock: numbers are verified by a code,
citizens register, look at what is free, hold and confirm, cancel, and are scanned in and out. No row is inserted
here.

What happens within the same hour is handed to the writer together, in order, as it is in a rush; the box office
decides in that order.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol, TypeVar

from core import ports
from core.activities.definition import Activity
from core.activities.service import Activities
from core.bookings.decisions import Confirmed, Held, RefusedPlace
from core.bookings.queries import Occupancy, SlotView
from core.bookings.quieter import HOUR
from core.bookings.requests import FirstChoice, HoldRequest
from core.bookings.service import Bookings
from core.bookings.suggestions import Suggestions
from core.bookings.suggestions import Wish as Asks
from core.bookings.views import BookingView
from core.db.work import Work
from core.db.writer import Writer
from core.passes.service import Passes
from core.people.numbers import parse_number
from core.people.service import People
from core.people.verification import Verification
from core.stats.replay.choosing import Choice, Seat, Suggest, choose, first_of
from core.stats.replay.demand import Demand, Wish
from core.stats.replay.rehearsal import Rehearsed, cancelled_at
from core.stats.replay.town import PUBLISHED_AT, SEASON, ZONE
from core.visits.scans import ENTRY, EXIT, Direction, Scan, Seen
from core.visits.service import Visits

T = TypeVar("T")
COMES_BEFORE = timedelta(minutes=4)
LEAVES_BEFORE = timedelta(minutes=6)
_NOTICE = 1


class Clock(ports.Clock, Protocol):
    """One that is moved by hand."""

    at: datetime


class Codes(ports.Codes, Protocol):
    last: str
    """The digits that were given last."""


@dataclass(frozen=True)
class Services:
    """The product, on a database of its own."""

    clock: Clock
    codes: Codes
    writer: Writer
    people: People
    verification: Verification
    activities: Activities
    occupancy: Occupancy
    suggestions: Suggestions
    bookings: Bookings
    passes: Passes
    visits: Visits


@dataclass
class Played:
    """What was done, for the report; figures come from the event log, not from here."""

    bookings: int = 0
    refused: int = 0
    cancelled: int = 0
    scans: int = 0
    commits: int = 0


@dataclass
class _Standing:
    choice: Choice
    booking: BookingView
    token: str = ""


@dataclass
class Season:
    services: Services
    activities: Mapping[str, Activity]
    demand: Demand
    rehearsed: Rehearsed
    acceptance: float
    """Of what the product suggests; 0: it is not asked to."""
    played: Played = field(default_factory=Played)

    def __post_init__(self) -> None:
        self._citizens: dict[int, int] = {}
        self._standing: dict[int, _Standing] = {}
        self._leaving: dict[datetime, list[int]] = defaultdict(list)
        self._arriving: dict[datetime, list[int]] = defaultdict(list)
        self._going: dict[datetime, list[int]] = defaultdict(list)
        self._nonce = 0

    async def play(self) -> Played:
        """From the day before to the midnight after the last day."""
        self.services.clock.at = PUBLISHED_AT
        for activity in self.activities.values():
            work = Work()
            await self.services.activities.publish(work, activity)
            await self._commit([work])
        joining: dict[datetime, list[int]] = defaultdict(list)
        for citizen, when in self.demand.joined.items():
            joining[when].append(citizen)
        asking: dict[datetime, list[Wish]] = defaultdict(list)
        for wish in self.demand.wishes:
            asking[wish.asked_at].append(wish)
        hours = sorted({*joining, *asking})
        for moment in hours:
            await self._pass_time(moment)
            self.services.clock.at = moment
            await self._cancel(self._leaving.pop(moment, []))
            await self._join(joining.get(moment, []))
            await self._ask(asking.get(moment, []))
        await self._pass_time(None)
        self.services.clock.at = SEASON.bounds(ZONE)[1]
        return self.played

    async def _pass_time(self, until: datetime | None) -> None:
        """What falls due before `until`: people come, people leave, people cancel."""
        while True:
            due = [min(each) for each in (self._leaving, self._arriving, self._going) if each]
            if not due or (until is not None and min(due) >= until):
                return
            moment = min(due)
            self.services.clock.at = moment
            await self._cancel(self._leaving.pop(moment, []))
            await self._scan(self._going.pop(moment, []), EXIT)
            await self._scan(self._arriving.pop(moment, []), ENTRY)

    # -- citizens

    async def _join(self, citizens: Sequence[int]) -> None:
        started: list[tuple[int, int, str, Work]] = []
        for citizen in citizens:
            work = Work()
            number = parse_number(_number_of(citizen), "GR")
            begun = await self.services.verification.start(work, number, _speaker(citizen), "el")
            started.append((citizen, begun.id, self.services.codes.last, work))
        await self._commit(each[3] for each in started)

        async def finish(citizen: int, verification_id: int, code: str) -> None:
            work = Work()
            await self.services.verification.check(work, verification_id, _speaker(citizen), code)
            self._citizens[citizen] = self.services.people.register(
                work,
                name=str(citizen),
                birth_year=1935 + citizen * 37 % 70,
                resident=citizen % 9 != 0,
                language="el",
                number=parse_number(_number_of(citizen), "GR"),
                telegram_chat=None,
                reminders=citizen % 3 == 0,
                notice_version=_NOTICE,
            )
            await self._commit([work])

        await asyncio.gather(*(finish(*each[:3]) for each in started))

    # -- bookings

    async def _ask(self, wishes: Sequence[Wish]) -> None:
        """All of an hour together; where the product suggests one after the other, since what it offers somebody
        depends on what the one before has just taken."""
        for group in [[wish] for wish in wishes] if self.acceptance else [wishes]:
            await self._ask_together(group)

    async def _ask_together(self, wishes: Sequence[Wish]) -> None:
        seen: dict[tuple[str, date], list[SlotView]] = {}
        seats: dict[tuple[str, date], list[Seat]] = {}
        choices: list[Choice] = []
        for wish in wishes:
            key = wish.activity, wish.day
            if key not in seats:
                seen[key] = await self._look(*key, wish.channel)
                seats[key] = [_seat(view) for view in seen[key]]
            suggest = await self._suggesting(wish, seen[key], seats[key])
            choices.append(choose(wish, seats[key], suggest, self.acceptance))
        held: dict[int, Held | RefusedPlace] = {}
        await self._commit(self._hold(choice, held) for choice in choices)
        confirmed: dict[int, Confirmed | RefusedPlace] = {}
        works = []
        for choice in choices:
            answer = held[choice.wish.number]
            if isinstance(answer, Held) != (choice.seat is not None):
                raise AssertionError("the box office decided otherwise than was seen")
            if isinstance(answer, Held):
                works.append(self._confirm(choice, answer, confirmed))
            else:
                self.played.refused += 1
        await self._commit(works)
        for choice in choices:
            stands = confirmed.get(choice.wish.number)
            if isinstance(stands, Confirmed):
                await self._expect(choice, stands.booking)

    async def _look(self, activity: str, day: date, channel: str) -> list[SlotView]:
        views = await self.services.occupancy.slots_of(self.activities[activity], day, channel)
        return sorted(views, key=lambda view: (view.starts_at, view.place))

    async def _suggesting(self, wish: Wish, seen: Sequence[SlotView], seats: Sequence[Seat]) -> Suggest:
        """What the product offers this person first. As in the rehearsal they change the hour, never the day or the
        programme."""
        offered: int | None = None
        if self.acceptance and not wish.occasion:
            first = first_of(wish, seats)
            view = next(each for each in seen if each.id == first.id)
            hour = [each for each in seen if each.starts_at == view.starts_at]
            asks = Asks(
                self.activities[wish.activity],
                view,
                wish.persons,
                booker_takes_part=True,
                channel=wish.channel,
                citizen_id=self._citizens[wish.citizen],
            )
            offers = await self.services.suggestions.instead_of(asks, hour)
            offered = next((offer.slot.id for offer in offers if offer.how == HOUR), None)
        return lambda _wish, _first, there: next((seat for seat in there if seat.id == offered), None)

    def _hold(self, choice: Choice, held: dict[int, Held | RefusedPlace]) -> Work:
        work, wish = Work(), choice.wish
        request = HoldRequest(
            slot_id=(choice.seat or choice.first).id,
            activity=wish.activity,
            revision=1,
            persons=wish.persons,
            booker_takes_part=True,
            citizen_id=self._citizens[wish.citizen],
            holder=_speaker(wish.citizen),
            channel=wish.channel,
        )
        self.services.bookings.hold(work, request, _keep(held, wish.number))
        return work

    def _confirm(self, choice: Choice, held: Held, confirmed: dict[int, Confirmed | RefusedPlace]) -> Work:
        work, wish, first = Work(), choice.wish, choice.first
        facility = self.activities[wish.activity].facility.key
        wanted = FirstChoice(
            first.id, wish.activity, facility, first.place, first.starts_at, first.ends_at, choice.why
        )
        self.services.bookings.confirm(
            work,
            held.booking_id,
            self._citizens[wish.citizen],
            [str(n) for n in range(1, wish.persons)],
            {},
            _keep(confirmed, wish.number),
            wanted if choice.why else None,
        )
        return work

    async def _expect(self, choice: Choice, booking: BookingView) -> None:
        self.played.bookings += 1
        number = choice.wish.number
        standing = self._standing[number] = _Standing(choice, booking)
        leaving = cancelled_at(choice)
        if leaving is not None:
            self._leaving[leaving].append(number)
        elif number in self.rehearsed.attended:
            standing.token = await self.services.passes.token(booking.id)
            self._arriving[booking.starts_at - COMES_BEFORE].append(number)
            self._going[booking.ends_at - LEAVES_BEFORE].append(number)

    async def _cancel(self, numbers: Sequence[int]) -> None:
        works = []
        for number in numbers:
            standing, work = self._standing.pop(number), Work()
            wish = standing.choice.wish
            self.services.bookings.cancel(work, standing.booking, self._citizens[wish.citizen])
            works.append(work)
        await self._commit(works)
        self.played.cancelled += len(works)

    # -- the gate

    async def _scan(self, numbers: Sequence[int], direction: Direction) -> None:
        if not numbers:
            return
        now, work, answers = self.services.clock.now(), Work(), []
        for number in numbers:
            standing = self._standing[number]
            self._nonce += 1
            facility = self.activities[standing.choice.wish.activity].facility.key
            seen = Seen(f"replay-{self._nonce:012}", facility, "gate", None, now, now)
            answers.append(self.services.visits.scan(work, Scan(seen, standing.token, direction)))
        await self._commit([work])
        if not all(answer.verdict.admitted for answer in answers):
            raise AssertionError("the gate refused a pass that holds")
        self.played.scans += len(numbers)

    async def _commit(self, works: Iterable[Work]) -> None:
        waiting: list[Awaitable[None]] = [self.services.writer.commit(work) for work in works]
        self.played.commits += len(waiting)
        await asyncio.gather(*waiting)


def _seat(view: SlotView) -> Seat:
    return Seat(view.id, view.place, view.occasion, view.starts_at, view.ends_at, view.capacity, view.taken)


def _keep(kept: dict[int, T], number: int) -> Callable[[T, Work], None]:
    def keep(decision: T, _work: Work) -> None:
        kept[number] = decision

    return keep


def _number_of(citizen: int) -> str:
    """One in ten has a landline only. Operators are many, as they are."""
    if citizen % 10 == 9:
        return f"2310{400000 + citizen}"
    return f"69{3 + citizen % 6}{1000000 + citizen * 311 % 1000000:07}"


def _speaker(citizen: int) -> bytes:
    return f"replay:{citizen}".encode()
