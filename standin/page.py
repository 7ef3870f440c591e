"""The page on which a person reads what was sent and spoken, and its listing for tests."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

import jinja2
from aiohttp import web
from markupsafe import Markup

from standin.callee import MODES, Callee
from standin.store import Call, Message, Store
from standin.words import LANGUAGES, WORDS

LOCAL = ZoneInfo("Europe/Athens")
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_LONG = 15
"""Lines of a call that are shown at once."""
_CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
_SPOKEN_CODE = re.compile(r"\d(?: \d){5}")

_folder = files("standin")
_template = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(
    (_folder / "page.html").read_text("utf-8")
)
_css = Markup((_folder / "page.css").read_text("utf-8"))  # noqa: S704  our own file
_script = Markup((_folder / "page.js").read_text("utf-8"))  # noqa: S704  our own file


def listing(item: Message | Call) -> dict[str, Any]:
    """One message or call, as `/sent.json` tells it."""
    told: dict[str, Any] = {
        "kind": "sms" if isinstance(item, Message) else "call",
        "sid": item.sid,
        "to": item.to,
        "sender": item.sender,
        "status": item.status,
        "error": item.error,
        "created": item.created.isoformat(),
        "forgotten": item.forgotten,
        "code": code_in(item),
    }
    if isinstance(item, Message):
        return told | {"text": item.text, "segments": item.segments}
    return told | {
        "spoken": item.spoken,
        "pressed": item.pressed,
        "heard": item.heard,
        "waiting": item.waiting,
    }


def code_in(item: Message | Call) -> str | None:
    """The six digits in it, written or spoken one by one, if there are any."""
    if isinstance(item, Message):
        written = _CODE.search(item.text)
        return written.group() if written else None
    for words in item.spoken:
        if _SPOKEN_CODE.fullmatch(words):
            return words.replace(" ", "")
    return None


def language_of(request: web.Request) -> str:
    """The language asked for; else Greek, unless the browser prefers English to Greek."""
    asked = request.query.get("lang")
    if asked in LANGUAGES:
        return asked
    accepted = [part.strip()[:2].lower() for part in request.headers.get("Accept-Language", "").split(",")]
    return next((code for code in accepted if code in LANGUAGES), "el")


def _folded(item: Message | Call) -> dict[str, Any]:
    """A long call by what was said since the last key, and what went before; and whether the town was called."""
    if isinstance(item, Message):
        return {"incoming": False}
    keys = [place for place, (kind, _) in enumerate(item.heard) if kind == "key"]
    at = keys[-1] if keys and len(item.heard) > _LONG else 0
    return {"incoming": item.incoming, "earlier": item.heard[:at], "heard": item.heard[at:]}


def page(request: web.Request, store: Store, callee: Callee, version: str, staff_code: str) -> web.Response:
    items = []
    for item in store.newest_first():
        clock = item.created.astimezone(LOCAL).strftime("%H:%M:%S")
        items.append(listing(item) | {"clock": clock} | _folded(item))
    language = language_of(request)
    html = _template.render(
        words=WORDS[language],
        language=language,
        languages=LANGUAGES,
        items=items,
        modes=MODES,
        callee=callee,
        version=version,
        staff_code=staff_code,
        css=_css,
        script=_script,
    )
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": _POLICY, "X-Frame-Options": "DENY"}
    return web.Response(text=html, content_type="text/html", headers=headers)
