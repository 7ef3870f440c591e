"""Forget me: asked once."""

from __future__ import annotations

from core.conversations.dialogs.base import Dialog
from core.conversations.dialogs.questions import YES_NO
from core.conversations.forgetting import forget_citizen
from core.conversations.state import Frame, State
from core.conversations.talk import Talk
from core.dialog.definition import Definition, Step
from core.dialog.words import say


class Forget(Dialog):
    name = "forget"

    async def definition(self, talk: Talk, frame: Frame) -> Definition:
        return Definition(self.name, (Step("sure", "yes_no", say("dialog.forget.sure"), YES_NO, columns=2),))

    async def before(self, talk: Talk, frame: Frame, step: Step) -> None:
        talk.say("dialog.forget.what")

    async def finish(self, talk: Talk, frame: Frame, definition: Definition) -> None:
        if frame.answers["sure"] != "yes" or talk.citizen_id is None:
            talk.state.pop()
            talk.say("dialog.forget.kept")
            return
        await forget_citizen(talk.work, talk.house.bookings, talk.citizen_id, talk.now)
        talk.start_over()
        talk.state = State()
        talk.say("dialog.forget.done")
