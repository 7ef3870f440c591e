"""The demonstration municipality, Δήμος Αλκυόνας: invented, as are its streets, films and numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.activities.loading import parse

KEYS = ("pool", "tennis", "gym", "painting", "cinema", "festival")


def documents() -> list[Any]:
    """Its activities, in the order in which they are offered. Their days are relative: see `loading.load`."""
    return [parse((Path(__file__).parent / f"{key}.json").read_bytes()) for key in KEYS]
