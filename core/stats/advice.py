"""What next: from figures to sentences that say what to open, move, repeat or drop, each with its figures. Pure.

Every rule needs enough to go by; where there is too little, that is said. The most pressing comes first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from core.dialog.words import Text, Words, say
from core.stats.counts import Counts
from core.stats.definitions import Share, share
from core.stats.kpi import Kpi
from core.stats.planned import Fill, Filled

Kind = Literal["add", "move", "repeat", "drop", "remind", "share", "kpi", "nothing"]
CROWDED = 85
"""Per cent of capacity taken from which an hour counts as crowded."""
EMPTY = 25
CLEARLY_EMPTIER = 30
"""Percentage points by which a neighbouring hour must be emptier."""
FEWEST_REFUSED = 5
FEWEST_SLOTS = 4
FEWEST_APPLICATIONS = 20
MANY_NO_SHOWS = 15
FAR_BEHIND = 10
"""Percentage points by which a channel's refusals exceed those of all."""
QUICKLY = timedelta(hours=48)
MOST = 12


@dataclass(frozen=True)
class Names:
    """How activities and their places are called."""

    activities: Mapping[str, Words]
    places: Mapping[tuple[str, str], Words]
    """(activity, place)."""
    occasions: Mapping[tuple[str, str], Words]

    def where(self, activity: str, place: str) -> Words:
        """«Κολυμβητήριο, διαδρομή 2»."""
        name = self.activities.get(activity, say("figures.next.some_activity", named=activity))
        part = self.places.get((activity, place))
        return name if part is None else say("figures.next.place_of", activity=name, place=part)

    def what(self, activity: str, occasion: str, place: str) -> Words:
        name = self.occasions.get((activity, occasion))
        return name if name is not None else self.where(activity, place)


@dataclass(frozen=True)
class Season:
    """The figures of one period. Cells of `refused` and `by_activity` are not broken down by what people told us."""

    fills: Sequence[Fill]
    refused: Mapping[tuple[str, str, int, int], Counts]
    """By activity, place, weekday, hour of the slot."""
    by_activity: Mapping[str, Counts]
    by_channel: Mapping[str, Counts]
    filled: Sequence[Filled] = ()
    kpis: Sequence[Kpi] = ()
    with_occasions: frozenset[str] = field(default=frozenset())
    """Activities that are concerts, films and the like: an hour of the week means nothing there."""


@dataclass(frozen=True)
class Recommendation:
    kind: Kind
    text: Text
    weight: int
    """The more, the more pressing: about how many persons it concerns."""


def what_next(season: Season, names: Names) -> list[Recommendation]:
    """The most pressing first, at most twelve; where there is nothing to say, that is said."""
    found = [
        *_crowded(season, names),
        *_empty(season, names),
        *_repeat(season, names),
        *_no_shows(season, names),
        *_channels(season),
        *_kpis(season.kpis),
    ]
    found.sort(key=lambda each: (-each.weight, each.kind, each.text.key))
    if found:
        return found[:MOST]
    total = sum(counts.applications for counts in season.by_activity.values())
    enough = total >= FEWEST_APPLICATIONS
    text = say("figures.next.all_well", n=total) if enough else say("figures.next.too_little", n=total)
    return [Recommendation("nothing", text, 0)]


def _per_cent(fill: Fill) -> int:
    taken = share(fill.taken, fill.capacity)
    return 0 if taken is None else taken.per_cent


def _crowded(season: Season, names: Names) -> Iterable[Recommendation]:
    """Full, and people were sent away: open more, or lead them next door where there is room."""
    by_cell = {(each.activity, each.place, each.weekday, each.hour): each for each in season.fills}
    for cell, counts in season.refused.items():
        activity, place, weekday, hour = cell
        here = by_cell.get(cell)
        if activity in season.with_occasions or here is None or counts.refused < FEWEST_REFUSED:
            continue
        if _per_cent(here) < CROWDED:
            continue
        facts = {
            "where": names.where(activity, place),
            "weekday": weekday_name(weekday),
            "hour": _hour(hour),
            "full": _per_cent(here),
            "n": counts.refused,
        }
        beside = [by_cell.get((activity, place, weekday, hour + step)) for step in (-1, 1)]
        emptier = [each for each in beside if each and _per_cent(each) <= _per_cent(here) - CLEARLY_EMPTIER]
        if emptier:
            best = min(emptier, key=_per_cent)
            text = say("figures.next.move", **facts, other=_hour(best.hour), other_full=_per_cent(best))
            yield Recommendation("move", text, counts.refused_persons)
        else:
            yield Recommendation("add", say("figures.next.add", **facts), 2 * counts.refused_persons)


def _empty(season: Season, names: Names) -> Iterable[Recommendation]:
    for each in season.fills:
        if each.activity in season.with_occasions or each.slots < FEWEST_SLOTS or _per_cent(each) > EMPTY:
            continue
        text = say(
            "figures.next.drop",
            where=names.where(each.activity, each.place),
            weekday=weekday_name(each.weekday),
            hour=_hour(each.hour),
            full=_per_cent(each),
            taken=each.taken,
            capacity=each.capacity,
            n=each.slots,
        )
        yield Recommendation("drop", text, (each.capacity - each.taken) // 100)


def _repeat(season: Season, names: Names) -> Iterable[Recommendation]:
    for each in season.filled:
        if each.activity not in season.with_occasions or each.took > QUICKLY:
            continue
        hours = max(1, each.took // timedelta(hours=1))
        what = names.what(each.activity, each.occasion, each.place)
        text = say("figures.next.repeat", what=what, when=each.starts_at, n=hours)
        yield Recommendation("repeat", text, 50 + 48 - hours)


def _no_shows(season: Season, names: Names) -> Iterable[Recommendation]:
    for activity, counts in season.by_activity.items():
        missing = share(counts.no_shows, counts.accepted - counts.cancelled)
        if missing is None or missing.whole < FEWEST_APPLICATIONS or missing.per_cent < MANY_NO_SHOWS:
            continue
        where = names.where(activity, "")
        text = say(
            "figures.next.remind", where=where, full=missing.per_cent, n=missing.part, of=missing.whole
        )
        yield Recommendation("remind", text, counts.no_shows)


def _channels(season: Season) -> Iterable[Recommendation]:
    total = sum(season.by_channel.values(), Counts())
    overall = share(total.refused, total.applications)
    for channel, counts in season.by_channel.items():
        here: Share | None = share(counts.refused, counts.applications)
        if here is None or overall is None or here.whole < FEWEST_APPLICATIONS:
            continue
        if here.per_cent - overall.per_cent >= FAR_BEHIND:
            name = say(f"figures.channel.{channel}")
            text = say(
                "figures.next.share", channel=name, full=here.per_cent, all=overall.per_cent, n=here.part
            )
            yield Recommendation("share", text, counts.refused_persons)


def _kpis(kpis: Iterable[Kpi]) -> Iterable[Recommendation]:
    for kpi in kpis:
        alert = kpi.alert()
        if alert is not None and kpi.expected is not None:
            yield Recommendation("kpi", alert, int(kpi.expected) - kpi.value)


def weekday_name(weekday: int) -> Text:
    return say(f"figures.weekday.{weekday}")


def _hour(hour: int) -> str:
    return f"{hour:02}:00"
