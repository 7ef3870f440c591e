"""Whether a server lives, whether it can do its work, and how much it does (Prometheus text format)."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

_METHODS = frozenset({"GET", "HEAD", "POST"})


@dataclass(frozen=True)
class Readiness:
    """What a server found when it looked for what it needs."""

    missing: Sequence[str] = ()
    """Names of what is not there, such as `worker`."""
    serves: bool = True
    """Whether people can be served all the same."""


Ready = Callable[[], Awaitable[Readiness]]


class Measures:
    """Requests by route and status. Nothing that a person sent becomes a label."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        """Where the other parts of the server count too."""
        ProcessCollector(registry=self.registry)
        self.requests = Counter(
            "paso_http_requests", "Requests answered.", ("method", "route", "status"), registry=self.registry
        )
        self.missing = Gauge(
            "paso_missing", "What `/readyz` names as missing, 1 each.", ("what",), registry=self.registry
        )
        self.seconds = Histogram(
            "paso_http_seconds",
            "Time to an answer.",
            ("route",),
            buckets=(0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
            registry=self.registry,
        )


MEASURES: web.AppKey[Measures] = web.AppKey("measures", Measures)


@web.middleware
async def measured(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Counts and times requests by their route's pattern: no path with a code in it becomes a label."""
    measures, begun, status = request.app[MEASURES], time.perf_counter(), 500
    resource = request.match_info.route.resource
    route = resource.canonical if resource is not None else "none"
    try:
        response = await handler(request)
        status = response.status
        return response
    except web.HTTPException as answer:
        status = answer.status
        raise
    finally:
        method = request.method if request.method in _METHODS else "other"
        measures.requests.labels(method, route, str(status)).inc()
        measures.seconds.labels(route).observe(time.perf_counter() - begun)


def add_health(application: web.Application, ready: Ready) -> None:
    """`/healthz` (it lives), `/readyz` (what is missing; 503 where nobody can be served), `/metrics`.

    `measured` must be among the application's middlewares.
    """
    measures = application[MEASURES] = Measures()

    async def alive(_: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def is_ready(_: web.Request) -> web.Response:
        found = await ready()
        status = "failing" if not found.serves else "degraded" if found.missing else "ok"
        body = {"status": status, "missing": list(found.missing)}
        return web.json_response(body, status=200 if found.serves else 503)

    async def metrics(_: web.Request) -> web.Response:
        found = await ready()
        measures.missing.clear()
        for name in found.missing:
            measures.missing.labels(name).set(1)
        body = generate_latest(measures.registry)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    application.router.add_get("/healthz", alive)
    application.router.add_get("/readyz", is_ready)
    application.router.add_get("/metrics", metrics)
