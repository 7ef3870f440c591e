"""Who passes the gate. Pure: what is known of a pass, what was asked, and the time, give the answer.

Nobody is locked in: whether the booking still holds is asked on the way in only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.activities.rules import Gate
from core.errors import Refused
from core.visits.scans import ENTRY, EXIT, Direction
from core.visits.stays import Allowance, History, Passing, Session, session_at

BOUNCE = timedelta(seconds=8)
"""The camera sees a pass twice within this time: not somebody who turns round at once."""
VALID = "valid"


@dataclass(frozen=True)
class PassFacts:
    """What is known of a pass. Times are UTC."""

    state: str
    """`valid`, `void` (replaced by another), `cancelled`, `moved`, `closed` (the slot is), `provisional` (not confirmed
    by telephone yet) or `unconfirmed` (never)."""
    facility: str
    """Key of the facility that it opens."""
    persons: int
    sessions: Sequence[Session]
    """One, or those of a term."""
    gate: Gate
    about: Mapping[str, object]
    """What sentences may name: `where` (the facility's name), `when` (of the state: when cancelled, or the new
    hour)."""

    @property
    def allowance(self) -> Allowance:
        return Allowance(self.persons, self.gate.re_entry, self.sessions)


@dataclass(frozen=True)
class Ask:
    facility: str
    at: datetime
    gate: str
    direction: Direction | None = None
    persons: int | None = None


@dataclass(frozen=True)
class Admitted:
    direction: Direction
    persons: int
    """To be let through."""
    counted: int
    """Of these, who are new inside: less only where nobody is scanned out and those who come back were counted."""


def admit(facts: PassFacts, history: History, past: Sequence[Passing], ask: Ask) -> Admitted:
    """Raises `Refused` with the reason. `past` are the passings that `history` was made from."""
    check_facility(facts, ask.facility)
    direction = ask.direction or _sensible(facts, history, past, ask)
    if direction == EXIT:
        return _let_out(facts, history, past, ask)
    check_standing(facts, ask.at)
    return _let_in(facts, history, past, ask)


def check_facility(facts: PassFacts, facility: str) -> None:
    if facts.facility != facility:
        raise Refused("visits.other_facility", where=facts.about["where"])


def check_standing(facts: PassFacts, at: datetime) -> None:
    """What does not depend on who came before: does the pass hold, and is it its hour?"""
    if facts.state == "moved":
        raise Refused("visits.moved", when=facts.about["when"])
    if facts.state == "cancelled":
        raise Refused("visits.cancelled", when=facts.about["when"])
    if facts.state == "closed":
        raise Refused("visits.closed")
    if facts.state == "provisional":
        raise Refused("visits.provisional")
    if facts.state == "unconfirmed":
        raise Refused("visits.unconfirmed")
    if facts.state != VALID:
        raise Refused("visits.void")
    start, end = facts.sessions[session_at(facts.sessions, at)]
    if at >= end:
        raise Refused("visits.over", when=end)
    opens = start - timedelta(minutes=facts.gate.early_minutes)
    if at < opens:
        raise Refused("visits.not_yet", when=opens)


def entry_closes_at(facts: PassFacts, at: datetime) -> datetime:
    """Until when one may come for the first time."""
    start, end = facts.sessions[session_at(facts.sessions, at)]
    late = facts.gate.late_minutes
    return end if late is None else min(end, start + timedelta(minutes=late))


def may_enter(facts: PassFacts, history: History, at: datetime) -> int:
    """How many of the party may still come in, the hour aside."""
    entered = history.entered.get(session_at(facts.sessions, at), 0)
    return max(0, facts.persons - (history.inside if facts.gate.re_entry else entered))


def _sensible(facts: PassFacts, history: History, past: Sequence[Passing], ask: Ask) -> Direction:
    """Out when all are inside, in when nobody is. Part of a group inside and the rest still welcome: one has to
    ask."""
    if facts.gate.scan == "entry":
        return ENTRY
    last = max(past, key=lambda passing: passing.at, default=None)
    if last is not None and last.gate == ask.gate and abs(ask.at - last.at) < BOUNCE:
        raise Refused("visits.just_scanned", n=last.persons)
    inside, remaining = history.inside, may_enter(facts, history, ask.at)
    if not inside:
        over = ask.at >= facts.sessions[session_at(facts.sessions, ask.at)][1]
        leaving = history.assumed_out(ask.at) and (over or not remaining)
        return EXIT if leaving else ENTRY
    if not remaining or not _entry_is_open(facts, ask.at):
        return EXIT
    if ask.persons is not None and (ask.persons > inside) != (ask.persons > remaining):
        return ENTRY if ask.persons > inside else EXIT
    raise Refused("visits.which_way", inside=inside, remaining=remaining)


def _entry_is_open(facts: PassFacts, at: datetime) -> bool:
    start, end = facts.sessions[session_at(facts.sessions, at)]
    closes = end if facts.gate.re_entry else entry_closes_at(facts, at)
    opens = start - timedelta(minutes=facts.gate.early_minutes)
    return facts.state == VALID and opens <= at < closes


def _let_out(facts: PassFacts, history: History, past: Sequence[Passing], ask: Ask) -> Admitted:
    if facts.gate.scan == "entry":
        raise Refused("visits.exit_not_scanned")
    able = history.inside or history.assumed_out(ask.at)
    if not able:
        left = _last(past, EXIT)
        raise Refused("visits.never_entered") if left is None else Refused("visits.already_left", when=left)
    persons = able if ask.persons is None else ask.persons
    if persons > able:
        raise Refused("visits.fewer_inside", n=able)
    return Admitted(EXIT, persons, persons)


def _let_in(facts: PassFacts, history: History, past: Sequence[Passing], ask: Ask) -> Admitted:
    entered = history.entered.get(session_at(facts.sessions, ask.at), 0)
    remaining = may_enter(facts, history, ask.at)
    comes_back = facts.gate.re_entry and entered > 0
    if comes_back and facts.gate.scan == "entry":
        persons = (remaining or facts.persons) if ask.persons is None else ask.persons
        if persons > facts.persons:
            raise Refused("visits.fewer_left", n=facts.persons)
        return Admitted(ENTRY, persons, min(persons, remaining))
    if not remaining:
        if history.inside:
            raise Refused("visits.already_inside", when=_last(past, ENTRY))
        raise Refused("visits.no_re_entry", when=max(stay.left_at for stay in history.stays))
    closes = entry_closes_at(facts, ask.at)
    if ask.at >= closes and not comes_back:
        raise Refused("visits.too_late", when=closes)
    persons = remaining if ask.persons is None else ask.persons
    if persons > remaining:
        raise Refused("visits.fewer_left", n=remaining)
    return Admitted(ENTRY, persons, persons)


def _last(past: Sequence[Passing], direction: Direction) -> datetime | None:
    return max((passing.at for passing in past if passing.direction == direction), default=None)
