"""The season replay: the demand model, and a small season through the product's own use cases."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select

from core.adapters.replaying import SeededChance
from core.commands.playing import services, told
from core.conversations.forgetting import forget_citizen
from core.db.database import Database
from core.db.work import Work
from core.messages.texts import Texts
from core.people.model import citizens
from core.stats.queries import Users
from core.stats.replay import report
from core.stats.replay.choosing import Seat, quieter
from core.stats.replay.demand import Demand, demand
from core.stats.replay.outcome import settle, study_of
from core.stats.replay.rehearsal import Rehearsed, rehearse, who_comes
from core.stats.replay.season import Season, Services
from core.stats.replay.town import APPLICATIONS, ATTENDED, SEASON, USERS, ZONE, town
from tests.stats.makers import ATHENS

TOWN = town()


@pytest.fixture(scope="module")
def wanted() -> Demand:
    return demand(SeededChance(1), TOWN)


def test_the_demand_has_the_models_totals_and_is_the_same_each_time(wanted: Demand) -> None:
    for category, count in APPLICATIONS.items():
        assert sum(wish.category == category for wish in wanted.wishes) == count
    assert len(wanted.joined) == USERS
    assert demand(SeededChance(1), TOWN) == wanted
    assert demand(SeededChance(2), TOWN) != wanted


def test_everyone_asks_in_waking_hours_of_the_season_for_one_thing_a_day(wanted: Demand) -> None:
    seen = set()
    for wish in wanted.wishes:
        asked = wish.asked_at.astimezone(ZONE)
        assert wish.asked_at < wish.starts_at
        assert asked.date() in SEASON
        assert 7 <= asked.hour <= 22
        assert wanted.joined[wish.citizen] <= wish.asked_at
        assert (wish.citizen, wish.day) not in seen
        seen.add((wish.citizen, wish.day))


@pytest.mark.parametrize("acceptance", [0.0, 0.35])
def test_rehearsed_the_totals_of_the_model_come_out(wanted: Demand, acceptance: float) -> None:
    found = rehearse(wanted, TOWN, acceptance)
    for category, count in ATTENDED.items():
        came = [choice for choice in found.choices if choice.wish.number in found.attended]
        assert sum(choice.wish.category == category for choice in came) == count
    assert len(found.choices) == sum(APPLICATIONS.values())


def test_suggestions_lower_the_peaks_beyond_what_limits_do(wanted: Demand) -> None:
    without, with_them = (rehearse(wanted, TOWN, acceptance) for acceptance in (0.0, 0.5))
    assert with_them.peaks().actual < without.peaks().actual <= without.peaks().first_choices
    assert with_them.refused <= without.refused
    assert {choice.why for choice in without.choices} == {"", "full"}


def test_nobody_is_led_to_what_is_full_or_past_or_as_crowded(wanted: Demand) -> None:
    wish = next(wish for wish in wanted.wishes if wish.activity == "gym" and wish.starts_at.hour == 15)

    def seat(hours: int, taken: int) -> Seat:
        starts = wish.starts_at.replace(hour=wish.starts_at.hour + hours)
        return Seat(hours, "", "", starts, starts, 5, taken)

    here = seat(0, 3)
    assert quieter(wish, here, [here, seat(1, 5), seat(2, 2)]) is None  # full; not clearly emptier
    assert quieter(wish, here, [here, seat(1, 1), seat(2, 0)]) == seat(1, 1)
    assert quieter(wish, here, [here, seat(3, 0)]) is None  # too far
    assert quieter(wish, seat(0, 1), [seat(0, 1), seat(1, 0)]) is None  # not crowded


def test_more_than_have_a_place_cannot_have_come(wanted: Demand) -> None:
    found = rehearse(wanted, TOWN, 0)
    with pytest.raises(ValueError, match="have a place"):
        who_comes(found.choices, {"sport": 4658})


def small() -> tuple[Demand, Rehearsed]:
    """A town with a fiftieth of the season's bookings, crowded into a few hours."""
    wanted = demand(SeededChance(3), TOWN, {"sport": 90, "culture": 30}, users=45)
    return wanted, rehearse(wanted, TOWN, 0.35, attended={"sport": 85, "culture": 22})


async def test_a_small_season_through_the_services_is_the_one_that_was_rehearsed(tmp_path: Path) -> None:
    wanted, rehearsed = small()
    async with services(tmp_path, 3) as (found, settings, database):
        played = await Season(found, TOWN, wanted, rehearsed, 0.35).play()
        outcome = await settle(found, database, settings.zone, 0.35, played, rehearsed, 1.0)
        await forget_everybody(found, database)
        after = await settle(found, database, settings.zone, 0.35, played, rehearsed, 1.0)
    assert after.users == Users(45, 0)  # they were forgotten after the season, and were valid in it
    assert (after.counts, after.reduction, after.verified.wrong) == (outcome.counts, outcome.reduction, ())
    assert outcome.users.valid == 45
    assert {name: (counts.applications, counts.attended) for name, counts in outcome.counts.items()} == {
        "sport": (90, 85),
        "culture": (30, 22),
    }
    assert sum(counts.refused for counts in outcome.counts.values()) == rehearsed.refused
    assert outcome.reduction == rehearsed.peaks()
    assert outcome.verified.wrong == ()
    kpis = {kpi.target.kpi: kpi for kpi in outcome.kpis}
    assert (kpis["sport-season"].value, kpis["sport-season"].target.target) == (90, 3500)
    assert kpis["sport-season"].strict_value < 90
    assert "45" in told(outcome)

    for language in ("el", "en"):
        page = report.html(
            Texts(ATHENS), language, [outcome, outcome], study_of(SeededChance, 1, (0.5,), quieter)
        )
        assert f'<html lang="{language}">' in page
        assert "<script" not in page
        assert "http" not in page
        assert page.count("<table") == page.count("</table>") == 5


async def forget_everybody(found: Services, database: Database) -> None:
    async with database.reading() as connection:
        everybody = (await connection.execute(select(citizens.c.id))).scalars().all()
    for citizen_id in everybody:
        work = Work()
        await forget_citizen(work, found.bookings, citizen_id, found.clock.now())
        await found.writer.commit(work)
    async with database.reading() as connection:
        assert (await connection.execute(select(func.count()).select_from(citizens))).scalar_one() == 0


def test_the_study_tells_limits_alone_first_and_its_spread() -> None:
    study = study_of(SeededChance, 2, (0.2, 0.5), quieter)
    assert [effect.acceptance for effect in study.effects] == [0.0, 0.2, 0.5]
    medians = [effect.reduction.median for effect in study.effects]
    assert medians == sorted(medians)
    for effect in study.effects:
        assert effect.reduction.least <= effect.reduction.median <= effect.reduction.most
