"""What a call says, as TwiML (https://www.twilio.com/docs/voice/twiml), and who signed a callback.

Every word comes from the caller, already in the listener's language. `language` is a BCP 47 tag ("el-GR"),
`voice` one of the provider's voices ("Google.el-GR-Standard-A"), `action` the path or address that hears the
key.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from twilio.request_validator import RequestValidator
from twilio.twiml.voice_response import VoiceResponse

TIMES = 3
"""How often a code is spoken: time to find a pen, to write, and to compare."""

WAIT_SECONDS = 8
"""How long a key is waited for; the provider's own 5 seconds are short for someone who has to look for it."""


def code_call_greeting(
    *, language: str, voice: str, action: str, sentences: Sequence[str], goodbye: str
) -> str:
    """Greets and asks for one key, twice; says goodbye when none came.

    Nothing secret is in it: an answering machine hears the greeting and records no code.
    """
    response = VoiceResponse()
    for _ in range(2):
        gather = response.gather(
            num_digits=1, action=action, method="POST", timeout=WAIT_SECONDS, finish_on_key=""
        )
        _say(gather, sentences, language, voice)
    return _ended(response, goodbye, language, voice)


def speak_code(*, language: str, voice: str, code: str, before: str, again: str, goodbye: str) -> str:
    """Speaks `code` digit by digit, three times: `before` leads in the first time, `again` the others."""
    response = VoiceResponse()
    for time in range(TIMES):
        _say(response, [again if time else before], language, voice)
        for digit in code:
            response.pause(length=1)
            _say(response, [digit], language, voice)
        response.pause(length=2)
    return _ended(response, goodbye, language, voice)


def say_and_hang_up(*, language: str, voice: str, sentences: Sequence[str]) -> str:
    """Says the sentences and ends the call."""
    response = VoiceResponse()
    _say(response, sentences, language, voice)
    response.hangup()
    return str(response)


def verify(
    validator: RequestValidator, public_url: str, raw_path_query: str, form: Any, signature: str | None
) -> bool:
    """Whether a request was signed by the provider (https://www.twilio.com/docs/usage/security).

    `public_url` is the address the provider was given (scheme, host, perhaps a port and a prefix),
    `raw_path_query` path and query exactly as they came, still encoded (aiohttp: `request.raw_path`), `form`
    the multi-dict of *all* its fields, blank ones included, `signature` the header `X-Twilio-Signature`, None
    when it is missing.
    """
    if not signature:
        return False
    return bool(validator.validate(public_url.rstrip("/") + raw_path_query, form, signature))


def _say(verb: Any, sentences: Sequence[str], language: str, voice: str) -> None:
    for sentence in sentences:
        verb.say(sentence, language=language, voice=voice)


def _ended(response: VoiceResponse, goodbye: str, language: str, voice: str) -> str:
    _say(response, [goodbye], language, voice)
    response.hangup()
    return str(response)
