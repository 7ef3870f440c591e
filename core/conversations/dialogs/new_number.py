"""Another telephone: the old one and the new one are both proved. Whoever lost the old one is told where to go."""

from __future__ import annotations

from core.conversations.dialogs.base import Dialog
from core.conversations.dialogs.proving import Proof
from core.conversations.state import Frame
from core.conversations.talk import Talk
from core.dialog.definition import Definition, Step
from core.dialog.said import Option
from core.dialog.words import say
from core.errors import Refused

_OLD, _NEW = Proof("old", "old_code"), Proof("new", "new_code")
_LOST = "lost"


class NewNumber(Dialog):
    name = "new_number"

    async def definition(self, talk: Talk, frame: Frame) -> Definition:
        lost = Option(_LOST, say("account.number.lost"))
        return Definition(
            self.name,
            (
                *_OLD.steps(frame, say("account.number.old"), (lost,)),
                *_NEW.steps(frame, say("account.number.new")),
            ),
        )

    async def prepare(self, talk: Talk, frame: Frame, definition: Definition) -> None:
        if frame.answers.get("old") == _LOST:
            talk.state.pop()
            talk.say("account.number.where", phone=talk.house.settings.contact_phone)

    async def answered(self, talk: Talk, frame: Frame, step: Step) -> None:
        people, phone = talk.house.people, talk.house.settings.contact_phone
        if step.key == _OLD.phone and frame.answers["old"] != _LOST:
            number = _OLD.number(talk, frame)
            if await people.citizen_of_number(number.e164) != talk.citizen_id:
                raise Refused("account.not_yours", phone=phone)
            await _OLD.send(talk, frame)
        elif step.key == _NEW.phone:
            if _NEW.number(talk, frame) == _OLD.number(talk, frame):
                raise Refused("account.same_number")
            await _NEW.send(talk, frame)
        elif step.key == _OLD.code:
            await _OLD.check(talk, frame)
        elif step.key == _NEW.code:
            await _NEW.check(talk, frame)

    async def finish(self, talk: Talk, frame: Frame, definition: Definition) -> None:
        """Whether the new number is somebody's is told only to who has it at hand."""
        talk.state.pop()
        assert talk.citizen_id is not None
        new = _NEW.number(talk, frame)
        if await talk.house.people.citizen_of_number(new.e164) is not None:
            talk.problem(Refused("account.taken", phone=talk.house.settings.contact_phone))
            return
        old = _OLD.number(talk, frame)
        talk.house.data_requests.change_number(talk.work, talk.citizen_id, talk.language, old, new)
        talk.say("account.number.ordered")
