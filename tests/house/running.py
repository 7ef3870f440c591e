"""The whole product, started as an operator starts it, in a folder of its own."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from xmlrpc.client import ServerProxy

from supervisor.xmlrpc import SupervisorTransport

ROOT = Path(__file__).parents[2]
PORTS = {"web": "PORT", "admin": "ADMIN_PORT", "standin": "STANDIN_PORT"}
_PATIENCE_S = 90


class Town:
    """A running `paso run`."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self.environment = dict(environment)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "core.commands", "run"],
            cwd=folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.said = ""

    def await_start(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line
            if "Ctrl-C" in line:
                return
        raise AssertionError(self.said)

    def pids(self) -> dict[str, int]:
        """The living processes by name."""
        alive = [info for info in self._told() if info["statename"] == "RUNNING"]
        return {str(info["name"]): int(info["pid"]) for info in alive}

    def get(self, name: str, path: str = "/healthz") -> int:
        """The status of an answer; 0 where nobody listens."""
        asking = http.client.HTTPConnection("127.0.0.1", int(self.environment[PORTS[name]]), timeout=10)
        try:
            asking.request("GET", path)
            return asking.getresponse().status
        except OSError:
            return 0
        finally:
            asking.close()

    def stop(self) -> int:
        """As Ctrl-C does."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        assert self.process.stdout is not None
        if not self.process.stdout.closed:
            with self.process.stdout as rest:
                self.said += rest.read()
        return self.process.wait(_PATIENCE_S)

    def _told(self) -> list[dict[str, object]]:
        settings = (self.folder / "var/run/supervisord.conf").read_text("utf-8")
        address = re.search(r"serverurl=(\S+)", settings)
        assert address is not None
        transport = SupervisorTransport(None, None, address[1])
        try:
            told = ServerProxy("http://127.0.0.1", transport=transport).supervisor.getAllProcessInfo()
        finally:
            transport.close()
        assert isinstance(told, list)
        return told


@contextmanager
def running(folder: Path, **changes: str) -> Iterator[Town]:
    town = Town(folder, {**environment(), **changes})
    try:
        town.await_start()
        yield town
    finally:
        town.stop()


def environment() -> dict[str, str]:
    """Nothing of ours but the ports, which are free."""
    plain = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in PORTS]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        ports = [str(probe.getsockname()[1]) for probe in probes]
    return {**plain, "PYTHONPATH": str(ROOT), **dict(zip(PORTS.values(), ports, strict=True))}


def eventually(what: object, condition: object) -> None:
    """Wait until `condition()` holds; how long it takes decides nothing, only that it comes."""
    assert callable(condition)
    deadline = time.monotonic() + _PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)
