"""Who was forgotten, outside the database and its copies: a file of random ids and times, only ever appended to.

A copy of the database that is put back brings back whom it still knew; this file says whom to forget again.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from core.errors import ConfigurationFault


class ErasuresFile:
    """`Outside` of `core.conversations.erasures`: a line for each, `<id> <time>`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> dict[int, datetime]:
        """Citizen's id and when (UTC). Empty where there is no file. Raises `ConfigurationFault` for a damaged
        one; a last line that a crash cut off is left out.
        """
        if not self._path.exists():
            return {}
        try:
            lines = self._path.read_text("ascii").split("\n")[:-1]
            entries = [line.split(" ") for line in lines if line]
            return {int(citizen): datetime.fromisoformat(at) for citizen, at in entries}
        except (OSError, ValueError):
            raise ConfigurationFault(f"{self._path} is no list of erasures, or is damaged.") from None

    def add(self, entries: Mapping[int, datetime]) -> None:
        """On the disk when this returns."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(handle, "rb+") as file:
            whole = file.read()
            file.seek(whole.rfind(b"\n") + 1)  # over what a crash cut off
            file.truncate()
            file.write("".join(f"{citizen} {at.isoformat()}\n" for citizen, at in entries.items()).encode())
            file.flush()
            os.fsync(file.fileno())
