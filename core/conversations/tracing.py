"""What is begun of tracing in a conversation: a case's own report, and an officer's telephone."""

from __future__ import annotations

from core.conversations.state import Frame
from core.conversations.talk import Talk
from core.tracing.enrolling import Bringing
from core.tracing.reports import Reports


async def begin_report(talk: Talk) -> None:
    """Raises `Refused`: `report.again`, `report.nothing`."""
    if talk.citizen_id is None:
        talk.begin(Frame("register", facts={"then": "report"}))
        return
    days = await reports_of(talk).days(talk.citizen_id)
    talk.push(Frame("report", facts={"days": [[day.isoformat(), n] for day, n in days.items()]}))


async def begin_enrolment(talk: Talk, link: str) -> None:
    """Raises `Refused("enrol.over")` for a link that is used, old, or none of ours."""
    invited = await bringing_of(talk).invited(link)
    talk.begin(Frame("enrol", facts={"link": link, "login": invited.login}))


def reports_of(talk: Talk) -> Reports:
    house = talk.house
    return Reports(house.database, house.clock, house.codes, house.settings)


def bringing_of(talk: Talk) -> Bringing:
    house = talk.house
    return Bringing(house.database, house.clock, house.codes, house.sealer)
