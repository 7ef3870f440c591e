"""Processes on one SQLite file take turns; nobody starves, and nobody who dies stays in the way."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from core.db import turnstile
from core.db.turnstile import Turnstile

_HOLD = """
import asyncio, sys
from pathlib import Path
from core.db.turnstile import Turnstile

async def hold():
    async with Turnstile(Path(sys.argv[1])).turn():
        print("in", flush=True)
        await asyncio.sleep(60)

asyncio.run(hold())
"""


async def test_two_are_never_inside_at_once(tmp_path: Path) -> None:
    gates = [Turnstile(tmp_path / "paso.db") for _ in range(3)]
    inside = most = 0

    async def go(gate: Turnstile) -> None:
        nonlocal inside, most
        async with gate.turn():
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(go(gates[n % 3]) for n in range(30)))
    assert most == 1
    for gate in gates:
        gate.close()


async def test_who_waits_comes_before_who_has_just_been_inside(tmp_path: Path) -> None:
    busy, other = Turnstile(tmp_path / "paso.db"), Turnstile(tmp_path / "paso.db")
    order: list[str] = []

    async def rush() -> None:
        for _ in range(6):
            async with busy.turn():
                order.append("busy")
                await asyncio.sleep(0.01)

    async def scan() -> None:
        await asyncio.sleep(0.015)
        async with other.turn():
            order.append("other")

    await asyncio.gather(rush(), scan())
    assert order.index("other") <= 3  # it came while the second was inside
    busy.close()
    other.close()


async def test_what_happens_inside_does_not_keep_the_turn(tmp_path: Path) -> None:
    gate, other = Turnstile(tmp_path / "paso.db"), Turnstile(tmp_path / "paso.db")

    async def fail() -> None:
        async with gate.turn():
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    waiting = asyncio.create_task(_through(gate))
    async with other.turn():
        await asyncio.sleep(0.005)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    await _through(other)
    await _through(gate)
    gate.close()
    other.close()


async def test_a_process_that_dies_inside_lets_the_others_in(tmp_path: Path) -> None:
    path = tmp_path / "paso.db"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _HOLD, str(path), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"in\n"
    gate = Turnstile(path)
    waiting = asyncio.create_task(_through(gate))
    await asyncio.sleep(0.02)
    assert not waiting.done()
    process.kill()
    await process.wait()
    await waiting
    gate.close()


async def test_patience_ends_and_sqlites_own_lock_decides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turnstile, "_PATIENCE_S", 0.01)
    stuck, gate = Turnstile(tmp_path / "paso.db"), Turnstile(tmp_path / "paso.db")
    async with stuck.turn():
        await _through(gate)
        with pytest.raises(TimeoutError):
            await _through(stuck)  # this process itself is inside
    stuck.close()
    gate.close()


async def _through(gate: Turnstile) -> None:
    async with gate.turn():
        pass
