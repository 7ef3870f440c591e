"""From what is said to what a page shows: plain values, every word in the reader's language."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.conversations.reply import Line, Reply, Speaker
from core.dialog.said import Ask, DeedButton, Problem, Say, Show
from core.errors import Refused
from core.messages.texts import Texts
from core.ports import OccupancyGrid

if TYPE_CHECKING:
    from core.conversations.service import Conversations

_MOST_COLUMNS = 4


@dataclass(frozen=True)
class Button:
    label: str
    name: str
    subject: str


@dataclass(frozen=True)
class Image:
    """A picture in the page, beside what says the same in words."""

    kind: str
    subject: str
    address: str
    """A `data:` address: drawn at the same instant as `grid`."""
    grid: OccupancyGrid | None


@dataclass(frozen=True)
class Message:
    words: str
    image: Image | None
    deeds: Sequence[Button]


@dataclass(frozen=True)
class Choice:
    place: int
    label: str
    note: str


@dataclass(frozen=True)
class Question:
    prompt: str
    offer: str
    choices: Sequence[Choice]
    columns: int
    kind: str
    """The hint's kind."""
    digits: int
    can_go_back: bool
    inputmode: str
    autocomplete: str

    @property
    def is_choice(self) -> bool:
        return bool(self.choices)


@dataclass(frozen=True)
class Talk:
    """All that the conversation part of a page shows."""

    history: Sequence[Line]
    messages: Sequence[Message]
    problems: Sequence[str]
    question: Question | None
    language: str
    turn: int
    expired: bool
    stale: bool


# (inputmode, autocomplete) by hint: HTML, 4.10.18.7 "Autofill"
_FIELDS = {
    "code": ("numeric", "one-time-code"),
    "phone": ("tel", "tel"),
    "name": ("text", "name"),
    "number": ("numeric", "off"),
}


async def show(reply: Reply, speaker: Speaker, conversations: Conversations, texts: Texts) -> Talk:
    """The reply, with its pictures drawn."""
    language = reply.language
    messages: list[Message] = []
    problems: list[str] = []
    for said in reply.said:
        if isinstance(said, Say):
            messages.append(
                Message(texts.say(said.words, language), None, _deeds(said.deeds, texts, language))
            )
        elif isinstance(said, Show):
            image = await _image(said, speaker, conversations)
            words = texts.say(said.instead, language)
            messages.append(Message(words, image, _deeds(said.deeds, texts, language)))
        elif isinstance(said, Problem):
            problems.append(texts.say(said.words, language))
    ask = reply.question
    question = _question(ask, texts, language) if ask else None
    return Talk(reply.history, messages, problems, question, language, reply.turn, reply.expired, reply.stale)


def _deeds(deeds: Sequence[DeedButton], texts: Texts, language: str) -> list[Button]:
    return [Button(texts.say(deed.label, language), deed.name, deed.subject) for deed in deeds]


async def _image(said: Show, speaker: Speaker, conversations: Conversations) -> Image | None:
    """The picture; None where it can no longer be shown (a pass voided meanwhile): the words remain."""
    try:
        drawn = await conversations.picture(speaker, said.picture)
    except Refused:
        return None
    address = "data:image/png;base64," + base64.b64encode(drawn.png).decode()
    return Image(said.picture.kind, said.picture.subject, address, drawn.grid)


def _question(ask: Ask, texts: Texts, language: str) -> Question:
    choices = [
        Choice(
            place, texts.say(option.label, language), texts.say(option.note, language) if option.note else ""
        )
        for place, option in enumerate(ask.options)
    ]
    inputmode, autocomplete = _FIELDS.get(ask.hint.kind, ("text", "off"))
    return Question(
        prompt=texts.say(ask.prompt, language),
        offer=ask.offer,
        choices=choices,
        columns=max(1, min(ask.columns, _MOST_COLUMNS)),
        kind=ask.hint.kind,
        digits=ask.hint.digits,
        can_go_back=ask.can_go_back,
        inputmode=inputmode,
        autocomplete=autocomplete,
    )
