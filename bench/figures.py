"""How fast statistics are after ten seasons like the model's: `python -m bench.figures`.

Ten demands are rehearsed in memory, told to the event log of a SQLite database, and summed up; then everything that the
statistics page and the KPI page of the last season ask is asked. The goal for each page is 300 ms.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

import core.tables
from core.activities.model import activities, slots
from core.adapters.replaying import MovedClock, SeededChance, SeededCodes
from core.db.database import Database
from core.db.schema import events, metadata
from core.db.types import to_milliseconds
from core.db.work import Work
from core.db.writer import Writer
from core.stats.advice import what_next
from core.stats.counts import View
from core.stats.definitions import Period
from core.stats.planning import names_of, season_of
from core.stats.presence import reduction_of
from core.stats.queries import Figures
from core.stats.replay.demand import demand
from core.stats.replay.outcome import model_targets
from core.stats.replay.rehearsal import Rehearsed, cancelled_at, rehearse
from core.stats.replay.season import COMES_BEFORE, LEAVES_BEFORE
from core.stats.replay.town import SEASON, ZONE, town
from core.stats.rollup import RollUp
from core.stats.targets import Targets
from core.stats.verify import verify

assert core.tables
SEASONS = 10
YEAR = timedelta(days=364)
GOAL_MS = 300
DIVIDED_BY = ("activity", "category", "day", "hour", "place", "channel", "age", "persons", "reason")


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


async def fill(database: Database) -> int:
    """Activities, slots and events of ten seasons; how many events."""
    found, count = town(), 0
    async with database.writing() as connection:
        await connection.run_sync(metadata.create_all)
        rows = [
            {
                "id": number,
                "key": activity.key,
                "category": activity.category,
                "facility": activity.facility.key,
                "state": "published",
                "revision": 1,
                "planned_until": datetime.combine(SEASON.last, datetime.min.time(), ZONE),
            }
            for number, activity in enumerate(found.values(), start=1)
        ]
        await connection.execute(insert(activities), rows)
        ids = {row["key"]: row["id"] for row in rows}
        for season in range(SEASONS):
            rehearsed = rehearse(demand(SeededChance(season), found), found, 0.35)
            seats = {
                seat.id: (choice.wish.activity, seat)
                for choice in rehearsed.choices
                for seat in (choice.first, choice.seat or choice.first)
            }
            plan = [
                {
                    "id": slot_id(season, seat.id),
                    "activity_id": ids[activity],
                    "place": seat.place,
                    "occasion": seat.occasion,
                    "starts_at": seat.starts_at + YEAR * season,
                    "ends_at": seat.ends_at + YEAR * season,
                    "capacity": seat.capacity,
                    "taken": seat.taken,
                    "reserved": {},
                    "state": "open",
                    "reason": None,
                    "sessions": [],
                }
                for activity, seat in seats.values()
            ]
            await connection.execute(insert(slots), plan)
            happened = sorted(told(season, rehearsed), key=lambda row: row["at"])
            await connection.execute(insert(events), happened)
            count += len(happened)
    return count


async def milliseconds(ask: Callable[[], Awaitable[Any]], times: int = 7) -> float:
    """The median of several."""
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        await ask()
        taken.append((time.perf_counter() - begun) * 1000)
    return statistics.median(taken)


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder)}/figures.db")
        last = Period(SEASON.first + YEAR * (SEASONS - 1), SEASON.last + YEAR * (SEASONS - 1))
        clock = MovedClock(datetime.combine(last.last + timedelta(days=1), datetime.min.time(), ZONE))
        writer = Writer(database, clock)
        figures, targets = Figures(database, clock, ZONE), Targets(database, clock, SeededCodes(1), ZONE)
        rollup = RollUp(database, writer, ZONE)
        count = await fill(database)
        begun = time.perf_counter()
        await rollup.refresh()
        seconds = time.perf_counter() - begun
        print(
            f"{'events of ten seasons summed up anew':48} {count / seconds:8.0f}/s   ({count} in {seconds:.1f} s)"
        )
        for target in model_targets():
            work = Work()
            targets.set(work, replace(target, target_period=last, counting_period=last), None)
            await writer.commit(work)
        sport = await figures.facilities("sport")
        found = list(town().values())

        async def statistics_page() -> None:
            await rollup.refresh()
            view = View(last)
            for by in (
                ("activity",),
                ("category",),
                ("day",),
                ("hour",),
                ("place",),
                ("channel",),
                ("age",),
                ("persons",),
            ):
                await figures.table(view, by)
            await figures.table(view, ("reason",))
            await figures.table(View(last, "slot"), ("weekday", "hour"))
            await figures.cancellations(view)
            await figures.leads(view)
            await figures.users(last.last)
            await figures.fill(last)
            reduction_of(await figures.peaks(last, sport))

        async def kpi_page() -> None:
            await rollup.refresh()
            await targets.kpis()

        async def next_page() -> None:
            await rollup.refresh()
            what_next(await season_of(figures, found, await targets.kpis(), last), names_of(found))

        for name, page in (("statistics", statistics_page), ("KPIs", kpi_page), ("what next", next_page)):
            taken = await milliseconds(page)
            print(
                f"{f'all queries of the page {name}':48} {taken:8.0f} ms  goal {GOAL_MS}   ratio {taken / GOAL_MS:.2f}"
            )
        begun = time.perf_counter()
        verified = await verify(database, clock, ZONE)
        seconds = time.perf_counter() - begun
        wrong = len(verified.wrong)
        print(
            f"{'figures verified against the whole log':48} {verified.compared:8}     {wrong} differ, {seconds:.1f} s"
        )
        await writer.close()
        await database.close()


if __name__ == "__main__":
    asyncio.run(main())
