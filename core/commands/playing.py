"""Plays a season for `paso season replay`, and tells of it in a few lines."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

from core.adapters.keys import PASS_VERIFYING, KeyFolder, make_keys
from core.adapters.replaying import MovedClock, SeededChance, SeededCodes
from core.adapters.signing import Ed25519Verifier
from core.bookings.suggestions import Suggestions
from core.bootstrap.citizen import citizen_side
from core.config import Settings, read_settings
from core.db.database import Database
from core.db.migrate import migrate
from core.stats.definitions import decimal
from core.stats.replay.demand import demand
from core.stats.replay.outcome import Outcome, Study, settle
from core.stats.replay.rehearsal import rehearse
from core.stats.replay.season import Season, Services
from core.stats.replay.town import PUBLISHED_AT, town
from core.visits.service import Visits


def told(outcome: Outcome) -> str:
    """One play in a few lines."""
    how = f"accepted by {outcome.acceptance:.0%}" if outcome.acceptance else "none"
    rate = outcome.played.bookings / outcome.seconds
    lines = [
        f"Suggestions: {how}. {outcome.seconds:.0f} s, {rate:.0f} bookings/s with all that belongs to them.",
        f"  valid users {outcome.users.valid}",
    ]
    for category, counts in outcome.counts.items():
        lines.append(
            f"  {category}: {counts.applications} applications, {counts.attended} attended, {counts.refused} refused,"
            f" {counts.cancelled} cancelled, {counts.no_shows} did not come"
        )
    for kpi in outcome.kpis:
        assert kpi.reached is not None
        assert kpi.strict is not None
        lines.append(
            f"  KPI {kpi.target.kpi}: {kpi.value} of {kpi.target.target}, {kpi.reached.per_cent} %"
            f" (exactly {kpi.reached.written}); in the target period alone {kpi.strict_value}, {kpi.strict.per_cent} %"
        )
    peaks, unlimited = outcome.reduction, outcome.without_limits
    lines += [
        f"  sum of daily peaks in sports venues {peaks.actual}, at first choices {peaks.first_choices}:"
        f" {_per_cent(peaks.exact)} fewer ({_per_cent(unlimited.exact)} against demand without limits)",
        f"  {outcome.verified.compared} figures recomputed from the event log, {len(outcome.verified.wrong)} differ",
    ]
    return "\n".join(lines)


def study_told(study: Study) -> Iterator[str]:
    """What suggestions do over several seeds, capacity limits alone first."""
    for effect in study.effects:
        how = f"accepted by {effect.acceptance:.0%}" if effect.acceptance else "capacity limits alone"
        found, refused = effect.reduction, effect.refused
        yield (
            f"{study.seeds} seeds, {how}: {_per_cent(found.median)} fewer at the same time"
            f" ({_per_cent(found.least)} to {_per_cent(found.most)}); refused {decimal(refused.median, 0)}"
            f" ({refused.least} to {refused.most})"
        )


def _per_cent(exact: Fraction | None) -> str:
    return "nothing to compare" if exact is None else f"{decimal(exact, 1)} %"


async def play(seed: int, acceptance: float) -> Outcome:
    """One season, and its figures as the panel would show them."""
    activities = town()
    wanted = demand(SeededChance(seed), activities)
    rehearsed = rehearse(wanted, activities, acceptance)
    with TemporaryDirectory(prefix="paso-season-") as folder:
        async with services(Path(folder), seed) as (found, settings, database):
            begun = time.perf_counter()
            played = await Season(found, activities, wanted, rehearsed, acceptance).play()
            seconds = time.perf_counter() - begun
            return await settle(found, database, settings.zone, acceptance, played, rehearsed, seconds)


@asynccontextmanager
async def services(folder: Path, seed: int) -> AsyncIterator[tuple[Services, Settings, Database]]:
    """The product on an empty database in `folder`, with a moved clock and known chance; no provider is reached."""
    make_keys(folder / "keys")
    settings = read_settings(
        database_url=f"sqlite:///{folder}/season.db",
        keys_dir=folder / "keys",
        twilio_account_sid="replay",
        twilio_from="Paso",
        time_zone="Europe/Athens",
    )
    clock, codes = MovedClock(PUBLISHED_AT), SeededCodes(seed)
    side = citizen_side(settings, clock=clock, codes=codes)
    house = side.house
    try:
        await migrate(house.database)
        verifier = Ed25519Verifier(KeyFolder(settings.keys_dir).load(PASS_VERIFYING))
        yield (
            Services(
                clock=clock,
                codes=codes,
                writer=house.writer,
                people=house.people,
                verification=house.verification,
                activities=house.activities,
                occupancy=house.occupancy,
                suggestions=Suggestions(
                    house.database, clock, house.activities, house.occupancy, settings.landline_factor
                ),
                bookings=house.bookings,
                passes=house.passes,
                visits=Visits(house.database, clock, codes, house.activities, verifier),
            ),
            settings,
            house.database,
        )
    finally:
        await side.close()
