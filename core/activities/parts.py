"""The small parts that definitions are made of: keys, texts in Greek and English, days and hours of the wall
clock."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from core.dialog.words import Written


class Part(BaseModel):
    """Frozen, and strict about what it is given: no unknown fields, no "6" for 6."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        serialize_by_alias=True,
        str_strip_whitespace=True,
        use_attribute_docstrings=True,
    )


KEY = r"^[a-z][a-z0-9_-]*$"
PHONE = r"^\+[1-9][0-9]{7,14}$"
EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
FILE = r"^[a-z0-9][a-z0-9_-]*\.(jpg|png|webp)$"
# Line breaks are welcome in a text; other control characters and direction overrides are not.
WORDS = r"^[^\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]*$"

Key = Annotated[str, StringConstraints(pattern=KEY, max_length=40)]
"""Names something inside the definition: small Latin letters, digits, `-`, `_`."""
ShortKey = Annotated[str, StringConstraints(pattern=KEY, max_length=24)]
"""Step keys and option values: together they must fit a chat button's 64 bytes."""
Phone = Annotated[str, StringConstraints(pattern=PHONE)]
"""E.164, such as `+302999012345`."""
Email = Annotated[str, StringConstraints(pattern=EMAIL, max_length=120)]


class Bilingual(Part):
    """A text in both languages, neither of them empty."""

    el: Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern=WORDS)]
    en: Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern=WORDS)]

    def written(self) -> Written:
        """As words that a dialog can say."""
        return Written({"el": self.el, "en": self.en})


class Label(Bilingual):
    """A name or an option: it has to fit a button."""

    el: Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=WORDS)]
    en: Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=WORDS)]


class Prompt(Bilingual):
    """A question or a notice: it has to be pleasant to hear on the phone."""

    el: Annotated[str, StringConstraints(min_length=1, max_length=400, pattern=WORDS)]
    en: Annotated[str, StringConstraints(min_length=1, max_length=400, pattern=WORDS)]


def _read_day(value: Any) -> Any:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise PydanticCustomError("not_a_date", "not a date")


def _read_time(value: Any) -> Any:
    if isinstance(value, time):
        return value
    if isinstance(value, str) and re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value, re.ASCII):
        return time.fromisoformat(value)
    raise PydanticCustomError("not_a_time", "not a time")


def _read_moment(value: Any) -> Any:
    if isinstance(value, datetime) and value.tzinfo is None:
        return value
    try:
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:00)?", value, re.ASCII):
            return datetime.fromisoformat(value)
    except ValueError:
        pass
    raise PydanticCustomError("not_a_moment", "not a local date and time")


def _hours_and_minutes(value: time) -> str:
    return value.isoformat("minutes")


def _to_the_minute(value: datetime) -> str:
    return value.isoformat(timespec="minutes")


_DAY = {"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
_TIME = {"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d$", "examples": ["07:00"]}
_MOMENT = {
    "type": "string",
    "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:00)?$",
    "examples": ["2027-07-02T21:00"],
}
_IN_DAYS = {"type": "integer", "minimum": -400, "maximum": 400}
_WEEKDAY = {"enum": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}


def _relative(**more: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "description": "From the day of loading so many days ahead, then on to the next such weekday.",
        "properties": {"in_days": _IN_DAYS, "weekday": _WEEKDAY, **more},
        "required": ["in_days", *more],
        "additionalProperties": False,
    }


Day = Annotated[date, BeforeValidator(_read_day), WithJsonSchema({"anyOf": [_DAY, _relative()]})]
"""A calendar day: `2027-07-02`, or relative to the day of loading (`relative.py`)."""
LocalTime = Annotated[
    time, BeforeValidator(_read_time), PlainSerializer(_hours_and_minutes), WithJsonSchema(_TIME)
]
"""An hour of the activity's wall clock: `07:00`."""
LocalMoment = Annotated[
    datetime,
    BeforeValidator(_read_moment),
    PlainSerializer(_to_the_minute),
    WithJsonSchema({"anyOf": [_MOMENT, _relative(at=_TIME)]}),
]
"""A date and time of the activity's wall clock, without a zone: `2027-07-02T21:00`."""
