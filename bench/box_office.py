"""The box office beside a raw driver: `python -m bench.box_office`.

Places held in a second, by so many people waiting at once, in one hot slot. Raw is one booking a statement: on SQLite
(synchronous FULL) the standard library's `sqlite3` with one durable commit for each; on PostgreSQL asyncpg over 32
connections. Both write the same row into the same tables as the product, which besides looks up the citizen, the
limits, and what else the citizen has booked. `confirmed` is the other half of a booking: pass, event, sealed box.
"""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import asyncpg
from sqlalchemy import insert, update

from core.activities.model import slots
from core.adapters.sealing import HmacOrigin, HpkeSealer, new_opening_key, sealing_key_of
from core.adapters.system import SystemCodes
from core.bookings.decisions import Confirmed, Held
from core.db.database import Database
from core.db.schema import metadata
from core.people.model import addresses, citizens
from tests.fakes.clock import StoppedClock
from tests.fakes.postgres import private_postgres
from tests.makers import Town

SECONDS = 0.7
WARM_UP_S = 0.5
ROUNDS = 5
PEOPLE = 150_000
RAW_CITIZEN = PEOPLE
"""Whose all raw bookings are: the product would not allow it."""

_TAKE = "update slots set taken = taken + 1 where id = {0} and taken < capacity"
_COLUMNS = (
    "id, slot_id, activity_id, revision, citizen_id, holder, channel, units, persons, companions, "
    "booker_takes_part, state, created_at, held_until, extended"
)
_ROW = (b"0" * 32, "web", 1, 1, 0, True, "held", 1796112000000, 1796112300000, False)


class Bench:
    """A town with one large slot and many citizens, each of whom holds one place."""

    def __init__(self, database: Database) -> None:
        self.town = Town(database, StoppedClock(), SystemCodes())
        self.town.bookings._sealer = HpkeSealer(sealing_key_of(new_opening_key()), HmacOrigin(bytes(32)))
        self.slot = 0
        self.activity_id = 0
        self.citizens = iter(range(1, PEOPLE))

    async def prepare(self) -> None:
        town = self.town
        async with town.database.writing() as connection:
            await connection.run_sync(metadata.create_all)
        await town.make_activity(
            capacity__per_slot=100_000,
            people={"party": {"min": 1, "max": 4}},
            rules={"limits": {"per_day": 2}},
        )
        self.slot = await town.slot_at(town.clock.now().replace(day=2))
        async with (
            town.database.writing() as connection
        ):  # more than an activity may have: it is not to be full
            await connection.execute(update(slots).where(slots.c.id == self.slot).values(capacity=10_000_000))
        self.activity_id = (await town.slot_row(self.slot)).activity_id
        now = town.clock.now()
        async with town.database.writing() as connection:
            for first in range(1, PEOPLE + 1, 10_000):
                ids = range(first, first + 10_000)
                person = {"box": b"", "language": "el", "resident": True, "notice_version": 1}
                moments = {"reminders": False, "registered_at": now, "last_verified_at": now}
                await connection.execute(
                    insert(citizens), [{"id": each, **person, **moments} for each in ids]
                )
                await connection.execute(
                    insert(addresses),
                    [
                        {"id": each, "citizen_id": each, "kind": "mobile", "lookup": b"%d" % each, "box": b"",
                         "verified_at": now}
                        for each in ids
                    ],
                )  # fmt: skip

    async def hold(self) -> None:
        assert isinstance(await self.town.hold(self.slot, next(self.citizens), holder=b"0" * 32), Held)

    async def hold_and_confirm(self) -> None:
        citizen = next(self.citizens)
        held = await self.town.hold(self.slot, citizen, holder=b"0" * 32)
        assert isinstance(held, Held)
        names = ["Μαρία Παπαδοπούλου"]
        assert isinstance(await self.town.confirm(held.booking_id, citizen, names=names), Confirmed)

    async def rate(self, people: int, act: Callable[[], Awaitable[None]], seconds: float) -> float:
        """Acts in a second, with so many people waiting."""
        done = 0
        begun = time.perf_counter()

        async def person() -> None:
            nonlocal done
            while time.perf_counter() - begun < seconds:
                await act()
                done += 1

        await asyncio.gather(*(person() for _ in range(people)))
        return done / (time.perf_counter() - begun)


