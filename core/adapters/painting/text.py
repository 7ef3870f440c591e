"""Setting text into a given width: wrapped at spaces, made smaller when need be, never running over.

Lengths are in whatever unit `measure` answers in (pixels, millimetres).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

Measure = Callable[[str, int], float]
"""How wide a line is at a size."""

_CUT = "…"
# A no-break space (U+00A0) holds words together, as in «1 αμαξίδιο».
_SPACES = re.compile(r"[ \t\r\n]+")


@dataclass(frozen=True)
class Fitted:
    """Lines that fit, and the size at which they do."""

    lines: tuple[str, ...]
    size: int
    whole: bool
    """Whether every word stands whole: none broken, none cut off."""


def fit(text: str, *, width: float, sizes: Sequence[int], most_lines: int, measure: Measure) -> Fitted:
    """The largest of `sizes` (falling) at which `text` takes at most `most_lines`, with no word broken.

    When there is none, the smallest, with words broken where they must be and the end cut off by «…».
    """
    for size in sizes:
        # The words first: to measure them is quicker than to break them.
        if any(measure(word, size) > width for word in _words(text)):
            continue
        lines = wrap(text, width, partial(_sized, measure, size))
        if len(lines) <= most_lines:
            return Fitted(tuple(lines), size, whole=True)
    size = sizes[-1]
    lines = wrap(text, width, partial(_sized, measure, size))
    if len(lines) > most_lines:
        last = lines[most_lines - 1]
        while last and measure(last + _CUT, size) > width:
            last = last[:-1]
        lines = [*lines[: most_lines - 1], last.rstrip() + _CUT]
    return Fitted(tuple(lines), size, whole=False)


def fit_block(
    texts: Sequence[str],
    *,
    width: float,
    room: float,
    choices: Sequence[tuple[int, int]],
    height: Callable[[Fitted], float],
    measure: Measure,
) -> list[Fitted]:
    """Texts below one another, all in one size, within `room`: the first of `choices` (size, most lines of
    each) in which all words stand whole. When there is none, the last, without the texts that run out of
    room.
    """
    block: list[Fitted] = []
    for size, most_lines in choices:
        block = [
            fit(text, width=width, sizes=(size,), most_lines=most_lines, measure=measure) for text in texts
        ]
        if all(text.whole for text in block) and sum(map(height, block)) <= room:
            return block
    while block and sum(map(height, block)) > room:
        block.pop()
    return block


def wrap(text: str, width: float, measure: Callable[[str], float]) -> list[str]:
    """Greedy lines; a word wider than a whole line is broken between letters."""
    lines: list[str] = []
    line = ""
    for word in _words(text):
        longer = f"{line} {word}" if line else word
        if measure(longer) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        *broken, line = _pieces(word, width, measure)
        lines += broken
    return [*lines, line] if line else lines


def _sized(measure: Measure, size: int, line: str) -> float:
    return measure(line, size)


def _words(text: str) -> list[str]:
    return [word for word in _SPACES.split(text) if word]


def _pieces(word: str, width: float, measure: Callable[[str], float]) -> list[str]:
    pieces = [""]
    for letter in word:
        if pieces[-1] and measure(pieces[-1] + letter) > width:
            pieces.append(letter)
        else:
            pieces[-1] += letter
    return pieces
