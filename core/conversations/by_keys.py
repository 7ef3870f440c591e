"""A question as a telephone says it: level by level, each option with its key. And what keys cannot answer.

The panel's trial speaks with the same words as the telephone itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.activities.definition import Activity
from core.activities.steps import Step
from core.conversations.reply import Speaker
from core.dialog.said import Ask
from core.errors import Refused
from core.messages.aloud import Aloud, levels

PHONE = "phone"
"""The channel."""
KEYS = 9
"""Options that are read out at a time; the last key leads on where there are more."""
BACK, REPEAT, CONFIRM = "0", "*", "#"


@dataclass(frozen=True)
class More:
    """The key for further options was pressed."""

    level: int


def level_at(ask: Ask, level: int) -> range:
    """The options of a level, by their places; the last where there are fewer levels."""
    every = levels(len(ask.options), KEYS) or [range(0)]
    return every[min(level, len(every) - 1)]


def pressed(ask: Ask, level: int, key: str) -> int | More | None:
    """The place of the option that the key stands for, or the next level; None for a key that was not offered."""
    here = level_at(ask, level)
    place = here.start + int(key) - 1 if key.isascii() and key.isdigit() and len(key) == 1 else -1
    if place in here:
        return place
    return More(level + 1) if key == str(KEYS) and here.stop < len(ask.options) else None


def is_typed(ask: Ask) -> bool:
    """Whether digits are typed instead of an option chosen."""
    return not ask.options and ask.hint.kind in ("number", "date")


def sentences(aloud: Aloud, language: str, ask: Ask, level: int) -> list[str]:
    """What is said of a question at this level; the question itself only at the first."""
    here = level_at(ask, level)
    said = [] if level else [aloud.say(ask.prompt, language)]
    said += [
        aloud.say("telephone.keys.option", language, label=ask.options[place].label, press=key)
        for key, place in enumerate(here, 1)
    ]
    if here.stop < len(ask.options):
        said.append(aloud.say("telephone.keys.more", language, press=KEYS))
    if not ask.options:
        how = {"number": "number", "date": "date"}.get(ask.hint.kind, "no_words")
        said.append(aloud.say(f"telephone.keys.{how}", language))
    elif here.stop == len(ask.options):
        said.append(aloud.say("telephone.keys.end", language))
    return said


# -- what cannot be said with keys


def needs_words(activity: Activity) -> Step | None:
    """The first question that keys cannot answer and nobody may pass over."""
    return next((step for step in activity.steps if step.kind == "text" and not step.optional), None)


def check(speaker: Speaker, activity: Activity) -> None:
    """Before the first question. Raises `Refused` for an activity that cannot be booked by keys."""
    if speaker.channel == PHONE and needs_words(activity) is not None:
        raise Refused("telephone.needs_words", activity=activity.name.written(), phone=activity.contact.phone)
