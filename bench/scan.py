"""Scans at the gate: `python -m bench.scan`.

Verdicts in a second over HTTP beside an aiohttp hello: the same server, the same client in a process of its own, on
SQLite with synchronous FULL. Each scan is a signed pass, verified, decided, committed with its stay and events, and
answered; every pass goes in, then out. Goal: a tenth of the hello with many gates at once.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import tempfile
import time
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from aiohttp import web
from sqlalchemy import insert

from core.adapters.signing import Ed25519Signer, Ed25519Verifier
from core.adapters.system import SystemCodes
from core.bookings.model import bookings
from core.db.database import Database
from core.db.schema import metadata
from core.db.work import Work
from core.passes.code import complete
from core.passes.model import passes
from core.passes.token import Payload, encode
from core.visits.scans import Scan, Seen
from core.visits.service import Visits
from tests.fakes.clock import StoppedClock
from tests.makers import Town

PASSES = 3000
TEN = datetime(2026, 12, 2, 8, 0, tzinfo=UTC)
SIGNER = Ed25519Signer(bytes(32))
GATES = (1, 4, 16, 64)


# -- the gates, in a process of their own


async def send(port: int, path: str, bodies: list[bytes], at_once: int) -> list[float]:
    """Seconds that each answer took."""
    waiting = iter(bodies)
    took: list[float] = []

    async def gate() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for body in waiting:
            head = f"POST {path} HTTP/1.1\r\nHost: gate\r\nContent-Length: {len(body)}\r\n\r\n"
            begun = time.perf_counter()
            writer.write(head.encode() + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            assert answer.startswith(b"HTTP/1.1 200"), answer
            length = answer.lower().split(b"content-length: ")[1].split(b"\r\n")[0]
            await reader.readexactly(int(length))
            took.append(time.perf_counter() - begun)
        writer.close()

    await asyncio.gather(*(gate() for _ in range(at_once)))
    return took


def gates(pipe: Connection) -> None:
    while (wish := pipe.recv()) is not None:
        port, path, bodies, at_once = wish
        begun = time.perf_counter()
        took = asyncio.run(send(port, path, bodies, at_once))
        pipe.send((len(bodies) / (time.perf_counter() - begun), sorted(took)))


# -- the server


async def hello(request: web.Request) -> web.Response:
    await request.read()
    return web.Response(text="hello")


def scanning(town: Town, visits: Visits) -> Any:
    async def scan(request: web.Request) -> web.Response:
        asked = await request.json()
        now = town.clock.now()
        work = Work()
        answer = visits.scan(
            work, Scan(Seen(asked["nonce"], "hall", asked["gate"], 1, now, now), asked["shown"])
        )
        await town.writer.commit(work)
        verdict = answer.verdict
        assert verdict.persons == 2, verdict
        return web.json_response({"persons": verdict.persons, "direction": verdict.direction})

    return scan


async def issue(town: Town, slot_id: int) -> list[str]:
    """So many confirmed bookings of two, without citizens; the tokens of their passes."""
    activity_id = (await town.slot_row(slot_id)).activity_id
    common = {"slot_id": slot_id, "activity_id": activity_id, "revision": 1, "holder": b"", "channel": "web"}
    group = {"units": 2, "persons": 2, "companions": 1, "booker_takes_part": True, "state": "confirmed"}
    hour = {"starts_at": TEN, "ends_at": TEN + timedelta(hours=1)}
    numbers = [town.codes.new_id() for _ in range(PASSES)]
    now = town.clock.now()
    async with town.database.writing() as connection:
        await connection.execute(
            insert(bookings), [{"id": number, "created_at": now, **common, **group} for number in numbers]
        )
        await connection.execute(
            insert(passes),
            [
                {
                    "id": number,
                    "booking_id": number,
                    "number": number.to_bytes(8, "big"),
                    "code": complete(f"{nth:09}"),
                    "facility_number": 9,
                    "persons": 2,
                    "state": "valid",
                    "issued_at": now,
                    **hour,
                }
                for nth, number in enumerate(numbers)
            ],
        )
    return [encode(Payload(number, 9, persons=2, **hour), SIGNER) for number in numbers]


async def measure(pipe: Connection, folder: Path, at_once: int) -> None:
    town = Town(Database(f"sqlite:///{folder}/paso.db"), StoppedClock(), SystemCodes())
    async with town.database.writing() as connection:
        await connection.run_sync(metadata.create_all)
    await town.make_activity(capacity__per_slot=100_000, people={"party": {"min": 1, "max": 4}})
    tokens = await issue(town, await town.slot_at(TEN))
    verifier = Ed25519Verifier(SIGNER.public_key())
    visits = Visits(town.database, town.clock, town.codes, town.activities, verifier)
    app = web.Application()
    app.router.add_post("/hello", hello)
    app.router.add_post("/scan", scanning(town, visits))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]

    async def ask(path: str, bodies: list[bytes]) -> tuple[float, list[float]]:
        pipe.send((port, path, bodies, at_once))
        found: tuple[float, list[float]] = await asyncio.to_thread(pipe.recv)
        return found

    def bodies(way: str) -> list[bytes]:
        asked = [
            {"nonce": f"{way}-{nth:020}", "gate": f"{way}-{nth}", "shown": token}
            for nth, token in enumerate(tokens)
        ]
        return [json.dumps(each).encode() for each in asked]

    town.clock.at = TEN
    plain, _ = await ask("/hello", bodies("hello"))
    entering, took_in = await ask("/scan", bodies("in"))
    town.clock.move(minutes=30)
    leaving, took_out = await ask("/scan", bodies("out"))
    took = sorted(took_in + took_out)
    rate = 2 / (1 / entering + 1 / leaving)
    print(
        f"{at_once:3} gates at once: hello {plain:7.0f}/s   scans {rate:6.0f}/s   ratio {rate / plain:5.2f}"
        f"   middle {1000 * took[len(took) // 2]:6.1f} ms   99 % {1000 * took[len(took) * 99 // 100]:6.1f} ms"
    )
    await runner.cleanup()
    await town.writer.close()
    await town.database.close()


def main() -> None:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=gates, args=(theirs,))
    process.start()
    for at_once in GATES:
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(measure(ours, Path(folder), at_once))
    ours.send(None)
    process.join()


if __name__ == "__main__":
    main()
