"""How a server process starts and stops."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import TextIO

import structlog
from aiohttp import web

from core.adapters.logs import configure_logs
from core.config import Settings, read_settings
from core.errors import ConfigurationFault

Make = Callable[[Settings], Awaitable[web.Application]]
Runner = Callable[[web.Application], web.AppRunner]


def serve(
    name: str,
    port_setting: str,
    make: Make,
    *,
    runner: Runner,
    complaints: TextIO = sys.stderr,
) -> int:
    """Run a server until SIGINT or SIGTERM. Returns its exit code; a fault of settings is one sentence."""
    try:
        settings = read_settings()
        configure_logs(settings.log_level)
        asyncio.run(_serve(name, settings, port_setting, make, runner))
    except ConfigurationFault as fault:
        complaints.write(f"{fault}\n")
        return 1
    return 0


async def _serve(name: str, settings: Settings, port_setting: str, make: Make, make_runner: Runner) -> None:
    done = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, done.set)
    port = getattr(settings, port_setting)
    runner = make_runner(await make(settings))
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.host, port).start()
    except OSError as fault:
        await runner.cleanup()
        raise ConfigurationFault(port_taken(port_setting, port, fault)) from None
    log = structlog.get_logger()
    log.info("started", process=name, port=port)
    await done.wait()
    await runner.cleanup()
    log.info("stopped", process=name)


def port_taken(port_setting: str, port: int, fault: OSError) -> str:
    """The sentence for a port that cannot be had."""
    reason = os.strerror(fault.errno) if fault.errno else type(fault).__name__
    return f"Port {port} cannot be used ({reason}); set {port_setting.upper()} to another."
