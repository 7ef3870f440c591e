"""A reply as a voice says it: TwiML, sentence by sentence, and the keys that are waited for.

Pictures are left out, except that of a pass: its code is spoken, twice, in threes.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from twilio.twiml.voice_response import VoiceResponse

from core.config import Settings
from core.conversations.by_keys import is_typed, sentences
from core.conversations.dialogs.by_phone import CALL_BACK
from core.conversations.reply import Reply
from core.dialog.said import Ask, Problem, Said, Say, Show
from core.dialog.words import Text
from core.messages.aloud import Aloud
from core.messages.twiml import WAIT_SECONDS

DIALOG = "/twilio/voice/dialog"
_FOR_THE_EYE = ("dialog.mine.past", "fair.shares.")
"""Sentences that would only lengthen a call."""


class Voice:
    """Speaks one language in one call."""

    def __init__(self, aloud: Aloud, settings: Settings, language: str) -> None:
        greek = language == "el"
        self.language = language
        self._aloud = aloud
        self._voice = settings.twilio_voice_el if greek else settings.twilio_voice_en
        self._town = settings.municipality_el if greek else settings.municipality_en
        self._phone = settings.contact_phone
        self._tag = aloud.say("messages.call.language", language)

    def say(self, verb: Any, key: str) -> None:
        """A sentence of the catalogue."""
        self.speak(verb, self._aloud.say(key, self.language, town=self._town, phone=self._phone))

    def speak(self, verb: Any, sentence: str) -> None:
        verb.say(sentence, language=self._tag, voice=self._voice)

    def end(self, key: str) -> str:
        """One sentence, and the call ends."""
        response = VoiceResponse()
        self.say(response, key)
        response.hangup()
        return str(response)

    def reply(self, reply: Reply, *, before: str = "", level: int = 0, silent: bool = False) -> str:
        """What was said and the question, whose keys are waited for; the one that calls back ends the call.

        `before`: a key of the catalogue to begin with. At a later level only its options are said.
        """
        ask = reply.question
        assert ask is not None
        response = VoiceResponse()
        if ask.step == CALL_BACK:
            self._tell(response, reply.said)
            self.speak(response, self._aloud.say(ask.prompt, self.language))
            response.hangup()
            return str(response)
        query = {"offer": ask.offer, "turn": reply.turn, "level": level, "silent": int(silent)}
        digits: dict[str, Any] = {"finish_on_key": "", "num_digits": 1}
        if is_typed(ask):
            digits = {"finish_on_key": "#"} | ({"num_digits": 8} if ask.hint.kind == "date" else {})
        gather = response.gather(
            action=f"{DIALOG}?{urlencode(query)}",
            method="POST",
            timeout=WAIT_SECONDS,
            action_on_empty_result=True,
            **digits,
        )
        if before:
            self.say(gather, before)
        if not level:
            self._tell(gather, reply.said)
        for sentence in sentences(self._aloud, self.language, ask, level):
            self.speak(gather, sentence)
        return str(response)

    def _tell(self, verb: Any, said: tuple[Said, ...]) -> None:
        for each in said:
            if isinstance(each, Ask):
                continue
            words = each.instead if isinstance(each, Show) else each.words
            if isinstance(words, Text) and words.key.startswith(_FOR_THE_EYE):
                continue
            if isinstance(each, Say | Problem):
                self.speak(verb, self._aloud.say(words, self.language))
            elif each.picture.kind == "pass" and isinstance(words, Text):
                self.speak(verb, self._aloud.say(words, self.language))
                self._spell(verb, str(words.params["code"]))

    def _spell(self, verb: Any, code: str) -> None:
        for time in range(2):
            if time:
                self.say(verb, "telephone.pass.again")
            verb.pause(length=1)
            for place in range(0, len(code), 3):
                self.speak(verb, " ".join(code[place : place + 3]))
                verb.pause(length=1)
        self.say(verb, "telephone.pass.saved")
