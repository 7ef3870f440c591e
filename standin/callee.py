"""The person at the other end of a call, as a script."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from standin.store import Call

MODES = ("automatic", "by_hand", "machine", "absent", "busy")
PATIENCE_SECONDS = 120.0
"""How long a person at the page may take to press a key."""


@dataclass
class Callee:
    """How calls are answered from now on.

    `automatic` picks up and presses `keys`, one entry for each time keys are asked for, then nothing more;
    `by_hand` picks up and presses what a person presses on the page; `machine` picks up and presses nothing;
    `absent` and `busy` don't.
    """

    mode: str = "automatic"
    keys: list[str] = field(default_factory=lambda: ["1"])
    in_hand: set[str] = field(default_factory=set)
    """Numbers from which a person at the page has rung the town: they pick up themselves."""

    def mode_of(self, call: Call) -> str:
        return "by_hand" if call.incoming or call.to in self.in_hand else self.mode

    def picks_up(self, call: Call) -> bool:
        return self.mode_of(call) not in ("absent", "busy")

    def for_call(self, call: Call, changed: Callable[[], None]) -> Hand:
        return Hand(call, self.mode_of(call), list(self.keys), changed)


class Hand:
    """Presses keys during one call. `changed` is called when the page must show something else."""

    def __init__(self, call: Call, mode: str, keys: list[str], changed: Callable[[], None]) -> None:
        self._call = call
        self._mode = mode
        self._keys = keys
        self._changed = changed

    async def press(self, digits: int | None, finish: str) -> str:
        """The keys pressed when up to `digits` are asked for, without the key that finishes them."""
        if self._mode == "by_hand":
            return await self._by_hand(digits, finish)
        keys = self._keys.pop(0) if self._mode == "automatic" and self._keys else ""
        if finish and finish in keys:
            return keys[: keys.index(finish)]
        return keys[:digits]

    async def _by_hand(self, digits: int | None, finish: str) -> str:
        pressed = ""
        self._call.waiting = True
        self._changed()
        try:
            while digits is None or len(pressed) < digits:
                key = await asyncio.wait_for(self._call.keys.get(), PATIENCE_SECONDS)
                if key in ("", finish):
                    break
                pressed += key
        except TimeoutError:
            pass  # whoever does not press is silent
        finally:
            self._call.waiting = False
            self._changed()
        return pressed