def raw_sqlite(path: Path, slot: int, activity_id: int) -> float:
    """One durable commit for each booking."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("synchronous = full", "foreign_keys = on"):
        connection.execute(f"pragma {pragma}")
    take, add = _TAKE.format("?"), f"insert into bookings ({_COLUMNS}) values ({','.join('?' * 15)})"
    codes, begun, done = SystemCodes(), time.perf_counter(), 0
    while time.perf_counter() - begun < SECONDS:
        done += 1
        connection.execute("begin immediate")
        if connection.execute(take, (slot,)).rowcount == 1:
            connection.execute(add, (codes.new_id(), slot, activity_id, 1, RAW_CITIZEN, *_ROW))
        connection.execute("commit")
    connection.close()
    return done / (time.perf_counter() - begun)


async def raw_postgres(address: str, clients: int, slot: int, activity_id: int) -> float:
    """One statement for each booking; as many connections as clients."""
    pool = await asyncpg.create_pool(address, min_size=clients, max_size=clients)
    values = ", ".join(f"${n}" for n in range(4, 15))
    statement = (
        f"with won as ({_TAKE.format('$1')} returning id) "
        f"insert into bookings ({_COLUMNS}) select $2, id, $3, 1, {values} from won"
    )
    codes, begun, done = SystemCodes(), time.perf_counter(), 0

    async def client() -> None:
        nonlocal done
        async with pool.acquire() as connection:
            prepared = await connection.prepare(statement)
            while time.perf_counter() - begun < SECONDS:
                done += 1
                await prepared.fetch(slot, codes.new_id(), activity_id, RAW_CITIZEN, *_ROW)

    await asyncio.gather(*(client() for _ in range(clients)))
    rate = done / (time.perf_counter() - begun)
    await pool.close()
    return rate


async def sqlite() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "paso.db"
        database = Database(f"sqlite:///{path}")
        bench = Bench(database)
        await bench.prepare()

        async def raw() -> float:
            return raw_sqlite(path, bench.slot, bench.activity_id)

        await compare("SQLite", "raw sqlite3, one at a time", raw, bench, (1, 4, 16, 64), goal=3)
        await bench.town.writer.close()
        await database.close()


async def postgres() -> None:
    with private_postgres(durable=True) as server:
        root = await asyncpg.connect(f"{server}/postgres")
        await root.execute("create database paso")
        await root.close()
        address = f"{server}/paso"
        database = Database(address)
        bench = Bench(database)
        await bench.prepare()

        async def raw() -> float:
            return await raw_postgres(address, 32, bench.slot, bench.activity_id)

        await compare("PostgreSQL", "raw asyncpg, 32 clients", raw, bench, (1, 8, 32), goal=4)
        await bench.town.writer.close()
        await database.close()


async def compare(
    database: str,
    anchor: str,
    raw: Callable[[], Awaitable[float]],
    bench: Bench,
    crowds: Sequence[int],
    goal: float,
) -> None:
    """Raw and product by turns, so that both meet the same disk and the same neighbours; medians are printed."""
    most = crowds[-1]
    await bench.rate(most, bench.hold, WARM_UP_S)
    raws, held, confirmed = [], [], []
    for _ in range(ROUNDS):
        raws.append(await raw())
        held.append(await bench.rate(most, bench.hold, SECONDS))
        confirmed.append(await bench.rate(most, bench.hold_and_confirm, SECONDS))
    base = median(raws)
    print(f"{database:11}{anchor:34}{base:9,.0f}/s   x  1.00", flush=True)
    for people in crowds[:-1]:
        rate = await bench.rate(people, bench.hold, SECONDS)
        print(f"{database:11}{f'held, {people} waiting':34}{rate:9,.0f}/s   x {rate / base:5.2f}", flush=True)
    ratio = median([each / beside for each, beside in zip(held, raws, strict=True)])
    print(
        f"{database:11}{f'held, {most} waiting':34}{median(held):9,.0f}/s   x {ratio:5.2f}"
        f"   goal >= {goal:g}: {'reached' if ratio >= goal else 'MISSED'}",
        flush=True,
    )
    ratio = median([each / beside for each, beside in zip(confirmed, raws, strict=True)])
    what = f"held and confirmed, {most} waiting"
    print(f"{database:11}{what:34}{median(confirmed):9,.0f}/s   x {ratio:5.2f}", flush=True)


def median(figures: list[float]) -> float:
    return sorted(figures)[len(figures) // 2]


if __name__ == "__main__":
    asyncio.run(sqlite())
    asyncio.run(postgres())
