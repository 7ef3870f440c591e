"""A telephone is proved to be at hand, within any dialog: two questions, the number and the code that reached it."""

from __future__ import annotations

from datetime import UTC, datetime

from core.conversations.state import Frame
from core.conversations.talk import Talk
from core.dialog.definition import Step
from core.dialog.said import Option
from core.dialog.words import Text, Words, say
from core.people.numbers import PhoneNumber, parse_number

PROVED = "ok"
_RESEND, _OTHER_NUMBER = "resend", "other_number"


class Proof:
    """The two questions have these keys."""

    def __init__(self, phone: str, code: str) -> None:
        self.phone = phone
        self.code = code

    def steps(self, frame: Frame, prompt: Words, options: tuple[Option, ...] = ()) -> tuple[Step, Step]:
        resend = Option(_RESEND, say("people.resend")), Option(_OTHER_NUMBER, say("people.other_number"))
        return (
            Step(self.phone, "phone", prompt, options),
            Step(self.code, "code", self._code_words(frame), resend, maximum=6),
        )

    def number(self, talk: Talk, frame: Frame) -> PhoneNumber:
        """The number that was given. Raises `Refused` where it is none that can be called."""
        return parse_number(str(frame.answers[self.phone]), talk.house.settings.default_region)

    async def send(self, talk: Talk, frame: Frame) -> None:
        """Send a code to the number. Raises `Refused` where none can be sent now."""
        number = self.number(talk, frame)
        sent = await talk.house.verification.start(talk.work, number, talk.key, talk.language)
        expires = sent.expires_at.timestamp()
        frame.facts[self.code] = {"id": sent.id, "medium": sent.medium, "expires": expires}
        frame.answers[self.phone] = number.e164
        if sent.scarce:
            talk.say("people.sent.scarce", phone=talk.house.settings.contact_phone)

    async def check(self, talk: Talk, frame: Frame) -> bool:
        """Whether the number is proved by the answer to the code's question. Raises `Refused` for a wrong code."""
        answer = str(frame.answers[self.code])
        if answer == _OTHER_NUMBER:
            del frame.answers[self.code], frame.answers[self.phone]
            return False
        if answer == _RESEND:
            await self.send(talk, frame)
            del frame.answers[self.code]
            talk.say("people.sent_again")
            return False
        await talk.house.verification.check(talk.work, frame.facts[self.code]["id"], talk.key, answer)
        frame.answers[self.code] = PROVED
        return True

    def _code_words(self, frame: Frame) -> Text:
        sent = frame.facts.get(self.code, {"medium": "sms", "expires": 0})
        return say(f"people.ask.code_{sent['medium']}", until=datetime.fromtimestamp(sent["expires"], UTC))
