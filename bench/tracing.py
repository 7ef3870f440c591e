"""Tracing over 5 million visits of 200 facilities in 14 days: `python -m bench.tracing`.

How long the database takes to find a group by hours, by event and around one pass, a whole preview with words and
cost, and the panel's page of it beside its `/healthz`; then how fast 1,000 people are handed over to a provider that
answers after 150 ms. Beside it, a bare `select 1`.
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
from sqlalchemy import Table, event, insert, text, update

from core.activities.model import activities, slots
from core.adapters.keys import make_keys
from core.adapters.system import SystemCodes
from core.bookings.model import bookings
from core.config import Settings
from core.db.database import Database
from core.db.schema import metadata
from core.db.types import to_milliseconds
from core.db.work import Work
from core.messages.templates import Saying
from core.messages.texts import Texts
from core.messages.worker import Notifier
from core.passes import code as pass_code
from core.passes.model import passes
from core.people.model import addresses, citizens
from core.people.staff_model import staff_sessions
from core.people.staff_roles import Role
from core.ports import Receipt
from core.tracing.claims import Claims
from core.tracing.finding import Finder
from core.tracing.groups import AroundPass, ByEvent, ByHours, Group
from core.tracing.wording import Wordings
from core.visits.model import visits
from tests.admin.conftest import serve
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
        for table in (bookings, visits):
            await self._fill_quickly(table, to_milliseconds(start))
        cases = self.random.sample(range(1, VISITS + 1), ROUNDS)
        await self._insert(
            passes,
            ({"id": n, "booking_id": n, "number": b"%d" % n, "code": pass_code.complete(f"{n:09d}"),
              "facility_number": 1, "starts_at": now, "ends_at": now, "persons": 1, "state": "valid",
              "issued_at": now} for n in cases),
        )  # fmt: skip
        # As PostgreSQL itself does after so many rows (autovacuum), and SQLite when it is asked to optimise.
        apart = self.database.engine.execution_options(isolation_level="AUTOCOMMIT")
        async with apart.connect() as connection:
            await connection.execute(text("analyze" if self.database.is_sqlite else "vacuum analyze"))
        self.cases = cases
        self.start = start

    async def _fill_quickly(self, table: Table, start: int) -> None:
        """By the database itself, indexes last: rows that go round facilities, days and hours."""
        if self.database.is_sqlite:
            series = f"with recursive numbers(n) as (select 0 union all select n + 1 from numbers where n < {VISITS - 1})"
            source, empty = "numbers", "x''"
        else:
            series, source, empty = (
                "",
                f"generate_series(0::bigint, {VISITS - 1}) as numbers(n)",
                "'\\x'::bytea",
            )
        facility, turn = f"n % {FACILITIES} + 1", f"n / {FACILITIES} % {DAYS * SLOTS_A_DAY}"
        slot = f"(({facility}) * {DAYS} + ({turn}) / {SLOTS_A_DAY}) * {SLOTS_A_DAY} + ({turn}) % {SLOTS_A_DAY} + 1"
        late = "((n * 48271) % 2400 - 600) * 1000"
        entered = (
            f"{start} + ({turn}) / {SLOTS_A_DAY} * 86400000 + ({turn}) % {SLOTS_A_DAY} * 3600000 + {late}"
        )
        values = {
            "id": "n + 1", "slot_id": slot, "booking_id": "n + 1", "persons": "1", "facility": f"'f' || ({facility})",
            "place": "''", "entered_at": entered, "left_at": f"{entered} + (20 + (n * 31) % 51) * 60000",
            "assumed": "false", "activity_id": facility, "revision": "1", "holder": empty, "channel": "'web'",
            "citizen_id": f"(n * 7919 + n / {CITIZENS} * 13) % {CITIZENS} + 1", "units": "1", "companions": "0",
            "booker_takes_part": "true", "state": "'confirmed'", "created_at": str(start), "extended": "false",
        }  # fmt: skip
        names = [column.name for column in table.columns if column.name in values]
        chosen = ", ".join(values[name] for name in names)
        async with self.database.writing() as connection:
            for index in table.indexes:
                await connection.run_sync(index.drop)
            into = f"insert into {table.name} ({', '.join(names)})"
            await connection.execute(text(f"{into} {series} select {chosen} from {source}"))
            for index in table.indexes:
                await connection.run_sync(index.create)

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

        async def find(n: int, group=group, sizes=sizes, statements=statements) -> None:  # type: ignore[no-untyped-def]
            statements.next()
            sizes.append(len((await finder.find(group(n), now)).citizens))

        took = await timed(find)
        in_database = statements.median()
        statements.stop()
        people = sorted(sizes)[len(sizes) // 2]
        say(name, f"{what}, in the database", in_database, GOAL_MS, f"   ({people} people)")
        say(name, f"{what}, with Python", took)
        say(name, f"{what}, a whole preview", await timed(lambda n, group=group: claims.make(group(n), TEST)),
            PREVIEW_GOAL_MS)  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        await preview_page(name, record, Path(folder) / "keys")


async def preview_page(name: str, record: Record, folder: Path) -> None:
    """The form sent, the group found, counted and audited, the page written; a browser's whole wait."""
    make_keys(folder)
    address = record.database.engine.url.render_as_string(hide_password=False)
    town = Town(record.database, record.clock, SystemCodes())
    await town.make_activity(key="bench", facility__key="f7", facility__number=7)
    async with serve(address, folder, record.clock) as panel:
        browser, path = await panel.sign_in(Role.TRACING), "/tracing/hours/f7"
        seen = await browser.visit(path)
        form = {**seen.form(path).fields, "template": "exposure", "advice": "test"}

        async def look(n: int) -> None:
            day = (record.start + timedelta(days=n % (DAYS - 2) + 1)).date()
            asked = {"day": day.isoformat(), "from": "12:00", "until": "13:00"}
            page = await browser.post(path, {**form, **asked})
            assert "people will be told" in page.html, page.html

        async def looks(n: int) -> None:
            if n % 15 == 0:  # twenty an hour, and this is one officer
                record.clock.move(hours=1.1)
                async with record.database.writing() as connection:
                    await connection.execute(update(staff_sessions).values(seen_at=record.clock.now()))
            await look(n)

        async def hello(_n: int) -> None:
            async with browser.session.get("/healthz") as answer:
                await answer.read()

        plain, took = await timed(hello), await timed(looks)
        ratio = f"   /healthz {plain:.2f} ms, ratio {plain / took:.3f}"
        say(name, "preview page", took, PREVIEW_GOAL_MS, ratio)


class Statements:
    """Time between a statement's leaving and its rows' being there."""

    def __init__(self, database: Database) -> None:
        self._engine = database.engine.sync_engine
        self.took: list[float] = []
        event.listen(self._engine, "before_cursor_execute", self._before)
        event.listen(self._engine, "after_cursor_execute", self._after)

    def _before(self, *_args: object) -> None:
        self._begun = time.perf_counter()

    def _after(self, *_args: object) -> None:
        self.took[-1] += time.perf_counter() - self._begun

    def next(self) -> None:
        self.took.append(0.0)

    def median(self) -> float:
        """Of all statements of one group together, in milliseconds."""
        return sorted(self.took)[len(self.took) // 2] * 1000

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
