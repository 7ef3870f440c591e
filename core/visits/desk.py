"""The gate's desk: decides together what arrives together (`core.db.work.Desk`), so that a full hour at several
gates costs a few statements.

Slots are locked before anything is read, in the order in which the box office locks them; two gates that show the
same pass at the same moment, on whichever process, are told one after the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.activities.service import Activities
from core.bookings.ledger import Booking, Ledger, new_row
from core.bookings.model import bookings
from core.db.work import Asked
from core.errors import Refused
from core.ports import Clock, Codes
from core.visits import told
from core.visits.alerting import Alerting
from core.visits.model import scans
from core.visits.parties import Party
from core.visits.reading import ADMITTED, ALL_OUT, SUPERVISOR, WALK_IN, Board, several
from core.visits.rules import Admitted, Ask, PassFacts, admit, check_facility, check_standing, may_enter
from core.visits.scans import ENTRY, EXIT, AllOut, Direction, Question, Scan, Seen, Verdict, WalkIn
from core.visits.settling import attended, settle
from core.visits.stays import Passing, session_at

CLOCK_TOLERANCE = timedelta(seconds=5)
"""A gate's clock that is less wrong is taken as right: the message itself takes time."""
CLOCK_WARNING = timedelta(seconds=30)
"""A clock that is more wrong is told to the gate."""
CORRECTED_WITHIN = timedelta(minutes=15)
"""Later nobody remembers how many they were."""
CORRECTED = "corrected"
WORKER = "worker"
_NEVER_OVERRULED = ("visits.other_facility", "visits.which_way")
_DESK_SHARE = "desk"


@dataclass(frozen=True)
class Shown:
    """A question with what was shown already read: number or code of a pass, or why it is none of ours."""

    question: Question
    key: bytes | str | None = None
    fault: Refused | None = None


@dataclass
class _Outcome:
    verdict: Verdict
    party: Party | None = None
    counted: int = 0
    """Persons by which it changes who is inside."""
    code: str = ADMITTED
    decided_by: str = "server"
    conflict: bool = False


class GateDesk:
    """One for each process."""

    def __init__(self, activities: Activities, clock: Clock, codes: Codes, kept: timedelta) -> None:
        """`kept`: how long presence is kept; what was scanned longer ago is no longer recorded."""
        self._activities = activities
        self._clock = clock
        self._codes = codes
        self._kept = kept
        self._alerting = Alerting(activities, codes)

    async def decide(self, transaction: AsyncConnection, asked: Sequence[Asked]) -> None:
        now = self._clock.now()
        known = await self._answered(transaction, asked)
        asked = [each for each in asked if each.work.fault is None]
        fresh = [each for each in asked if each.request.question.seen.nonce not in known]
        batch = _Batch(now, self._codes, Board(transaction, self._activities), Ledger(now), self._kept)
        if fresh:
            await batch.read(transaction, [each.request for each in fresh])
        for each in asked:
            nonce = each.request.question.seen.nonce
            if nonce not in known:
                known[nonce] = batch.decide(each.request)
            else:
                known[nonce] = replace(known[nonce], repeated=True)
            each.answer(known[nonce])
        if fresh:
            await batch.write(transaction, self._alerting)

    async def _answered(self, transaction: AsyncConnection, asked: Sequence[Asked]) -> dict[str, Verdict]:
        nonces = sorted({each.request.question.seen.nonce for each in asked})
        rows = await transaction.execute(_ANSWERED, {"nonces": nonces})
        return {row.nonce: told.tell(row.told) for row in rows}


