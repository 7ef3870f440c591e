"""All that concerns the citizen's own record, in one place: what we hold, the number, reminders, leaving."""

from __future__ import annotations

from core.conversations.commands import obey
from core.conversations.dialogs.base import Dialog
from core.conversations.state import Frame
from core.conversations.talk import Talk
from core.dialog.definition import Definition, Step
from core.dialog.heard import Command
from core.dialog.said import Option
from core.dialog.words import say

_WANTED, _UNWANTED, _BACK = "reminders_on", "reminders_off", "back"
_COMMANDS = ("my_data", "new_number", "report", "language", "forget_me")


class Account(Dialog):
    name = "account"

    async def definition(self, talk: Talk, frame: Frame) -> Definition:
        return Definition(self.name, (Step("wish", "choice", say("account.menu"), source="account"),))

    async def options(self, talk: Talk, frame: Frame, step: Step) -> tuple[Option, ...]:
        assert talk.citizen_id is not None
        citizen = await talk.house.people.citizen(talk.citizen_id)
        reminded = _UNWANTED if citizen is not None and citizen.reminders else _WANTED
        my_data, new_number, *others = _COMMANDS
        wishes = (my_data, new_number, reminded, *others, _BACK)
        return tuple(Option(wish, say(f"account.option.{wish}")) for wish in wishes)

    async def finish(self, talk: Talk, frame: Frame, definition: Definition) -> None:
        wish = str(frame.answers.pop("wish"))
        if wish in _COMMANDS:
            await obey(talk, Command(wish))
        elif wish == _BACK:
            talk.go_home()
        else:
            assert talk.citizen_id is not None
            talk.house.people.set_reminders(talk.work, talk.citizen_id, wish == _WANTED)
            talk.say(f"account.{wish}")
            talk.settle()
