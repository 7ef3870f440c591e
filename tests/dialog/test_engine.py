"""The engine by itself: what was offered is what a press means; changing an answer drops what followed from it."""

from __future__ import annotations

from datetime import date, time

import pytest

from core.dialog.definition import Definition, Step
from core.dialog.engine import Offer, advance, present, review
from core.dialog.heard import GoBack, Picked, Shared, Typed
from core.dialog.journey import journey, without
from core.dialog.kinds import Moment, Offered
from core.dialog.said import Option
from core.dialog.words import say

MOMENT = Moment(date(2026, 12, 1), time(10, 0))  # a Tuesday
TITLE = say("a.title")
POOL = Definition(
    "pool",
    (
        Step("day", "day", say("q.day"), source="days", title=TITLE),
        Step("time", "time", say("q.time"), source="times", depends_on=("day",), title=TITLE),
        Step("lane", "lane", say("q.lane"), source="lanes", depends_on=("day", "time"), title=TITLE),
        Step("lesson", "yes_no", say("q.lesson")),
        Step("level", "choice", say("q.level"), (Option("new", say("l.new")),), when={"lesson": ("yes",)}),
        Step("people", "people", say("q.people"), minimum=1, maximum=4, title=TITLE),
    ),
)
DAYS = Offer("o1", "day", (Offered("2026-12-01", "Τρ 1/12"), Offered("2026-12-02", "Τετ 2/12")))
TIMES = Offer("o2", "time", (Offered("07:00", "07:00"), Offered("08:00", "08:00"), Offered("19:00", "19:00")))
LANES = Offer("o3", "lane", tuple(Offered(f"lane-{n}", f"Διαδρομή {n}") for n in (2, 4, 6)))
UNTIL_LANE = {"day": "2026-12-02", "time": "19:00"}


def test_a_press_means_what_was_offered_and_not_what_is_free_now() -> None:
    heard = advance(POOL, UNTIL_LANE, LANES, Picked("o3", 1), MOMENT)
    assert heard.answers["lane"] == "lane-4"
    assert heard.answered == "lane"


@pytest.mark.parametrize(
    "press", [Picked("older", 0), Picked("o3", 3), Picked("o3", -1), Picked("o3", 10**9)], ids=str
)
def test_a_stale_or_forged_press_changes_nothing(press: Picked) -> None:
    heard = advance(POOL, UNTIL_LANE, LANES, press, MOMENT)
    assert heard.stale
    assert heard.answers == UNTIL_LANE


def test_an_offer_of_another_question_is_stale() -> None:
    assert advance(POOL, UNTIL_LANE, DAYS, Picked("o1", 0), MOMENT).stale


@pytest.mark.parametrize(
    ("typed", "lane"), [("4", "lane-4"), ("διαδρομή 6", "lane-6"), ("Διαδρομη 2", "lane-2"), ("２", "lane-2")]
)
def test_a_lane_is_understood_by_its_own_number(typed: str, lane: str) -> None:
    assert advance(POOL, UNTIL_LANE, LANES, Typed(typed), MOMENT).answers["lane"] == lane


@pytest.mark.parametrize("typed", ["7", "διαδρομή 3", "😀", "<b>'\";--", "α" * 5000])
def test_a_lane_that_was_not_offered_is_refused(typed: str) -> None:
    heard = advance(POOL, UNTIL_LANE, LANES, Typed(typed), MOMENT)
    assert heard.problem is not None
    assert "lane" not in heard.answers


def test_tomorrow_at_seven_in_the_evening_answers_the_day_and_leaves_a_wish_for_the_time() -> None:
    heard = advance(POOL, {}, DAYS, Typed("αύριο στις 7 το απόγευμα"), MOMENT)
    assert heard.answers == {"day": "2026-12-02"}
    assert heard.wishes == {"time": ("19:00",)}


def test_an_hour_that_may_be_two_is_asked_back() -> None:
    heard = advance(POOL, {"day": "2026-12-02"}, TIMES, Typed("στις 7"), MOMENT)
    assert heard.problem is not None
    assert heard.problem.code == "dialog.which_time"


def test_an_hour_that_can_only_be_one_of_those_offered_is_taken() -> None:
    assert advance(POOL, {"day": "2026-12-02"}, TIMES, Typed("στις 8"), MOMENT).answers["time"] == "08:00"


@pytest.mark.parametrize(
    ("typed", "code"),
    [("31/02", "dialog.no_such_day"), ("χθες", "dialog.past_day"), ("5/12", "dialog.day_not_open")],
)
def test_a_day_that_cannot_be_is_refused_with_its_reason(typed: str, code: str) -> None:
    problem = advance(POOL, {}, DAYS, Typed(typed), MOMENT).problem
    assert problem is not None
    assert problem.code == code


@pytest.mark.parametrize("typed", ["0", "-1", "1000", "5"])
def test_persons_outside_the_range_are_refused(typed: str) -> None:
    offer = Offer("p", "people", tuple(Offered(str(n), str(n)) for n in (1, 2, 3, 4)))
    answers = {**UNTIL_LANE, "lane": "lane-2", "lesson": "no"}
    problem = advance(POOL, answers, offer, Typed(typed), MOMENT).problem
    assert problem is not None
    assert problem.code == "dialog.people_range"


@pytest.mark.parametrize("typed", ["δύο άτομα", "two", "dyo atoma", "2", "٢"])
def test_persons_are_understood_as_a_person_says_them(typed: str) -> None:
    offer = Offer("p", "people", tuple(Offered(str(n), str(n)) for n in (1, 2, 3, 4)))
    answers = {**UNTIL_LANE, "lane": "lane-2", "lesson": "no"}
    assert advance(POOL, answers, offer, Typed(typed), MOMENT).answers["people"] == "2"


