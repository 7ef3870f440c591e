"""Messages to staff: the code that enrols a telephone, the words to be released with their code, and alarms."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from core.config import Settings
from core.db.work import Work
from core.messages.outbox import Order
from core.messages.templates import ChatMessage
from core.messages.texts import Texts, threes
from core.ports import Codes
from core.tracing.spoken import Spoken, SpokenWords

ENROLMENT, RELEASE, NOTICE = "enrolment", "release", "notice"
CODE_LASTS = timedelta(minutes=10)


class OfficerMessage:
    """`Template` of all three. The words are in the order's box, whole; a code besides is said digit by digit."""

    def __init__(self, texts: Texts, settings: Settings, codes: Codes, spoken: SpokenWords) -> None:
        self._texts = texts
        self._settings = settings
        self._codes = codes
        self._spoken = spoken

    def text(self, order: Order, sealed: Mapping[str, str]) -> str:
        town = self._settings.municipality_el if order.language == "el" else self._settings.municipality_en
        code = threes(sealed.get("code", ""))
        return self._texts.say(
            f"tracing.officer.{order.template}",
            order.language,
            town=town,
            message=sealed.get("words", ""),
            code=code,
            contact=self._settings.contact_phone,
        )

    def chat(self, order: Order, sealed: Mapping[str, str]) -> ChatMessage:
        return ChatMessage(self.text(order, sealed))

    def call(self, work: Work, order: Order, sealed: Mapping[str, str]) -> str:
        code = sealed.get("code", "")
        said = [sealed.get("words", "")] if sealed.get("words") else []
        if code:
            digits = ", ".join(code)
            said += [self._texts.say("tracing.officer.spoken_code", order.language, code=digits)] * 3
        return self._spoken.write(work, self._codes, order, Spoken(said, None, None))
