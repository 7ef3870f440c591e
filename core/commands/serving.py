"""How a server process starts, answers for its health, and stops."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import TextIO

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest

from core.adapters.logs import configure_logs
from core.config import Settings, read_settings
from core.errors import ConfigurationFault

Ready = Callable[[], Awaitable[Mapping[str, bool]]]
Make = Callable[[Settings], Awaitable[web.Application]]
Runner = Callable[[web.Application], web.AppRunner]

_REQUESTS = Counter("paso_http_requests", "Requests answered.", ["method", "route", "status"])
_SECONDS = Histogram("paso_http_seconds", "Time to answer.", ["route"])
_METHODS = frozenset({"GET", "HEAD", "POST"})
_SHUTDOWN_S = 5


def plain_runner(application: web.Application) -> web.AppRunner:
    """aiohttp's own; a server that faces the internet brings one that cuts off slow clients."""
    return web.AppRunner(application, shutdown_timeout=_SHUTDOWN_S)


def serve(
    name: str,
    port_setting: str,
    make: Make,
    *,
    runner: Runner = plain_runner,
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


def add_health(application: web.Application, ready: Ready) -> None:
    """`/healthz` (it lives), `/readyz` (what it needs is there; 503 where not), `/metrics` (Prometheus)."""

    async def healthy(_: web.Request) -> web.Response:
        return web.Response(text="ok")

    async def is_ready(_: web.Request) -> web.Response:
        found = dict(await ready())
        return web.json_response(found, status=200 if all(found.values()) else 503)

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    application.router.add_get("/healthz", healthy)
    application.router.add_get("/readyz", is_ready)
    application.router.add_get("/metrics", metrics)


@web.middleware
async def measured(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Counts and times requests by their route's pattern: no path with a code in it becomes a label."""
    resource = request.match_info.route.resource
    route = resource.canonical if resource is not None else "none"
    method = request.method if request.method in _METHODS else "other"
    status = 500
    with _SECONDS.labels(route).time():
        try:
            response = await handler(request)
            status = response.status
        except web.HTTPException as answer:
            status = answer.status
            raise
        finally:
            _REQUESTS.labels(method, route, str(status)).inc()
    return response
