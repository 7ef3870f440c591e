"""Misfortune on order, for tests: what a provider does on its bad days."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

FAULTS = {
    "too_many": "429, and the request was not carried out",
    "error": "500, and the request was not carried out",
    "error_after": "500, but the request was carried out",
    "silent": "no answer, and the request was not carried out",
    "silent_after": "no answer, but the request was carried out",
}
CALLBACK_FAULTS = {
    "twice": "each callback comes twice",
    "out_of_order": "the last callback comes first",
    "lost": "no callback comes",
}


@dataclass
class Fate:
    """What becomes of everything sent to one number."""

    refuse: int | None = None
    """An error code (21610, ...) with which requests are refused at once."""
    undelivered: int | None = None
    """An error code (30003, ...) that comes later, in a callback."""


@dataclass
class Faults:
    """What goes wrong next."""

    requests: deque[str] = field(default_factory=deque)
    """One of `FAULTS` for each of the next requests that send something."""
    callbacks: set[str] = field(default_factory=set)
    """Those of `CALLBACK_FAULTS` that hold until they are taken back."""
    fates: dict[str, Fate] = field(default_factory=dict)
    """Number -> its fate."""

    def next(self) -> str | None:
        return self.requests.popleft() if self.requests else None
