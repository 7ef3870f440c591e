"""A web session: a random id in a cookie, and what is derived from it. The dialog itself is kept by core."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass

from aiohttp import web

from core.conversations.reply import Speaker
from core.ports import Codes
from webhooks.side import SIDE, language_of

_ID_BYTES = 24
_ID = re.compile(r"[A-Za-z0-9_-]{32}", re.ASCII)
_NONCE = re.compile(r"[A-Za-z0-9_-]{16}", re.ASCII)


@dataclass(frozen=True)
class Place:
    """Where a session sits. Each has a cookie of its own: a desk's is not the chat's of the same browser."""

    channel: str
    path: str
    """Of its pages."""
    cookie: str


CHAT = Place("web", "/chat", "paso")
DESK = Place("desk", "/desk", "paso-desk")


@dataclass(frozen=True)
class Session:
    """Who sits before the page. The id is secret: it is nowhere but in the cookie."""

    id: str
    place: Place = CHAT

    @property
    def csrf(self) -> str:
        """What a form must bring along: only who can read the page knows it, and it does not tell the id."""
        return hmac.new(self.id.encode(), b"form", hashlib.sha256).hexdigest()

    def owns(self, token: str) -> bool:
        """Whether a form came from this session's own page; compared in constant time."""
        return hmac.compare_digest(self.csrf.encode(), token.encode())

    def once(self, nonce: str) -> str:
        """The idempotency key of a form. A nonce means something only together with its session."""
        if not _NONCE.fullmatch(nonce):
            raise web.HTTPBadRequest
        return (
            f"{self.place.channel}:" + hmac.new(self.id.encode(), nonce.encode(), hashlib.sha256).hexdigest()
        )

    def speaker(self, language: str) -> Speaker:
        return Speaker(self.place.channel, self.id, language)


def new_session(codes: Codes, place: Place = CHAT) -> Session:
    return Session(_letters(codes.token(_ID_BYTES)), place)


def new_nonce(codes: Codes) -> str:
    return _letters(codes.token(12))


def session_of(request: web.Request, place: Place = CHAT) -> Session | None:
    """The session that the browser names, if any."""
    found = request.cookies.get(_cookie_name(request, place), "")
    return Session(found, place) if _ID.fullmatch(found) else None


def keep(request: web.Request, response: web.StreamResponse, session: Session) -> None:
    """Set the cookie. It ends with the browser; core ends the conversation after some minutes of silence."""
    name, secure = _cookie_name(request, session.place), is_https(request)
    response.set_cookie(name, session.id, path="/", httponly=True, samesite="Lax", secure=secure)


def drop(request: web.Request, response: web.StreamResponse, place: Place = CHAT) -> None:
    name, secure = _cookie_name(request, place), is_https(request)
    response.del_cookie(name, path="/", httponly=True, samesite="Lax", secure=secure)


def speaker_of(request: web.Request, session: Session) -> Speaker:
    return session.speaker(language_of(request))


def _cookie_name(request: web.Request, place: Place) -> str:
    # The prefix makes browsers refuse a cookie that a neighbouring host planted (RFC 6265bis, 4.1.3.2).
    return f"__Host-{place.cookie}" if is_https(request) else place.cookie


def is_https(request: web.Request) -> bool:
    return request.config_dict[SIDE].house.settings.public_url.startswith("https://")


def _letters(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()
