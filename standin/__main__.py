"""`python -m standin`: the stand-in provider, on 127.0.0.1 alone."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import sys
from datetime import UTC, datetime

from aiohttp import web

from standin.server import Standin
from standin.settings import Settings, Unfit, from_environment

HOST = "127.0.0.1"


def main() -> int:
    try:
        settings = from_environment(os.environ)
        asyncio.run(serve(settings))
    except Unfit as unfit:
        print(unfit, file=sys.stderr)  # noqa: T201
        return 1
    return 0


async def serve(settings: Settings) -> None:
    """Serves until SIGINT or SIGTERM. Raises `Unfit` when the port is taken."""
    standin = Standin(settings, lambda: datetime.now(UTC), lambda: secrets.token_hex(16))
    runner = web.AppRunner(standin.application(), access_log=None, shutdown_timeout=2)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, settings.port).start()
    except OSError:
        await runner.cleanup()
        raise Unfit(f"Port {settings.port} is taken; choose another with STANDIN_PORT.") from None
    done = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, done.set)
    await done.wait()
    await runner.cleanup()


if __name__ == "__main__":
    sys.exit(main())
