"""Tables of figures as files: CSV (RFC 4180) and JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(name: str, heads: Sequence[str], rows: Sequence[Sequence[str | int]]) -> web.Response:
    """With a mark by which spreadsheets know UTF-8. No text can become a formula (OWASP: CSV injection)."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_harmless(head) for head in heads])
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return _file(f"{name}.csv", "\ufeff" + out.getvalue(), "text/csv")


def as_json(name: str, found: Mapping[str, Any]) -> web.Response:
    return _file(f"{name}.json", json.dumps(found, ensure_ascii=False, indent=1), "application/json")


def _harmless(cell: str | int) -> str | int:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def _file(name: str, text: str, kind: str) -> web.Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(text=text, content_type=kind, charset="utf-8", headers=headers)
