"""Registration and verification: the notice, a number, the code that reached it, a name."""

from __future__ import annotations

from datetime import UTC, datetime

from core.conversations.commands import obey
from core.conversations.dialogs import at_home, by_phone
from core.conversations.dialogs.base import Dialog
from core.conversations.dialogs.questions import YES_NO
from core.conversations.state import Frame
from core.conversations.talk import Talk
from core.dialog.definition import Definition, Step
from core.dialog.heard import Command
from core.dialog.said import Option
from core.dialog.words import Text, say
from core.errors import Refused
from core.people.numbers import PhoneNumber, parse_number

NOTICE_VERSION = 1
_RESEND, _OTHER_NUMBER = "resend", "other_number"


class Register(Dialog):
    name = "register"

    async def definition(self, talk: Talk, frame: Frame) -> Definition:
        if by_phone.is_here(talk):
            return Definition(self.name, await by_phone.questions(talk, frame))
        agree = (Option("go_on", say("people.notice_read")),)
        steps = [
            Step("notice", "notice", say("people.go_on"), agree),
            Step("phone", "phone", say("people.ask.phone")),
            *at_home.questions(frame),
        ]
        if not at_home.is_later(frame):
            code = self._code_words(talk, frame)
            steps.append(Step("code", "code", code, self._code_options(), maximum=6))
        if not frame.facts.get("known") and frame.facts.get("then") != "lost_pass":
            steps += [
                Step("name", "name", say("people.ask.name")),
                Step("resident", "yes_no", say("people.ask.resident"), YES_NO, columns=2),
                Step("reminders", "yes_no", say("people.ask.reminders"), YES_NO, columns=2),
            ]
        return Definition(self.name, tuple(steps))

    @staticmethod
    def _code_words(talk: Talk, frame: Frame) -> Text:
        sent = datetime.fromtimestamp(frame.facts.get("expires", 0), UTC)
        return say(f"people.ask.code_{frame.facts.get('medium', 'sms')}", until=sent)

    @staticmethod
    def _code_options() -> tuple[Option, ...]:
        return (Option(_RESEND, say("people.resend")), Option(_OTHER_NUMBER, say("people.other_number")))

    async def prepare(self, talk: Talk, frame: Frame, definition: Definition) -> None:
        if by_phone.is_here(talk):
            await by_phone.call_back(talk, frame)

    async def options(self, talk: Talk, frame: Frame, step: Step) -> tuple[Option, ...]:
        return at_home.hour_options(talk, frame) if step.source == at_home.CALL_AT else step.options

    async def before(self, talk: Talk, frame: Frame, step: Step) -> None:
        if step.key == "notice":
            kept = say("people.days", n=talk.house.settings.presence_days)
            talk.say("people.notice", town=talk.house.town(), kept=kept)
            if by_phone.is_here(talk):
                talk.say("telephone.name_later")

    async def answered(self, talk: Talk, frame: Frame, step: Step) -> None:
        match step.key:
            case "phone":
                number = parse_number(str(frame.answers["phone"]), talk.house.settings.default_region)
                frame.facts["away"] = at_home.may_be_away(talk, frame, number)
                if not frame.facts["away"]:
                    await self._send(talk, frame, number)
                frame.answers["phone"] = number.e164
            case at_home.WHERE:
                await self._where(talk, frame)
            case at_home.CALL_AT:
                await at_home.hour_chosen(talk, frame)
            case "code":
                await self._code(talk, frame, str(frame.answers["code"]))

    async def _where(self, talk: Talk, frame: Frame) -> None:
        number = parse_number(str(frame.answers["phone"]), talk.house.settings.default_region)
        match frame.answers[at_home.WHERE]:
            case at_home.NOW:
                await self._send(talk, frame, number)
            case at_home.LATER:
                await talk.house.at_home.check_room(number)
            case at_home.OTHER_NUMBER:
                del frame.answers[at_home.WHERE], frame.answers["phone"]

    async def _send(self, talk: Talk, frame: Frame, number: PhoneNumber) -> None:
        sent = await talk.house.verification.start(talk.work, number, talk.key, talk.language)
        frame.facts.update(verification=sent.id, medium=sent.medium, expires=sent.expires_at.timestamp())
        if sent.scarce:
            talk.say("people.sent.scarce", phone=talk.house.settings.contact_phone)

    async def _code(self, talk: Talk, frame: Frame, answer: str) -> None:
        number = parse_number(str(frame.answers["phone"]), talk.house.settings.default_region)
        if answer == _OTHER_NUMBER:
            for key in ("code", "phone", at_home.WHERE):
                frame.answers.pop(key, None)
        elif answer == _RESEND:
            await self._send(talk, frame, number)
            del frame.answers["code"]
            talk.say("people.sent_again")
        else:
            await talk.house.verification.check(talk.work, frame.facts["verification"], talk.key, answer)
            frame.answers["code"] = "ok"
            known = await talk.house.people.citizen_of_number(number.e164)
            if known is not None:
                frame.facts["known"] = True

    async def finish(self, talk: Talk, frame: Frame, definition: Definition) -> None:
        told = by_phone.told(talk, frame)
        number = parse_number(str(told["phone"]), talk.house.settings.default_region)
        chat = talk.speaker.address if talk.speaker.channel == "telegram" else None
        people = talk.house.people
        if at_home.is_later(frame):
            at_home.promise(talk, frame, NOTICE_VERSION)
            talk.state.pop()
            return
        only_who_is_known = frame.facts.get("then") == "lost_pass" or (
            frame.facts.get("then") and by_phone.is_here(talk)
        )
        if only_who_is_known and not frame.facts.get("known"):
            talk.state.pop()
            talk.problem(Refused("desk.nobody_known"))
            return
        if frame.facts.get("known"):
            citizen = await people.citizen_of_number(number.e164)
            if citizen is None:
                raise Refused("people.start_again")
            people.come_back(talk.work, citizen, number=number, telegram_chat=chat, language=talk.language)
            talk.say("people.welcome_back")
        else:
            citizen = people.register(
                talk.work,
                name=str(told["name"]),
                number=number,
                telegram_chat=chat,
                language=talk.language,
                birth_year=None,
                resident=told["resident"] == "yes",
                reminders=told["reminders"] == "yes",
                notice_version=NOTICE_VERSION,
            )
            talk.say("people.registered")
        talk.citizen_id = citizen
        talk.state.pop()
        if not frame.facts.get("known"):
            talk.settle()  # a place whose hold ran out meanwhile is held again: the box office asks who for
        if frame.facts.get("then"):  # what was asked for before we knew who asks
            await obey(talk, Command(str(frame.facts["then"])))