def test_back_undoes_the_last_answer_and_at_the_first_question_leaves() -> None:
    back = advance(POOL, UNTIL_LANE, LANES, GoBack(), MOMENT)
    assert back.answers == {"day": "2026-12-02"}
    assert advance(POOL, {}, DAYS, GoBack(), MOMENT).left


def test_a_changed_day_drops_hour_and_lane_but_not_the_lesson() -> None:
    answers = {**UNTIL_LANE, "lane": "lane-2", "lesson": "no"}
    assert without(POOL, answers, "day") == {"lesson": "no"}


def test_a_step_under_a_condition_is_skipped_and_its_leftover_answer_is_not_used() -> None:
    answers = {**UNTIL_LANE, "lane": "lane-2", "lesson": "no", "level": "new", "people": "2"}
    here = journey(POOL, answers)
    assert here.next is None
    assert "level" not in here.answers
    assert [step.key for step in here.taken] == ["day", "time", "lane", "lesson", "people"]


def test_a_contact_is_taken_only_where_a_telephone_is_asked() -> None:
    refused = advance(POOL, UNTIL_LANE, LANES, Shared("+302100000000"), MOMENT).problem
    assert refused is not None
    assert refused.code == "dialog.contact_not_asked"
    phone = Definition("p", (Step("phone", "phone", say("q.phone")),))
    offer = Offer("o", "phone", ())
    assert advance(phone, {}, offer, Shared("+302100000000"), MOMENT).answers["phone"] == "+302100000000"


def test_the_next_question_is_presented_with_the_options_that_were_found() -> None:
    found = (Option("lane-2", say("x")),)
    ask = present(POOL, UNTIL_LANE, found, "offer", can_leave=False)
    assert ask is not None
    assert (ask.step, ask.options, ask.offer, ask.can_go_back) == ("lane", found, "offer", True)


def test_the_review_lists_what_was_answered_in_order() -> None:
    answers = {"people": "2", **UNTIL_LANE, "lane": "lane-2", "lesson": "no"}
    assert [line.key for line in review(POOL, answers)] == ["day", "time", "lane", "people"]


@pytest.mark.parametrize(
    ("kind", "typed", "code"),
    [
        ("name", "<b>'\";--", "dialog.not_a_name"),
        ("name", "Χ" * 61, "dialog.too_long"),
        ("code", "12345", "dialog.code_length"),
        ("phone", "καλημέρα", "dialog.not_a_phone"),
        ("number", "πολλά", "dialog.not_a_number"),
        ("text", "\u202e\u200f", "dialog.nothing_said"),
        ("date", "31/02/2016", "dialog.no_such_day"),
    ],
)
def test_what_does_not_fit_its_kind_is_refused(kind: str, typed: str, code: str) -> None:
    one = Definition("one", (Step("it", kind, say("q")),))
    problem = advance(one, {}, Offer("o", "it", ()), Typed(typed), MOMENT).problem
    assert problem is not None
    assert problem.code == code


def test_names_of_companions_are_counted() -> None:
    one = Definition("one", (Step("it", "companions", say("q"), minimum=2, maximum=2),))
    offer = Offer("o", "it", ())
    assert advance(one, {}, offer, Typed("Άννα, Νίκος"), MOMENT).answers["it"] == ["Άννα", "Νίκος"]
    problem = advance(one, {}, offer, Typed("Άννα"), MOMENT).problem
    assert problem is not None
    assert problem.code == "dialog.companions_count"


def test_a_number_of_persons_is_no_lane_and_a_lane_no_number_of_persons() -> None:
    assert advance(POOL, UNTIL_LANE, LANES, Typed("2 άτομα"), MOMENT).problem is not None
    offer = Offer("p", "people", tuple(Offered(str(n), str(n)) for n in (1, 2, 3, 4)))
    answers = {**UNTIL_LANE, "lane": "lane-2", "lesson": "no"}
    assert advance(POOL, answers, offer, Typed("διαδρομή 2"), MOMENT).problem is not None


def test_yes_with_something_more_is_asked_back() -> None:
    answers = {**UNTIL_LANE, "lane": "lane-2"}
    offer = Offer("y", "lesson", (Offered("yes", "Ναι"), Offered("no", "Όχι")))
    assert advance(POOL, answers, offer, Typed("ναι, αύριο στις 7"), MOMENT).problem is not None
    assert advance(POOL, answers, offer, Typed("ναι"), MOMENT).answers["lesson"] == "yes"


def test_a_date_of_birth_may_lie_in_the_past() -> None:
    one = Definition("one", (Step("born", "date", say("q")),))
    heard = advance(one, {}, Offer("o", "born", ()), Typed("15/3/2016"), MOMENT)
    assert heard.answers["born"] == "2016-03-15"


def test_a_lane_named_where_no_lane_is_asked_is_no_choice() -> None:
    menu = Definition("menu", (Step("wish", "choice", say("q")),))
    offer = Offer("m", "wish", tuple(Offered(name, name) for name in ("cinema", "gym", "pool", "painting")))
    assert advance(menu, {}, offer, Typed("diadromi 4"), MOMENT).problem is not None
    assert advance(menu, {}, offer, Typed("4"), MOMENT).answers["wish"] == "painting"


@pytest.mark.parametrize(("typed", "answer"), [("ναι", "confirm"), ("yes", "confirm"), ("όχι", "cancel")])
def test_a_review_is_confirmed_by_yes_and_let_be_by_no(typed: str, answer: str) -> None:
    one = Definition("one", (Step("review", "review", say("q")),))
    offer = Offer("r", "review", tuple(Offered(v, v) for v in ("confirm", "change", "cancel")))
    assert advance(one, {}, offer, Typed(typed), MOMENT).answers["review"] == answer
