"""`paso run`: the whole product on one machine, each process on its own under a supervisor."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from xmlrpc.client import Fault, ServerProxy

from supervisor.xmlrpc import SupervisorTransport

from core.commands.processes import STANDIN, TOWN, Process, changed
from core.commands.serving import port_taken
from core.commands.supervising import configuration
from core.config import Settings
from core.errors import ConfigurationFault

_STARTING_S = 60
_LONGEST_SOCKET = 100  # a Unix socket's path ends at 107 bytes
_LINES_SHOWN = 8
_OF_ALL = {
    "PATH": f"{Path(sys.executable).parent}:{os.defpath}",
    "PYTHONPATH": str(Path(__file__).parents[2]),
    "LANG": "C.UTF-8",
}
"""What every process is given; nothing of the environment of whoever starts it comes along."""


def with_addresses(settings: Settings) -> Settings:
    """Public addresses follow the ports where nobody gave others."""
    return changed(
        settings,
        {
            "public_url": f"http://127.0.0.1:{settings.port}",
            "admin_url": f"http://127.0.0.1:{settings.admin_port}",
        },
    )


def check_ports(settings: Settings, processes: Sequence[Process]) -> None:
    """Raises `ConfigurationFault` for the first port that is taken, or meant for two processes."""
    meant: dict[int, str] = {}
    for process in processes:
        if process.port is None:
            continue
        port: int = getattr(settings, process.port)
        if port in meant:
            raise ConfigurationFault(f"{meant[port]} and {process.port.upper()} are both {port}; change one.")
        meant[port] = process.port.upper()
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((settings.host, port))
            except OSError as fault:
                raise ConfigurationFault(port_taken(process.port, port, fault)) from None


class Supervised:
    """The supervisor and its processes, from `start` to `stop`."""

    def __init__(self, settings: Settings, processes: Sequence[Process], folder: Path) -> None:
        self._settings = settings
        self._processes = processes
        self._logs = folder / "log"
        self._run = folder / "run"
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns once every process runs and every server answers.

        Raises `ConfigurationFault` with the last words of the first that did not.
        """
        for made in (self._logs, self._run):
            made.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._socket = _socket_place(self._run)
        file = self._run / "supervisord.conf"
        file.touch(mode=0o600)
        file.write_text(
            configuration(self._settings, self._processes, self._logs, self._run, self._socket), "utf-8"
        )
        marks = {process.name: self._log_size(process.name) for process in self._processes}
        self._child = subprocess.Popen(  # noqa: S603 (our own interpreter)
            [sys.executable, "-m", "supervisor.supervisord", "-n", "-c", str(file)],
            env=_OF_ALL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C reaches us alone; we stop the others in order
        )
        deadline = time.monotonic() + _STARTING_S
        waiting = list(self._processes)
        while waiting and time.monotonic() < deadline:
            time.sleep(0.1)
            if self._child.poll() is not None:
                raise ConfigurationFault(f"The supervisor ended; see {self._run / 'supervisord.log'}.")
            states = self._states()
            for process in list(waiting):
                state = states.get(process.name)
                if state in ("BACKOFF", "EXITED", "FATAL"):
                    raise ConfigurationFault(f"{process.name}: {self._last_words(process.name, marks)}")
                if state == "RUNNING" and self._answers(process):
                    waiting.remove(process)
        if waiting:
            slow = waiting[0].name
            raise ConfigurationFault(
                f"{slow} did not answer in {_STARTING_S} s; see {self._logs / slow}.log."
            )

    def wait(self) -> int:
        """Until the supervisor ends by itself; whoever wants to stop it interrupts this. Its exit code."""
        assert self._child is not None
        return self._child.wait()

    def stop(self) -> None:
        """Ask the supervisor to stop everything, and wait until it has."""
        if self._child is not None and self._child.poll() is None:
            self._child.terminate()
            self._child.wait()

    def _states(self) -> dict[str, str]:
        transport = SupervisorTransport(None, None, f"unix://{self._socket}")
        try:
            found = ServerProxy("http://127.0.0.1", transport=transport).supervisor.getAllProcessInfo()
        except (OSError, Fault, http.client.HTTPException):
            return {}  # it is still starting
        assert isinstance(found, list)
        return {str(info["name"]): str(info["statename"]) for info in found}

    def _answers(self, process: Process) -> bool:
        if process.port is None:
            return True
        host = "127.0.0.1" if self._settings.host in ("0.0.0.0", "::") else self._settings.host  # noqa: S104
        asking = http.client.HTTPConnection(host, getattr(self._settings, process.port), timeout=5)
        try:
            asking.request("GET", "/healthz")
            return asking.getresponse().status == http.HTTPStatus.OK
        except OSError:
            return False
        finally:
            asking.close()

    def _log_size(self, name: str) -> int:
        log = self._logs / f"{name}.log"
        return log.stat().st_size if log.exists() else 0

    def _last_words(self, name: str, marks: dict[str, int]) -> str:
        with (self._logs / f"{name}.log").open("rb") as log:
            log.seek(marks[name])
            lines = log.read().decode("utf-8", "replace").splitlines()
        return "\n".join(list(dict.fromkeys(lines))[-_LINES_SHOWN:]) or "it ended without a word."


def _socket_place(run: Path) -> Path:
    place = run.resolve() / "supervisor.sock"
    if len(bytes(place)) <= _LONGEST_SOCKET:
        return place
    return Path(tempfile.mkdtemp(prefix="paso-")) / "supervisor.sock"


def processes_of(demonstration: bool) -> tuple[Process, ...]:
    """The processes to start; the stand-in provider first, since the others send through it."""
    return (STANDIN, *TOWN) if demonstration else TOWN
