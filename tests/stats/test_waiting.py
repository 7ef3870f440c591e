"""Waiting lists in the figures: a request refused and a place given later are two applications, and the log agrees."""

from __future__ import annotations

from core.stats.counts import View
from core.stats.verify import verify
from tests.bookings.waiters import accept, full, join, leave, states
from tests.makers import Town
from tests.stats.conftest import Desk
from tests.stats.makers import ATHENS
from tests.stats.test_figures import MONTH
from tests.stats.test_manual import example


async def counted(desk: Desk) -> tuple[int, int, int]:
    """Applications, accepted, refused; and the log gives the same again."""
    await desk.rollup.refresh()
    assert (await verify(desk.database, desk.clock, ATHENS)).wrong == ()
    counts = await desk.figures.counts(View(MONTH))
    return counts.applications, counts.accepted, counts.refused


async def test_example_l_refused_and_later_placed_are_two_applications(desk: Desk) -> None:
    town = Town(desk.database, desk.clock)
    slot, [(booking, owner)] = await full(town)
    maria, nikos, eleni = await town.make_citizens(3)
    assert await counted(desk) == (1, 1, 0)
    for citizen in (maria, nikos):  # they ask, and there is no room
        await town.hold(slot, citizen)
    for citizen in (maria, nikos, eleni):  # Eleni joins where she sees that it is full
        await join(town, slot, citizen)
    assert await counted(desk) == (3, 1, 2)
    await town.cancel(booking, owner)
    assert (await states(town))[0] == "offered"
    assert await counted(desk) == (3, 1, 2), "an offer is none"
    (offer,) = [each.id for each in await town.bookings.waiting.mine(maria)]
    await accept(town, maria, offer)
    await town.confirm(offer, maria)
    assert await counted(desk) == (4, 2, 2)
    (waits,) = [each.id for each in await town.bookings.waiting.mine(eleni)]
    await leave(town, eleni, waits)
    applications, accepted, refused = await counted(desk)
    counts = await desk.figures.counts(View(MONTH))
    assert example("L").endswith(
        f"applications {applications}, of which {accepted} accepted ({counts.cancelled} of them cancelled)"
        f" and {refused} refused."
    )
    names = [name for name, _ in await town.happenings() if name.startswith("waiting_")]
    assert names == ["waiting_joined"] * 3 + ["waiting_offered", "waiting_taken", "waiting_left"]
