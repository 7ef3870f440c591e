"""Another process writes row by row during a rush: `python -m bench.rush`.

64 people book in one process as fast as the box office answers, on SQLite with synchronous FULL; a second process,
like the gate's, commits one scan every 10 ms through a writer of its own. Goal: committed within 50 ms at p99. Beside
it the same without taking turns, when SQLite's own waiting decides.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import tempfile
import time
from contextlib import nullcontext
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from bench.box_office import Bench
from core.adapters.system import SystemClock
from core.db.database import Database
from core.db.schema import events
from core.db.work import Work
from core.db.writer import Writer

SECONDS = 6.0
EVERY_S = 0.01
PEOPLE = 64
GOAL_MS = 50


class Unordered(Database):
    """Does not take turns."""

    def _turn(self) -> Any:
        return nullcontext()


def gate(address: str, kind: type[Database], report: Connection) -> None:
    """The other process: milliseconds that each scan took to be durable; a failed one counts as infinite."""

    async def scan() -> None:
        database, clock = kind(address), SystemClock()
        writer = Writer(database, clock)
        await writer.commit(Work())
        report.send("ready")
        took = []
        end = time.perf_counter() + SECONDS
        while time.perf_counter() < end:
            work = Work()
            work.insert(events, at=clock.now(), name="scan", facts={})
            begun = time.perf_counter()
            try:
                await writer.commit(work)
                took.append((time.perf_counter() - begun) * 1000)
            except Exception:
                took.append(float("inf"))
            await asyncio.sleep(EVERY_S)
        report.send(took)
        await writer.close()
        await database.close()

    asyncio.run(scan())


async def rush(kind: type[Database]) -> tuple[list[float], float]:
    with tempfile.TemporaryDirectory() as folder:
        address = f"sqlite:///{Path(folder) / 'paso.db'}"
        database = kind(address)
        bench = Bench(database)
        await bench.prepare()
        mine, theirs = multiprocessing.get_context("spawn").Pipe()
        process = multiprocessing.get_context("spawn").Process(target=gate, args=(address, kind, theirs))
        process.start()
        await asyncio.to_thread(mine.recv)
        rate = await bench.rate(PEOPLE, bench.hold, SECONDS)
        took: list[float] = await asyncio.to_thread(mine.recv)
        process.join()
        await bench.town.writer.close()
        await database.close()
        return sorted(took), rate


def at(took: list[float], share: float) -> float:
    return took[min(len(took) - 1, int(len(took) * share))]


async def main() -> None:
    for name, kind in (("taking turns", Database), ("SQLite alone", Unordered)):
        took, rate = await rush(kind)
        goal = ""
        if kind is Database:
            goal = f"   goal: p99 <= {GOAL_MS} ms: {'reached' if at(took, 0.99) <= GOAL_MS else 'MISSED'}"
        print(
            f"{name:14}{len(took):5} scans   p50 {at(took, 0.5):7.1f}   p99 {at(took, 0.99):7.1f}   "
            f"worst {took[-1]:7.1f} ms   beside {rate:,.0f} bookings/s{goal}",
            flush=True,
        )


if __name__ == "__main__":
    asyncio.run(main())
