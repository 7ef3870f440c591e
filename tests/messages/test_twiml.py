from __future__ import annotations

import itertools
from xml.etree import ElementTree

import pytest
from multidict import MultiDict
from twilio.request_validator import RequestValidator

from core.messages.twiml import code_call_greeting, say_and_hang_up, speak_code, verify

VOICE = {"language": "el-GR", "voice": "Google.el-GR-Standard-A"}


def greeting() -> str:
    return code_call_greeting(
        **VOICE, action="/twilio/voice/7?x=1&y=2", sentences=["Γεια σας.", "Πατήστε ένα."], goodbye="Γεια."
    )


def code_call(code: str = "471922") -> str:
    return speak_code(**VOICE, code=code, before="Ο κωδικός:", again="Ξανά:", goodbye="Γεια.")


def said(twiml: str) -> list[str]:
    return [say.text or "" for say in ElementTree.fromstring(twiml).iter("Say")]


def test_the_greeting_begins_by_asking_for_one_key() -> None:
    first = ElementTree.fromstring(greeting())[0]
    assert first.tag == "Gather"
    assert first.get("numDigits") == "1"
    assert first.get("action") == "/twilio/voice/7?x=1&y=2"
    assert first.get("method") == "POST"


def test_every_key_counts_even_the_one_that_usually_finishes() -> None:
    assert ElementTree.fromstring(greeting())[0].get("finishOnKey") == ""


def test_the_greeting_is_repeated_once_then_the_call_ends() -> None:
    assert [verb.tag for verb in ElementTree.fromstring(greeting())] == ["Gather", "Gather", "Say", "Hangup"]
    assert said(greeting()) == ["Γεια σας.", "Πατήστε ένα."] * 2 + ["Γεια."]


def test_the_greeting_says_no_digit() -> None:
    assert not any(char.isdigit() for words in said(greeting()) for char in words)


def test_a_code_is_spoken_digit_by_digit_three_times() -> None:
    digits = list("471922")
    assert said(code_call()) == [
        "Ο κωδικός:", *digits, "Ξανά:", *digits, "Ξανά:", *digits, "Γεια."
    ]  # fmt: skip


def test_there_is_a_pause_before_every_digit() -> None:
    verbs = list(ElementTree.fromstring(code_call("42")))
    for before, verb in itertools.pairwise(verbs):
        if verb.tag == "Say" and (verb.text or "").isdigit():
            assert before.tag == "Pause"


def test_every_sentence_has_its_language_and_voice() -> None:
    for twiml in (greeting(), code_call(), say_and_hang_up(**VOICE, sentences=["Λήξη."])):
        for say in ElementTree.fromstring(twiml).iter("Say"):
            assert (say.get("language"), say.get("voice")) == ("el-GR", "Google.el-GR-Standard-A")


def test_words_are_escaped() -> None:
    assert said(say_and_hang_up(**VOICE, sentences=['<Dial>900</Dial> & "'])) == ['<Dial>900</Dial> & "']


class TestSignature:
    validator = RequestValidator("a-token-for-tests")
    public = "https://paso.example.gr"
    path = "/twilio/status?reference=a%2Bb%20c&blank="
    form: MultiDict[str] = MultiDict([("MessageStatus", "sent"), ("ErrorCode", ""), ("X", "1"), ("X", "2")])

    def signature(self) -> str:
        return str(self.validator.compute_signature(self.public + self.path, self.form))

    def test_the_providers_own_is_believed(self) -> None:
        assert verify(self.validator, self.public, self.path, self.form, self.signature())

    def test_a_slash_at_the_end_of_the_public_address_does_not_matter(self) -> None:
        assert verify(self.validator, self.public + "/", self.path, self.form, self.signature())

    @pytest.mark.parametrize("header", [None, "", "AAAA", "ά"])
    def test_a_missing_or_foreign_one_is_not(self, header: str | None) -> None:
        assert not verify(self.validator, self.public, self.path, self.form, header)

    @pytest.mark.parametrize(
        ("public", "path"),
        [
            ("http://paso.example.gr", path),
            ("https://other.example.gr", path),
            (public, "/twilio/status?reference=a+b c&blank="),
            (public, "/twilio/status?reference=a%2Bb%20c"),
        ],
    )
    def test_another_address_is_not(self, public: str, path: str) -> None:
        assert not verify(self.validator, public, path, self.form, self.signature())

    @pytest.mark.parametrize("name", ["MessageStatus", "X", "ErrorCode"])
    def test_a_changed_field_is_not(self, name: str) -> None:
        changed = self.form.copy()
        changed[name] = "delivered"
        assert not verify(self.validator, self.public, self.path, changed, self.signature())

    def test_a_dropped_blank_field_is_not(self) -> None:
        changed = self.form.copy()
        del changed["ErrorCode"]
        assert not verify(self.validator, self.public, self.path, changed, self.signature())

    def test_the_signature_of_another_token_is_not(self) -> None:
        other = RequestValidator("another").compute_signature(self.public + self.path, self.form)
        assert not verify(self.validator, self.public, self.path, self.form, other)
