"""Whether the process lives, whether it can do its work, and how much it does (Prometheus text format)."""

from __future__ import annotations

import time

from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from webhooks.side import SIDE


class Measures:
    """Counts by route and status. Nothing that a person sent becomes a label."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "paso_http_requests", "Requests answered.", ("method", "route", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "paso_http_seconds",
            "Time to an answer.",
            ("route",),
            buckets=(0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
            registry=self.registry,
        )


MEASURES: web.AppKey[Measures] = web.AppKey("measures", Measures)
_METHODS = frozenset({"GET", "HEAD", "POST"})
routes = web.RouteTableDef()


@web.middleware
async def measured(request: web.Request, handler: Handler) -> web.StreamResponse:
    measures, begun, status = request.app[MEASURES], time.perf_counter(), 500
    resource = request.match_info.route.resource
    route = resource.canonical if resource else "none"
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


@routes.get("/healthz")
async def alive(request: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


@routes.get("/readyz")
async def ready(request: web.Request) -> web.Response:
    """503 while the database cannot be read. Without a provider the house stands, but sends no codes."""
    side = request.config_dict[SIDE]
    try:
        async with side.house.database.reading() as connection:
            await connection.execute(text("select 1"))
    except (SQLAlchemyError, OSError):
        return web.json_response({"status": "failing", "database": "cannot be read"}, status=503)
    settings = side.house.settings
    if not (settings.twilio_account_sid and settings.twilio_auth_token and settings.twilio_from):
        return web.json_response(
            {"status": "degraded", "database": "ok", "codes": "cannot be sent: no provider"}
        )
    return web.json_response({"status": "ok", "database": "ok", "codes": "ok"})


@routes.get("/metrics")
async def metrics(request: web.Request) -> web.Response:
    body = generate_latest(request.app[MEASURES].registry)
    return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})