class _Batch:
    def __init__(self, now: datetime, codes: Codes, board: Board, ledger: Ledger, kept: timedelta) -> None:
        self._now = now
        self._codes = codes
        self._board = board
        self._ledger = ledger
        self._kept = kept
        self._scans: list[dict[str, Any]] = []
        self._bookings: list[dict[str, Any]] = []
        self._events: list[dict[str, Any]] = []
        self._corrected: list[dict[str, Any]] = []

    async def read(self, transaction: AsyncConnection, shown: Sequence[Shown]) -> None:
        walk_ins = {each.question.slot_id for each in shown if isinstance(each.question, WalkIn)}
        whole = {each.question.slot_id for each in shown if isinstance(each.question, AllOut)}
        keys = {each.key for each in shown if each.key is not None}
        await self._board.read(keys, walk_ins, whole)
        arriving = sorted(walk_ins & set(self._board.slots))
        if arriving:
            await self._ledger.lock_slots(transaction, arriving, [])

    def decide(self, shown: Shown) -> Verdict:
        question = shown.question
        seen = question.seen
        error = seen.sent_at - self._now
        if abs(error) <= CLOCK_TOLERANCE:
            error = timedelta()
        at = min(seen.scanned_at - error, self._now)
        try:
            if at < self._now - self._kept:
                raise Refused("visits.too_old")
            match question:
                case Scan():
                    outcome = self._scan(question, shown, at)
                case WalkIn():
                    outcome = self._walk_in(question, at)
                case AllOut():
                    outcome = self._all_out(question, at)
        except Refused as reason:
            outcome = _refused(reason, ENTRY if isinstance(question, AllOut) else question.direction)
        if abs(error) > CLOCK_WARNING:
            outcome.verdict = replace(outcome.verdict, clock_error_ms=error // timedelta(milliseconds=1))
        self._record(question, outcome, at, error)
        return outcome.verdict

    async def write(self, transaction: AsyncConnection, alerting: Alerting) -> None:
        if self._bookings:
            await transaction.execute(insert(bookings), self._bookings)
        await self._ledger.write_back(transaction)
        await transaction.execute(insert(scans), self._scans)
        if self._corrected:
            await transaction.execute(_CORRECT, self._corrected)
        parties = [party for party in self._board.parties() if party.changed]
        await settle(transaction, self._codes, alerting, self._now, parties, self._events)

    # -- a pass

    def _scan(self, scan: Scan, shown: Shown, at: datetime) -> _Outcome:
        found = self._board.party(shown.key) if shown.key is not None else None
        if found is None:
            outcome = _refused(shown.fault or Refused("visits.unknown"), scan.direction)
            outcome.conflict = scan.passed is not None
            return outcome
        party, facts, number = found
        if scan.corrects is not None:
            return self._correction(scan, scan.corrects, party, facts, number, at)
        ask = Ask(scan.seen.facility, at, scan.seen.gate, scan.direction, scan.persons)
        if scan.passed is not None:
            return self._passed(scan, scan.passed, party, facts, number, at)
        try:
            admitted = admit(facts, party.history, party.passings, ask)
        except Refused as reason:
            return self._overruled(scan, reason, party, facts, number, at)
        return self._let_through(scan.seen, party, facts, number, at, admitted, None, "server")

    def _correction(
        self, scan: Scan, nonce: str, party: Party, facts: PassFacts, number: str, at: datetime
    ) -> _Outcome:
        """Fewer passed than the verdict said. The earlier scan counts what it was, and this one is kept beside it."""
        check_facility(facts, scan.seen.facility)
        persons, direction = scan.passed or 0, scan.direction or ENTRY
        earlier = next((each for each in party.passings if each.nonce == nonce), None)
        if earlier is None or earlier.direction != direction or at - earlier.at > CORRECTED_WITHIN:
            raise Refused("visits.nothing_to_correct")
        if persons > earlier.persons:
            raise Refused("visits.only_fewer", n=earlier.persons)
        party.amend(nonce, persons)
        self._corrected.append({"of": nonce, "now": persons})
        inside, remaining = party.history.inside, may_enter(facts, party.history, at)
        verdict = Verdict(None, direction, persons, inside, remaining, party.booking_id, number)
        return _Outcome(verdict, party, code=CORRECTED)

    def _passed(
        self, scan: Scan, persons: int, party: Party, facts: PassFacts, number: str, at: datetime
    ) -> _Outcome:
        """A gate without a line let them through: they are counted, and what was wrong with it is remembered."""
        direction = scan.direction or ENTRY
        reason: Refused | None = None
        try:
            check_facility(facts, scan.seen.facility)
            if direction == ENTRY:
                check_standing(facts, at)
        except Refused as found:
            reason = found
        returning = facts.gate.re_entry and facts.gate.scan == "entry" and direction == ENTRY
        counted = min(persons, may_enter(facts, party.history, at)) if returning else persons
        admitted = Admitted(direction, persons, counted)
        outcome = self._let_through(scan.seen, party, facts, number, at, admitted, reason, "gate")
        outcome.conflict = reason is not None or scan.seen.nonce in party.history.conflicts
        return outcome

    def _overruled(
        self, scan: Scan, reason: Refused, party: Party, facts: PassFacts, number: str, at: datetime
    ) -> _Outcome:
        inside, remaining = party.history.inside, may_enter(facts, party.history, at)
        if not scan.override or reason.code in _NEVER_OVERRULED:
            direction = scan.direction or ENTRY
            verdict = Verdict(reason, direction, 0, inside, remaining, party.booking_id, number)
            return _Outcome(verdict, party, code=reason.code)
        direction = scan.direction or ENTRY
        persons = scan.persons or (remaining if direction == ENTRY else inside) or facts.persons
        admitted = Admitted(direction, persons, persons)
        return self._let_through(scan.seen, party, facts, number, at, admitted, reason, SUPERVISOR)

    def _let_through(
        self,
        seen: Seen,
        party: Party,
        facts: PassFacts,
        number: str,
        at: datetime,
        admitted: Admitted,
        reason: Refused | None,
        decided_by: str,
    ) -> _Outcome:
        if admitted.counted:
            first = admitted.direction == ENTRY and not party.history.entered.get(
                session_at(facts.sessions, at)
            )
            passing = _passing(seen, at, admitted.direction, admitted.counted, decided_by)
            party.add(passing)
            if first:
                self._events.append(attended(party, at, admitted.counted))
        verdict = Verdict(
            reason,
            admitted.direction,
            admitted.persons,
            party.history.inside,
            may_enter(facts, party.history, at),
            party.booking_id,
            number,
        )
        code = reason.code if reason else ADMITTED
        return _Outcome(verdict, party, admitted.counted, code, decided_by)

    # -- without a pass

    def _walk_in(self, question: WalkIn, at: datetime) -> _Outcome:
        party = self._party_at_gate(question.slot_id, question.seen)
        try:
            if question.direction == EXIT:
                if question.persons > party.history.inside:
                    raise Refused("visits.fewer_inside", n=party.history.inside)
            else:
                self._check_open(party, at)
        except Refused as reason:
            return self._walked(question, party, at, reason)
        if question.direction == ENTRY:
            room = self._ledger.slots[question.slot_id].room
            if self._units(party, question.persons) > room.free(_DESK_SHARE):
                return self._walked(question, party, at, Refused("visits.full", n=room.free(_DESK_SHARE)))
        return self._walked(question, party, at, None)

    def _walked(self, question: WalkIn, party: Party, at: datetime, reason: Refused | None) -> _Outcome:
        decided_by = "gate" if question.passed else SUPERVISOR if reason else "server"
        if reason is not None and not (question.passed or question.override):
            verdict = Verdict(reason, question.direction, 0, party.history.inside, 0)
            return _Outcome(verdict, party, code=reason.code)
        if question.direction == ENTRY:
            self._take(party, question.persons, at)
        party.add(_passing(question.seen, at, question.direction, question.persons, decided_by))
        verdict = Verdict(reason, question.direction, question.persons, party.history.inside, 0)
        code = reason.code if reason else ADMITTED
        return _Outcome(verdict, party, question.persons, code, decided_by, question.passed and bool(reason))

    def _take(self, party: Party, persons: int, at: datetime) -> None:
        """They take places like a booking that is nobody's, so that none of these is sold again."""
        slot = self._ledger.slots[party.slot.id]
        units = max(0, min(self._units(party, persons), slot.room.capacity - slot.room.taken))
        slot.room.take(units, _DESK_SHARE)
        booking = Booking(
            id=self._codes.new_id(),
            slot_id=slot.id,
            revision=party.slot.revision,
            citizen_id=None,
            holder=b"",
            channel=_DESK_SHARE,
            units=units,
            persons=persons,
            booker_takes_part=False,
            state="confirmed",
            held_until=None,
            confirmed_at=at,
        )
        self._bookings.append(new_row(booking, slot, self._now))

    def _units(self, party: Party, persons: int) -> int:
        return persons if party.slot.activity.capacity.unit == "persons" else 1

    def _check_open(self, party: Party, at: datetime) -> None:
        slot = party.slot
        state = "valid" if slot.state == "open" else "closed"
        check_standing(PassFacts(state, slot.facility, 1, slot.sessions, slot.activity.gate, {}), at)

    def _all_out(self, question: AllOut, at: datetime) -> _Outcome:
        self._party_at_gate(question.slot_id, question.seen)
        parties = self._board.of_slot(question.slot_id)
        leaving = sum(party.history.inside_since(at) for party in parties)
        if not leaving:
            raise Refused("visits.nobody_inside")
        for party in parties:
            party.clear(at)
        inside = sum(party.history.inside for party in parties)
        outcome = _Outcome(Verdict(None, EXIT, leaving, inside, 0), parties[0], leaving)
        outcome.decided_by = WORKER if question.seen.staff_id is None else "server"
        return outcome

    def _party_at_gate(self, slot_id: int, seen: Seen) -> Party:
        if slot_id not in self._board.slots:
            raise Refused("visits.unknown_slot")
        party = self._board.walk_ins(slot_id)
        if party.slot.facility != seen.facility:
            where = party.slot.activity.facility.name.written()
            raise Refused("visits.other_facility", where=where)
        return party

    # -- what is kept

    def _record(self, question: Question, outcome: _Outcome, at: datetime, error: timedelta) -> None:
        seen, party = question.seen, outcome.party
        shown = ALL_OUT if isinstance(question, AllOut) else WALK_IN
        if isinstance(question, Scan):
            shown = "code" if len(question.shown) < 60 else "token"
        if party is not None and outcome.counted and outcome.code == ADMITTED and shown != ALL_OUT:
            party.flagged[seen.nonce] = outcome.conflict
        self._scans.append(
            {
                "id": self._codes.new_id(),
                "nonce": seen.nonce,
                "shown": shown,
                "facility": seen.facility,
                "slot_id": party.slot.id if party else None,
                "booking_id": party.booking_id if party and shown != ALL_OUT else None,
                "direction": outcome.verdict.direction,
                "persons": outcome.counted,
                "scanned_at": at,
                "received_at": self._now,
                "clock_error_ms": error // timedelta(milliseconds=1),
                "gate": seen.gate,
                "staff_id": seen.staff_id,
                "verdict": outcome.code,
                "told": told.keep(outcome.verdict),
                "decided_by": outcome.decided_by,
                "conflict": outcome.conflict,
            }
        )


def _passing(seen: Seen, at: datetime, direction: Direction, persons: int, decided_by: str) -> Passing:
    return Passing(seen.nonce, at, direction, persons, seen.gate, decided_by == SUPERVISOR)


def _refused(reason: Refused, direction: Direction | None) -> _Outcome:
    return _Outcome(Verdict(reason, direction or ENTRY, 0, 0, 0), code=reason.code)


_CORRECT = update(scans).where(scans.c.nonce == bindparam("of")).values(persons=bindparam("now"))
_ANSWERED = select(scans.c.nonce, scans.c.told).where(scans.c.nonce.in_(several("nonces")))
