"""The town of the replay: invented, of the size of the model, with the capacities of its summer (1 June to 30 October
2020: three swimmers a lane, five in the gym)."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from core.activities.definition import Activity
from core.activities.loading import load, parse
from core.activities.planning import PlannedSlot, plan
from core.stats.definitions import Period

ZONE = ZoneInfo("Europe/Athens")
SEASON = Period(date(2020, 6, 1), date(2020, 10, 30))
TARGETS_FROM = Period(date(2020, 7, 1), date(2020, 10, 30))
YEAR = Period(date(2020, 1, 1), date(2020, 12, 31))
PUBLISHED_AT = datetime(2020, 5, 31, 12, 0, tzinfo=ZONE)
KEYS = ("pool", "gym", "festival", "cinema", "dance")

USERS = 1973
APPLICATIONS = {"sport": 4658, "culture": 1654}
ATTENDED = {"sport": 4507, "culture": 1249}
TARGETS = {"sport": 3500, "culture": 2100}
YEAR_TARGETS = {"sport": 5500, "culture": 2900}


def town() -> dict[str, Activity]:
    """Its activities, by key."""
    folder = Path(__file__).parent / "town"
    return {key: load(parse((folder / f"{key}.json").read_bytes()), SEASON.first) for key in KEYS}


def slots_of(activity: Activity) -> list[PlannedSlot]:
    """All of the season."""
    return plan(activity, SEASON.first, SEASON.last)
