"""A journal in a file of the worker's own: a key on its first line, then entries, each on the disk before it counts."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from core.errors import ConfigurationFault

_KEY_BYTES = 32


class FileStore:
    """`Store` of `core.tracing.journal`. Made, 0600, where it is missing.

    Raises `ConfigurationFault` where it is damaged or open to others.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.key = os.urandom(_KEY_BYTES)
            self.replace(())
        if path.stat().st_mode & 0o077:
            raise ConfigurationFault(
                f"TRACING_JOURNAL: {path.name} is open to other users; `chmod 600` closes it."
            )
        first, *_ = path.read_text("ascii").split("\n")
        try:
            self.key = bytes.fromhex(first)
        except ValueError:
            self.key = b""
        if len(self.key) != _KEY_BYTES:
            raise ConfigurationFault(f"TRACING_JOURNAL: {path.name} is damaged; move it away to begin anew.")

    def lines(self) -> Iterable[str]:
        return [line for line in self._path.read_text("ascii").split("\n")[1:] if line]

    def append(self, line: str) -> None:
        with self._path.open("rb+") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(end - 1)
            whole = file.read(1) == b"\n"  # a line that a crash cut off is ended, not continued
            file.write((b"" if whole else b"\n") + line.encode("ascii") + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def replace(self, lines: Iterable[str]) -> None:
        draft = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        draft.unlink(missing_ok=True)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write("\n".join([self.key.hex(), *lines]) + "\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
