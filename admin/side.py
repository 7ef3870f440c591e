"""Where a request finds the staff's side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from edge.assets import Assets

if TYPE_CHECKING:
    from core.bootstrap.staff import StaffSide

SIDE: web.AppKey[StaffSide] = web.AppKey("side")
ASSETS: web.AppKey[Assets] = web.AppKey("assets", Assets)
LANGUAGE_COOKIE, THEME_COOKIE = "language", "theme"
THEMES = ("auto", "light", "dark")
