"""A person without a channel: hears replies as words, presses options by their labels."""

from __future__ import annotations

import itertools

from core.conversations.reply import Reply, Speaker
from core.dialog.heard import Command, Deed, GoBack, Heard, Picked, Typed
from core.dialog.said import Ask, DeedButton, Problem, Say, Show
from tests.worlds import World


class CorePerson:
    """Talks to `Conversations` directly; counts taps."""

    def __init__(
        self, world: World, address: str = "555", channel: str = "telegram", language: str = "el"
    ) -> None:
        self.world = world
        self.speaker = Speaker(channel, address, language)
        self.reply: Reply | None = None
        self.taps = 0
        self._once = itertools.count()

    async def hear(self, heard: Heard, once: str | None = None) -> Reply:
        key = once or f"test:{self.speaker.address}:{next(self._once)}"
        self.reply = await self.world.side.conversations.hear(self.speaker, heard, key)
        return self.reply

    async def type(self, words: str) -> None:
        await self.hear(Typed(words))

    async def command(self, name: str, argument: str = "") -> None:
        await self.hear(Command(name, argument))

    async def back(self) -> None:
        await self.hear(GoBack())

    async def press(self, label: str) -> None:
        self.taps += 1
        ask = self.question
        for place, option in enumerate(ask.options):
            if self.words(option.label).startswith(label):
                await self.hear(Picked(ask.offer, place))
                return
        for deed in self.deeds():
            if self.words(deed.label).startswith(label):
                await self.hear(Deed(deed.name, deed.subject))
                return
        raise AssertionError((label, self.buttons()))

    @property
    def question(self) -> Ask:
        assert self.reply is not None
        assert self.reply.question is not None
        return self.reply.question

    def deeds(self) -> list[DeedButton]:
        assert self.reply is not None
        return [deed for said in self.reply.said if isinstance(said, Say | Show) for deed in said.deeds]

    def buttons(self) -> list[str]:
        labels = [option.label for option in self.question.options] + [deed.label for deed in self.deeds()]
        return [self.words(label) for label in labels]

    def words(self, words: object) -> str:
        assert self.reply is not None
        return self.world.side.house.texts.say(words, self.reply.language)  # type: ignore[arg-type]

    def heard(self) -> str:
        assert self.reply is not None
        lines = []
        for said in self.reply.said:
            if isinstance(said, Say | Problem):
                lines.append(self.words(said.words))
            elif isinstance(said, Show):
                lines.append(self.words(said.instead))
            else:
                lines.append(self.words(said.prompt))
        return "\n".join(lines)
