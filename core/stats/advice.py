"""What next: from figures to sentences that say what to open, move, repeat or drop, each with its figures. Pure.

Every rule needs enough to go by; where there is too little, that is said. The most pressing comes first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from core.dialog.words import Text, Words, say
from core.stats.counts import Counts
from core.stats.definitions import Share, share
from core.stats.kpi import Kpi
from core.stats.planned import Fill, Filled, Performance

Kind = Literal["add", "move", "repeat", "drop", "remind", "share", "kpi", "nothing"]
CROWDED = 85
"""Per cent of capacity taken from which an hour counts as crowded."""
EMPTY = 25
CLEARLY_EMPTIER = 30
"""Percentage points by which a neighbouring hour must be emptier."""
FEWEST_REFUSED = 5
FEWEST_SLOTS = 4
FEWEST_SLOTS_OF_LANE = 20
FEWEST_EVENTS = 2
HALF_EMPTY = 50
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
    performances: Sequence[Performance] = ()
    """Of activities with occasions, those that are still to come as well."""
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
        *_events(season, names),
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
    """Full, and people were sent away: open another lane, another hour, or lead them next door where there is room."""
    by_cell = {(each.activity, each.place, each.weekday, each.hour): each for each in season.fills}
    together = _hours(season)
    told: set[tuple[str, int, int]] = set()
    for (activity, weekday, hour), here in together.items():
        if here.lanes > 1 and here.refused >= FEWEST_REFUSED and here.emptiest >= CROWDED:
            told.add((activity, weekday, hour))
            facts = {"lanes": here.lanes, "full": here.emptiest, "n": here.refused}
            text = say(
                "figures.next.add_lane", where=names.where(activity, ""), **_at(weekday, hour), **facts
            )
            yield Recommendation("add", text, 2 * here.refused_persons)
    for cell, counts in season.refused.items():
        activity, place, weekday, hour = cell
        fill = by_cell.get(cell)
        if activity in season.with_occasions or fill is None or counts.refused < FEWEST_REFUSED:
            continue
        if _per_cent(fill) < CROWDED or (activity, weekday, hour) in told:
            continue
        where, facts = names.where(activity, place), {"full": _per_cent(fill), "n": counts.refused}
        beside = [by_cell.get((activity, place, weekday, hour + step)) for step in (-1, 1)]
        emptier = [each for each in beside if each and _per_cent(each) <= _per_cent(fill) - CLEARLY_EMPTIER]
        if emptier:
            best = min(emptier, key=_per_cent)
            text = say(
                "figures.next.move",
                where=where,
                **_at(weekday, hour),
                **facts,
                other=_hour(best.hour),
                other_full=_per_cent(best),
            )
            yield Recommendation("move", text, counts.refused_persons)
        else:
            text = say("figures.next.add", where=where, **_at(weekday, hour), **facts)
            yield Recommendation("add", text, 2 * counts.refused_persons)


@dataclass
class _Hour:
    """An activity's weekday and hour, over all its lanes."""

    lanes: int = 0
    emptiest: int = 100
    """Per cent taken of the emptiest lane."""
    refused: int = 0
    refused_persons: int = 0


def _hours(season: Season) -> Mapping[tuple[str, int, int], _Hour]:
    hours: dict[tuple[str, int, int], _Hour] = defaultdict(_Hour)
    for each in season.fills:
        if each.activity not in season.with_occasions:
            here = hours[each.activity, each.weekday, each.hour]
            here.lanes += 1
            here.emptiest = min(here.emptiest, _per_cent(each))
    for (activity, _place, weekday, hour), counts in season.refused.items():
        if (activity, weekday, hour) in hours:
            hours[activity, weekday, hour].refused += counts.refused
            hours[activity, weekday, hour].refused_persons += counts.refused_persons
    return hours


