"""Language and theme, remembered by the browser."""

from __future__ import annotations

from aiohttp import web

from admin.routes import Open, Routes
from admin.side import LANGUAGE_COOKIE, THEME_COOKIE, THEMES
from admin.visit import Visit, keep_choice, own_path

routes = Routes()


@routes.post("/look", needs=Open.TO_ANYONE)
async def choose(visit: Visit) -> web.Response:
    response = visit.go(own_path(visit.fields.get("back", ("/",))[0]))
    language = visit.fields.get("language", ("",))[0]
    theme = visit.fields.get("theme", ("",))[0]
    if language in visit.side.texts.languages:
        keep_choice(response, LANGUAGE_COOKIE, language)
    if theme in THEMES:
        keep_choice(response, THEME_COOKIE, theme)
    return response
