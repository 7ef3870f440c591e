"""The processes as they really run: processes of their own, with their own keys, at the real time."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import IO

from aiohttp import ClientError, ClientSession

from core.activities.loading import load, parse
from core.adapters.keys import make_keys
from core.adapters.system import SystemClock
from core.bootstrap.citizen import CitizenSide, citizen_side
from core.commands.processes import WEB, WORKER, Process, environment, share_keys
from core.config import Settings
from core.db.database import Database
from core.db.migrate import migrate
from core.db.work import Work
from core.messages.worker import last_seen
from tests.whole.town import free_port
from tests.whole.worker import until
from tests.worlds import DEMONSTRATION

ROOT = Path(__file__).parents[2]


class Processes:
    """They write to `folder/log`; each can be killed and started again."""

    def __init__(
        self, folder: Path, settings: Settings, databases: Mapping[Process, str] | None = None
    ) -> None:
        self.folder = folder
        self.settings = settings
        self.databases = databases or {}
        """Their DATABASE_URL, where each has its own."""
        self.address = settings.public_url
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        (folder / "log").mkdir()

    def environment(self, process: Process) -> dict[str, str]:
        plain = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"}
        url = self.databases.get(process, self.settings.database_url)
        return {**plain, **environment(process, self.settings.model_copy(update={"database_url": url}))}

    def pid(self, process: Process) -> int:
        return self._running[process.name].pid

    async def start(self, process: Process) -> None:
        """Returns once it is at work."""
        since = SystemClock().now()
        self._begin(process)
        await until(lambda: self._works(since) if process is WORKER else self._answers(process))

    def _begin(self, process: Process) -> None:
        with (self.folder / "log" / f"{process.name}.log").open("ab") as log:
            self._running[process.name] = self.spawn(process, log)

    def spawn(self, process: Process, log: IO[bytes]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            process.command, cwd=self.folder, env=self.environment(process), stdout=log, stderr=log
        )

    def kill(self, process: Process) -> None:
        """`kill -9`."""
        self._running[process.name].kill()
        self._running.pop(process.name).wait()

    def stop(self) -> None:
        for running in self._running.values():
            running.send_signal(signal.SIGTERM)
        assert [running.wait(30) for running in self._running.values()] == [0] * len(self._running)

    def logs(self) -> str:
        return "\n".join(path.read_text("utf-8") for path in sorted((self.folder / "log").iterdir()))

    async def _answers(self, process: Process) -> bool:
        assert self._running[process.name].poll() is None, self.logs()
        address = self.address if process is WEB else self.settings.admin_url
        try:
            async with ClientSession() as client, client.get(f"{address}/healthz") as answer:
                return answer.status == 200
        except ClientError:
            return False

    async def _works(self, since: datetime) -> bool:
        assert self._running["worker"].poll() is None, self.logs()
        database = Database(self.settings.database_url, pool_size=1)
        try:
            seen = await last_seen(database)
            return seen is not None and seen >= since
        finally:
            await database.close()


@asynccontextmanager
async def open_processes(
    folder: Path,
    database_url: str,
    *,
    activities: tuple[str, ...],
    migrated: bool = False,
    databases: Mapping[Process, str] | None = None,
    **given: object,
) -> AsyncIterator[Processes]:
    """A town of these activities, `web` and `worker` at work."""
    port = free_port()
    settings = Settings(
        database_url=database_url,
        keys_dir=folder / "keys",
        port=port,
        public_url=f"http://127.0.0.1:{port}",
        log_level="debug",
        **given,  # type: ignore[arg-type]
    )
    make_keys(settings.keys_dir)
    share_keys(settings)
    side = citizen_side(settings)
    if migrated:
        await migrate(side.house.database)
    await publish(side, activities, SystemClock().now())
    await side.close()
    town = Processes(folder, settings, databases)
    await asyncio.gather(town.start(WEB), town.start(WORKER))
    try:
        yield town
    finally:
        town.stop()


async def publish(side: CitizenSide, activities: tuple[str, ...], now: datetime) -> None:
    """Activities of the demonstration."""
    today = now.astimezone(side.house.settings.zone).date()
    for key in activities:
        work = Work()
        definition = load(parse((DEMONSTRATION / f"{key}.json").read_bytes()), today)
        await side.house.activities.publish(work, definition)
        await side.house.writer.commit(work)
