"""Whether every channel finds its places: what is asked, refused, and kept for the desk and the phone. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.dialog.words import Text, say
from core.stats.counts import Counts
from core.stats.definitions import Share, share
from core.stats.planned import Kept

CHANNELS = ("telegram", "web", "phone", "desk")
WITH_A_SHARE = ("phone", "desk")
ENOUGH = 20
"""Applications from which a channel is judged."""
FAR = 10
"""Percentage points beside all from which a channel is said to find more or fewer places."""


@dataclass(frozen=True)
class OfChannel:
    """One channel: what was asked through it, and its share of places."""

    channel: str
    counts: Counts
    kept: Kept

    @property
    def refused(self) -> Share | None:
        return share(self.counts.refused, self.counts.applications)

    @property
    def used(self) -> Share | None:
        """Of the places kept for it; None where none are."""
        return share(self.kept.used, self.kept.units)


def by_channel(counts: Mapping[str, Counts], kept: Mapping[str, Kept]) -> list[OfChannel]:
    """Every channel, those without an application as well."""
    none = Kept(0, 0, 0)
    return [OfChannel(name, counts.get(name, Counts()), kept.get(name, none)) for name in CHANNELS]


def sentences(channels: Sequence[OfChannel]) -> list[Text]:
    """One on all of them together, and one for each channel that can be judged."""
    total = sum((each.counts for each in channels), Counts())
    of_all = share(total.refused, total.applications)
    if of_all is None:
        return [say("figures.equity.nothing")]
    found = [say("figures.equity.all", n=total.applications, refused=total.refused, full=of_all.per_cent)]
    for each in channels:
        found += _of_one(each, of_all)
    return found


def _of_one(each: OfChannel, of_all: Share) -> list[Text]:
    name, refused, used = say(f"figures.channel.{each.channel}"), each.refused, each.used
    found = []
    if refused is not None and refused.whole < ENOUGH:
        found.append(say("figures.equity.few", channel=name, n=refused.whole))
    elif refused is not None:
        gap = refused.per_cent - of_all.per_cent
        how = "more" if gap >= FAR else "fewer" if gap <= -FAR else "alike"
        facts = {"channel": name, "full": refused.per_cent, "all": of_all.per_cent, "n": refused.part}
        found.append(say(f"figures.equity.{how}", **facts, of=refused.whole))
    if used is not None:
        facts = {"channel": name, "used": used.part, "kept": used.whole, "full": used.per_cent}
        found.append(say("figures.equity.kept", **facts))
    return found
