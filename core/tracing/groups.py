"""Who is meant by a warning: definitions of groups, as the panel writes them and the worker reads them again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from core.db.types import from_milliseconds, to_milliseconds
from core.errors import Refused
from core.passes import code as pass_code

_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}", re.ASCII)
LONGEST = timedelta(days=2)
"""Of one group: whoever means more is searching, not tracing."""
LEAST_MINUTES, MOST_MINUTES = 1, 24 * 60
_MOST_PLACES = 40


@dataclass(frozen=True)
class ByHours:
    """Everyone who was in a facility between two moments (UTC, half-open), in some of its places or in all."""

    facility: str
    start: datetime
    end: datetime
    places: tuple[str, ...] = ()
    booked: bool = False
    """Those too who had booked and did not come: for a closure."""
    case: str | None = None
    """The pass code of the case; needed for a group of fewer than five."""


@dataclass(frozen=True)
class ByEvent:
    """Everyone at an event, or at one session of a class: all of the activity's slots that begin then (UTC)."""

    activity: str
    start: datetime
    booked: bool = False
    case: str | None = None


@dataclass(frozen=True)
class AroundPass:
    """Everyone who shared a facility with those of one pass for so many minutes, summed over re-entries."""

    case: str
    minutes: int = 15


Group = ByHours | ByEvent | AroundPass


def hours(day: date, start: time, end: time, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Hours of a local day as two moments in UTC; an `end` of 00:00 is the end of the day.

    An hour that the clock repeats is meant both times; one that it skips begins, and ends, when it is skipped.
    Raises `Refused("tracing.end_before_start")`.
    """
    last = datetime.combine(day + timedelta(days=1), time()) if end == time() else datetime.combine(day, end)
    first = datetime.combine(day, start)
    if last <= first:
        raise Refused("tracing.end_before_start")
    return _moment(first, zone, 0), _moment(last, zone, 1)


def _moment(local: datetime, zone: ZoneInfo, fold: int) -> datetime:
    """`fold`: the first or the second time that the clock shows it."""
    utc = ZoneInfo("UTC")
    found = local.replace(tzinfo=zone, fold=fold).astimezone(utc)
    if found.astimezone(zone).replace(tzinfo=None) == local:
        return found
    after, before = (local.replace(tzinfo=zone, fold=each).astimezone(utc) for each in (0, 1))
    offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):  # the moment of the change lies between
        middle = before + (after - before) / 2
        before, after = (middle, after) if middle.astimezone(zone).utcoffset() == offset else (before, middle)
    return after.replace(microsecond=0)


def write(group: Group) -> dict[str, Any]:
    """For the database."""
    if isinstance(group, AroundPass):
        return {"kind": "pass", "case": group.case, "minutes": group.minutes}
    shared = {"booked": group.booked, "case": group.case, "start": to_milliseconds(group.start)}
    if isinstance(group, ByEvent):
        return {"kind": "event", "activity": group.activity, **shared}
    return {
        "kind": "hours",
        "facility": group.facility,
        "end": to_milliseconds(group.end),
        "places": list(group.places),
        **shared,
    }


def read(written: Any) -> Group:
    """A group that anybody may have written. Raises `Refused("tracing.malformed")`."""
    try:
        return _read(written)
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError):
        raise Refused("tracing.malformed") from None


def _read(written: Mapping[str, Any]) -> Group:
    fields = {
        "hours": {"kind", "facility", "start", "end", "places", "booked", "case"},
        "event": {"kind", "activity", "start", "booked", "case"},
        "pass": {"kind", "case", "minutes"},
    }[written["kind"]]
    if set(written) != fields:
        raise ValueError
    if written["kind"] == "pass":
        return AroundPass(_case(written["case"]), _whole(written["minutes"]))
    case = None if written["case"] is None else _case(written["case"])
    start, booked = from_milliseconds(_whole(written["start"])), written["booked"]
    if not isinstance(booked, bool):
        raise TypeError
    if written["kind"] == "event":
        return ByEvent(_key(written["activity"]), start, booked, case)
    places = tuple(_key(place) for place in written["places"])
    if len(places) > _MOST_PLACES or list(places) != sorted(set(places)):
        raise ValueError
    return ByHours(
        _key(written["facility"]), start, from_milliseconds(_whole(written["end"])), places, booked, case
    )


def check(group: Group, now: datetime, kept_since: datetime) -> None:
    """What is wrong with a group by itself; `kept_since`: presence before it is erased. Raises `Refused`:
    `tracing.end_before_start`, `future`, `too_old`, `too_long`, `minutes`.
    """
    if isinstance(group, AroundPass):
        if not LEAST_MINUTES <= group.minutes <= MOST_MINUTES:
            raise Refused("tracing.minutes", least=LEAST_MINUTES, most=MOST_MINUTES)
        return
    end = group.end if isinstance(group, ByHours) else group.start
    if end < group.start or (isinstance(group, ByHours) and end == group.start):
        raise Refused("tracing.end_before_start")
    if end > now and not group.booked:
        raise Refused("tracing.future")
    if group.start < kept_since:
        raise Refused("tracing.too_old", since=kept_since)
    if end - group.start > LONGEST:
        raise Refused("tracing.too_long", hours=int(LONGEST.total_seconds() // 3600))


def _key(value: object) -> str:
    if not isinstance(value, str) or not _KEY.fullmatch(value):
        raise ValueError
    return value


def _case(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    try:
        if pass_code.parse(value) != value:
            raise ValueError
    except Refused:
        raise ValueError from None
    return value


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError
    return value
