"""A reply as messages, before any is sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from core.conversations.reply import Reply
from core.dialog.said import Ask, DeedButton, Picture, Problem, Say, Show
from core.messages.texts import Texts

LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024
"""UTF-16 units, as Telegram counts."""


@dataclass(frozen=True)
class Note:
    """A message of words. `lead` is what was said before the question and goes with it."""

    text: str
    lead: str = ""
    ask: Ask | None = None
    deeds: tuple[DeedButton, ...] = ()

    @property
    def whole(self) -> str:
        return f"{self.lead}\n\n{self.text}" if self.lead else self.text


@dataclass(frozen=True)
class Photo:
    picture: Picture
    words: str
    deeds: tuple[DeedButton, ...]


def compose(reply: Reply, texts: Texts, *, again: bool = False) -> list[Note | Photo]:
    """What is said in passing is joined with the question after it; what stays in the chat stands alone.

    `again`: the question is asked once more, and its picture still stands above.
    """
    return [piece for message in _messages(reply, texts, again) for piece in _pieces(message)]


def _messages(reply: Reply, texts: Texts, again: bool) -> Iterator[Note | Photo]:
    passing: list[str] = []
    for said in reply.said:
        match said:
            case Show(standing=False) if again:
                continue
            case Problem(words) | Say(words, (), False):
                passing.append(texts.say(words, reply.language))
                continue
            case Ask(prompt=prompt):
                yield Note(texts.say(prompt, reply.language), "\n\n".join(passing), ask=said)
                passing = []
                continue
        if passing:
            yield Note("\n\n".join(passing))
            passing = []
        match said:
            case Say(words, deeds):
                yield Note(texts.say(words, reply.language), deeds=deeds)
            case Show(picture, words, deeds):
                yield Photo(picture, texts.say(words, reply.language), deeds)
    if passing:
        yield Note("\n\n".join(passing))


def _pieces(message: Note | Photo) -> Iterator[Note | Photo]:
    """Longer texts than Telegram takes go as several messages; the last has the buttons."""
    if isinstance(message, Photo) or units(message.whole) <= LONGEST_TEXT:
        yield message
        return
    rest = message.whole
    while units(rest) > LONGEST_TEXT:
        head = cut(rest, LONGEST_TEXT)
        space = max(head.rfind("\n"), head.rfind(" "))
        head = head[:space] if space > LONGEST_TEXT // 2 else head
        yield Note(head)
        rest = rest[len(head) :].lstrip()
    yield Note(rest, ask=message.ask, deeds=message.deeds)


def units(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text)


def cut(text: str, most: int) -> str:
    """Its beginning, at most so many UTF-16 units long."""
    if units(text) <= most:
        return text
    return text.encode("utf-16-le")[: 2 * most].decode("utf-16-le", "ignore")
