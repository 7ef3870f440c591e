"""Conversations that say what a test wants, with the promises of the real ones: offers, stale buttons, `once`."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from PIL import Image

from core.conversations.reply import Drawn, Reply, Speaker
from core.dialog.heard import GoBack, Heard, Picked
from core.dialog.said import Ask, Hint, Option, Picture, Problem, Said, Say
from core.dialog.words import Written

NO_HINT = Hint("choice")


def words(text: str) -> Written:
    return Written({"el": text, "en": f"{text} (en)"})


def ask(prompt: str, *labels: str, hint: Hint = NO_HINT, back: bool = False, columns: int = 1) -> Ask:
    """A question; its offer is given by the script."""
    options = tuple(Option(label, words(label)) for label in labels)
    return Ask(prompt, words(prompt), options, hint, "", can_go_back=back, columns=columns)


def png(shade: int = 0) -> bytes:
    out = io.BytesIO()
    Image.new("L", (60, 40), shade).save(out, "PNG")
    return out.getvalue()


@dataclass
class Script:
    """`replies` are said one after the other, whoever speaks; the last one again and again."""

    replies: list[tuple[Said, ...]]
    heard: list[tuple[Speaker, Heard]] = field(default_factory=list)
    """What had an effect, in order."""
    drawn: list[Picture] = field(default_factory=list)
    version: str = "v1"
    broken_picture: bool = False
    before: Callable[[Speaker, Heard], Awaitable[None]] | None = None
    """Awaited while a turn is under way; may raise."""
    language: str | None = None
    _turns: dict[str, int] = field(default_factory=dict)
    _once: set[str] = field(default_factory=set)
    _locks: dict[str, asyncio.Lock] = field(default_factory=dict)

    async def hear(self, speaker: Speaker, heard: Heard, once: str | None = None) -> Reply:
        async with self._locks.setdefault(speaker.address, asyncio.Lock()):
            if once in self._once:
                return replace(self._said(speaker), repeated=True)
            if self.before is not None:
                await self.before(speaker, heard)
            if once is not None:
                self._once.add(once)
            offer = self._offer(speaker)
            if isinstance(heard, Picked | GoBack) and heard.offer and heard.offer != offer:
                stale = self._said(speaker)
                return replace(stale, stale=True, said=(Say(words("old button")), *stale.said[-1:]))
            if isinstance(heard, Picked) and heard.place < 0:
                stale = self._said(speaker)
                return replace(stale, stale=True, said=(Say(words("old button")), *stale.said[-1:]))
            self.heard.append((speaker, heard))
            self._turns[speaker.address] = self._turns.get(speaker.address, 0) + 1
            return self._said(speaker)

    async def now(self, speaker: Speaker) -> Reply:
        return self._said(speaker)

    async def picture(self, speaker: Speaker, picture: Picture) -> Drawn:
        self.drawn.append(picture)
        if self.broken_picture:
            raise ValueError("cannot draw")
        return Drawn(png(), self.version)

    def _offer(self, speaker: Speaker) -> str:
        return f"{self._turns.get(speaker.address, 0):012x}"

    def _said(self, speaker: Speaker) -> Reply:
        turn = self._turns.get(speaker.address, 0)
        said = self.replies[min(max(turn - 1, 0), len(self.replies) - 1)]
        offered = tuple(
            replace(each, offer=self._offer(speaker)) if isinstance(each, Ask) else each for each in said
        )
        language = self.language or ("en" if speaker.language == "en" else "el")
        return Reply(offered, language, turn, verified=False)


__all__ = ["Problem", "Script", "ask", "png", "words"]
