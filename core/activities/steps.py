"""The questions an activity asks, in order. A condition skips a step; nothing jumps.

The kinds `day`, `time`, `lane`, `people` and `companions` are about the place itself and bring their own
prompt; the others are the activity's own questions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from core.activities.parts import Day, Label, Part, Prompt, ShortKey

Answer = bool | int | str


def _read_condition(value: Any) -> Any:
    if isinstance(value, Answer):
        return value
    if isinstance(value, list | tuple) and value and all(isinstance(one, Answer) for one in value):
        return tuple(value)
    raise PydanticCustomError("not_a_condition", "not a condition")


_ANSWER: dict[str, Any] = {"type": ["boolean", "integer", "string"]}
Condition = Annotated[
    Answer | tuple[Answer, ...],
    PlainValidator(_read_condition),
    WithJsonSchema({"anyOf": [_ANSWER, {"type": "array", "items": _ANSWER, "minItems": 1}]}),
]
"""The answer that another step must have: one value, or one of several."""
TAKES_PART = "booker_takes_part"
"""The yes/no step that asks whether the booker will walk in too, when `people.booker_takes_part` is `ask`."""


class _Step(Part):
    key: ShortKey
    prompt: Prompt | None = None
    when: Mapping[str, Condition] | None = None
    """Asked only when every earlier step named here was answered with this value, or one of these."""
    optional: bool = False
    """May be passed over."""


class _PlaceStep(_Step):
    show_occupancy: bool = False
    """Show the occupancy picture (and say it in words) before asking: the week for `day`, else the day."""


class DayStep(_PlaceStep):
    """On which day."""

    kind: Literal["day"]


class TimeStep(_PlaceStep):
    """Which slot of that day; without a `day` step, which of all that are ahead."""

    kind: Literal["time"]


class LaneStep(_PlaceStep):
    """Which individual facility: lane, court, kind of place. Not asked where a slot is not divided."""

    kind: Literal["lane"]


class PeopleStep(_Step):
    """How many will walk in, within `people.party`."""

    kind: Literal["people"]


class CompanionsStep(_Step):
    """What the others are called."""

    kind: Literal["companions"]


class Option(Part):
    """One of a choice."""

    value: ShortKey
    text: Label


class ChoiceStep(_Step):
    """One of a list."""

    kind: Literal["choice"]
    prompt: Prompt
    options: Annotated[tuple[Option, ...], Field(min_length=1, max_length=30)]


class NumberStep(_Step):
    """A whole number."""

    kind: Literal["number"]
    prompt: Prompt
    min: int | None = None
    max: int | None = None


class TextStep(_Step):
    """A line of text."""

    kind: Literal["text"]
    prompt: Prompt
    min_length: Annotated[int, Field(ge=1, le=500)] = 1
    max_length: Annotated[int, Field(ge=1, le=500)] = 120
    check: Literal["any", "name"] = "any"
    """`name`: letters, spaces, hyphens and apostrophes only."""


class DateStep(_Step):
    """A day of the calendar."""

    kind: Literal["date"]
    prompt: Prompt
    min: Day | None = None
    max: Day | None = None


class YesNoStep(_Step):
    """Yes or no."""

    kind: Literal["yes_no"]
    prompt: Prompt | None = None
    """Needed, but for the step `booker_takes_part`."""


class NoticeStep(_Step):
    """Something to know before going on; nothing is asked."""

    kind: Literal["notice"]
    prompt: Prompt


Step = Annotated[
    DayStep
    | TimeStep
    | LaneStep
    | PeopleStep
    | CompanionsStep
    | ChoiceStep
    | NumberStep
    | TextStep
    | DateStep
    | YesNoStep
    | NoticeStep,
    Field(discriminator="kind"),
]
