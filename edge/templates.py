"""How the servers' pages are made of templates."""

from __future__ import annotations

from pathlib import Path

import aiohttp_jinja2
import jinja2
from aiohttp import web

from edge.assets import Assets


def set_up_templates(application: web.Application, folder: Path, assets: Assets) -> None:
    """Templates of a folder, everything escaped; `static(name)` is where a part is served, and it is served."""
    environment = aiohttp_jinja2.setup(
        application,
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["static"] = assets.address
    application.router.add_get("/static/{name}", assets.serve)
