"""Understands as much TwiML as a conversation by keys needs (https://www.twilio.com/docs/voice/twiml)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urljoin
from xml.etree import ElementTree

from standin.callee import Hand
from standin.store import Call

DOCUMENTS = 200
"""A call that fetches more has lost its way."""
UNREADABLE, UNKNOWN_VERB, UNREACHABLE = 12100, 12200, 11200

Fetch = Callable[[str, str, dict[str, str]], Awaitable[str]]
"""(address, method, further fields) -> TwiML. Raises `CallFault`."""


class CallFault(Exception):
    """What is wrong with the TwiML, as the provider's error code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class _Next:
    """Where the call goes on."""

    url: str
    method: str
    fields: dict[str, str]


async def converse(call: Call, fetch: Fetch, hand: Hand, changed: Callable[[], None]) -> None:
    """Goes through a call until somebody hangs up. Raises `CallFault`."""
    step: _Next | None = _Next(call.url, call.method, {})
    for _ in range(DOCUMENTS):
        if step is None or call.hung_up:
            return
        document = _parsed(await fetch(step.url, step.method, step.fields))
        step = await _perform(document, step.url, call, hand, changed)
    raise CallFault(UNREACHABLE)


def _parsed(twiml: str) -> ElementTree.Element:
    try:
        document = ElementTree.fromstring(twiml)  # noqa: S314  our own server's, on the loopback
    except ElementTree.ParseError:
        raise CallFault(UNREADABLE) from None
    if document.tag != "Response":
        raise CallFault(UNREADABLE)
    return document


async def _perform(
    document: ElementTree.Element, url: str, call: Call, hand: Hand, changed: Callable[[], None]
) -> _Next | None:
    for verb in document:
        if call.hung_up:
            return None
        match verb.tag:
            case "Say":
                _say(verb, call)
                changed()
            case "Pause":
                pass  # nobody waits at a stand-in
            case "Hangup":
                return None
            case "Redirect":
                return _Next(urljoin(url, (verb.text or "").strip()), verb.get("method", "POST"), {})
            case "Gather":
                answered = await _gather(verb, url, call, hand, changed)
                if answered is not None:
                    return answered
            case _:
                raise CallFault(UNKNOWN_VERB)
    return None


async def _gather(
    verb: ElementTree.Element, url: str, call: Call, hand: Hand, changed: Callable[[], None]
) -> _Next | None:
    for inner in verb:
        if inner.tag == "Say":
            _say(inner, call)
        elif inner.tag != "Pause":
            raise CallFault(UNKNOWN_VERB)
    changed()
    wanted = verb.get("numDigits")
    if wanted is not None and not wanted.isdigit():
        raise CallFault(UNKNOWN_VERB)
    keys = await hand.press(int(wanted) if wanted else None, verb.get("finishOnKey", "#"))
    if keys:
        call.heard.append(("key", keys))
        changed()
    elif verb.get("actionOnEmptyResult", "false") != "true":
        return None
    return _Next(
        urljoin(url, verb.get("action", url)),
        verb.get("method", "POST"),
        {"Digits": keys, "msg": "Gather End"},
    )


def _say(verb: ElementTree.Element, call: Call) -> None:
    call.says(" ".join("".join(verb.itertext()).split()))
