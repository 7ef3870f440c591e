"""Pages by template, in a language, and those that tell a fault."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aiohttp_jinja2
from aiohttp import web

from webhooks.portal.session import CHAT, DESK
from webhooks.side import SIDE, language_of


def page(
    request: web.Request,
    template: str,
    language: str,
    facts: Mapping[str, Any] | None = None,
    *,
    status: int = 200,
) -> web.Response:
    """A page in a language. Templates say words by `t(key, ...)`, the keys being those of `portal.toml`, or by `say(whole
    key, ...)`."""
    side = request.config_dict[SIDE]

    def t(key: str, **params: object) -> str:
        return side.house.texts.say(f"portal.{key}", language, **params)

    settings = side.house.settings
    town = settings.municipality_el if language == "el" else settings.municipality_en
    common = {"t": t, "language": language, "languages": side.house.texts.languages, "town": town}
    common["phone"] = settings.contact_phone
    common["say"] = lambda key, **params: side.house.texts.say(key, language, **params)
    common["desk"] = request.path == DESK.path or request.path.startswith(f"{DESK.path}/")
    common["base"] = DESK.path if common["desk"] else CHAT.path
    common["at"] = request.path
    return aiohttp_jinja2.render_template(template, request, {**common, **(facts or {})}, status=status)


def error_page(request: web.Request, status: int, shown: int, headers: Mapping[str, str]) -> web.Response:
    """What went wrong, in the reader's language, and the way back. `shown` names the text."""
    key = f"e{shown}" if shown < 500 else "e500"
    response = page(request, "error.html", language_of(request), {"key": key}, status=status)
    response.headers.update(headers)
    return response
