"""Choosing the language."""

from __future__ import annotations

from core.conversations.dialogs.base import Dialog
from core.conversations.state import Frame
from core.conversations.talk import Talk
from core.dialog.definition import Definition, Step
from core.dialog.said import Option
from core.dialog.words import say


class Language(Dialog):
    name = "language"

    async def definition(self, talk: Talk, frame: Frame) -> Definition:
        # Each language is named in itself, so that somebody lost in the other one finds it.
        options = tuple(Option(code, say(f"dialog.languages.{code}")) for code in talk.house.texts.languages)
        return Definition(self.name, (Step("language", "choice", say("dialog.which_language"), options),))

    async def answered(self, talk: Talk, frame: Frame, step: Step) -> None:
        talk.language = str(frame.answers["language"])
        if talk.citizen_id is not None:
            talk.house.people.set_language(talk.work, talk.citizen_id, talk.language)

    async def finish(self, talk: Talk, frame: Frame, definition: Definition) -> None:
        talk.state.pop()
        talk.say("dialog.language_chosen")
