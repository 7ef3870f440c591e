"""What the worker itself remembers of releases, where nobody who can write the database can reach.

The database says what was asked for; whether it was released, how often somebody guessed, and whether it was sent
already is believed from here alone. So a row that is forged, set back or deleted releases nothing, and nothing twice.
A journal that is lost makes what is under way void, and no more.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from core.db.types import from_milliseconds, to_milliseconds
from core.ports import Clock

KEPT = timedelta(days=8)
"""Longer than the outbox may still send a warning, and than anything here is valid."""


class Store(Protocol):
    """Lines that stay. `key` is random, made with the store, and known to nobody else."""

    key: bytes

    def lines(self) -> Iterable[str]: ...

    def append(self, line: str) -> None:
        """Return once it is on the disk."""
        ...

    def replace(self, lines: Iterable[str]) -> None:
        """All or nothing."""
        ...


@dataclass(frozen=True)
class Told:
    """A message to an officer."""

    staff_id: int
    part: str
    medium: str
    at: datetime


@dataclass(frozen=True)
class Confirmed:
    staff_id: int
    at: datetime


class Journal:
    """Read once, at the start; each entry is on the disk before anything follows from it."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._asked: dict[bytes, datetime] = {}
        self._told: dict[bytes, list[Told]] = defaultdict(list)
        self._wrong: Counter[bytes] = Counter()
        self._confirmed: dict[bytes, dict[str, Confirmed]] = defaultdict(dict)
        self._releasing: dict[bytes, bytes] = {}
        self._released: dict[bytes, datetime] = {}
        self._stopped: set[bytes] = set()
        self._groups: dict[bytes, datetime] = {}
        self._read()

    # -- remembering

    def asked(self, order: bytes) -> None:
        self._add("asked", order)

    def told(self, order: bytes, staff_id: int, part: str, medium: str) -> None:
        self._add("told", order, staff=staff_id, part=part, medium=medium)

    def wrong(self, order: bytes) -> None:
        self._add("wrong", order)

    def confirmed(self, order: bytes, staff_id: int, part: str) -> None:
        self._add("confirmed", order, staff=staff_id, part=part)

    def releasing(self, order: bytes, group: bytes) -> None:
        """From here to `released` it may be written to the outbox, or not: look."""
        self._add("releasing", order, group=group.hex())

    def released(self, order: bytes) -> None:
        self._add("released", order)

    def stopped(self, order: bytes) -> None:
        """Cancelled or void: set back in the database, it stays so."""
        self._add("stopped", order)

    # -- looking

    def asked_at(self, order: bytes) -> datetime | None:
        return self._asked.get(order)

    def asked_since(self, moment: datetime) -> int:
        return sum(at >= moment for at in self._asked.values())

    def messages(self, order: bytes) -> list[Told]:
        return list(self._told.get(order, ()))

    def guesses(self, order: bytes) -> int:
        return self._wrong[order]

    def parts(self, order: bytes) -> Mapping[str, Confirmed]:
        return dict(self._confirmed.get(order, {}))

    def was_released(self, order: bytes) -> bool:
        return order in self._released

    def was_stopped(self, order: bytes) -> bool:
        return order in self._stopped

    def unfinished(self) -> set[bytes]:
        return set(self._releasing) - set(self._released)

    def group_released_at(self, group: bytes) -> datetime | None:
        return self._groups.get(group)

    @property
    def key(self) -> bytes:
        return self._store.key

    def _add(self, what: str, order: bytes, **more: Any) -> None:
        at = to_milliseconds(self._clock.now())
        line = {"what": what, "order": order.hex(), "at": at, **more}
        self._store.append(json.dumps(line, sort_keys=True))
        self._take(line)

    def _read(self) -> None:
        oldest = to_milliseconds(self._clock.now() - KEPT)
        lines = list(self._store.lines())
        entries = []
        for line in lines:
            try:
                entry = json.loads(line)
            except ValueError:  # cut off by a crash: what it said had not happened yet
                continue
            if entry["at"] >= oldest:
                entries.append(entry)
        if len(entries) < len(lines):
            self._store.replace(json.dumps(entry, sort_keys=True) for entry in entries)
        for entry in entries:
            self._take(entry)

    def _take(self, entry: Mapping[str, Any]) -> None:
        order, at = bytes.fromhex(entry["order"]), from_milliseconds(entry["at"])
        match entry["what"]:
            case "asked":
                self._asked.setdefault(order, at)
            case "told":
                self._told[order].append(Told(entry["staff"], entry["part"], entry["medium"], at))
            case "wrong":
                self._wrong[order] += 1
            case "confirmed":
                self._confirmed[order].setdefault(entry["part"], Confirmed(entry["staff"], at))
            case "releasing":
                self._releasing[order] = bytes.fromhex(entry["group"])
            case "stopped":
                self._stopped.add(order)
            case "released":
                self._released[order] = at
                self._groups[self._releasing.get(order, b"")] = at
