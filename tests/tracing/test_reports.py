"""A case reports themselves: codes, places and hours reach the officer, and never a name."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import delete, update

from core.activities.model import slots
from core.bookings.model import bookings
from core.conversations.forgetting import forget_citizen
from core.db.schema import audit, events
from core.db.work import Work
from core.dialog.words import say
from core.errors import Refused
from core.messages.callbacks import Callbacks
from core.messages.model import outbox
from core.tracing.chores import forget
from core.tracing.groups import AroundPass
from core.tracing.model import reported, warned
from core.tracing.reports import Reports
from core.visits.model import visits
from tests.tracing.town import DRAFTER, NINE, Alkyona

TODAY = date(2026, 12, 1)
DAY = 24 * 60


def reports_of(town: Alkyona) -> Reports:
    return Reports(town.database, town.clock, town.codes, town.settings)


async def report(town: Alkyona, citizen: int, since: date = date(2026, 11, 1)) -> None:
    await town.hall.write(lambda work: reports_of(town).report(work, citizen, since))


async def forget_me(town: Alkyona, citizen: int) -> None:
    await town.write(update(slots).where(slots.c.id == town.slot).values(taken=10))  # as if really booked
    work = Work()
    await forget_citizen(work, town.hall.bookings, citizen, town.clock.now())
    await town.writer.commit(work)


async def test_the_visits_from_the_chosen_day_on_are_told_without_whose_they_are(town: Alkyona) -> None:
    case, other = await town.make_citizen("6930000001"), await town.make_citizen("6930000002")
    old = await town.make_visit(case, -3 * DAY)
    yesterday = await town.make_visit(case, -DAY, 30)
    await town.make_visit(case, -DAY + 60, 30, booking_id=yesterday)
    today = await town.make_visit(case)
    await town.make_visit(other)
    assert await reports_of(town).days(case) == {
        TODAY - timedelta(days=3): 1,
        TODAY - timedelta(days=1): 1,
        TODAY: 1,
    }
    await report(town, case, TODAY - timedelta(days=1))
    listed = await reports_of(town).listed()
    assert [each.code for each in listed] == [town.pass_of(yesterday), town.pass_of(today)]
    assert town.pass_of(old) not in {each.code for each in listed}
    assert listed[0].entered_at == NINE - timedelta(days=1)
    assert listed[0].left_at == NINE - timedelta(days=1) + timedelta(minutes=90)
    assert {each.facility for each in listed} == {"hall"}
    assert len({each.report_id for each in listed}) == 1
    (event,) = await town.rows(events, events.c.name == "case_reported")
    assert event.facts == {"passes": 2}
    entry = max(await town.rows(audit), key=lambda row: row.id)
    assert (entry.actor, entry.action) == ("web", "tracing.case_reported")
    assert str(case) not in str(entry.facts)


async def test_the_officer_can_trace_around_what_was_reported(town: Alkyona) -> None:
    case = await town.make_citizen("6930000001")
    await town.make_visit(case)
    await town.crowd()
    await report(town, case)
    (told,) = await reports_of(town).listed()
    found = await town.finder.find(AroundPass(told.code), town.clock.now())
    assert len(found.citizens) == 6


async def test_once_a_day_and_harmless_twice(town: Alkyona) -> None:
    case = await town.make_citizen("6930000001")
    await town.make_visit(case)
    await report(town, case)
    for again in (reports_of(town).days(case), report(town, case)):
        with pytest.raises(Refused, match=r"report\.again") as refused:
            await again
        assert refused.value.params["until"] == town.clock.now() + timedelta(hours=24)
    town.clock.move(hours=25)
    later = await town.make_visit(case, DAY)
    await report(town, case)
    assert len(await town.rows(reported)) == 2
    assert {each.code for each in await reports_of(town).listed()} >= {town.pass_of(later)}
    town.clock.move(hours=25)
    await report(town, case)
    assert len(await town.rows(reported)) == 2


async def test_whoever_was_nowhere_has_nothing_to_report(town: Alkyona) -> None:
    case = await town.make_citizen("6930000001")
    await town.make_booking(case)
    with pytest.raises(Refused, match=r"report\.nothing"):
        await reports_of(town).days(case)
    with pytest.raises(Refused, match=r"report\.nothing"):
        await report(town, case)


async def test_a_report_goes_with_the_presence(town: Alkyona) -> None:
    case = await town.make_citizen("6930000001")
    await town.make_visit(case)
    await report(town, case)

    async def do() -> None:
        work = Work()
        await forget(town.database, town.clock).do(work)
        await town.writer.commit(work)

    await do()
    assert len(await town.rows(reported)) == 1
    await town.write(delete(visits))
    assert await reports_of(town).listed() == []
    await do()
    assert await town.rows(reported) == []


async def test_forget_me_takes_the_report_along(town: Alkyona) -> None:
    case = await town.make_citizen("6930000001")
    await town.make_visit(case)
    await report(town, case)
    await forget_me(town, case)
    assert await town.rows(reported) == []
    assert await reports_of(town).listed() == []


async def test_forget_me_leaves_the_counts_of_a_warning(town: Alkyona) -> None:
    crowd = await town.crowd()
    warning = await town.draft()
    await town.step()
    await town.release(warning)
    order = (await town.rows(outbox, outbox.c.citizen_id == crowd[0], outbox.c.template == "warning"))[0]
    callbacks = Callbacks(town.clock, town.codes, town.origin)
    await town.hall.write(
        lambda work: callbacks.report(
            work, order_id=order.id, provider_id=order.provider_id, status="delivered", error=""
        )
    )
    before = (await town.panel.progress(warning)).by_state
    assert before == {"delivered": 1, "sent": 5}
    for citizen in (crowd[0], crowd[1], crowd[0]):
        await forget_me(town, citizen)
        assert (await town.panel.progress(warning)).by_state == before
    assert len(await town.rows(warned)) == 4
    assert not await town.rows(bookings, bookings.c.citizen_id.in_(crowd[:2]))
    town.clock.move(days=7)
    work = Work()
    await forget(town.database, town.clock).do(work)
    await town.writer.commit(work)
    assert (await town.panel.progress(warning)).by_state == before


async def test_what_was_not_handed_over_when_somebody_was_forgotten_counts_as_failed(town: Alkyona) -> None:
    crowd = await town.crowd()
    warning = await town.draft()
    await town.step()
    code = town.code_of(DRAFTER + 1)
    await town.type_code(warning, DRAFTER, town.code_of(DRAFTER))
    work = Work()
    town.panel.type_code(work, warning, DRAFTER + 1, code)
    await town.writer.commit(work)
    await town.worker.releasing.step()
    await forget_me(town, crowd[0])
    await town.deliver()
    assert len(town.warnings_sent()) == 5
    assert (await town.panel.progress(warning)).by_state == {"failed": 1, "sent": 5}


async def test_as_far_back_as_the_town_keeps_presence_and_says_so(town: Alkyona) -> None:
    case = await town.make_citizen("6930000001")
    await town.make_visit(case, -6 * DAY)
    for days, found in ((6, 1), (5, 0)):
        settings = town.settings.model_copy(update={"presence_days": days})
        reports = Reports(town.database, town.clock, town.codes, settings)
        if found:
            assert len(await reports.days(case)) == found
            continue
        with pytest.raises(Refused, match=r"report\.nothing") as refused:
            await reports.days(case)
        assert "για 5 ημέρες" in town.texts.say(say(refused.value.text_key, **refused.value.params), "el")
