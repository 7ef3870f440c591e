"""The box office: decides together what arrives together, so that a rush on one slot costs one lock and one
fsync a batch, not one per person.

It never gives away what is not there, and a citizen never gets more than the rules allow, whichever process
asks: slots and citizens are locked before they are read (`ledger`). What is refused is an answer too, with
its reason and the next best. A work whose `then` refuses takes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from core.activities.service import Activities
from core.bookings import rules
from core.bookings.alternatives import Missed, find_alternatives
from core.bookings.clerk import Clerk, Definitions
from core.bookings.ledger import Ledger
from core.bookings.requests import Accept, Confirm, Hold, Join, Leave, Move, Question, Serve, Sweep
from core.bookings.waiting_lists import Lists
from core.config import Settings
from core.db.types import FAR_FUTURE
from core.db.work import Asked
from core.ports import Clock


class BoxOffice:
    """A desk (`core.db.work.Desk`); one for each process."""

    def __init__(self, activities: Activities, clock: Clock, settings: Settings) -> None:
        self._activities = activities
        self._clock = clock
        self._factor = settings.landline_factor

    async def decide(self, transaction: AsyncConnection, asked: Sequence[Asked]) -> None:
        ledger, lists = Ledger(self._clock.now()), Lists()
        definitions = await self._read(transaction, ledger, lists, [each.request for each in asked])
        clerk = Clerk(ledger, lists, definitions, self._factor)
        answers = [clerk.settle(each) for each in asked]
        await find_alternatives(
            transaction, ledger, [answer for answer in answers if isinstance(answer, Missed)]
        )
        for each, answer in zip(asked, answers, strict=True):
            clerk.tell(each, answer.refusal() if isinstance(answer, Missed) else answer)
        await ledger.write_back(transaction)
        await lists.write_back(transaction, ledger)
        await ledger.write_bookings(transaction, clerk.changed())

    async def _read(
        self, transaction: AsyncConnection, ledger: Ledger, lists: Lists, questions: Sequence[Question]
    ) -> Definitions:
        wishes = [question.request for question in questions if isinstance(question, Hold)]
        joins = [question for question in questions if isinstance(question, Join)]
        others = [question for question in questions if not isinstance(question, Hold | Join | Sweep | Serve)]
        wanted = {each.slot_id for each in wishes} | {each.slot_id for each in joins}
        wanted |= {question.slot_id for question in others if isinstance(question, Move | Leave | Accept)}
        wanted.update(*(question.slots for question in questions if isinstance(question, Serve)))
        if any(isinstance(question, Sweep) for question in questions):
            wanted |= await ledger.slots_to_sweep(transaction)
        kept = {question.kept for question in others if isinstance(question, Move) and question.kept}
        asked_about = {question.booking_id for question in others} | kept
        await ledger.lock_slots(transaction, wanted, sorted(asked_about))
        await lists.read(transaction, ledger)

        needed = {(each.activity, each.revision) for each in wishes}
        needed |= {(each.activity, each.revision) for each in joins}
        needed |= {(ledger.slots[entry.slot_id].activity, entry.revision) for entry in lists.all()}
        booked = ledger.bookings.values()
        needed |= {(ledger.slots[booking.slot_id].activity, booking.revision) for booking in booked}
        definitions = {key: await self._activities.get(*key) for key in sorted(needed)}

        citizens = {wish.citizen_id for wish in wishes if wish.citizen_id is not None}
        citizens |= {join.citizen_id for join in joins}
        citizens |= {
            question.citizen_id for question in others if isinstance(question, Confirm | Move | Accept)
        }
        if citizens and ledger.slots:
            begin, end = _span(ledger, definitions)
            await ledger.lock_citizens(transaction, citizens, begin, end)
            if any(activity.rules.no_show is not None for activity in definitions.values()):
                await ledger.read_absences(transaction, citizens)
        return definitions


def _span(ledger: Ledger, definitions: Definitions) -> rules.Session:
    """The stretch of time in which other bookings of the citizens matter for any of the slots."""
    windows = [
        rules.window(activity, slot.starts_at, slot.ends_at)
        for slot in ledger.slots.values()
        for (key, _), activity in definitions.items()
        if key == slot.activity
    ] or [(slot.starts_at, slot.ends_at) for slot in ledger.slots.values()]
    if any(activity.rules.no_show is not None for activity in definitions.values()):
        windows.append((ledger.now, FAR_FUTURE))  # how many they have ahead
    return min(begin for begin, _ in windows), max(end for _, end in windows)
