"""Who is on duty for alerts: enrolled for them, on the worker's machine, and found by the worker alone."""

from __future__ import annotations

from sqlalchemy import delete

from core.db.schema import audit
from core.db.work import Work
from core.messages.to_staff import Colleague, TellStaff
from core.people.numbers import parse_number
from core.tracing.model import officers
from core.tracing.officers import Duty
from tests.tracing.town import APPROVER, DRAFTER, NUMBERS, Alkyona


async def _on_duty(town: Alkyona) -> Colleague | None:
    work = Work()
    found = await town.worker.officers.on_duty(work)
    await town.writer.commit(work)
    return found


async def test_the_first_on_duty_who_is_enrolled_for_alerts_is_told(town: Alkyona) -> None:
    await town.hall.write(lambda work: work.run(delete(officers)))
    await town.enrol(DRAFTER, parse_number(NUMBERS[DRAFTER], "GR"))
    assert await _on_duty(town) is None
    await town.enrol(DRAFTER, parse_number(NUMBERS[DRAFTER], "GR"), Duty.ALERTS)
    await town.enrol(APPROVER, "777", Duty.ALERTS)
    first = await _on_duty(town)
    assert first is not None
    assert (first.medium, first.language) == ("sms", "el")
    await town.hall.write(lambda work: town.enrolment.set_duty(work, DRAFTER, False))
    second = await _on_duty(town)
    assert second is not None
    assert (second.medium, second.to) == ("telegram", "777")
    assert "777" not in repr(second)


async def test_opening_the_duty_list_is_in_the_audit_log(town: Alkyona) -> None:
    await town.hall.write(lambda work: work.run(delete(officers)))
    await town.enrol(DRAFTER, parse_number(NUMBERS[DRAFTER], "GR"), Duty.ALERTS)
    await _on_duty(town)
    entry = max(await town.rows(audit), key=lambda row: row.id)
    assert (entry.actor, entry.action, entry.facts) == ("worker", "opened", {"why": "alerts", "boxes": 1})


async def test_the_news_reaches_their_telephone(town: Alkyona) -> None:
    await town.hall.write(lambda work: work.run(delete(officers)))
    await town.enrol(DRAFTER, parse_number(NUMBERS[DRAFTER], "GR"), Duty.ALERTS)
    tell = TellStaff(town.orders, town.clock, town.worker.officers.on_duty, "-1009")
    work = Work()
    assert await tell(work, "visits.staff.more", n=3) == 2
    await town.writer.commit(work)
    await town.deliver()
    assert [(each.to, each.text) for each in (*town.chats.sent, *town.sms.sent)] == [
        ("-1009", "και 3 ακόμη"),
        (NUMBERS[DRAFTER], "και 3 ακόμη"),
    ]
