"""Where a request finds the citizens' side, and in which language its reader wants to be spoken to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from aiohttp import web

if TYPE_CHECKING:
    from core.bootstrap.citizen import CitizenSide


class Bot(Protocol):
    """The Telegram bot as links name it."""

    name: str
    """Empty until the messenger has told."""


SIDE: web.AppKey[CitizenSide] = web.AppKey("side")
BOT: web.AppKey[Bot | None] = web.AppKey("bot")
LANGUAGE_COOKIE = "language"


def language_of(request: web.Request) -> str:
    """The reader's language: what they chose here, else what their browser prefers (RFC 9110, 12.5.4)."""
    texts = request.config_dict[SIDE].house.texts
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    if chosen in texts.languages:
        return chosen
    for tag in _preferred(request.headers.get("Accept-Language", "")[:200]):
        base = tag.split("-")[0].lower()
        if base in texts.languages:
            return base
    return texts.choose(None)


def _preferred(header: str) -> list[str]:
    weighed: list[tuple[float, int, str]] = []
    for part in header.split(","):
        tag, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            continue
        if tag and weight > 0:
            weighed.append((-weight, len(weighed), tag))
    return [tag for _, _, tag in sorted(weighed)]