def _empty(season: Season, names: Names) -> Iterable[Recommendation]:
    """Hours that stay empty; of a lane that always does, the lane."""
    lanes: dict[tuple[str, str], list[Fill]] = defaultdict(list)
    for each in season.fills:
        if each.activity not in season.with_occasions:
            lanes[each.activity, each.place].append(each)
    for (activity, place), fills in lanes.items():
        taken, capacity = sum(each.taken for each in fills), sum(each.capacity for each in fills)
        slots, whole = sum(each.slots for each in fills), share(taken, capacity)
        several = len({other for key, other in lanes if key == activity}) > 1
        if several and slots >= FEWEST_SLOTS_OF_LANE and whole is not None and whole.per_cent <= EMPTY:
            facts = {"where": names.where(activity, place), "full": whole.per_cent, "n": slots}
            text = say("figures.next.drop_lane", **facts, taken=taken, capacity=capacity)
            yield Recommendation("drop", text, (capacity - taken) // 100)
            continue
        for each in fills:
            if each.slots < FEWEST_SLOTS or _per_cent(each) > EMPTY:
                continue
            text = say(
                "figures.next.drop",
                where=names.where(each.activity, each.place),
                **_at(each.weekday, each.hour),
                full=_per_cent(each),
                taken=each.taken,
                capacity=each.capacity,
                n=each.slots,
            )
            yield Recommendation("drop", text, (each.capacity - each.taken) // 100)


def _events(season: Season, names: Names) -> Iterable[Recommendation]:
    """Concerts, films and the like: what sent people away, what stayed empty, and the weekday that draws more."""
    quick = {(each.activity, each.starts_at) for each in season.filled if each.took <= QUICKLY}
    by_weekday: dict[tuple[str, int], list[Performance]] = defaultdict(list)
    for each in season.performances:
        by_weekday[each.activity, each.weekday].append(each)
    for each in season.performances:
        taken = share(each.taken, each.capacity)
        if taken is None:
            continue
        what = names.what(each.activity, each.occasion, each.place)
        facts = {"what": what, "when": each.starts_at, "full": taken.per_cent}
        if each.refused >= FEWEST_REFUSED and (each.activity, each.starts_at) not in quick:
            text = say("figures.next.add_event", **facts, n=each.refused)
            yield Recommendation("add", text, 2 * each.refused)
        elif taken.per_cent <= HALF_EMPTY:
            better = _better_weekday(each, taken.per_cent, by_weekday)
            if better is not None:
                weekday, full, n = better
                text = say(
                    "figures.next.move_event", **facts, weekday=weekday_name(weekday), other_full=full, n=n
                )
                yield Recommendation("move", text, (each.capacity - each.taken) // 10)
            elif taken.per_cent <= EMPTY:
                text = say("figures.next.drop_event", **facts, taken=each.taken, capacity=each.capacity)
                yield Recommendation("drop", text, (each.capacity - each.taken) // 20)


def _better_weekday(
    quiet: Performance, full: int, by_weekday: Mapping[tuple[str, int], Sequence[Performance]]
) -> tuple[int, int, int] | None:
    """The weekday on which the same programme fills clearly better: (weekday, per cent, of how many)."""
    found = []
    for (activity, weekday), others in by_weekday.items():
        if activity != quiet.activity or weekday == quiet.weekday or len(others) < FEWEST_EVENTS:
            continue
        there = share(sum(each.taken for each in others), sum(each.capacity for each in others))
        if there is not None and there.per_cent >= full + CLEARLY_EMPTIER:
            found.append((weekday, there.per_cent, len(others)))
    return max(found, key=lambda each: each[1], default=None)


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


def _at(weekday: int, hour: int) -> dict[str, Any]:
    return {"weekday": weekday_name(weekday), "hour": _hour(hour)}


def weekday_name(weekday: int) -> Text:
    return say(f"figures.weekday.{weekday}")


def _hour(hour: int) -> str:
    return f"{hour:02}:00"
