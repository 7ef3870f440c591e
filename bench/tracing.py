"""Tracing over 5 million visits of 200 facilities in 14 days: `python -m bench.tracing`.

How long the database takes to find a group by hours, by event and around one pass, and a whole preview with words and
cost; then how fast 1,000 people are handed over to a provider that answers after 150 ms. Beside it, a bare `select 1`.
"""

from __future__ import annotations

import asyncio
import os
import random
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import asyncpg
from sqlalchemy import event, insert, text

from core.activities.model import activities, slots
from core.adapters.system import SystemCodes
from core.bookings.model import bookings
from core.config import Settings
from core.db.database import Database
from core.db.schema import metadata
from core.db.work import Work
from core.messages.templates import Saying
from core.messages.texts import Texts
from core.messages.worker import Notifier
from core.passes import code as pass_code
from core.passes.model import passes
from core.people.model import addresses, citizens
from core.ports import Receipt
from core.tracing.claims import Claims
from core.tracing.finding import Finder
from core.tracing.groups import AroundPass, ByEvent, ByHours, Group
from core.tracing.wording import Wordings
from core.visits.model import visits
from tests.fakes.clock import StoppedClock
from tests.fakes.postgres import private_postgres
from tests.makers import Town
from tests.tracing.town import APPROVER, DRAFTER, TEST, open_alkyona

VISITS = int(os.environ.get("VISITS", "5000000"))
FACILITIES, DAYS = 200, 14
CITIZENS = 35_000
SLOTS_A_DAY = 14
GOAL_MS, PREVIEW_GOAL_MS = 5.0, 100.0
ROUNDS = 60
_PART = 20_000


