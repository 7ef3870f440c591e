"""The kinds of question: each reads what a person typed, checks it, and says what answer it expects.

A kind returns the answer, or raises `Refused("dialog.<why>")`. Picked options need no reading.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time

from core.dialog.definition import Answer, Step
from core.dialog.phrases import Phrase, digits_only, matches_label, normalise, understand
from core.dialog.said import Hint
from core.errors import Refused

LONGEST_TEXT = 500
LONGEST_NAME = 60
_FULL_DATE = re.compile(r"(?P<day>\d{1,2})[-/. ](?P<month>\d{1,2})[-/. ](?P<year>(19|20)\d{2})")
_NAME_SIGNS = " -'’.·"


@dataclass(frozen=True)
class Moment:
    """Today and now on the town's clock."""

    today: date
    now: time


@dataclass(frozen=True)
class Offered:
    """An option as it was offered: its value, and the label the person saw or heard."""

    value: str
    label: str


@dataclass(frozen=True)
class Reading:
    """An answer, and what else the phrase told: step kind -> possible values («αύριο στις 7» at the day)."""

    answer: Answer | None
    wishes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


Reader = Callable[[Step, str, Sequence[Offered], Moment], Reading]


def _choice(step: Step, text: str, offered: Sequence[Offered], moment: Moment) -> Reading:
    place = matches_label(text, [option.label for option in offered])
    if place is None:
        phrase = understand(text, today=moment.today, now=moment.now)
        of = {"lane": "place", "people": "person"}.get(step.kind)
        if phrase.number is not None and phrase.number_of in (None, of) and not phrase.days:
            place = _by_number(phrase.number, offered)
    if place is None:
        raise Refused("dialog.not_offered")
    return Reading(offered[place].value)


def _by_number(number: int, offered: Sequence[Offered]) -> int | None:
    """The option whose own number it is («διαδρομή 2»); where labels bear none, the n-th."""
    named = [index for index, option in enumerate(offered) if digits_only(option.label) == str(number)]
    if len(named) == 1:
        return named[0]
    if any(digits_only(option.label) for option in offered):
        return None
    return number - 1 if 1 <= number <= len(offered) else None


def _day(step: Step, text: str, offered: Sequence[Offered], moment: Moment) -> Reading:
    phrase = _understood(text, moment)
    values = [day.isoformat() for day in phrase.days]
    if not values:
        if not phrase.times:
            return _choice(step, text, offered, moment)
        return Reading(None, {"time": _clock_values(phrase)})
    here = [value for value in values if any(option.value == value for option in offered)]
    if not here:
        raise Refused("dialog.day_not_open", days=tuple(phrase.days))
    if len(here) > 1:
        raise Refused("dialog.which_day")
    wishes = {"time": _clock_values(phrase)} if phrase.times else {}
    return Reading(here[0], wishes)


def _time(step: Step, text: str, offered: Sequence[Offered], moment: Moment) -> Reading:
    phrase = _understood(text, moment)
    values = _clock_values(phrase)
    if not values:
        return _choice(step, text, offered, moment)
    here = [value for value in values if any(option.value == value for option in offered)]
    if not here:
        raise Refused("dialog.time_not_open", times=values)
    if len(here) > 1:
        raise Refused("dialog.which_time", times=tuple(here))
    return Reading(here[0])


def _yes_no(step: Step, text: str, offered: Sequence[Offered], moment: Moment) -> Reading:
    phrase = understand(text, today=moment.today, now=moment.now)
    if phrase.yes is None or phrase.days or phrase.times or phrase.number is not None:
        return _choice(step, text, offered, moment)
    return Reading("yes" if phrase.yes else "no")


def _review(step: Step, text: str, offered: Sequence[Offered], moment: Moment) -> Reading:
    """Yes is the first of the options, which confirms; no the last, which lets it be."""
    phrase = understand(text, today=moment.today, now=moment.now)
    if phrase.yes is None or phrase.days or phrase.times or phrase.number is not None or not offered:
        return _choice(step, text, offered, moment)
    return Reading(offered[0 if phrase.yes else -1].value)


def _number(step: Step, text: str, offered: Sequence[Offered], moment: Moment) -> Reading:
    number = understand(text, today=moment.today, now=moment.now).number
    if number is None:
        raise Refused("dialog.not_a_number")
    return Reading(_within(step, number))


