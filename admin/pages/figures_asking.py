"""What an address of the figures asks for: a period and filters, so that a view can be shared by its address."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from admin.fields import Day, Field
from admin.forms import Filled, Form
from admin.visit import Visit
from core.errors import Refused
from core.stats.definitions import Period

USUAL_DAYS = 90
"""The period where the address names none: so many days, today the last."""
FIRST = Day("first")
LAST = Day("last")


class Asked:
    """The form as the address fills it in; `period` is None where something in it is wrong."""

    def __init__(self, visit: Visit, *fields: Field[Any], **usual_values: str) -> None:
        form = Form("panel_figures.filter", FIRST, LAST, *fields)
        query = visit.request.query
        today = local_today(visit)
        usual = {"first": today - timedelta(days=USUAL_DAYS - 1), "last": today}
        sent: dict[str, tuple[str, ...]] = {name: (day.isoformat(),) for name, day in usual.items()}
        sent |= {name: (value,) for name, value in usual_values.items()}
        sent |= {name: tuple(query.getall(name)) for name in form.fields if name in query}
        self.form: Filled = form.read(sent)
        self.period = _period(self.form)
        kept = [(name, values[0]) for name, values in self.form.typed.items() if values and values[0]]
        self.address = urlencode(kept)
        """The query that asks for the same again."""


def _period(form: Filled) -> Period | None:
    if not form.is_right:
        return None
    first, last = form[FIRST], form[LAST]
    assert first is not None
    assert last is not None
    try:
        return Period(first, last)
    except Refused as refused:
        form.blame(refused, LAST)
        return None


def local_today(visit: Visit) -> date:
    """The town's date."""
    return visit.side.clock.now().astimezone(visit.side.settings.zone).date()
