"""What comes after a first walk: the desk, an offer from the waiting list, a change by staff, a file of one's data.

The citizens' side is opened once more for it, on the same database and with the same keys, as another process is.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from sqlalchemy import func, select, update

from core.activities.model import slots
from core.adapters.system import SystemClock
from core.bookings.decisions import Joined
from core.bookings.model import bookings, provisional, staff_changes, waiting
from core.bookings.staff_changes import CANCELLED, note_change
from core.bookings.waiting_service import Wish
from core.bootstrap.citizen import CitizenSide, citizen_side
from core.conversations.model import data_requests
from core.db.work import Work
from core.people.model import addresses
from tests.bot.telegram_person import TelegramPerson
from tests.webhooks.desks import DeskTab, clerk
from tests.whole.processes import Processes
from tests.whole.worker import until


async def later_walk(town: Processes, person: TelegramPerson, owner: str, number: str) -> None:
    """`person` has registered; `owner`, of this landline, comes to the counter."""
    side = citizen_side(town.settings)
    try:
        await at_the_desk(town, side, owner, number)
        await from_the_waiting_list(side, person)
        await changed_by_staff(side)
        await ones_own_data(side, person)
    finally:
        await side.close()


async def at_the_desk(town: Processes, side: CitizenSide, owner: str, number: str) -> None:
    """A provisional booking, whose call is to come."""
    place: Any = SimpleNamespace(side=side, address=town.address, clock=SystemClock())
    async with DeskTab(place) as tab:
        await tab.serve(await clerk(place))
        await tab.press("Γήπεδα τένις")
        for choice in (2, 0, 0, 0):
            await tab.press(tab.buttons()[choice])
        await tab.press("Το διάβασα")
        await tab.type(number)
        await tab.press("Το τηλέφωνο είναι στο σπίτι")
        await tab.press(tab.buttons()[0])
        for typed in (owner, "ναι", "όχι", f"Άννα {owner.split()[-1]}"):
            await tab.type(typed)
        await tab.press("Επιβεβαιώνω")
        assert "Κρατήσαμε προσωρινά" in tab.heard(), tab.heard()
        await tab.finish()
    assert await one(side, select(func.count()).select_from(provisional)) == 1


async def from_the_waiting_list(side: CitizenSide, person: TelegramPerson) -> None:
    """Their slot is full, they wait, a place becomes free, and the chat says so."""
    house = side.house
    slot, activity = await row(
        side, select(bookings.c.slot_id, bookings.c.revision).where(bookings.c.state == "confirmed")
    )
    theirs = select(addresses.c.citizen_id).where(addresses.c.kind == "telegram")
    await until(lambda: row(side, theirs))  # their last answer may be under way
    citizen = await one(side, theirs)
    full = update(slots).where(slots.c.id == slot)
    await written(side, full.values(taken=slots.c.capacity, reserved={}))
    work = Work()
    wish = Wish(slot, "pool", activity, 1, True)
    decided: list[Any] = []
    house.bookings.waiting.join(work, wish, citizen, "telegram", lambda said, _work: decided.append(said))
    await house.writer.commit(work)
    assert isinstance(decided[-1], Joined), decided
    assert await one(side, select(waiting.c.state)) == "waiting"
    await written(side, full.values(taken=slots.c.capacity - 1))
    await person.chat.until(lambda: "Ελευθερώθηκε η θέση" in person.chat.last.text)


async def changed_by_staff(side: CitizenSide) -> None:
    """The telephone at home is called."""
    booking = await one(side, select(bookings.c.id).where(bookings.c.state == "confirmed"))
    work = Work()
    note_change(work, booking, CANCELLED, SystemClock().now())
    await side.house.writer.commit(work)

    async def told() -> bool:
        return await one(side, select(staff_changes.c.told_at)) is not None

    await until(told)


async def ones_own_data(side: CitizenSide, person: TelegramPerson) -> None:
    await person.command("my_data")
    await person.chat.until(lambda: any(each.document for each in person.chat.from_bot))
    assert await one(side, select(func.count()).select_from(data_requests)) == 1


async def one(side: CitizenSide, query: Any) -> Any:
    return (await row(side, query))[0]


async def row(side: CitizenSide, query: Any) -> Any:
    async with side.house.database.reading() as connection:
        return (await connection.execute(query)).first()


async def written(side: CitizenSide, statement: Any) -> None:
    async with side.house.database.writing() as connection:
        await connection.execute(statement)
