"""An officer's own telephone: by the link from the panel, verified as a citizen's is, and told a code to read out."""

from __future__ import annotations

from core.conversations.dialogs.register import Register
from core.conversations.state import Frame
from core.conversations.talk import Talk
from core.conversations.tracing import bringing_of
from core.dialog.definition import Definition, Step
from core.dialog.said import Option
from core.dialog.words import say
from core.errors import Refused
from core.messages.states import CALL, CHAT, SMS
from core.passes.code import spaced
from core.people.numbers import LANDLINE, parse_number

_ROAD, _CHAT, _NUMBER = "road", "this_chat", "number"
_ROADS = (Option(_CHAT, say("enrol.this_chat")), Option(_NUMBER, say("enrol.a_number")))


class Enrol(Register):
    """Asks for a number and its code as `Register` does, and registers nobody."""

    name = "enrol"

    async def definition(self, talk: Talk, frame: Frame) -> Definition:
        number = {_ROAD: (_NUMBER,)} if talk.speaker.channel == CHAT else {}
        road = (Step(_ROAD, "choice", say("enrol.where"), _ROADS),) if number else ()
        phone = Step("phone", "phone", say("enrol.phone"), when=number)
        code = Step(
            "code", "code", self._code_words(talk, frame), self._code_options(), maximum=6, when=number
        )
        return Definition(self.name, (*road, phone, code))

    async def before(self, talk: Talk, frame: Frame, step: Step) -> None:
        if step.key == (_ROAD if talk.speaker.channel == CHAT else "phone"):
            talk.say("enrol.what", login=frame.facts["login"], town=talk.house.town())

    async def answered(self, talk: Talk, frame: Frame, step: Step) -> None:
        match step.key:
            case "phone":
                number = parse_number(str(frame.answers["phone"]), talk.house.settings.default_region)
                await self._send(talk, frame, number)
                frame.answers["phone"] = number.e164
            case "code":
                await self._code(talk, frame, str(frame.answers["code"]))

    async def finish(self, talk: Talk, frame: Frame, definition: Definition) -> None:
        talk.state.pop()
        to, medium = talk.speaker.address, CHAT
        if frame.answers.get(_ROAD) != _CHAT:
            number = parse_number(str(frame.answers["phone"]), talk.house.settings.default_region)
            to, medium = number.e164, CALL if number.kind == LANDLINE else SMS
        bringing = bringing_of(talk)
        try:
            invited = await bringing.invited(str(frame.facts["link"]))
        except Refused as over:
            talk.problem(over)
            return
        code = bringing.bring(talk.work, invited, to, medium, talk.language)
        talk.say("enrol.done", standing=True, code=spaced(code), login=invited.login)
