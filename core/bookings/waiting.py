"""The waiting list's rules: who is offered what has become free, and for how long. Pure.

Those who wait are asked in their order, by `allocate`: the first whom the free place fits. A party of four is passed
over while two are free and keeps its rank. An offer lasts an eighth of the time that is left, at least five minutes
and at most six hours, so that near the start it is short and others still have their turn; it never outlasts booking
itself. One that would run out at night lasts until 9 in the morning, where that leaves at least as much time to those
who come after.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.activities.definition import Activity
from core.bookings import rules
from core.bookings.allocate import Request, Room, Stake, allocate

SHARE = 8
LEAST, MOST = timedelta(minutes=5), timedelta(hours=6)
NIGHT, MORNING, ANSWERED_BY = time(22), time(8), time(9)
"""At night nobody is called, and few read: offers that would end then last until `ANSWERED_BY`, and what outlasts the
night is told by SMS in the morning."""
JUST = timedelta(minutes=10)
"""Who gave up a place of a slot is not offered one there for so long."""

WAITING, OFFERED = "waiting", "offered"
TAKEN, DECLINED, LAPSED, LEFT, CLOSED, OVER = "taken", "declined", "lapsed", "left", "closed", "over"
ON_THE_LIST = (WAITING, OFFERED)


@dataclass
class Entry:
    """Somebody on a slot's list. The offer, once it comes, is the booking of the same id. Times are UTC."""

    id: int
    slot_id: int
    revision: int
    citizen_id: int
    channel: str
    units: int
    persons: int
    booker_takes_part: bool
    rank: int
    """Order on the slot's list; it is never changed."""
    state: str
    joined_at: datetime
    offered_until: datetime | None = None
    ended_at: datetime | None = None
    by_call: bool = False
    """Has a landline only: nobody is called at night."""
    gave_up_at: datetime | None = None
    """When its citizen last gave up a place of this slot."""
    is_archived: bool = False
    """Its activity is offered no longer: what is booked stands, and nobody waits."""

    @property
    def stake(self) -> Stake:
        return Stake(self.slot_id, self.units, self.channel)


def last_call(activity: Activity, starts_at: datetime) -> datetime:
    """When the list ends: booking closes, or it has begun."""
    return min(rules.closes_at(activity, starts_at), starts_at)


def lasts(left: timedelta) -> timedelta | None:
    """How long an offer lasts when so much time is left; None: too little for an answer."""
    return None if left < LEAST else min(max(left / SHARE, LEAST), MOST)


def offer_until(now: datetime, end: datetime, zone: ZoneInfo) -> datetime | None:
    """Until when an offer made now is good; `end` is the list's `last_call`. None: it is too late for one."""
    length = lasts(end - now)
    if length is None:
        return None
    until = now + length
    if not _at_night(until, zone, ANSWERED_BY):
        return until
    morning = _morning_after(until, zone, ANSWERED_BY)
    return morning if morning - now <= end - morning else until


def may_call(now: datetime, zone: ZoneInfo) -> bool:
    return not _at_night(now, zone, MORNING)


def outlasts_night(now: datetime, until: datetime, zone: ZoneInfo) -> bool:
    """Whether an offer made at night is still good when people are up."""
    return until > _morning_after(now, zone, MORNING)


def can_be_offered(entry: Entry, now: datetime, until: datetime, zone: ZoneInfo) -> bool:
    """Not to who has just given up a place there; not to who can only be called, and would not be in time."""
    if entry.gave_up_at is not None and now < entry.gave_up_at + JUST:
        return False
    return not entry.by_call or may_call(now, zone) or outlasts_night(now, until, zone)


def served(
    rooms: Mapping[int, Room], entries: Iterable[Entry], now: datetime, end: datetime, zone: ZoneInfo
) -> tuple[Sequence[Entry], datetime | None]:
    """Whom of one slot's list the free places go to, and until when; `rooms` shows afterwards what is left.

    Nobody is asked twice: an entry is offered one place, and what becomes of it ends the entry.
    """
    until = offer_until(now, end, zone)
    if until is None:
        return (), None
    waiting = sorted(
        (each for each in entries if each.state == WAITING and can_be_offered(each, now, until, zone)),
        key=lambda each: each.rank,
    )
    decisions = allocate(rooms, [Request(wants=each.stake) for each in waiting])
    return [each for each, decision in zip(waiting, decisions, strict=True) if decision.granted], until


def position(entries: Iterable[Entry], entry: Entry | None = None) -> int:
    """1 for who is next; without an entry, the position of somebody who joined now."""
    ahead = (each for each in entries if each.state == WAITING)
    return 1 + sum(entry is None or each.rank < entry.rank for each in ahead)


def _at_night(moment: datetime, zone: ZoneInfo, until: time) -> bool:
    local = moment.astimezone(zone).time()
    return local >= NIGHT or local < until


def _morning_after(moment: datetime, zone: ZoneInfo, at: time) -> datetime:
    local = moment.astimezone(zone)
    day = local.date() + timedelta(days=local.time() >= at)
    return datetime.combine(day, at, zone).astimezone(moment.tzinfo)
