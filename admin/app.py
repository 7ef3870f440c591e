"""The panel's application. For now a page says that the panel comes; the process and its wall are real."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import aiohttp_jinja2
import jinja2
from aiohttp import web

from core.commands.processes import ADMIN, check_wall
from core.commands.serving import add_health, measured
from core.config import Settings
from core.db.database import Database
from core.db.revision import newest, revision_of
from core.messages.texts import Texts

_TEXTS = web.AppKey("texts", Texts)
_POLICY = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


async def make_application(settings: Settings) -> web.Application:
    """Raises `ConfigurationFault` where the process was handed anything that belongs to another."""
    check_wall(ADMIN, settings)
    database = Database(settings.database_url)
    application = web.Application(middlewares=[measured])
    application[_TEXTS] = Texts(settings.zone)
    aiohttp_jinja2.setup(application, loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"))
    application.router.add_get("/", _coming)

    async def ready() -> Mapping[str, bool]:
        return {"database": await _is_migrated(database)}

    async def close(_: web.Application) -> None:
        await database.close()

    add_health(application, ready)
    application.on_response_prepare.append(_harden)
    application.on_cleanup.append(close)
    return application


async def _is_migrated(database: Database) -> bool:
    try:
        return await revision_of(database) == newest()
    except Exception:  # whatever it is, the database is not ready
        return False


async def _coming(request: web.Request) -> web.Response:
    texts = request.app[_TEXTS]
    wanted = request.query.get("lang") or request.headers.get("Accept-Language", "").split(",")[0]
    language = texts.choose(wanted)
    others = [name for name in texts.languages if name != language]

    def say(key: str, of: str = language) -> str:
        return texts.say(f"admin.{key}", of)

    return aiohttp_jinja2.render_template(
        "coming.html", request, {"say": say, "language": language, "others": others}
    )


async def _harden(_: web.Request, response: web.StreamResponse) -> None:
    response.headers["Server"] = "Paso"
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
