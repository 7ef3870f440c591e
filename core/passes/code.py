"""The pass's code of digits: nine and a check digit, to be written down, said in threes, and typed on a
keypad.

The check digit is Damm's (H. M. Damm, "Total anti-symmetrische Quasigruppen", Marburg 2004): it catches every
single wrong digit and every exchange of neighbours. The table is the one of order 10 given there; a code is
right when its digits, run through the table, end in 0.
"""

from __future__ import annotations

import unicodedata

from core.errors import Refused

LENGTH = 10

_TABLE = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)
# Longer input is not a code with a slip in it, and is not worth looking through.
_LONGEST_INPUT = 60


def complete(nine: str) -> str:
    """The whole code: nine digits (from `Codes.digits(9)`) and their check digit."""
    if len(nine) != LENGTH - 1 or not (nine.isascii() and nine.isdecimal()):
        raise ValueError("a pass code is made of nine decimal digits")
    return nine + str(_run(nine))


def spaced(code: str) -> str:
    """In threes, as it is shown and said: «123 456 789 0»."""
    return " ".join(code[at : at + 3] for at in range(0, len(code), 3))


def parse(text: str) -> str:
    """The ten digits of a code as somebody typed it: spaces, dashes, dots and any script's digits are
    accepted.

    Raises `Refused("passes.code_length")` when it does not have ten digits, and
    `Refused("passes.code_mistyped")` when the check digit says that one of them is wrong.
    """
    digits = _digits(text) if len(text) <= _LONGEST_INPUT else None
    if digits is None or len(digits) != LENGTH:
        raise Refused("passes.code_length", length=LENGTH)
    if _run(digits) != 0:
        raise Refused("passes.code_mistyped")
    return digits


def _run(digits: str) -> int:
    interim = 0
    for digit in digits:
        interim = int(_TABLE[interim][int(digit)])
    return interim


def _digits(text: str) -> str | None:
    """The decimal digits in `text`; nothing when it holds anything but digits, spaces, dashes, dots and
    marks.
    """
    found = []
    for character in text:
        value = unicodedata.decimal(character, None)
        if value is not None:
            found.append(str(value))
        # Zs spaces, Pd dashes, Cf invisible direction marks that a paste brings along.
        elif unicodedata.category(character) not in ("Zs", "Pd", "Cf") and character not in ".−\t\r\n":
            return None
    return "".join(found)
