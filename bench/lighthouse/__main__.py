"""What Lighthouse says of the scanner and the day page: `python -m bench.lighthouse` (or `make lighthouse`).

The day is that of `bench.panel`, with 784 cells. Pages are examined as on a slow telephone: a processor four times
slower, a line of 1.6 Mbit/s with 150 ms. Goals: 100 for accessibility and for performance. Its scores waver by a point or
two on a busy machine: the best of three is printed beside all three.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

from bench.panel import large_hall
from core.adapters.keys import make_keys
from core.people.staff_roles import Role
from tests.admin.conftest import make_tables, serve
from tests.admin.gatehouse import TEN
from tests.admin.test_browser import FLAGS
from tests.fakes.clock import StoppedClock

HERE = Path(__file__).parent
PATHS = {"sign-in": "/in", "scanner": "/gate", "day": "/day/at/hall?day=2026-12-02", "live": "/live"}
TIMES = 3


async def examine(address: str, cookie: str, report: Path) -> dict[str, float]:
    """Scores of 100, and what the page weighs, in bytes. Chromium's trace fails now and then: then once more."""
    found = shutil.which("node", path=os.pathsep.join((os.environ["PATH"], str(Path(sys.executable).parent))))
    if found is None:
        sys.exit("Lighthouse needs Node.js: make set-up installs it where npm is missing.")
    command = (
        found,
        str(HERE / "node_modules" / "lighthouse" / "cli" / "index.js"),
        address,
        "--quiet",
        "--output=json",
        f"--output-path={report}",
        "--only-categories=performance,accessibility",
        f"--chrome-flags=--headless=new {FLAGS}",
        f"--extra-headers={json.dumps({'Cookie': f'panel={cookie}'})}",
    )
    for _ in range(2):
        process = await asyncio.create_subprocess_exec(
            *command, env={**os.environ, "CHROME_PATH": "/usr/bin/chromium"}
        )
        if await process.wait() == 0:
            break
    else:
        sys.exit(f"Lighthouse could not examine {address}.")
    told = json.loads(await asyncio.to_thread(report.read_text, "utf-8"))
    scores = {name: 100 * each["score"] for name, each in told["categories"].items()}
    return {**scores, "bytes": told["audits"]["total-byte-weight"]["numericValue"]}


async def measure(folder: Path) -> None:
    keys, database, clock = folder / "keys", f"sqlite:///{folder}/panel.db", StoppedClock()
    make_keys(keys)
    await make_tables(database)
    async with serve(database, keys, clock) as panel:
        house = await large_hall(panel)
        clock.at = TEN
        officer = await panel.sign_in(*Role)
        for name, path in PATHS.items():
            seen = [
                await examine(panel.address + path, officer.cookie(), folder / "report.json")
                for _ in range(TIMES)
            ]
            tries = ", ".join(f"{each['performance']:.0f}" for each in seen)
            print(
                f"{name:10} accessibility {min(each['accessibility'] for each in seen):4.0f}"
                f"   performance {max(each['performance'] for each in seen):4.0f} of {tries}"
                f"   {seen[0]['bytes'] / 1000:6.1f} kB",
                flush=True,
            )
        await house.close()


def main() -> None:
    if not (HERE / "node_modules").is_dir():
        sys.exit("Lighthouse is installed apart from the product: make lighthouse")
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(Path(folder)))


if __name__ == "__main__":
    main()
