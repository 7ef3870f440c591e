"""The turns of phrase: which tokens belong together, and what each group adds to what was heard."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from core.dialog.phrases import days, hours
from core.dialog.phrases.groups import Group, Heard
from core.dialog.phrases.moments import Impossible
from core.dialog.phrases.tokens import Token, Unclear

_ORDINAL_WEEKDAYS = {1: 3, 2: 4, 3: 5}  # «τρίτη», «τετάρτη», «πέμπτη» διαδρομή
_ENGLISH_WEEKDAYS = frozenset(
    {"tuesday", "tue", "tues", "wednesday", "wed", "thursday", "thu", "thur", "thurs"}
)

Reader = Callable[[Heard, Group], None]


def _count(heard: Heard, group: Group) -> None:
    of = "place" if group.all("place") else "person"
    heard.counted.add((group.number("number", "ordinal"), of))


def _alone(heard: Heard, _: Group) -> None:
    heard.counted.add((1, "person"))


def _numbered_place(heard: Heard, group: Group) -> None:
    """«2 διαδρομή» is lane 2; «μία διαδρομή» is any lane, and "1 lane" may be either."""
    number = group.all("number")[0]
    if number.number == 1:
        _article(heard, group)
    else:
        heard.counted.add((number.number, "place"))


def _article(_: Heard, group: Group) -> None:
    number = group.all("number")[0]
    if number.number != 1 or not number.in_words:
        raise Unclear


def _weekday_place(heard: Heard, group: Group) -> None:
    weekday = group.tokens[0]
    if weekday.text in _ENGLISH_WEEKDAYS:
        days.weekday(heard, group)
    elif weekday.number in _ORDINAL_WEEKDAYS:
        heard.counted.add((_ORDINAL_WEEKDAYS[weekday.number], "place"))
    else:
        days.weekday(heard, group)


def _for_number(heard: Heard, group: Group) -> None:
    heard.perhaps_counted.add(group.number("number"))


def _ordinal(heard: Heard, group: Group) -> None:
    heard.ordinals.append(group.number("ordinal"))


def _bare(heard: Heard, group: Group) -> None:
    heard.bare.append(group.number("number"))


def _part(heard: Heard, group: Group) -> None:
    heard.parts.add(group.part or "")


def _answer(heard: Heard, group: Group) -> None:
    heard.answers.add(group.tokens[0].kind == "yes")


def _command(heard: Heard, group: Group) -> None:
    heard.commands.add(str(group.tokens[-1].value))


def _cancel_booking(heard: Heard, group: Group) -> None:
    if group.tokens[0].value != "cancel":
        raise Unclear
    heard.commands.add("my_bookings")


def _alternatives(heard: Heard, _: Group) -> None:
    heard.alternatives = True


def _nothing(_: Heard, __: Group) -> None:
    """A word that joins, and is not missed."""


def _unclear(_: Heard, __: Group) -> None:
    raise Unclear


# A rule is kinds of tokens in their order: `a|b` either, `?` may be missing, `!a|b` not before one of these.
# The first rule that fits at a token is taken.
_NOT_A_COUNT = "!part|oclock|hour|more|minus|past|number"
_NOT_AN_HOUR = "!persons|place|thing|month|of_month|days|week"
_RULES: tuple[tuple[str, Reader], ...] = (
    ("command thing", _cancel_booking),
    ("weekday place !number|no|ordinal", _weekday_place),
    ("weekday ordinal !month|of_month|place", days.day_of_month),
    (f"weekday number {_NOT_A_COUNT} {_NOT_AN_HOUR} !and|or", days.weekday_and_number),
    ("on|at? number|ordinal month year?", days.date_in_words),
    ("on? month number|ordinal !part|oclock|more|persons year?", days.date_in_words),
    ("on|at? number|ordinal of_month", days.day_of_month),
    ("on number|ordinal !place|persons", days.day_of_month),
    ("weekday next week", days.weekday_of_next_week),
    ("next week weekday", days.weekday_of_next_week),
    ("next week", days.next_week),
    ("this week", days.this_week),
    ("next weekend", days.next_weekend),
    ("this? weekend", days.weekend),
    ("next weekday", days.next_weekday),
    ("last weekday|week|weekend", days.past),
    ("in number days|week", days.in_days),
    ("this part", days.part_of_today),
    ("at? before_hour number oclock? in? part?", hours.hour),
    ("at? number past number oclock? in? part?", hours.hour),
    ("half number in? part?", hours.english_half),
    ("at? number oclock|hour? more in? part?", hours.hour),
    (f"at? number oclock|hour? and number {_NOT_AN_HOUR} in? part?", hours.hour),
    (f"at? number oclock|hour? minus number {_NOT_AN_HOUR} in? part?", hours.hour),
    ("with number", _unclear),
    ("we_are number persons?", _count),
    ("number persons", _count),
    (f"persons number {_NOT_A_COUNT}", _count),
    (f"place no? number {_NOT_A_COUNT}", _count),
    ("ordinal place", _count),
    ("number place", _numbered_place),
    ("number thing", _article),
    (f"at number number {_NOT_AN_HOUR} in? part?", hours.hour_and_minutes),
    (f"number number {_NOT_AN_HOUR} in? part?", hours.hour_and_minutes),
    ("at? number in? part", hours.plain_hour),
    ("at? number oclock in? part?", hours.plain_hour),
    ("oclock|hour at? number in? part?", hours.plain_hour),
    ("at? number hour in? part?", hours.hour_noun),
    ("at number", hours.plain_hour),
    ("at? clock in? part?", hours.clock),
    ("at? dotted in? part", hours.clock),
    ("at? half_hour in? part?", hours.half_hour),
    ("at? fixed_hour !place", hours.fixed_hour),
    ("in number", _unclear),
    ("number date", _unclear),  # `8 1/2`: half past eight, or the first of February
    (f"for number {_NOT_A_COUNT} {_NOT_AN_HOUR}", _for_number),
    ("alone", _alone),
    ("tonight", days.part_of_today),
    ("from_today", days.from_today),
    ("weekday", days.weekday),
    ("date", days.date),
    ("dotted", hours.dotted),
    ("number", _bare),
    ("ordinal", _ordinal),
    ("part", _part),
    ("yes|no", _answer),
    ("command", _command),
    ("and|or|with", _alternatives),
    ("at|on|for|in|this|place|thing|hour", _nothing),
)


def _compiled(rule: str) -> re.Pattern[str]:
    pattern = ""
    for step in rule.split():
        kinds = f"(?:{step.strip('!?')});"
        if step.startswith("!"):
            pattern += f"(?!{kinds})"
        else:
            pattern += f"(?:{kinds})?" if step.endswith("?") else kinds
    return re.compile(pattern)


_COMPILED = tuple((_compiled(rule), reader) for rule, reader in _RULES)


def _rule_for(kinds: str) -> tuple[Reader, int]:
    """The first rule that fits, and how many tokens it takes."""
    for pattern, reader in _COMPILED:
        match = pattern.match(kinds)
        if match:
            return reader, match.group().count(";")
    raise Unclear


def hear(tokens: list[Token], today: date) -> Heard:
    """Everything the tokens say. Raises Unclear where no rule fits."""
    heard = Heard(today)
    at = 0
    while at < len(tokens):
        kinds = "".join(f"{token.kind};" for token in tokens[at:])
        reader, length = _rule_for(kinds)
        group = Group(tokens[at : at + length])
        heard.night |= group.part == "evening" or bool(group.all("tonight"))
        try:
            reader(heard, group)
        except Impossible as fault:
            heard.faults.add(fault.code)
        at += length
    return heard
