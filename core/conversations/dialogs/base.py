"""What a dialog is to the conversations: questions as data, and what its answers lead to."""

from __future__ import annotations

from core.conversations.state import Frame
from core.conversations.talk import Talk
from core.dialog.definition import Definition, Step
from core.dialog.said import Option


class Dialog:
    """One dialog. Its questions are a `Definition`; the rest says where options come from and what answers do."""

    name: str

    async def definition(self, talk: Talk, frame: Frame) -> Definition:
        raise NotImplementedError(self.name)

    async def hears(self, talk: Talk, frame: Frame, text: str) -> bool:
        """Take free text that is more than an answer to the question; True when it was taken."""
        return False

    async def answered(self, talk: Talk, frame: Frame, step: Step) -> None:
        """After an answer was taken. Raises `Refused` where it cannot stand: the question is asked again."""

    async def prepare(self, talk: Talk, frame: Frame, definition: Definition) -> None:
        """Before the next question: hold a place, or begin another dialog on top of this one."""

    async def options(self, talk: Talk, frame: Frame, step: Step) -> tuple[Option, ...]:
        """What can be chosen now, for a step with a `source`."""
        return step.options

    async def nothing_to_choose(self, talk: Talk, frame: Frame, step: Step) -> None:
        """The source had nothing: say so, and leave the dialog or drop an earlier answer."""
        talk.say("dialog.nothing_left")
        await self.leave(talk, frame)
        talk.state.pop()

    async def before(self, talk: Talk, frame: Frame, step: Step) -> None:
        """Show or say what belongs before the question."""

    async def finish(self, talk: Talk, frame: Frame, definition: Definition) -> None:
        """Everything is answered. Must end the dialog, or ask a desk whose decision does."""
        raise NotImplementedError(self.name)

    async def leave(self, talk: Talk, frame: Frame) -> None:
        """The dialog is left before its end: free what it held."""
