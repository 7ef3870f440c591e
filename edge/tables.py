"""Tables as files for spreadsheets (RFC 4180)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?[0-9]+")
"""Telephone numbers among them: these are left as they are."""


def as_csv(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """With a mark by which spreadsheets know UTF-8. No text can become a formula (OWASP: CSV injection)."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([harmless(head) for head in heads])
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return out.getvalue()


def harmless(cell: Any) -> Any:
    """Text that a spreadsheet would take for a formula, marked as text; everything else as it is."""
    if isinstance(cell, str) and cell.startswith(_FORMULA) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell
