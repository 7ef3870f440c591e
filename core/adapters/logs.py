"""Logs: one JSON object a line on standard error, with ids and codes only.

Nothing that a person typed, and no address of theirs, may reach a log. So the text of exceptions is left out
(a database error quotes its parameters), and so are the arguments of other libraries' messages (an HTTP
client quotes addresses with tokens): what remains says where in the code it happened, which is enough.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any

import structlog

_FRAMES_KEPT = 12
_CAUSES_KEPT = 5
_QUIET = (
    "httpx",
    "httpcore",
    "asyncio",
    "aiosqlite",
    "alembic",
    "sqlalchemy",
    "telegram",
    "twilio",
    "fontTools",
)


def configure_logs(level: str) -> None:
    """Send our records and all libraries' to standard error, from `level` (debug, info, warning ...) up."""
    threshold = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            _only_where_it_failed,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_LibraryFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(threshold)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, threshold))


class _LibraryFormatter(logging.Formatter):
    """What a library logs: where, and the template it would have filled in."""

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, Any] = {"event": "library", "level": record.levelname.lower()}
        fields["at"] = datetime.fromtimestamp(record.created, UTC).isoformat()
        if record.name == "aiohttp.access":
            fields |= _request(record)
        else:
            fields["where"] = f"{record.name}:{record.funcName}:{record.lineno}"
            if record.args and isinstance(record.msg, str):
                fields["template"] = record.msg
        if record.exc_info:
            fields |= _failure(record.exc_info[1])
        return json.dumps(fields, ensure_ascii=False)


def _request(record: logging.LogRecord) -> dict[str, Any]:
    """Its method, the head of its path and the status: what follows the head may be a code or a ticket."""
    method, _, rest = str(getattr(record, "first_request_line", "")).partition(" ")
    head = rest.split(" ")[0].split("?")[0].split("/")[1:2]
    under = head[0] if head and head[0].isascii() and head[0].isalpha() else ""
    status = getattr(record, "response_status", None)
    return {"event": "request", "method": method[:10], "under": f"/{under[:20]}", "status": status}


def _only_where_it_failed(
    _logger: Any, _method: str, fields: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    given = fields.pop("exc_info", None)
    fields.pop("stack_info", None)
    if isinstance(given, BaseException):
        fields.update(_failure(given))
    elif isinstance(given, tuple):
        fields.update(_failure(given[1]))
    elif given:
        fields.update(_failure(sys.exc_info()[1]))
    return fields


def _failure(fault: BaseException | None) -> dict[str, Any]:
    kinds: list[str] = []
    frames = traceback.extract_tb(fault.__traceback__)[-_FRAMES_KEPT:] if fault else []
    while fault is not None and len(kinds) < _CAUSES_KEPT:
        kinds.append(type(fault).__qualname__)
        fault = fault.__cause__ or fault.__context__
    return {"fault": kinds, "trace": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]}
