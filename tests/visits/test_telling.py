"""Alerts are told to staff: once when a limit is passed, once when it is over, and never one by one."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from core.db.types import FAR_FUTURE
from core.db.work import Work
from core.dialog.words import say
from core.messages.model import outbox
from core.messages.outbox import Order, Outbox
from core.messages.texts import Texts
from core.messages.to_staff import Colleague, StaffNews, TellStaff
from core.visits.scans import WalkIn
from core.visits.telling import BETWEEN, FALLEN, REACHED, SETTLES, news_of, tell_of_limits
from tests.activities.makers import LANE_STEPS, LANES
from tests.bookings.test_closures import PlainOrigin
from tests.makers import OpenSealer
from tests.visits.conftest import DAY, TEN, Gate

TEXTS = Texts(ZoneInfo("Europe/Athens"))
GROUP = "-1001234"
NOW = datetime(2026, 12, 2, 9, 0, tzinfo=UTC)


class Told:
    """The worker's chore and what it ordered."""

    def __init__(self, gate: Gate, *, group: str | None = GROUP, colleague: Colleague | None = None) -> None:
        town = gate.town
        self.gate = gate

        async def on_duty(work: Work) -> Colleague | None:
            return colleague

        orders = Outbox(town.codes, town.clock, PlainOrigin(), OpenSealer())
        self.tell = TellStaff(orders, town.clock, on_duty, group)
        self.chore = tell_of_limits(town.database, town.clock, town.activities, self.tell)
        self._seen: set[int] = set()

    async def news(self) -> list[str]:
        """What was ordered since the last time."""
        await self.gate.town.write(self.chore.do)
        return [StaffNews(TEXTS).text(order, {}) for order in await self.orders()]

    async def orders(self) -> list[Order]:
        async with self.gate.town.database.reading() as connection:
            rows = (await connection.execute(select(outbox).order_by(outbox.c.id))).mappings().all()
        new = [row for row in rows if row["id"] not in self._seen]
        self._seen |= {row["id"] for row in rows}
        names = (*Order.__dataclass_fields__.keys() - {"box_row"},)
        return [Order(**{name: row[name] for name in names}, box_row=row["id"]) for row in new]


async def test_the_group_hears_once_that_a_limit_is_passed_and_once_that_it_is_over(gate: Gate) -> None:
    told = Told(gate)
    token = await gate.token(await gate.book(9))
    gate.at(0)
    assert await told.news() == []
    await gate.scan(token)
    assert await told.news() == ["Χώρος αρ. 9: στις 10:00 9 από 10 (πέρασε το 90 % του ορίου)."]
    assert await told.news() == []
    gate.at(30)
    await gate.scan(token)
    assert await told.news() == []  # it may come back yet
    gate.at(30 + SETTLES.total_seconds() / 60)
    assert await told.news() == ["Χώρος αρ. 9: στις 10:00 ξανά κάτω από το 90 % του ορίου (10)."]
    gate.at(60)
    assert await told.news() == []


async def test_going_to_and_fro_at_the_door_is_no_news(gate: Gate) -> None:
    told = Told(gate)
    slot = await gate.town.slot_at(TEN)
    gate.at(0)
    await gate.walk_in(slot, 9)
    assert len(await told.news()) == 1
    for minute in range(1, 41):
        gate.at(minute)
        await gate.walk_in(slot, 1, direction="exit" if minute % 2 else "entry", override=True)
        assert await told.news() == [], minute


async def test_lanes_that_fill_together_are_told_together(gate: Gate) -> None:
    told = Told(gate)
    await gate.town.make_activity(
        key="pool",
        facility={"key": "pool", "number": 8, "name": {"el": "Λ", "en": "P"}, "individual_facilities": LANES},
        capacity={"unit": "persons"},
        steps=LANE_STEPS,
        people={"party": {"min": 1, "max": 1}},
    )
    lanes = [await gate.town.slot_at(TEN, lane["key"]) for lane in LANES]
    gate.at(0)
    await gate.ask(WalkIn(gate.seen(facility="pool"), lanes[0], 6))
    assert await told.news() == ["Χώρος αρ. 8: στις 10:00 στη θέση 1 6 από 6 (πέρασε το 100 % του ορίου)."]
    for slot in lanes[1:]:
        await gate.ask(WalkIn(gate.seen(facility="pool"), slot, 6))
        assert await told.news() == []
    gate.at(BETWEEN.total_seconds() / 60)
    (said,) = await told.news()
    assert said.startswith(f"Χώρος αρ. 8: σε όλο τον χώρο {6 * len(LANES)} από {6 * len(LANES)}")
    assert said.count("στη θέση") == len(LANES) - 1


async def test_whoever_is_on_duty_hears_the_same_in_their_language(gate: Gate) -> None:
    told = Told(gate, colleague=Colleague("sms", "+306900000009", "en"))
    gate.at(0)
    await gate.walk_in(await gate.town.slot_at(TEN), 10)
    assert await told.news() == [
        "Χώρος αρ. 9: στις 10:00 10 από 10 (πέρασε το 100 % του ορίου).",
        "Facility no. 9: at 10:00 10 of 10 (passed 100 % of the limit).",
    ]


async def test_where_nobody_is_to_be_told_nothing_is_ordered(gate: Gate) -> None:
    told = Told(gate, group=None)
    gate.at(0)
    await gate.walk_in(await gate.town.slot_at(TEN), 10)
    assert await told.news() == []


async def test_news_holds_numbers_and_words_of_the_catalogue_only(gate: Gate) -> None:
    told = Told(gate)
    whatever: Any = "Πληρώστε εδώ"
    with pytest.raises(TypeError):
        await told.tell(Work(), "visits.staff.news", number=1, said=[whatever])
    work = Work()
    await told.tell(work, "visits.staff.news", number=1, said=[say("visits.staff.more", n=2)])
    assert work.rows[outbox][0]["params"] == {
        "key": "visits.staff.news",
        "told": {"number": 1, "said": [{"say": "visits.staff.more", "told": {"n": 2}}]},
    }
    assert await gate.live.alerts(DAY[0]) == []


_ids = itertools.count(1)
_alerts = st.builds(
    lambda slot, level, ended: SimpleNamespace(
        id=next(_ids), slot_id=slot, level=level, ended_at=FAR_FUTURE if ended is None else NOW - ended
    ),
    st.sampled_from([None, 1, 2]),
    st.sampled_from([90, 100]),
    st.one_of(st.none(), st.timedeltas(timedelta(0), timedelta(hours=1))),
)


@given(st.lists(_alerts, max_size=8))
def test_a_thing_is_said_at_most_once_and_what_is_said_is_dealt_with(rows: list[Any]) -> None:
    news = news_of(rows, NOW)
    said = [(row.id, what) for row, what in news.said]
    assert set(said) <= set(news.dealt_with)
    assert len(set(news.dealt_with)) == len(news.dealt_with)
    assert len({(row.slot_id, what) for row, what in news.said}) == len(said)
    for row in rows:
        lasts = row.ended_at == FAR_FUTURE
        assert ((row.id, REACHED) in news.dealt_with) == lasts
        assert (row.id, FALLEN) not in news.dealt_with or not lasts
