"""Keys that were pressed, as things heard. What a key means is told by the address under which it was asked for."""

from __future__ import annotations

from dataclasses import dataclass

from multidict import MultiMapping

from core.conversations.by_keys import BACK, CONFIRM, REPEAT, More, is_typed, pressed
from core.dialog.heard import GoBack, Heard, Picked, Typed
from core.dialog.said import Ask

BACK_FROM_DIGITS = "00"
"""Where digits are typed a single zero may be the answer."""
_DATE_DIGITS = 8
_LONGEST = 20


@dataclass(frozen=True)
class Asked:
    """What the caller was asked when the keys were pressed: it stands in the address, random or counted."""

    offer: str = ""
    turn: int = -1
    level: int = 0
    silent: bool = False
    """Nothing was pressed the last time."""

    @classmethod
    def of(cls, query: MultiMapping[str]) -> Asked:
        return cls(
            query.get("offer", "")[:64],
            _number(query.get("turn", ""), -1),
            _number(query.get("level", ""), 0),
            query.get("silent") == "1",
        )


@dataclass(frozen=True)
class Again:
    """Nothing is taken; the question is said again. `why`: a key of the catalogue said before, or ""."""

    why: str = ""
    level: int = 0


def understood(ask: Ask, asked: Asked, digits: str) -> Heard | Again:
    """What the keys mean, for the question that they were pressed at."""
    level = asked.level
    if is_typed(ask):
        return _typed(ask, digits)
    if digits == REPEAT:
        return Again(level=level)
    if digits == BACK:
        if level:
            return Again(level=level - 1)
        return GoBack(ask.offer) if ask.can_go_back else Again()
    if digits == CONFIRM and ask.step == "review":
        return Picked(ask.offer, 0)
    found = pressed(ask, level, digits)
    if isinstance(found, More):
        return Again(level=found.level)
    return Again("telephone.no_such_key", level) if found is None else Picked(ask.offer, found)


def _typed(ask: Ask, digits: str) -> Heard | Again:
    if REPEAT in digits:
        return Again()
    is_date = ask.hint.kind == "date"
    if digits == (BACK if is_date else BACK_FROM_DIGITS):
        return GoBack(ask.offer) if ask.can_go_back else Again()
    if is_date and len(digits) == _DATE_DIGITS:
        return Typed(f"{digits[:2]}/{digits[2:4]}/{digits[4:]}")
    return Typed(digits[:_LONGEST])


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else otherwise
