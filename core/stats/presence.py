"""Who was inside at the same time, and who would have been. Pure.

*Simultaneous* is entries minus exits at a facility; *peak* its maximum in a local day. For *first choices* everyone
who came at another hour than the one wanted first is taken out of the hour they came in and put into the hour they
had wanted; all others stay as the gates counted them. So where nobody was led elsewhere the reduction is exactly 0.
At the change of hours those of the next come in before the last have left, so that both are inside at once. What is
put in therefore ends a quarter of an hour early, and what is taken out begins a quarter of an hour before its start:
else somebody led from one hour to the next would be counted in both.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from core.stats.definitions import Reduction
from core.stats.records import Application, Minute

TURNOVER = timedelta(minutes=15)


@dataclass(frozen=True)
class DayPeak:
    """A facility's day."""

    facility: str
    day: date
    opening: int
    """Inside at midnight, when it began."""
    peak: int
    peak_at: datetime | None
    """The minute in which it was first reached; None when it was reached at midnight."""
    entered: int
    first_choices: int
    """The peak, had everyone come at the hour wanted first."""

    @property
    def reduction(self) -> Reduction:
        return Reduction(self.peak, self.first_choices)


@dataclass(frozen=True)
class Shift:
    """Persons more (or, below 0, fewer) at a facility from a moment on."""

    facility: str
    at: datetime
    persons: int


def shifts_of(application: Application) -> list[Shift]:
    """From where they came to where they had wanted to come; nothing for who did not come, or came as wanted."""
    if not application.attended or application.first_starts_at is None:
        return []
    assert application.first_ends_at is not None
    assert application.first_facility is not None
    persons = application.persons
    starts_at, first_at, first_ends_at = (
        application.starts_at,
        application.first_starts_at,
        application.first_ends_at,
    )
    return [
        Shift(application.facility, starts_at - TURNOVER, -persons),
        Shift(application.facility, application.ends_at, persons),
        Shift(application.first_facility, first_at, persons),
        Shift(
            application.first_facility,
            first_ends_at - min(TURNOVER, (first_ends_at - first_at) / 2),
            -persons,
        ),
    ]


def day_peaks(
    minutes: Mapping[tuple[str, datetime], Minute],
    shifts: Iterable[Shift],
    zone: ZoneInfo,
    opening: Mapping[str, int] | None = None,
) -> list[DayPeak]:
    """Every day and facility with any passing or shift, by facility and day. `opening`: who was inside before."""
    entered: dict[tuple[str, date], int] = defaultdict(int)
    nets: dict[tuple[str, date], dict[datetime, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for (facility, at), minute in minutes.items():
        day = at.astimezone(zone).date()
        entered[facility, day] += minute.entered
        nets[facility, day][at][0] += minute.net
    for shift in shifts:
        nets[shift.facility, shift.at.astimezone(zone).date()][shift.at][1] += shift.persons
    inside = dict(opening or {})
    moved: dict[str, int] = defaultdict(int)
    peaks: list[DayPeak] = []
    for facility, day in sorted(nets):
        now, more = inside.get(facility, 0), moved[facility]
        begin, peak, peak_at, first = now, now, None, now + more
        for at in sorted(nets[facility, day]):
            net, shifted = nets[facility, day][at]
            now, more = now + net, more + shifted
            if now > peak:
                peak, peak_at = now, at
            first = max(first, now + more)
        inside[facility], moved[facility] = now, more
        peaks.append(DayPeak(facility, day, begin, peak, peak_at, entered[facility, day], max(0, first)))
    return peaks


def reduction_of(peaks: Iterable[DayPeak]) -> Reduction:
    """Over several days: the sum of the daily peaks beside the sum of those of first choices."""
    chosen = list(peaks)
    return Reduction(sum(each.peak for each in chosen), sum(each.first_choices for each in chosen))
