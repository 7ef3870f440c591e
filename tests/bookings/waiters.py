"""Those who wait, for the tests of waiting lists."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from core.bookings.decisions import Joined, RefusedPlace
from core.bookings.model import waiting
from core.bookings.waiting_service import WaitingView, Wish
from tests.bookings.hours import at
from tests.makers import Town

LISTED = {"rules__waiting_list": True}


async def full(town: Town, places: int = 1, **changes: Any) -> tuple[int, list[Any]]:
    """A slot of which every place is booked, each by its own citizen."""
    await town.make_activity(capacity__per_slot=places, **{**LISTED, **changes})
    slot = await town.slot_at(at(2, 10))
    booked = []
    for citizen in await town.make_citizens(places):
        booked.append((await town.make_booking(slot, citizen), citizen))
    return slot, booked


async def join(town: Town, slot: int, citizen: int, persons: int = 1, **changes: Any) -> Any:
    decided: list[Any] = []
    wish = Wish(slot, "hall", changes.get("revision", 1), persons, True)
    channel = changes.get("channel", "web")
    await town.write(
        lambda work: town.bookings.waiting.join(
            work, wish, citizen, channel, lambda decision, _: decided.append(decision)
        )
    )
    return decided[-1]


async def joined(town: Town, slot: int, persons: int = 1, **changes: Any) -> tuple[int, int]:
    """(citizen, entry) of somebody new who waits there."""
    citizen = await town.make_citizen(kind=changes.pop("kind", "mobile"))
    decision = await join(town, slot, citizen, persons, **changes)
    assert isinstance(decision, Joined), decision
    return citizen, decision.waiting_id


async def entry(town: Town, citizen: int, entry_id: int) -> WaitingView:
    found = await town.bookings.waiting.one(citizen, entry_id)
    assert found is not None
    return found


async def states(town: Town) -> list[str]:
    async with town.database.reading() as connection:
        return list((await connection.execute(select(waiting.c.state).order_by(waiting.c.rank))).scalars())


async def accept(town: Town, citizen: int, entry_id: int) -> Any:
    decided: list[Any] = []
    view = await entry(town, citizen, entry_id)
    await town.write(
        lambda work: town.bookings.waiting.accept(
            work, view, citizen, b"chat", lambda decision, _: decided.append(decision)
        )
    )
    return decided[-1]


async def leave(town: Town, citizen: int, entry_id: int) -> None:
    view = await entry(town, citizen, entry_id)
    await town.write(lambda work: town.bookings.waiting.leave(work, view, citizen, lambda decision, _: None))


async def serve(town: Town, *slots: int) -> None:
    await town.write(lambda work: town.bookings.waiting.serve(work, slots))


def code(decision: Any) -> str:
    assert isinstance(decision, RefusedPlace), decision
    return decision.reason.code
