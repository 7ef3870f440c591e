"""How fast the pages of figures are after ten seasons like the model's: `python -m bench.figures`.

Ten demands are rehearsed in memory, told to the event log, and summed up, on SQLite and on PostgreSQL; then an officer
signs in and asks for the pages of the last season over HTTP. The goal for each page is 300 ms on SQLite. `/healthz` of
the same server stands beside them. A season played through the use cases reports its own bookings per second.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import insert, select

import core.tables
from core.activities.model import activities, slots
from core.adapters.keys import make_keys
from core.adapters.replaying import SeededChance
from core.commands.playing import play
from core.db.schema import events
from core.db.types import to_milliseconds
from core.db.work import Work
from core.people.staff_roles import Role
from core.stats.definitions import Period
from core.stats.replay.demand import demand
from core.stats.replay.outcome import model_targets
from core.stats.replay.rehearsal import Rehearsed, cancelled_at, rehearse, seats_of
from core.stats.replay.season import COMES_BEFORE, LEAVES_BEFORE
from core.stats.replay.town import SEASON, ZONE, town
from core.stats.verify import verify
from tests.admin.conftest import Panel, make_tables, serve
from tests.admin.pages import Browser
from tests.fakes.clock import StoppedClock
from tests.fakes.postgres import private_postgres

assert core.tables
SEASONS = 10
YEAR = timedelta(days=364)
GOAL_MS = 300
TIMES = 7
LAST = Period(SEASON.first + YEAR * (SEASONS - 1), SEASON.last + YEAR * (SEASONS - 1))
ASKED = f"first={LAST.first}&last={LAST.last}"
ALL = f"first={SEASON.first}&last={LAST.last}"
PAGES = {
    "statistics": f"/figures?{ASKED}",
    "statistics by weekday and hour": f"/figures?{ASKED}&by=weekday_hour",
    "statistics by age": f"/figures?{ASKED}&by=age",
    "heat map": f"/figures/heat?{ASKED}",
    "lead time and time to fill": f"/figures/time?{ASKED}",
    "at the same time": f"/figures/peaks?{ASKED}",
    "channels": f"/figures/channels?{ASKED}",
    "KPIs": "/figures/kpis",
    "what next": f"/figures/next?{ASKED}",
}
OF_TEN_SEASONS = {
    "statistics, ten seasons at once": f"/figures?{ALL}",
    "heat map, ten seasons at once": f"/figures/heat?{ALL}",
}


def slot_id(season: int, seat: int) -> int:
    return season * 1_000_000 + seat


def told(season: int, found: Rehearsed) -> Iterator[dict[str, Any]]:
    """The events of one season, so many years later."""
    later = YEAR * season

    def row(at: datetime, name: str, **facts: Any) -> dict[str, Any]:
        return {"at": at + later, "name": name, "facts": facts}

    for citizen in range(1973):
        yield row(found.choices[citizen].wish.asked_at, "citizen_registered", kind="mobile")
    for choice in found.choices:
        wish, seat = choice.wish, choice.seat or choice.first
        booking = slot_id(season, wish.number)
        facts = {
            "slot": slot_id(season, seat.id),
            "activity": wish.activity,
            "category": wish.category,
            "facility": found.facilities[wish.activity],
            "place": seat.place,
            "occasion": seat.occasion,
            "starts": to_milliseconds(seat.starts_at + later),
            "ends": to_milliseconds(seat.ends_at + later),
            "persons": wish.persons,
            "channel": wish.channel,
            "age": ("15-24", "25-44", "45-64")[wish.number % 3],
            "resident": "yes",
        }
        if choice.seat is None:
            yield row(wish.asked_at, "application_refused", **facts, reason="full")
            continue
        if choice.why:
            facts |= {
                "first_slot": slot_id(season, choice.first.id),
                "first_activity": wish.activity,
                "first_facility": facts["facility"],
                "first_place": choice.first.place,
                "first_starts": to_milliseconds(choice.first.starts_at + later),
                "first_ends": to_milliseconds(choice.first.ends_at + later),
                "first_why": choice.why,
            }
        yield row(wish.asked_at, "application_accepted", booking=booking, **facts)
        leaving = cancelled_at(choice)
        if leaving is not None:
            yield row(leaving, "booking_cancelled", booking=booking)
        elif wish.number in found.attended:
            passing = {"facility": facts["facility"], "category": wish.category, "persons": wish.persons}
            yield row(seat.starts_at, "attended", booking=booking)
            yield row(seat.starts_at - COMES_BEFORE, "entered", **passing)
            yield row(seat.ends_at - LEAVES_BEFORE, "left", **passing)


async def fill(panel: Panel) -> int:
    """Activities, slots and events of ten seasons; how many events."""
    found, count = town(), 0
    for activity in found.values():
        work = Work()
        await panel.side.activities.publish(work, activity)
        await panel.side.writer.commit(work)
    seats = [(key, seat) for (key, _), each in seats_of(found).items() for seat in each]
    async with panel.side.database.writing() as connection:
        ids = {row.key: row.id for row in await connection.execute(select(activities.c.key, activities.c.id))}
        for season in range(SEASONS):
            rehearsed = rehearse(demand(SeededChance(season), found), found, 0.35)
            taken = {each.id: each.taken for choice in rehearsed.choices if (each := choice.seat) is not None}
            plan = [
                {
                    "id": slot_id(season, seat.id),
                    "activity_id": ids[key],
                    "place": seat.place,
                    "occasion": seat.occasion,
                    "starts_at": seat.starts_at + YEAR * season,
                    "ends_at": seat.ends_at + YEAR * season,
                    "capacity": seat.capacity,
                    "taken": taken.get(seat.id, 0),
                    "reserved": {},
                    "state": "open",
                    "reason": None,
                    "sessions": [],
                }
                for key, seat in seats
            ]
            await connection.execute(insert(slots), plan)
            happened = sorted(told(season, rehearsed), key=lambda row: row["at"])
            await connection.execute(insert(events), happened)
            count += len(happened)
    for target in model_targets():
        work = Work()
        panel.side.targets.set(work, replace(target, target_period=LAST, counting_period=LAST), None)
        await panel.side.writer.commit(work)
    return count


async def milliseconds(browser: Browser, path: str) -> float:
    """The median of several requests, after one."""
    taken = []
    for _ in range(TIMES + 1):
        begun = time.perf_counter()
        async with browser.session.get(path) as answer:
            assert answer.status == 200, path
            await answer.read()
        taken.append((time.perf_counter() - begun) * 1000)
    return statistics.median(taken[1:])


async def measure(kind: str, address: str, folder: Path) -> None:
    clock = StoppedClock()
    clock.at = datetime.combine(LAST.last + timedelta(days=1), datetime.min.time(), ZONE)
    await make_tables(address)
    async with serve(address, folder / "keys", clock) as panel:
        count = await fill(panel)
        begun = time.perf_counter()
        await panel.side.rollup.refresh()
        seconds = time.perf_counter() - begun
        print(f"{kind}: {count} events of ten seasons summed up in {seconds:.1f} s, {count / seconds:.0f}/s")
        officer = await panel.sign_in(Role.OFFICER)
        plain = await milliseconds(officer, "/healthz")
        for name, path in {**PAGES, **OF_TEN_SEASONS}.items():
            taken = await milliseconds(officer, path)
            goal = f"goal {GOAL_MS}   ratio {taken / GOAL_MS:.2f}" if name in PAGES else "no goal"
            print(f"{f'{kind}: page {name}':52} {taken:8.1f} ms  {goal}   /healthz {plain:.1f} ms")
        begun = time.perf_counter()
        verified = await verify(panel.side.database, clock, ZONE)
        seconds = time.perf_counter() - begun
        print(
            f"{f'{kind}: figures verified against the log':52} {verified.compared:8}     "
            f"{len(verified.wrong)} differ, {seconds:.1f} s"
        )


async def on_postgres(server: str, folder: Path) -> None:
    root = await asyncpg.connect(f"{server}/postgres")
    await root.execute("create database figures")
    await root.close()
    await measure("PostgreSQL", f"{server}/figures", folder)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_keys(folder / "keys")
        asyncio.run(measure("SQLite", f"sqlite:///{folder}/figures.db", folder))
        with private_postgres(durable=True) as server:
            asyncio.run(on_postgres(server, folder))
    outcome = asyncio.run(play(1, 0.35))
    rate = outcome.played.bookings / outcome.seconds
    print(f"{'a season through the use cases':52} {rate:8.0f} bookings/s with all that belongs to them")


if __name__ == "__main__":
    main()
