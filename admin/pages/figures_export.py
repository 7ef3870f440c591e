"""Tables of figures as files: CSV (RFC 4180) and JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from edge import tables


def as_csv(name: str, heads: Sequence[str], rows: Sequence[Sequence[str | int]]) -> web.Response:
    return _file(f"{name}.csv", tables.as_csv(heads, rows), "text/csv")


def as_json(name: str, found: Mapping[str, Any]) -> web.Response:
    return _file(f"{name}.json", json.dumps(found, ensure_ascii=False, indent=1), "application/json")


def _file(name: str, text: str, kind: str) -> web.Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(text=text, content_type=kind, charset="utf-8", headers=headers)
