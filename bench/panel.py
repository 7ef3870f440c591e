"""The panel in use: `python -m bench.panel`.

A day of 784 cells (56 lanes by 14 hours) while 50 viewers follow who is inside, beside the same server's `/healthz`;
and how long a scan takes until each of the viewers has been told. The browsers are a process of their own. Goal: five
seconds from scan to screen, at most.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, CookieJar, TCPConnector
from yarl import URL

from core.adapters.keys import make_keys
from core.db.types import to_milliseconds
from core.people.staff_roles import Role
from tests.admin.conftest import Panel, make_tables, serve
from tests.admin.gatehouse import TEN, Gatehouse
from tests.fakes.clock import StoppedClock

VIEWERS, SCANS, PAGES = 50, 40, 100
LANES, HOURS = 56, range(8, 22)


# -- the browsers


async def follow(session: ClientSession, told: asyncio.Queue[float]) -> None:
    """A viewer: notes when it was told something."""
    async with session.get("/live/stream") as stream:
        shown = False
        while line := await stream.content.readline():
            if line.strip():
                shown = shown or line.startswith(b"data:")
            elif shown:
                told.put_nowait(time.monotonic())
                shown = False


async def timed(times: int, act: Callable[[], Awaitable[Any]]) -> list[float]:
    took = []
    for _ in range(times):
        begun = time.monotonic()
        await act()
        took.append(time.monotonic() - begun)
    return sorted(took)


async def use(address: str, cookie: str, tokens: list[str], now_ms: int) -> dict[str, list[float]]:
    jar = CookieJar(unsafe=True)
    jar.update_cookies({"panel": cookie}, URL(address))
    async with ClientSession(address, cookie_jar=jar, connector=TCPConnector(limit=0)) as session:

        async def get(path: str) -> bytes:
            async with session.get(path) as answer:
                assert answer.status == 200, path
                return await answer.read()

        told: list[asyncio.Queue[float]] = [asyncio.Queue() for _ in range(VIEWERS)]
        viewers = [asyncio.create_task(follow(session, each)) for each in told]
        await asyncio.gather(*(each.get() for each in told))
        async with session.get("/gate/bundle", params={"facility": "hall"}) as answer:
            proof = {"X-CSRF-Token": (await answer.json())["csrf"]}
        arrivals: list[float] = []
        for nth, token in enumerate(tokens):
            assert all(each.empty() for each in told)
            scan = {"nonce": f"nonce-{nth:012}", "shown": token, "scanned_at": now_ms}
            body = {"facility": "hall", "gate": "gate-1", "sent_at": now_ms, "scans": [scan]}
            begun = time.monotonic()
            async with session.post("/gate/scans", json=body, headers=proof) as answer:
                assert answer.status == 200, await answer.text()
            arrivals += [at - begun for at in await asyncio.gather(*(each.get() for each in told))]
        page = "/day/at/hall?day=2026-12-02"
        assert (await get(page)).count(b'<a href="/day/slot/') == LANES * len(HOURS)
        found = {
            "told": sorted(arrivals),
            "day": await timed(PAGES, lambda: get(page)),
            "plain": await timed(PAGES, lambda: get("/healthz")),
        }
        for viewer in viewers:
            viewer.cancel()
        return found


def browsers(pipe: Connection) -> None:
    pipe.send(asyncio.run(use(*pipe.recv())))


# -- the panel


async def large_hall(panel: Panel) -> Gatehouse:
    """784 cells a day."""
    lanes = [
        {"key": f"lane-{n}", "name": {"el": f"Διαδρομή {n}", "en": f"Lane {n}"}, "capacity": 8}
        for n in range(1, LANES + 1)
    ]
    return await Gatehouse.build(
        panel,
        capacity={"unit": "persons"},
        facility__individual_facilities=lanes,
        calendar__rules__0__starts=[f"{hour:02}:00" for hour in HOURS],
    )


async def measure(folder: Path, pipe: Connection) -> dict[str, list[float]]:
    keys, address, clock = folder / "keys", f"sqlite:///{folder}/panel.db", StoppedClock()
    make_keys(keys)
    await make_tables(address)
    async with serve(address, keys, clock) as panel:
        house = await large_hall(panel)
        bookings = [
            await house.town.make_booking(
                await house.town.slot_at(TEN, f"lane-{nth % LANES + 1}"), await house.town.make_citizen()
            )
            for nth in range(SCANS)
        ]
        tokens = [await house.token(each) for each in bookings]
        clock.at = TEN + timedelta(minutes=1)
        officer = await panel.sign_in(Role.OFFICER)
        pipe.send((panel.address, officer.cookie(), tokens, to_milliseconds(clock.now())))
        found: dict[str, list[float]] = await asyncio.to_thread(pipe.recv)
        await house.close()
        return found


def main() -> None:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=browsers, args=(theirs,))
    process.start()
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(measure(Path(folder), ours))
    process.join()
    middle, late = (
        {name: 1000 * took[len(took) * part // 100] for name, took in found.items()} for part in (50, 99)
    )
    print(
        f"day page, {LANES * len(HOURS)} cells, {VIEWERS} viewers   {middle['day']:6.1f} ms   99 % {late['day']:6.1f} ms"
        f"   /healthz {middle['plain']:5.1f} ms   ratio {middle['plain'] / middle['day']:5.2f}"
    )
    print(
        f"scan to each of {VIEWERS} viewers            {middle['told']:6.1f} ms   99 % {late['told']:6.1f} ms"
        f"   worst {1000 * found['told'][-1]:6.1f} ms"
    )


if __name__ == "__main__":
    main()
