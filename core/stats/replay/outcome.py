"""What a replayed season comes to: its figures, from the event log as ever, and a study of many seeds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import median
from zoneinfo import ZoneInfo

from core.db.database import Database
from core.db.work import Work
from core.stats.advice import Recommendation, what_next
from core.stats.counts import Counts, Row, View
from core.stats.definitions import Reduction
from core.stats.kpi import Kpi, Target
from core.stats.planning import names_of, season_of
from core.stats.presence import reduction_of
from core.stats.queries import Figures, Users
from core.stats.replay.choosing import Suggest
from core.stats.replay.demand import Chance, demand
from core.stats.replay.rehearsal import Rehearsed, rehearse
from core.stats.replay.season import Played, Services
from core.stats.replay.town import SEASON, TARGETS, TARGETS_FROM, YEAR, YEAR_TARGETS, town
from core.stats.rollup import RollUp
from core.stats.targets import Targets
from core.stats.verify import Verified, verify


@dataclass(frozen=True)
class Outcome:
    """One play."""

    acceptance: float
    """Of suggestions; 0 where none were made."""
    played: Played
    seconds: float
    users: Users
    counts: dict[str, Counts]
    """By category."""
    months: Sequence[Row]
    kpis: Sequence[Kpi]
    reduction: Reduction
    """Of the sport facilities, over all days."""
    without_limits: Reduction
    recommendations: Sequence[Recommendation]
    warned: int
    """People warned of a case: the model had none to warn."""
    verified: Verified


async def settle(
    services: Services,
    database: Database,
    zone: ZoneInfo,
    acceptance: float,
    played: Played,
    rehearsed: Rehearsed,
    seconds: float,
) -> Outcome:
    """The figures after the last has left, with the model's targets set."""
    clock, codes, writer = services.clock, services.codes, services.writer
    await RollUp(database, writer, zone).refresh()
    targets = Targets(database, clock, codes, zone)
    for target in model_targets():
        work = Work()
        targets.set(work, target, None)
        await writer.commit(work)
    figures = Figures(database, clock, zone)
    by_category = await figures.rows(View(SEASON), ("category",))
    sport = await figures.facilities("sport")
    published = await services.activities.published()
    kpis = await targets.kpis()
    season = await season_of(figures, published, [], SEASON, clock.now())
    return Outcome(
        acceptance=acceptance,
        played=played,
        seconds=seconds,
        users=await figures.users(SEASON.last),
        counts={str(row.cell[0]): row.counts for row in by_category},
        months=await figures.rows(View(SEASON), ("confirmed_on", "category")),
        kpis=kpis,
        reduction=reduction_of(await figures.peaks(SEASON, sport)),
        without_limits=rehearsed.without_limits(),
        recommendations=what_next(season, names_of(published)),
        warned=await figures.warned(SEASON),
        verified=await verify(database, clock, zone),
    )


def model_targets() -> list[Target]:
    """As the model counts (from 1 June, against targets from 1 July), and those of the whole year."""
    found = []
    for category in ("culture", "sport"):
        found.append(
            Target(f"{category}-season", "applications", category, TARGETS[category], TARGETS_FROM, SEASON)
        )
        found.append(Target(f"{category}-year", "applications", category, YEAR_TARGETS[category], YEAR, YEAR))
    return found


@dataclass(frozen=True)
class Spread:
    """Of several seeds."""

    least: Fraction
    median: Fraction
    most: Fraction


@dataclass(frozen=True)
class Effect:
    """At one acceptance, over all seeds; per cent. Acceptance 0 is capacity limits alone."""

    acceptance: float
    reduction: Spread
    refused: Spread
    """A count."""


@dataclass(frozen=True)
class Study:
    seeds: int
    effects: Sequence[Effect]


def study_of(
    chance: Callable[[int], Chance], seeds: int, acceptances: Sequence[float], suggest: Suggest
) -> Study:
    """The same demands, rehearsed with capacity limits alone and with each acceptance."""
    activities = town()
    demands = [demand(chance(seed), activities) for seed in range(1, seeds + 1)]
    effects = []
    for acceptance in (0.0, *acceptances) if demands else ():
        rehearsals = [rehearse(each, activities, acceptance, suggest) for each in demands]
        reductions = [rehearsal.peaks().exact or Fraction(0) for rehearsal in rehearsals]
        refused = [Fraction(rehearsal.refused) for rehearsal in rehearsals]
        effects.append(Effect(acceptance, _spread(reductions), _spread(refused)))
    return Study(seeds, effects)


def _spread(values: Sequence[Fraction]) -> Spread:
    return Spread(min(values), median(values), max(values))
