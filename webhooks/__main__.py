"""`python -m webhooks`."""

from __future__ import annotations

import sys

from aiohttp import web

from core.bootstrap.citizen import citizen_side
from core.commands.processes import WEB, check_wall
from core.commands.serving import serve
from core.config import Settings
from edge.door import Door
from webhooks.server import make_application


async def make(settings: Settings) -> web.Application:
    """The front door with its citizens' side, which ends with it."""
    check_wall(WEB, settings)
    side = citizen_side(settings)
    application = make_application(side)

    async def close(_: web.Application) -> None:
        await side.close()

    application.on_cleanup.append(close)
    return application


if __name__ == "__main__":
    sys.exit(serve("web", "port", make, runner=Door))
