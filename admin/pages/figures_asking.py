"""What an address of the figures asks for: a period and filters, so that a view can be shared by its address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from admin.fields import Choice, Day, Field
from admin.forms import Filled, Form
from admin.visit import Visit
from core.activities.definition import Activity
from core.dialog.words import Words
from core.errors import Refused
from core.stats.advice import Names
from core.stats.definitions import Period
from core.stats.planning import names_of

USUAL_DAYS = 90
"""The period where the address names none: so many days, today the last."""
FIRST = Day("first")
LAST = Day("last")
CATEGORY = Choice("category", required=False, options=("sport", "culture"), as_list=True)
CHANNEL = Choice("channel", required=False, options=("telegram", "web", "phone", "desk"), as_list=True)


@dataclass(frozen=True)
class Offer:
    """What may be chosen in filters, from the activities as they are."""

    activities: Sequence[Activity]
    names: Names
    facilities: dict[str, Words]

    @property
    def facility(self) -> Choice:
        return _choice("facility", self.facilities)

    @property
    def activity(self) -> Choice:
        return _choice("activity", self.names.activities)

    @property
    def place(self) -> Choice:
        """A lane, a court, a kind of seat: `pool/lane-1`."""
        words = {f"{key}/{place}": self.names.where(key, place) for key, place in self.names.places}
        return _choice("place", words)


def _choice(name: str, words: Any) -> Choice:
    return Choice(name, required=False, words=tuple(words.items()), as_list=True)


async def offer_of(visit: Visit) -> Offer:
    found = await visit.side.activities.published()
    return Offer(found, names_of(found), {each.facility.key: each.facility.name.written() for each in found})


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
        self.filters = _filters(self.form, fields)
        """By dimension: what was chosen of facility, activity, place, category, channel."""
        self.period = _period(self.form)
        kept = [(name, values[0]) for name, values in self.form.typed.items() if values and values[0]]
        self.address = urlencode(kept)
        """The query that asks for the same again."""


def _filters(form: Filled, fields: Sequence[Field[Any]]) -> dict[str, str]:
    chosen = {each.name: form[each] for each in fields} if form.is_right else {}
    found = {
        name: chosen[name] for name in ("facility", "activity", "category", "channel") if chosen.get(name)
    }
    if chosen.get("place"):
        activity, _, place = chosen["place"].partition("/")
        if found.get("activity", activity) != activity:
            form.blame(
                Refused("panel_figures.place_of_another"),
                next(each for each in fields if each.name == "place"),
            )
        found |= {"activity": activity, "place": place}
    return found


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


def period_facts(period: Period) -> dict[str, str]:
    """As exports name it."""
    return {"first": period.first.isoformat(), "last": period.last.isoformat()}


def local_today(visit: Visit) -> date:
    """The town's date."""
    return visit.side.clock.now().astimezone(visit.side.settings.zone).date()