def _people(step: Step, text: str, offered: Sequence[Offered], moment: Moment) -> Reading:
    phrase = understand(text, today=moment.today, now=moment.now)
    number = phrase.number
    if number is None or phrase.number_of == "place":
        return _choice(step, text, offered, moment)
    most = max((int(option.value) for option in offered if option.value.isdigit()), default=step.maximum or 1)
    least = step.minimum or 1
    if not least <= number <= most:
        raise Refused("dialog.people_range", least=least, most=most)
    return Reading(str(number))


def _date(step: Step, text: str, offered: Sequence[Offered], moment: Moment) -> Reading:
    """A full date, such as that of a birth: day, month and year, past or to come."""
    found = _FULL_DATE.fullmatch(normalise(text).strip())
    if found is None:
        raise Refused("dialog.not_a_date")
    try:
        return Reading(date(int(found["year"]), int(found["month"]), int(found["day"])).isoformat())
    except ValueError:
        raise Refused("dialog.no_such_day") from None


def _text(step: Step, text: str, offered: Sequence[Offered], moment: Moment) -> Reading:
    clean = clean_text(text)
    if not clean:
        raise Refused("dialog.nothing_said")
    if len(clean) > LONGEST_TEXT:
        raise Refused("dialog.too_long", most=LONGEST_TEXT)
    return Reading(clean)


def _name(step: Step, text: str, offered: Sequence[Offered], moment: Moment) -> Reading:
    return Reading(name_of(text))


def _companions(step: Step, text: str, offered: Sequence[Offered], moment: Moment) -> Reading:
    names = [name_of(part) for part in text.replace("\n", ",").replace(";", ",").split(",") if part.strip()]
    if step.minimum is not None and len(names) != step.minimum:
        raise Refused("dialog.companions_count", n=step.minimum, given=len(names))
    return Reading(names)


def _phone(step: Step, text: str, offered: Sequence[Offered], moment: Moment) -> Reading:
    clean = clean_text(text)
    if not digits_only(clean):
        raise Refused("dialog.not_a_phone")
    return Reading(clean[:40])


def _code(step: Step, text: str, offered: Sequence[Offered], moment: Moment) -> Reading:
    digits = digits_only(text)
    if len(digits) != (step.maximum or 6):
        raise Refused("dialog.code_length", n=step.maximum or 6)
    return Reading(digits)


READERS: Mapping[str, Reader] = {
    "day": _day,
    "time": _time,
    "lane": _choice,
    "choice": _choice,
    "notice": _choice,
    "review": _review,
    "yes_no": _yes_no,
    "number": _number,
    "people": _people,
    "companions": _companions,
    "date": _date,
    "text": _text,
    "name": _name,
    "phone": _phone,
    "code": _code,
}

_HINTS = {
    "number": "number",
    "date": "date",
    "text": "text",
    "companions": "text",
    "name": "name",
    "phone": "phone",
}


def hint(step: Step) -> Hint:
    """The kind of answer that is expected, for the channel to use as it can."""
    if step.kind == "code":
        return Hint("code", digits=step.maximum or 6)
    return Hint(_HINTS.get(step.kind, "choice"))


def clean_text(text: str) -> str:
    """Without control and direction marks, spaces folded."""
    visible = "".join(
        " " if c in "\n\t\r" else c for c in text if c in "\n\t\r" or unicodedata.category(c)[0] != "C"
    )
    return " ".join(visible.split())


def name_of(text: str) -> str:
    """A person's name: letters and the few signs that names have. Raises `Refused`."""
    clean = clean_text(text)
    if len(clean) > LONGEST_NAME:
        raise Refused("dialog.too_long", most=LONGEST_NAME)
    if len(clean) < 2 or not all(c.isalpha() or unicodedata.combining(c) or c in _NAME_SIGNS for c in clean):
        raise Refused("dialog.not_a_name")
    return clean


def _understood(text: str, moment: Moment) -> Phrase:
    phrase = understand(text, today=moment.today, now=moment.now)
    if phrase.faults:
        raise Refused(f"dialog.{phrase.faults[0]}")
    return phrase


def _clock_values(phrase: Phrase) -> tuple[str, ...]:
    return tuple(f"{at:%H:%M}" for at in phrase.times)


def _within(step: Step, number: int) -> int:
    low = step.minimum if step.minimum is not None else 0
    high = step.maximum if step.maximum is not None else 1_000_000
    if not low <= number <= high:
        raise Refused("dialog.number_range", least=low, most=high)
    return number
