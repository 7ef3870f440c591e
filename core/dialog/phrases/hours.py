"""Turns of phrase that name an hour: each function adds what its group says to what was heard."""

from __future__ import annotations

from core.dialog.phrases.groups import Group, Heard
from core.dialog.phrases.moments import readings
from core.dialog.phrases.tokens import Unclear

_LARGEST_HOUR = 99  # «στις 1930» does not name an hour that is missing: it is not understood
_ROUND_MINUTES = frozenset({"00", "30", "45", "τριαντα", "thirty", "trianta"})


def hour(heard: Heard, group: Group) -> None:
    numbers = [token.number for token in group.all("number")]
    if any(n < 0 for n in numbers):
        raise Unclear
    hour = numbers[-1] if group.all("before_hour", "past") else numbers[0]
    shift = sum(token.number for token in group.all("more", "before_hour"))
    if group.all("past"):
        shift = _minutes(numbers[0])
    elif group.all("and"):
        shift = _minutes(numbers[1])
    elif group.all("minus"):
        shift = -_minutes(numbers[1])
    heard.times |= readings(hour, 0, shift=shift, part=group.part)


def _minutes(number: int) -> int:
    """Minutes as one says them after an hour; «7 και 8» are two hours, or two of something."""
    if number % 5 or not 0 < number < 60:
        raise Unclear
    return number


def plain_hour(heard: Heard, group: Group) -> None:
    hour = group.number("number")
    if not 0 <= hour <= _LARGEST_HOUR:
        raise Unclear
    if 24 < hour <= 31 and group.part is None and group.all("at"):
        heard.large_hours.append(hour)
        return
    heard.times |= readings(hour, 0, part=group.part)


def hour_noun(heard: Heard, group: Group) -> None:
    if group.number("number") == 1:
        raise Unclear  # «1 ώρα» lasts an hour or begins at one
    plain_hour(heard, group)


def hour_and_minutes(heard: Heard, group: Group) -> None:
    hour, minutes = group.all("number")
    if not group.all("at", "part") and minutes.text not in _ROUND_MINUTES:
        raise Unclear
    if not minutes.in_words and len(minutes.text) != 2:
        raise Unclear
    if hour.number < 0 or (minutes.number < 10 and minutes.in_words):
        raise Unclear
    heard.times |= readings(hour.number, minutes.number, part=group.part)


def clock(heard: Heard, group: Group) -> None:
    clock = group.all("clock", "dotted")[0]
    heard.times |= readings(*clock.parts, part=group.part, exact=clock.text.startswith("0"))


def half_hour(heard: Heard, group: Group) -> None:
    heard.times |= readings(group.number("half_hour"), 30, part=group.part)


def english_half(heard: Heard, group: Group) -> None:
    # "Half seven" is 7:30 to the British and, word for word, 6:30 to Germans: ask.
    hour = group.number("number")
    for shift in (30, -30):
        heard.times |= readings(hour, 0, shift=shift, part=group.part)


def fixed_hour(heard: Heard, group: Group) -> None:
    value = group.all("fixed_hour")[0].value
    if not isinstance(value, tuple):
        raise Unclear
    hour, minute = value
    heard.times |= readings(hour, minute, part=group.part, exact=hour == 12)


def dotted(heard: Heard, group: Group) -> None:
    first, second = group.tokens[0].parts
    heard.dotted.append((first, second))
