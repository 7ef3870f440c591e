"""Templates, static parts and error pages."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import aiohttp_jinja2
import jinja2
from aiohttp import web

from webhooks.side import SIDE, language_of

_HERE = Path(__file__).parent
_STATIC = _HERE / "static"
_FONTS = _HERE.parents[1] / "node_modules" / "@fontsource" / "commissioner" / "files"
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2"}
_FOREVER = "public, max-age=31536000, immutable"
_FOR_ANYONE = frozenset({"embed.js"})
"""What the city's own portal may load from us."""


def set_up_templates(application: web.Application) -> None:
    environment = aiohttp_jinja2.setup(
        application,
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["static"] = static_address


def page(
    request: web.Request,
    template: str,
    language: str,
    facts: Mapping[str, Any] | None = None,
    *,
    status: int = 200,
) -> web.Response:
    """A page in a language. Templates say words by `t(key, ...)`, the keys being those of `portal.toml`."""
    side = request.config_dict[SIDE]

    def t(key: str, **params: object) -> str:
        return side.house.texts.say(f"portal.{key}", language, **params)

    settings = side.house.settings
    town = settings.municipality_el if language == "el" else settings.municipality_en
    common = {"t": t, "language": language, "languages": side.house.texts.languages, "town": town}
    common["phone"] = settings.contact_phone
    common["at"] = request.path
    return aiohttp_jinja2.render_template(template, request, {**common, **(facts or {})}, status=status)


def error_page(request: web.Request, status: int, shown: int, headers: Mapping[str, str]) -> web.Response:
    """What went wrong, in the reader's language, and the way back. `shown` names the text."""
    key = f"e{shown}" if shown < 500 else "e500"
    response = page(request, "error.html", language_of(request), {"key": key}, status=status)
    response.headers.update(headers)
    return response


def static_address(name: str) -> str:
    """Where a static part is served; the address changes with its content, so it can be kept for ever."""
    return f"/static/{name}?v={_digest(name)}"


@lru_cache
def _digest(name: str) -> str:
    return hashlib.sha256((_STATIC / name).read_bytes()).hexdigest()[:12]


async def static_file(request: web.Request) -> web.StreamResponse:
    """Our own sheet and scripts, and the font as npm installed it (absent: the system's font serves)."""
    name = request.match_info["name"]
    known = {path.name: path for path in (*_STATIC.iterdir(), *_FONTS.glob("commissioner-*-normal.woff2"))}
    path = known.get(name)
    if path is None or path.suffix not in _TYPES:
        raise web.HTTPNotFound
    named_by_content = request.query.get("v") or path.suffix == ".woff2"
    headers = {"Cache-Control": _FOREVER if named_by_content else "public, max-age=300"}
    headers["Content-Type"] = _TYPES[path.suffix]
    if name in _FOR_ANYONE:
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return web.FileResponse(path, headers=headers)
