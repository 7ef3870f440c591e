"""My data: into the chat at once; elsewhere after a fresh code, into the browser, or in short to the telephone."""

from __future__ import annotations

from core.conversations.dialogs.base import Dialog
from core.conversations.dialogs.proving import Proof
from core.conversations.my_data.asking import TO_BROWSER, TO_CHAT, TO_TELEPHONE
from core.conversations.my_data.beginning import CODE, FRAME, HOW, PHONE, order
from core.conversations.state import Frame
from core.conversations.talk import Talk
from core.dialog.definition import Definition, Step
from core.dialog.said import Option
from core.dialog.words import say
from core.errors import Refused
from core.people.numbers import MOBILE

_PROOF = Proof(PHONE, CODE)
_BACK = "back"


class MyData(Dialog):
    name = FRAME

    async def definition(self, talk: Talk, frame: Frame) -> Definition:
        if talk.speaker.channel == "telegram":
            return Definition(self.name, ())
        shortly = Option(TO_TELEPHONE, say("account.my_data.to_telephone"))
        back = Option(_BACK, say("account.option.back"))
        return Definition(
            self.name,
            (
                *_PROOF.steps(frame, say("account.my_data.which_number")),
                Step(HOW, "choice", say("account.my_data.how"), (shortly, back)),
                Step("fetched", "choice", say("account.my_data.fetch"), (back,), when={HOW: (TO_BROWSER,)}),
            ),
        )

    async def answered(self, talk: Talk, frame: Frame, step: Step) -> None:
        if step.key == PHONE:
            number = _PROOF.number(talk, frame)
            if await talk.house.people.citizen_of_number(number.e164) != talk.citizen_id:
                raise Refused("account.not_yours", phone=talk.house.settings.contact_phone)
            await _PROOF.send(talk, frame)
        elif step.key == CODE:
            await _PROOF.check(talk, frame)

    async def finish(self, talk: Talk, frame: Frame, definition: Definition) -> None:
        talk.state.pop()
        if talk.speaker.channel == "telegram":
            order(talk, TO_CHAT, {"chat": talk.speaker.address})
            talk.say("account.my_data.to_chat")
        elif frame.answers[HOW] == TO_TELEPHONE:
            number = _PROOF.number(talk, frame)
            order(talk, TO_TELEPHONE, {"number": number.e164})
            talk.say("account.my_data.by_sms" if number.kind == MOBILE else "account.my_data.by_call")