class Record:
    """A record of visits as large as a large town's, and what is asked of it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = StoppedClock()
        self.random = random.Random(1)

    async def fill(self) -> None:
        await _create(self.database)
        now, start = self.clock.now(), self.clock.now() - timedelta(days=DAYS)
        await self._insert(
            activities,
            ({"id": n, "key": f"a{n}", "category": "sport", "facility": f"f{n}", "state": "archived",
              "revision": 1, "planned_until": now} for n in range(1, FACILITIES + 1)),
        )  # fmt: skip
        per_day = range(SLOTS_A_DAY)
        await self._insert(
            slots,
            ({"id": self.slot(n, day, hour), "activity_id": n, "place": "", "occasion": "", "capacity": 200,
              "starts_at": start + timedelta(days=day, hours=hour), "taken": 0, "reserved": {}, "state": "open",
              "ends_at": start + timedelta(days=day, hours=hour + 1), "sessions": []}
             for n in range(1, FACILITIES + 1) for day in range(DAYS) for hour in per_day),
        )  # fmt: skip
        person = {"box": b"", "language": "el", "notice_version": 1, "reminders": False,
                  "registered_at": now, "last_verified_at": now}  # fmt: skip
        await self._insert(citizens, ({"id": n, **person} for n in range(1, CITIZENS + 1)))
        await self._insert(
            addresses,
            ({"id": n, "citizen_id": n, "kind": "mobile", "lookup": b"%d" % n, "box": b"", "verified_at": now}
             for n in range(1, CITIZENS + 1)),
        )  # fmt: skip
        fixed = {"revision": 1, "holder": b"", "channel": "web", "units": 1, "persons": 1, "companions": 0,
                 "booker_takes_part": True, "state": "confirmed", "created_at": now, "extended": False}  # fmt: skip
        chosen = [
            (n % FACILITIES + 1, *divmod(n // FACILITIES % (DAYS * SLOTS_A_DAY), SLOTS_A_DAY))
            for n in range(VISITS)
        ]
        await self._insert(
            bookings,
            ({"id": n + 1, "slot_id": self.slot(*at), "activity_id": at[0],
              "citizen_id": self.random.randint(1, CITIZENS), **fixed} for n, at in enumerate(chosen)),
        )  # fmt: skip

        def stay(n: int, at: tuple[int, int, int]) -> dict[str, object]:
            entered = start + timedelta(days=at[1], hours=at[2], seconds=self.random.randint(-600, 1800))
            left = entered + timedelta(minutes=self.random.randint(20, 70))
            return {"id": n + 1, "facility": f"f{at[0]}", "place": "", "slot_id": self.slot(*at),
                    "booking_id": n + 1, "persons": 1, "entered_at": entered, "left_at": left,
                    "assumed": False}  # fmt: skip

        await self._insert(visits, (stay(n, at) for n, at in enumerate(chosen)))
        cases = self.random.sample(range(1, VISITS + 1), ROUNDS)
        await self._insert(
            passes,
            ({"id": n, "booking_id": n, "number": b"%d" % n, "code": pass_code.complete(f"{n:09d}"),
              "facility_number": 1, "starts_at": now, "ends_at": now, "persons": 1, "state": "valid",
              "issued_at": now} for n in cases),
        )  # fmt: skip
        async with self.database.writing() as connection:
            await connection.execute(text("analyze"))
        self.cases = cases
        self.start = start

    async def _insert(self, table, rows) -> None:  # type: ignore[no-untyped-def]
        part: list[dict[str, object]] = []
        for row in rows:
            part.append(row)
            if len(part) == _PART:
                await self._write(table, part)
                part = []
        if part:
            await self._write(table, part)

    async def _write(self, table, part) -> None:  # type: ignore[no-untyped-def]
        async with self.database.writing() as connection:
            await connection.execute(insert(table), part)

    @staticmethod
    def slot(facility: int, day: int, hour: int) -> int:
        return (facility * DAYS + day) * SLOTS_A_DAY + hour + 1

    def moment(self) -> tuple[int, object]:
        day, hour = self.random.randint(1, DAYS - 1), self.random.randint(0, SLOTS_A_DAY - 1)
        return self.random.randint(1, FACILITIES), self.start + timedelta(days=day, hours=hour)

    def by_hours(self, _n: int) -> Group:
        facility, start = self.moment()
        return ByHours(f"f{facility}", start, start + timedelta(hours=1))  # type: ignore[arg-type, operator]

    def by_event(self, _n: int) -> Group:
        facility, start = self.moment()
        return ByEvent(f"a{facility}", start)  # type: ignore[arg-type]

    def around(self, n: int) -> Group:
        return AroundPass(pass_code.complete(f"{self.cases[n]:09d}"), 15)


async def timed(act: Callable[[int], Awaitable[object]]) -> float:
    """The median in milliseconds."""
    took = []
    for n in range(ROUNDS):
        begun = time.perf_counter()
        await act(n)
        took.append((time.perf_counter() - begun) * 1000)
    return sorted(took)[len(took) // 2]


def say(database: str, what: str, took: float, goal: float | None = None, more: str = "") -> None:
    wanted = "" if goal is None else f"   goal <= {goal:g}: {'reached' if took <= goal else 'MISSED'}"
    print(f"{database:11}{what:34}{took:9.2f} ms{wanted}{more}", flush=True)


async def measure(name: str, database: Database) -> None:
    record = Record(database)
    begun = time.perf_counter()
    await record.fill()
    print(f"{name:11}{VISITS:,} visits written in {time.perf_counter() - begun:.0f} s", flush=True)

    async def nothing(_n: int) -> None:
        async with database.reading() as connection:
            await connection.execute(text("select 1"))

    finder, now = Finder(database), record.clock.now()
    say(name, "select 1", await timed(nothing))
    kinds = (("by hours", record.by_hours), ("by event", record.by_event), ("around one pass", record.around))
    settings = Settings()
    texts = Texts(settings.zone)
    town = Town(database, record.clock, SystemCodes())
    claims = Claims(finder, Wordings(texts, settings, town.activities), record.clock, settings)
    for what, group in kinds:
        statements = Statements(database)
        sizes: list[int] = []

        async def find(n: int, group=group, sizes=sizes) -> None:  # type: ignore[no-untyped-def]
            sizes.append(len((await finder.find(group(n), now)).citizens))

        took = await timed(find)
        in_database = statements.per_round()
        statements.stop()
        people = sorted(sizes)[len(sizes) // 2]
        say(name, f"{what}, in the database", in_database, GOAL_MS, f"   ({people} people)")
        say(name, f"{what}, with Python", took)
        say(name, f"{what}, a whole preview", await timed(lambda n, group=group: claims.make(group(n), TEST)),
            PREVIEW_GOAL_MS)  # fmt: skip


class Statements:
    """Time between a statement's leaving and its rows' being there."""

    def __init__(self, database: Database) -> None:
        self._engine = database.engine.sync_engine
        self.took = 0.0
        event.listen(self._engine, "before_cursor_execute", self._before)
        event.listen(self._engine, "after_cursor_execute", self._after)

    def _before(self, *_args: object) -> None:
        self._begun = time.perf_counter()

    def _after(self, *_args: object) -> None:
        self.took += time.perf_counter() - self._begun

    def per_round(self) -> float:
        return self.took * 1000 / ROUNDS

    def stop(self) -> None:
        event.remove(self._engine, "before_cursor_execute", self._before)
        event.remove(self._engine, "after_cursor_execute", self._after)


class SlowProvider:
    """Takes an SMS after 150 ms."""

    def __init__(self) -> None:
        self.at: list[float] = []

    async def send(self, to: str, saying: Saying, reference: str) -> Receipt:
        await asyncio.sleep(0.15)
        self.at.append(time.perf_counter())
        return Receipt(f"SM{len(self.at)}")

    async def find(self, to: str, saying: Saying, since: object) -> Receipt | None:
        return None


async def hand_over(name: str, database: Database, folder: Path, people: int = 1000) -> None:
    """From the second release code to the last SMS at the provider."""
    async with open_alkyona(database, StoppedClock(), folder) as town:
        for n in range(people):
            await town.make_visit(await town.make_citizen(f"691{n:07d}"))
        warning = await town.draft()
        await town.step()
        await town.type_code(warning, DRAFTER, town.code_of(DRAFTER))
        code, provider = town.code_of(APPROVER), SlowProvider()
        town.start_worker(media={"sms": provider})
        notifier = Notifier(database, town.writer, town.clock, town.delivery, town.worker.chores)
        work = Work()
        town.panel.type_code(work, warning, APPROVER, code)
        await town.writer.commit(work)
        begun = time.perf_counter()
        running = asyncio.create_task(notifier.run())
        while len(provider.at) < people and time.perf_counter() - begun < 120:
            await asyncio.sleep(0.05)
            town.clock.at += timedelta(milliseconds=50)
        notifier.stop()
        await running
        first, last = provider.at[0] - begun, provider.at[-1] - begun
        verdict = "reached" if first <= 30 and len(provider.at) == people and last <= 60 else "MISSED"
        print(f"{name:11}{len(provider.at)} people: first after {first:.1f} s, last after {last:.1f} s"
              f"   goal <= 30 and <= 60: {verdict}", flush=True)  # fmt: skip


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/sent.db")
        await _create(database)
        await hand_over("SQLite", database, Path(folder) / "sqlite")
        await database.close()
        database = Database(f"sqlite:///{folder}/paso.db")
        await measure("SQLite", database)
        await database.close()
    with private_postgres(durable=True) as server, tempfile.TemporaryDirectory() as folder:
        root = await asyncpg.connect(f"{server}/postgres")
        for name in ("paso", "sent"):
            await root.execute(f"create database {name}")
        await root.close()
        database = Database(f"{server}/sent")
        await _create(database)
        await hand_over("PostgreSQL", database, Path(folder))
        await database.close()
        database = Database(f"{server}/paso")
        await measure("PostgreSQL", database)
        await database.close()


async def _create(database: Database) -> None:
    async with database.writing() as connection:
        await connection.run_sync(metadata.create_all)


if __name__ == "__main__":
    asyncio.run(main())
