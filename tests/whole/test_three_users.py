"""One machine, three system users, as deploy/README.md sets them up: the panel's user reaches nothing of the others.

Numbers of users are enough for the kernel, so none is created; but only root may give processes other users.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO

import pytest

from core.adapters.keys import make_keys
from core.adapters.system import SystemClock
from core.bootstrap.citizen import citizen_side
from core.commands.processes import ADMIN, TOWN, WEB, WORKER, Process, share_keys
from core.config import Settings
from core.db.migrate import migrate
from tests.conversations.web_person import WebPerson
from tests.fakes.twilio_provider import twilio_provider
from tests.whole.panel import sign_in, visit_everything
from tests.whole.people import MOBILE
from tests.whole.processes import ROOT, Processes, publish
from tests.whole.test_drill import book
from tests.whole.town import free_port
from tests.whole.worker import provided_by

USERS = {WEB: 64101, ADMIN: 64102, WORKER: 64103}
GROUP = 64100
_LIBRARIES = Path(pytest.__file__).parents[1]
_NEEDED = "import sqlalchemy, aiohttp, cryptography"


def interpreter() -> str:
    """A Python that other users may run: ours, or Debian's of the same version with our libraries."""
    if os.geteuid() != 0:
        pytest.skip("only root can give processes other users")
    for python in (sys.executable, f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"):
        if Path(python).exists() and _runs(python):
            return python
    pytest.skip(
        "no Python of this version can be run by other users here (the home of root is closed to them)"
    )


def _runs(python: str) -> bool:
    command = [python, "-c", _NEEDED]
    try:
        tried = subprocess.run(
            command, env=_paths(), cwd="/", capture_output=True, check=False, **_as(USERS[ADMIN])
        )
    except PermissionError:
        return False
    return tried.returncode == 0


def _paths() -> dict[str, str]:
    return {"PATH": os.defpath, "PYTHONPATH": f"{ROOT}:{_LIBRARIES}", "LANG": "C.UTF-8"}


def _as(user: int) -> dict[str, object]:
    return {"user": user, "group": GROUP, "extra_groups": [], "umask": 0o007}


class ThreeUsers(Processes):
    """Each process is its own user's."""

    python = ""

    def spawn(self, process: Process, log: IO[bytes]) -> subprocess.Popen[bytes]:
        environment = {**self.environment(process), **_paths()}
        command = [self.python, *process.command[1:]]
        user = _as(USERS[process])
        return subprocess.Popen(command, cwd="/", env=environment, stdout=log, stderr=log, **user)  # type: ignore[call-overload,no-any-return]

    def as_panel(self, code: str) -> str:
        """What the panel's user gets by this; the last line of what it said."""
        told = subprocess.run(
            [self.python, "-c", code], env=_paths(), cwd="/", capture_output=True, text=True, check=False,
            **_as(USERS[ADMIN]),
        )  # type: ignore[call-overload]  # fmt: skip
        return (told.stdout + told.stderr).strip().splitlines()[-1]


def _folders() -> Path:
    """One to pass through, in it `shared` for the database and `worker`, the worker's own."""
    folder = Path(tempfile.mkdtemp(prefix="paso-three-"))
    folder.chmod(0o711)
    for name, user, mode in (("shared", 0, 0o2770), ("worker", USERS[WORKER], 0o700)):
        (folder / name).mkdir()
        os.chown(folder / name, user, GROUP)
        (folder / name).chmod(mode)
    return folder


@asynccontextmanager
async def open_three(python: str, **given: object) -> AsyncIterator[ThreeUsers]:
    """As deploy/README.md: keys to pass through and not to look around; the file of SQLite is the group's."""
    folder = _folders()
    shared, private = folder / "shared", folder / "worker"
    port, admin_port = free_port(), free_port()
    settings = Settings(
        database_url=f"sqlite:///{shared}/paso.db",
        keys_dir=folder / "keys",
        port=port,
        admin_port=admin_port,
        public_url=f"http://127.0.0.1:{port}",
        admin_url=f"http://127.0.0.1:{admin_port}",
        tracing_journal=private / "releases.journal",
        erasures_journal=private / "erasures.journal",
        **given,  # type: ignore[arg-type]
    )
    make_keys(settings.keys_dir)
    share_keys(settings)
    settings.keys_dir.chmod(0o711)
    for process in TOWN:
        own = settings.keys_dir / process.name
        for path in (own, *own.iterdir()):
            os.chown(path, USERS[process], GROUP)
    side = citizen_side(settings)
    await migrate(side.house.database)
    await publish(side, ("pool",), SystemClock().now())
    await side.close()
    for path in shared.iterdir():
        os.chown(path, 0, GROUP)
        path.chmod(0o660)
    town = ThreeUsers(folder, settings)
    town.python = python
    try:
        for process in (WEB, WORKER, ADMIN):
            await town.start(process)
        yield town
        town.stop()
    finally:
        shutil.rmtree(folder)


async def test_the_panels_user_reaches_nothing_of_the_others_and_everything_works() -> None:
    python = interpreter()
    async with twilio_provider() as provider, open_three(python, **provided_by(provider)) as town:
        async with WebPerson(town.address) as person:
            await book(person, provider, MOBILE, "Μαρία Παππά", 1)
        async with sign_in(town) as browser:
            assert await visit_everything(town, browser) == []
        folder = town.settings.keys_dir
        assert town.as_panel(f"print(len(open('{folder}/admin/panel.key').read()) > 40)") == "True"
        forbidden = [f"open('{path}').read()" for path in folder.glob("*.*")]
        for process in (WEB, WORKER):
            pid = town.pid(process)
            forbidden += [f"open('{folder}/{process.name}/{name}').read()" for name in process.keys]
            forbidden += [f"open('/proc/{pid}/{what}', 'rb').read(1)" for what in ("environ", "mem", "maps")]
            forbidden += [f"__import__('os').kill({pid}, 0)", f"__import__('os').listdir('/proc/{pid}/fd')"]
            forbidden += [f"__import__('os').listdir('{folder}/{process.name}')"]
        journal = town.settings.tracing_journal
        forbidden += [f"__import__('os').listdir('{folder}')", f"open('{journal}').read()"]
        answers = town.as_panel(_trying(forbidden))
        assert answers == "PermissionError " * (len(forbidden) - 1) + "PermissionError"


def _trying(deeds: list[str]) -> str:
    """A program that does all of these, and prints for each what came of it."""
    return (
        "said = []\n"
        f"for deed in {deeds!r}:\n"
        "    try:\n        eval(deed); said.append('DONE:' + deed.replace(' ', ''))\n"
        "    except OSError as fault: said.append(type(fault).__name__)\n"
        "print(' '.join(said))"
    )
