"""A case reports themselves: from which day on, confirmed; the officers get the passes' codes, and no name."""

from __future__ import annotations

from datetime import date

from core.conversations.dialogs.base import Dialog
from core.conversations.dialogs.questions import YES_NO
from core.conversations.state import Frame
from core.conversations.talk import Talk
from core.conversations.tracing import reports_of
from core.dialog.definition import Definition, Step
from core.dialog.said import Option
from core.dialog.words import say


class Report(Dialog):
    name = "report"

    async def definition(self, talk: Talk, frame: Frame) -> Definition:
        days = {date.fromisoformat(day): n for day, n in frame.facts["days"]}
        counted = list(days.items())
        options = tuple(
            Option(day.isoformat(), say("report.from_day", day=day, n=sum(n for _, n in counted[at:])))
            for at, (day, _) in enumerate(counted)
        )
        return Definition(
            self.name,
            (
                Step("since", "day", say("report.since"), options),
                Step("sure", "yes_no", say("report.sure"), YES_NO, columns=2),
            ),
        )

    async def before(self, talk: Talk, frame: Frame, step: Step) -> None:
        if step.key == "since":
            talk.say("report.what")
        else:
            talk.say("report.goes", kept=say("people.days", n=talk.house.settings.presence_days))

    async def finish(self, talk: Talk, frame: Frame, definition: Definition) -> None:
        talk.state.pop()
        if frame.answers["sure"] != "yes" or talk.citizen_id is None:
            talk.say("report.not_sent")
            return
        since = date.fromisoformat(str(frame.answers["since"]))
        reports_of(talk).report(talk.work, talk.citizen_id, since)
        talk.say("report.done", phone=talk.house.settings.contact_phone)
