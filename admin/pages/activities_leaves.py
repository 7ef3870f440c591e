"""Fields of a definition's forms: each turns what was typed into the value of a JSON document, and back.

Nothing is judged here. What makes no sense is handed on as it was typed, and the check of definitions
(`core.activities.loading.check`) says what is wrong with it: there is one judge, for files and for forms.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from core.dialog.phrases import understand

Typed = tuple[str, ...]
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_WEEKLY = re.compile(r"FREQ=WEEKLY(;INTERVAL=(?P<every>[1-9][0-9]?))?;BYDAY=(?P<days>[A-Z,]+)")
_HOUR = re.compile(r"([0-9]):([0-5][0-9])")
_WHOLE = re.compile(r"[-−+]?[0-9]{1,9}")
NOTHING = ""
_ANY_DAY = date(2000, 1, 1)
"""Yes and no mean the same on every day."""


@dataclass(frozen=True)
class Leaf:
    """One field, at a path of the document (within its row, where it stands in a list).

    `show` names the part of `activities/fields.html` that draws it. `only_for`: kinds of steps that have it.
    """

    path: str
    show: str = "line"
    options: tuple[str, ...] = ()
    only_for: tuple[str, ...] = ()
    needed: bool = False
    long: bool = False
    read: Callable[[Typed], Any] = field(default=lambda typed: line(typed))
    write: Callable[[Any], Typed] = field(default=lambda value: plain(value))


def line(typed: Typed) -> Any:
    return typed[0].replace("\r\n", "\n").strip() if typed else NOTHING


def plain(value: Any) -> Typed:
    return () if value is None else (str(value),)


def whole(typed: Typed) -> Any:
    """A number where it is one; else what was typed."""
    text = line(typed)
    return int(text.replace("−", "-")) if _WHOLE.fullmatch(text) else text


def tick(typed: Typed) -> Any:
    return bool(typed)


def ticked(value: Any) -> Typed:
    return ("1",) if value is True else ()


def several(typed: Typed) -> Any:
    """Hours or keys, however they are set apart."""
    found = [_padded(each) for each in re.split(r"[\s,;]+", line(typed)) if each]
    return found or NOTHING


def listed(value: Any) -> Typed:
    return (", ".join(str(each) for each in value),) if isinstance(value, list) else plain(value)


def _padded(text: str) -> str:
    short = _HOUR.fullmatch(text)
    return f"0{text}" if short else text


def recurrence(typed: Typed) -> Any:
    """Days of the week and every how many weeks, unless a rule was written out: (days..., every, rule)."""
    days = [each for each in WEEKDAYS if each in typed]
    rest = [each.strip() for each in typed if each not in WEEKDAYS]
    every, rule = (*rest, "", "")[:2]
    if rule:
        return rule
    if not days:
        return NOTHING
    if len(days) == len(WEEKDAYS) and every in ("", "1"):
        return "FREQ=DAILY"
    interval = f";INTERVAL={every}" if every not in ("", "1") else ""
    return f"FREQ=WEEKLY{interval};BYDAY={','.join(days)}"


def recurred(value: Any) -> Typed:
    text = str(value or "")
    if text == "FREQ=DAILY":
        return (*WEEKDAYS, "1", "")
    simple = _WEEKLY.fullmatch(text)
    if simple and set(days := simple["days"].split(",")) <= set(WEEKDAYS):
        return (*days, simple["every"] or "1", "")
    return ("1", text)


def options(typed: Typed) -> Any:
    """A line each: «value | ελληνικά | English»."""
    found = []
    for each in line(typed).split("\n"):
        if each.strip():
            value, greek, english = ([part.strip() for part in each.split("|", 2)] + ["", "", ""])[:3]
            found.append({"value": value, "text": _filled({"el": greek, "en": english})})
    return found or NOTHING


def optioned(value: Any) -> Typed:
    if not isinstance(value, list):
        return ()
    lines = []
    for each in value:
        text = each.get("text") or {}
        lines.append(f"{each.get('value', '')} | {text.get('el', '')} | {text.get('en', '')}")
    return ("\n".join(lines),)


def conditions(typed: Typed) -> Any:
    """A line each: «question = answer, answer»; yes and no in either language."""
    found: dict[str, Any] = {}
    for each in line(typed).split("\n"):
        if each.strip():
            key, _, wanted = each.partition("=")
            answers = [_answer(one.strip()) for one in wanted.split(",") if one.strip()]
            found[key.strip()] = answers[0] if len(answers) == 1 else answers
    return found or NOTHING


def conditioned(value: Any, said: tuple[str, str] = ("yes", "no")) -> Typed:
    """`said`: yes and no in the reader's language."""
    if not isinstance(value, Mapping):
        return ()
    lines = []
    for key, wanted in value.items():
        answers = wanted if isinstance(wanted, list) else [wanted]
        lines.append(f"{key} = {', '.join(_told(each, said) for each in answers)}")
    return ("\n".join(lines),)


def _answer(text: str) -> bool | int | str:
    """Yes and no in whatever language a citizen may say them; a number; else the option's own key."""
    yes = understand(text, today=_ANY_DAY, now=time()).yes
    if yes is not None:
        return yes
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else text


def _told(answer: Any, said: tuple[str, str]) -> str:
    return said[0 if answer else 1] if isinstance(answer, bool) else str(answer)


def _filled(section: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in section.items() if value}


def number(path: str, **more: Any) -> Leaf:
    return Leaf(path, show="number", read=whole, **more)


def check(path: str, **more: Any) -> Leaf:
    return Leaf(path, show="check", read=tick, write=ticked, **more)


def choice(path: str, *among: str, **more: Any) -> Leaf:
    return Leaf(path, show="choice", options=among, **more)


def many(path: str, **more: Any) -> Leaf:
    return Leaf(path, read=several, write=listed, **more)


def both(path: str, **more: Any) -> Sequence[Leaf]:
    """A text in Greek and in English."""
    return (Leaf(f"{path}.el", **more), Leaf(f"{path}.en", **more))
