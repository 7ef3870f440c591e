"""Waiting lists as a citizen has them: to join, to leave, to take or decline what is offered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.activities.definition import Activity
from core.activities.model import activities, slots
from core.activities.service import Activities
from core.bookings.box_office import BoxOffice
from core.bookings.clerk import Done
from core.bookings.decisions import Held, Joined, RefusedPlace
from core.bookings.model import waiting
from core.bookings.requests import Accept, Join, Leave, Serve
from core.bookings.waiting import LAPSED, OFFERED, ON_THE_LIST, WAITING
from core.db.database import Database
from core.db.work import Work
from core.ports import Clock, Codes

_ID_BITS = 62


@dataclass(frozen=True)
class Wish:
    """What somebody waits for."""

    slot_id: int
    activity: str
    """Key of the activity; the rules are those of `revision`."""
    revision: int
    persons: int
    """Those who will walk in."""
    booker_takes_part: bool


@dataclass(frozen=True)
class WaitingView:
    """An entry on a list as its citizen sees it. Times are UTC."""

    id: int
    """Of the entry, and of the booking that its offer is."""
    activity: str
    revision: int
    slot_id: int
    place: str
    occasion: str
    starts_at: datetime
    ends_at: datetime
    persons: int
    booker_takes_part: bool
    state: str
    """`waiting`, `offered`, or how it ended."""
    position: int
    """While waiting: 1 for who is next."""
    offered_until: datetime | None

    @property
    def companions(self) -> int:
        return self.persons - 1

    @property
    def is_offered(self) -> bool:
        return self.state == OFFERED

    @property
    def is_over(self) -> bool:
        return self.state not in ON_THE_LIST


class WaitingList:
    """Each method adds to a `Work`; the edge commits it. `then(decision, work)` as in `Bookings`."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        codes: Codes,
        box_office: BoxOffice,
        definitions: Activities,
    ) -> None:
        self._database = database
        self._clock = clock
        self._codes = codes
        self._box_office = box_office
        self._definitions = definitions

    def join(
        self,
        work: Work,
        wish: Wish,
        citizen_id: int,
        channel: str,
        then: Callable[[Joined | RefusedPlace, Work], None],
    ) -> None:
        """To the end of the slot's list; who is on it already keeps the rank. Refused are, beside what the ordinary
        rules refuse, `"waiting.none"`, `"waiting.closed"`, `"waiting.too_late"`, `"waiting.never_fits"` and
        `"waiting.free_now"`."""
        question = Join(self._codes.new_id(), citizen_id=citizen_id, channel=channel, **vars(wish))
        work.ask(self._box_office, question, then)

    def leave(
        self, work: Work, entry: WaitingView, citizen_id: int, then: Callable[[Done, Work], None]
    ) -> None:
        """Wait no longer, or decline what is offered: it goes to the next at once. Harmless twice."""
        work.ask(self._box_office, Leave(entry.id, entry.slot_id, citizen_id), then)

    def accept(
        self,
        work: Work,
        entry: WaitingView,
        citizen_id: int,
        holder: bytes,
        then: Callable[[Held | RefusedPlace, Work], None],
    ) -> None:
        """Keep what is offered for `holder`, who confirms it as any hold. Refused is `"waiting.over"`, or what the
        ordinary rules refuse; the offer then stands still."""
        work.ask(self._box_office, Accept(entry.id, entry.slot_id, citizen_id, holder), then)

    async def leave_all(self, work: Work, citizen_id: int) -> int:
        """Leave every list; how many there were."""
        found = await self.mine(citizen_id)
        for entry in found:
            work.ask(self._box_office, Leave(entry.id, entry.slot_id, citizen_id), _nothing)
        return len(found)

    def serve(self, work: Work, slot_ids: tuple[int, ...]) -> None:
        """Offer what has become free without a request; for the worker."""
        work.ask(self._box_office, Serve(slot_ids), _nothing)

    async def mine(self, citizen_id: int) -> list[WaitingView]:
        """What the citizen is offered or waits for, the soonest first."""
        async with self._database.reading() as connection:
            rows = (await connection.execute(_MINE, {"citizen": citizen_id})).all()
        views = [_view(row, self._clock.now()) for row in rows]
        return [each for each in views if not each.is_over]

    async def one(self, citizen_id: int, entry_id: int) -> WaitingView | None:
        """One of the citizen's entries, also after it has ended; None where it is somebody else's."""
        if entry_id.bit_length() > _ID_BITS:
            return None
        async with self._database.reading() as connection:
            params = {"citizen": citizen_id, "entry": entry_id}
            row = (await connection.execute(_ONE, params)).one_or_none()
        return None if row is None else _view(row, self._clock.now())

    async def activity_of(self, entry: WaitingView) -> Activity:
        """As it was when they joined."""
        return await self._definitions.get(entry.activity, entry.revision)


@dataclass(frozen=True)
class Line:
    """How long a slot's list is; those who are offered a place are on it."""

    entries: int
    persons: int


async def how_many_wait(connection: AsyncConnection, slot_id: int) -> Line:
    query = select(func.count(), func.coalesce(func.sum(waiting.c.persons), 0)).where(
        waiting.c.slot_id == slot_id, waiting.c.state.in_(ON_THE_LIST)
    )
    entries, persons = (await connection.execute(query)).one()
    return Line(int(entries), int(persons))


def _nothing(decision: Any, work: Work) -> None:
    """Whatever was decided is right."""


def _view(row: Any, now: datetime) -> WaitingView:
    """An offer that has run out is over, whether or not the box office has met it yet."""
    lapsed = row.state == OFFERED and row.offered_until <= now
    return WaitingView(
        id=row.id,
        activity=row.key,
        revision=row.revision,
        slot_id=row.slot_id,
        place=row.place,
        occasion=row.occasion,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        persons=row.persons,
        booker_takes_part=row.booker_takes_part,
        state=LAPSED if lapsed else row.state,
        position=1 + row.ahead,
        offered_until=row.offered_until,
    )


_before = waiting.alias("before")
_ENTRY = (
    select(
        waiting.c.id,
        activities.c.key,
        waiting.c.revision,
        waiting.c.slot_id,
        slots.c.place,
        slots.c.occasion,
        slots.c.starts_at,
        slots.c.ends_at,
        waiting.c.persons,
        waiting.c.booker_takes_part,
        waiting.c.state,
        waiting.c.offered_until,
        select(func.count())
        .select_from(_before)
        .where(
            _before.c.slot_id == waiting.c.slot_id,
            _before.c.state == WAITING,
            _before.c.rank < waiting.c.rank,
        )
        .scalar_subquery()
        .label("ahead"),
    )
    .join(slots, slots.c.id == waiting.c.slot_id)
    .join(activities, activities.c.id == waiting.c.activity_id)
    .where(waiting.c.citizen_id == bindparam("citizen"))
)
_MINE = _ENTRY.where(waiting.c.state.in_(ON_THE_LIST)).order_by(slots.c.starts_at, waiting.c.id)
_ONE = _ENTRY.where(waiting.c.id == bindparam("entry"))
