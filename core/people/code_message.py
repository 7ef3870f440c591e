"""The message that brings a code: an SMS that holds it, or a call that speaks it after a key was pressed."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from sqlalchemy import update

from core.config import Settings
from core.db.work import Work
from core.messages.outbox import Order
from core.messages.templates import ChatMessage, NothingToSay
from core.messages.texts import Texts
from core.people.model import verifications
from core.people.verification import hash_of_token

CALL_PATH = "/twilio/voice/code/"


class CodeMessage:
    """`Template` of what `Verification` orders; the order's box belongs to the row of the same id."""

    def __init__(self, texts: Texts, settings: Settings) -> None:
        self._texts = texts
        self._settings = settings

    def text(self, order: Order, sealed: Mapping[str, str]) -> str:
        town = self._settings.municipality_el if order.language == "el" else self._settings.municipality_en
        return self._texts.say("messages.code.sms", order.language, town=town, code=sealed["code"])

    def chat(self, order: Order, sealed: Mapping[str, str]) -> ChatMessage:
        raise NothingToSay  # a code proves that a telephone is at hand, so it goes there

    def call(self, work: Work, order: Order, sealed: Mapping[str, str]) -> str:
        """Readies what will be spoken, which only `web` can read, and names the call's address."""
        ready = (
            update(verifications)
            .where(verifications.c.id == order.box_row, verifications.c.state == "pending")
            .values(spoken_code=base64.b64decode(sealed["spoken"]), call_token=hash_of_token(sealed["token"]))
        )
        work.run(ready, or_else=NothingToSay())
        return f"{CALL_PATH}{sealed['token']}?language={order.language}"
