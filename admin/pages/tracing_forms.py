"""The forms by which a group and its words are chosen, and what was typed as the core's own values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo

from admin.fields import Area, Check, Choice, Choices, Day, Hour, Line, Number
from admin.forms import Filled, Form
from core.activities.definition import Activity
from core.activities.places import Facility
from core.db.types import from_milliseconds, to_milliseconds
from core.dialog.words import Text, Words, say
from core.errors import Refused
from core.passes import code as pass_code
from core.tracing import groups
from core.tracing.choosing import Session
from core.tracing.groups import LEAST_MINUTES, MOST_MINUTES, AroundPass, ByEvent, ByHours, Group
from core.tracing.wording import LONGEST as LONGEST_TEXT
from core.tracing.wording import TEMPLATES, Fixed, Free, Wording

WORDS = "panel_tracing.form"
FREE = "free"
_LANGUAGES = ("el", "en")


def _code_fault(typed: str) -> Words | None:
    try:
        pass_code.parse(typed)
    except Refused as refused:
        return Text(refused.text_key, refused.params)
    return None


@dataclass(frozen=True)
class _OwnText(Area):
    """Needed where one's own text was chosen, which `wording_of` sees to."""

    def read(self, typed: Sequence[str]) -> str:
        return Area(self.name, required=False, longest=self.longest).read(typed)


DAY = Day("day")
FROM, UNTIL = Hour("from"), Hour("until")
BOOKED = Check("booked")
CASE = Line("case", required=False, longest=60, inputmode="numeric", check=_code_fault)
PASS = Line("case", longest=60, inputmode="numeric", check=_code_fault)
MINUTES = Number("minutes", least=LEAST_MINUTES, most=MOST_MINUTES)
TEMPLATE = Choice("template", options=(*TEMPLATES, FREE))
PARAMS = {
    template: {
        name: Choice(
            name,
            required=False,
            words=tuple((value, say(f"tracing.fixed.{name}.{value}")) for value in allowed),
        )
        for name, allowed in params.items()
    }
    for template, params in TEMPLATES.items()
}
TEXTS = {language: _OwnText(f"text_{language}", longest=LONGEST_TEXT) for language in _LANGUAGES}
_WORDING = (TEMPLATE, *(field for each in PARAMS.values() for field in each.values()), *TEXTS.values())

_BLAMED = {
    "end_before_start": UNTIL,
    "too_long": UNTIL,
    "too_old": DAY,
    "minutes": MINUTES,
    "unknown_pass": CASE,
    "not_the_case": CASE,
    "too_few": CASE,
}
"""Fields beside which a reason stands; others stand above the form."""


class HoursForm(Form):
    """A facility, a day and its hours on the town's clock, some of its lanes or all."""

    def __init__(self, facility: Facility) -> None:
        self.facility = facility
        named = tuple((each.key, each.name.written()) for each in facility.individual_facilities)
        self.places = Choices("places", required=False, words=named)
        lanes = (self.places,) if named else ()
        super().__init__(WORDS, DAY, FROM, UNTIL, *lanes, BOOKED, CASE, *_WORDING)

    def group(self, form: Filled, zone: ZoneInfo) -> Group:
        """Raises `Refused("tracing.end_before_start")`."""
        day, start, end = form[DAY], form[FROM], form[UNTIL]
        assert isinstance(day, date)
        assert isinstance(start, time)
        assert isinstance(end, time)
        first, last = groups.hours(day, start, end, zone)
        places = form[self.places] if self.places.name in self.fields else ()
        return ByHours(self.facility.key, first, last, tuple(sorted(places)), form[BOOKED], _case(form))

    def values(self, group: Group | None, zone: ZoneInfo) -> dict[str, object]:
        if not isinstance(group, ByHours):
            return {}
        start, end = group.start.astimezone(zone), group.end.astimezone(zone)
        found: dict[str, object] = {
            DAY.name: start.date(), FROM.name: start.time(), UNTIL.name: end.time(),
            BOOKED.name: group.booked, CASE.name: group.case,
        }  # fmt: skip
        return found | ({self.places.name: group.places} if self.places.name in self.fields else {})


class EventForm(Form):
    """One session of an event or class."""

    def __init__(self, activity: Activity, sessions: Sequence[Session]) -> None:
        self.activity = activity
        named = []
        for each in sessions:
            occasion = activity.occasion_name(each.occasion) if each.occasion else None
            key = "session_named" if occasion else "session_at"
            what = occasion.written() if occasion else ""
            named.append(
                (str(to_milliseconds(each.starts_at)), say(f"{WORDS}.{key}", when=each.starts_at, what=what))
            )
        self.session = Choice("session", words=tuple(named), as_list=True)
        super().__init__(WORDS, self.session, BOOKED, CASE, *_WORDING)

    def group(self, form: Filled, zone: ZoneInfo) -> Group:
        return ByEvent(
            self.activity.key, from_milliseconds(int(form[self.session])), form[BOOKED], _case(form)
        )

    def values(self, group: Group | None, zone: ZoneInfo) -> dict[str, object]:
        if not isinstance(group, ByEvent):
            return {}
        start = str(to_milliseconds(group.start))
        return {self.session.name: start, BOOKED.name: group.booked, CASE.name: group.case}


class PassForm(Form):
    """Around one pass."""

    def __init__(self) -> None:
        super().__init__(WORDS, PASS, MINUTES, *_WORDING)

    def group(self, form: Filled, zone: ZoneInfo) -> Group:
        return AroundPass(pass_code.parse(form[PASS]), form[MINUTES] or LEAST_MINUTES)

    def values(self, group: Group | None, zone: ZoneInfo) -> dict[str, object]:
        if not isinstance(group, AroundPass):
            return {MINUTES.name: AroundPass.minutes}
        return {PASS.name: group.case, MINUTES.name: group.minutes}


GroupForm = HoursForm | EventForm | PassForm


def wording_of(form: Filled) -> Wording | None:
    """The words, or None: then what is missing stands beside its field."""
    template = form[TEMPLATE]
    if template == FREE:
        texts = {language: form[field] for language, field in TEXTS.items()}
        for language, area in TEXTS.items():
            if not texts[language]:
                form.blame(say("admin.fault.missing"), area)
        return Free(texts) if form.is_right else None
    params = {name: form[field] for name, field in PARAMS[template].items()}
    for name, field in PARAMS[template].items():
        if not params[name]:
            form.blame(say("admin.fault.choose"), field)
    return Fixed(template, params) if form.is_right else None


def values_of(wording: Wording | None) -> dict[str, object]:
    """What stands in the fields for words that were written before."""
    if isinstance(wording, Free):
        return {TEMPLATE.name: FREE} | {field.name: wording.texts.get(each) for each, field in TEXTS.items()}
    if isinstance(wording, Fixed):
        return {TEMPLATE.name: wording.template, **wording.params}
    return {}


def blame(form: Filled, refused: Refused) -> None:
    """Put a reason of the core beside the field that it is about."""
    name = refused.code.removeprefix("tracing.")
    if name == "future":
        field: Any = UNTIL if UNTIL.name in form.form.fields else form.form.fields.get("session")
    elif "language" in refused.params:
        field = TEXTS.get(str(refused.params["language"]))
    else:
        field = _BLAMED.get(name)
    form.blame(refused, field if field is not None and field.name in form.form.fields else None)


def _case(form: Filled) -> str | None:
    return pass_code.parse(form[CASE]) if form[CASE] else None
