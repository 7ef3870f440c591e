from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from core.errors import Refused
from core.people.numbers import parse_number
from core.tracing.model import warnings
from core.tracing.officers import Duty
from core.tracing.wording import Fixed, Free
from tests.tracing.town import APPROVER, DRAFTER, NINE, NUMBERS, THIRD, WATCHER, Alkyona, morning


async def test_two_officers_read_everything_on_their_own_telephones_and_release_it(town: Alkyona) -> None:
    await town.crowd()
    warning = await town.draft()
    await town.step()
    asked = {each.to: each.text for each in town.sms.sent}
    assert set(asked) == {NUMBERS[DRAFTER], NUMBERS[APPROVER]}
    shown = (await town.panel.progress(warning)).texts
    for message in asked.values():
        assert all(text in message for text in shown.values())
        assert "6 άτομα (6 SMS" in message
        assert "09:00" in message
    assert town.code_of(DRAFTER) != town.code_of(APPROVER)
    await town.release(warning)
    sent = town.warnings_sent()
    assert sorted(each.to for each in sent) == [f"+30691{n:07d}" for n in range(6)]
    assert {each.text for each in sent} == {shown["el"]}
    assert await town.state(warning) == ("sent", None)
    assert (await town.panel.progress(warning)).by_state == {"sent": 6}


async def test_one_code_is_not_enough(town: Alkyona) -> None:
    await town.crowd()
    warning = await town.draft()
    await town.step()
    assert await town.type_code(warning, DRAFTER, town.code_of(DRAFTER)) == "right"
    assert await town.type_code(warning, DRAFTER, town.code_of(DRAFTER)) == "right"
    await town.step()
    assert town.warnings_sent() == []
    asked = (await town.panel.progress(warning)).asked
    assert [(each.part, each.staff_id, each.given) for each in asked] == [
        ("drafter", DRAFTER, True),
        ("approver", APPROVER, False),
    ]


async def test_nobody_types_anothers_code(town: Alkyona) -> None:
    await town.crowd()
    warning = await town.draft()
    await town.step()
    await town.type_code(warning, DRAFTER, town.code_of(DRAFTER))
    outcome = await town.type_code(warning, DRAFTER, town.code_of(APPROVER))
    assert outcome == "tracing.other_person"
    await town.step()
    assert town.warnings_sent() == []
    assert "tracing.other_person" in await town.happened("tracing_alarm")


async def test_five_wrong_codes_make_it_void(town: Alkyona) -> None:
    await town.crowd()
    warning = await town.draft()
    await town.step()
    right = town.code_of(APPROVER)
    for _ in range(5):
        wrong = f"{(int(right) + 1) % 10**8:08d}"
        assert await town.type_code(warning, APPROVER, wrong) == "tracing.wrong_code"
    assert await town.state(warning) == ("void", "tracing.too_many_tries")
    assert await town.type_code(warning, APPROVER, right) == "tracing.not_waiting"


async def test_a_message_becomes_a_call_and_then_goes_to_the_next_on_the_duty_list(town: Alkyona) -> None:
    await town.enrol(THIRD, parse_number(NUMBERS[THIRD], "GR"))
    await town.crowd()
    warning = await town.draft()
    await town.step()
    first = town.code_of(DRAFTER)
    await town.type_code(warning, DRAFTER, first)
    town.clock.move(minutes=4, seconds=59)
    await town.step()
    assert town.calls.sent == []
    town.clock.move(seconds=1)
    await town.step()
    await town.step()
    assert [call.to for call in town.calls.sent] == [NUMBERS[APPROVER]]
    town.clock.move(minutes=5)
    await town.step()
    await town.step()
    assert [each.to for each in town.sms.sent].count(NUMBERS[THIRD]) == 1
    assert await town.type_code(warning, THIRD, town.code_of(THIRD)) == "right"
    assert len(town.warnings_sent()) == 6


async def test_a_call_speaks_text_and_code_after_a_key_and_is_kept_where_the_database_cannot_read(
    town: Alkyona,
) -> None:
    await town.crowd()
    await town.draft()
    await town.step()
    town.clock.move(minutes=5)
    await town.step()
    call = town.calls.sent[-1]
    token = call.path.split("/")[-1].split("?")[0]
    words = await town.spoken.read(token)
    assert words is not None
    assert ", ".join(town.codes.given[-1]) in words.sentences[-1]
    assert await town.spoken.read("0" * 64) is None


async def test_after_a_day_it_is_void(town: Alkyona) -> None:
    await town.crowd()
    warning = await town.draft()
    await town.step()
    codes = town.code_of(DRAFTER), town.code_of(APPROVER)
    await town.type_code(warning, DRAFTER, codes[0])
    town.clock.move(hours=24)
    await town.step()
    assert await town.state(warning) == ("void", "tracing.expired")
    assert await town.type_code(warning, APPROVER, codes[1]) == "tracing.not_waiting"
    assert town.warnings_sent() == []


async def test_one_more_person_makes_it_void(town: Alkyona) -> None:
    await town.crowd()
    warning = await town.draft()
    await town.step()
    await town.type_code(warning, DRAFTER, town.code_of(DRAFTER))
    await town.make_visit(await town.make_citizen("6920000001"))
    assert await town.type_code(warning, APPROVER, town.code_of(APPROVER)) == "tracing.changed"
    assert await town.state(warning) == ("void", "tracing.changed")
    assert town.warnings_sent() == []


async def test_the_same_group_again_needs_fresh_codes_and_says_so(town: Alkyona) -> None:
    await town.crowd()
    warning = await town.draft()
    await town.step()
    old = town.code_of(DRAFTER), town.code_of(APPROVER)
    await town.release(warning)
    town.clock.move(minutes=30)
    again = await town.draft()
    await town.step()
    assert await town.type_code(again, DRAFTER, old[0]) == "tracing.wrong_code"
    assert await town.type_code(again, APPROVER, old[1]) == "tracing.wrong_code"
    assert "ήδη στις 10:00" in town.sms.sent[-1].text
    await town.release(again)
    assert len(town.warnings_sent()) == 12


async def test_what_is_cancelled_stays_so(town: Alkyona) -> None:
    await town.crowd()
    warning = await town.draft()
    await town.step()
    await town.hall.write(lambda work: town.panel.cancel(work, warning, APPROVER))
    await town.step()
    await town.write(update(warnings).where(warnings.c.id == warning).values(state="asked"))
    await town.step()
    assert await town.state(warning) == ("void", "tracing.replayed")
    with pytest.raises(Refused, match="not_waiting"):
        await town.hall.write(lambda work: town.panel.cancel(work, warning, APPROVER))


class TestOneOfficer:
    @pytest.fixture(autouse=True)
    async def alone(self, town: Alkyona) -> None:
        await town.crowd()
        town.start_worker(tracing_one_officer=True)

    async def test_sends_a_fixed_text_after_ten_minutes_and_others_are_told_at_once(
        self, town: Alkyona
    ) -> None:
        await town.enrol(WATCHER, parse_number(NUMBERS[WATCHER], "GR"), Duty.PROTECTION)
        warning = await town.draft()
        await town.step()
        await town.type_code(warning, DRAFTER, town.code_of(DRAFTER))
        told = [each for each in town.sms.sent if each.to == NUMBERS[WATCHER]]
        assert len(told) == 1
        assert "10:10" in told[0].text
        town.clock.move(minutes=9, seconds=59)
        await town.step()
        assert town.warnings_sent() == []
        town.clock.move(seconds=1)
        await town.step()
        assert len(town.warnings_sent()) == 6

    async def test_says_no_free_words(self, town: Alkyona) -> None:
        await town.enrol(WATCHER, parse_number(NUMBERS[WATCHER], "GR"), Duty.ADMINISTRATOR)
        text = "Υπήρχε κρούσμα στον χώρο {where}, {when}."
        warning = await town.draft(words=Free({"el": text, "en": "There was a case at {where}, {when}."}))
        await town.step()
        assert await town.state(warning) == ("refused", "tracing.fixed_only")

    async def test_sends_nothing_where_nobody_is_there_to_be_told(self, town: Alkyona) -> None:
        warning = await town.draft()
        await town.step()
        assert await town.state(warning) == ("refused", "tracing.nobody_to_tell")

    async def test_may_be_stopped_by_those_who_were_told(self, town: Alkyona) -> None:
        await town.enrol(WATCHER, parse_number(NUMBERS[WATCHER], "GR"), Duty.PROTECTION)
        warning = await town.draft()
        await town.step()
        await town.type_code(warning, DRAFTER, town.code_of(DRAFTER))
        await town.hall.write(lambda work: town.panel.cancel(work, warning, WATCHER))
        town.clock.move(minutes=11)
        await town.step()
        assert town.warnings_sent() == []


async def test_without_a_second_officer_nothing_is_asked(town: Alkyona) -> None:
    await town.crowd()
    await town.hall.write(lambda work: town.enrolment.set_duty(work, APPROVER, False))
    warning = await town.draft()
    await town.step()
    assert await town.state(warning) == ("refused", "tracing.no_second_officer")
    assert town.sms.sent == []


async def test_two_accounts_with_one_telephone_are_one_officer(town: Alkyona) -> None:
    await town.crowd()
    await town.enrol(APPROVER, parse_number(NUMBERS[DRAFTER], "GR"))
    warning = await town.draft()
    await town.step()
    assert await town.state(warning) == ("refused", "tracing.no_second_officer")


async def test_an_officer_may_be_asked_in_a_chat(town: Alkyona) -> None:
    await town.crowd()
    await town.enrol(APPROVER, "777")
    await town.draft()
    await town.step()
    (message,) = town.chats.sent
    assert message.to == "777"
    assert "Κωδικός έγκρισης" in message.text


@pytest.mark.parametrize(
    ("group", "reason"),
    [
        (morning(end=NINE - timedelta(minutes=1)), "end_before_start"),
        (morning(end=NINE + timedelta(hours=2)), "future"),
        (morning(start=NINE - timedelta(days=15)), "too_old"),
        (morning(start=NINE - timedelta(days=3)), "too_long"),
        (morning(facility="nowhere"), "unknown_facility"),
        (morning(start=NINE - timedelta(hours=9), end=NINE - timedelta(hours=8)), "empty"),
        (morning(case="1234567893"), "unknown_pass"),
    ],
)
async def test_a_group_that_cannot_be_is_refused_with_its_reason(
    town: Alkyona, group: object, reason: str
) -> None:
    await town.crowd()
    with pytest.raises(Refused, match=rf"tracing\.{reason}$"):
        await town.draft(group)  # type: ignore[arg-type]


async def test_fewer_than_five_need_the_pass_code_of_the_case(town: Alkyona) -> None:
    few = [await town.make_citizen(f"691{n:07d}") for n in range(4)]
    bookings = [await town.make_visit(citizen) for citizen in few]
    with pytest.raises(Refused, match="too_few"):
        await town.panel.preview(DRAFTER, morning(), Fixed("exposure", {"advice": "home"}))
    elsewhere = await town.make_booking(few[0])
    for case, refused in ((bookings[0], None), (elsewhere, "not_the_case")):
        group = morning(case=town.pass_of(case))
        if refused:
            with pytest.raises(Refused, match=refused):
                await town.panel.preview(DRAFTER, group, Fixed("exposure", {"advice": "home"}))
        else:
            preview = await town.panel.preview(DRAFTER, group, Fixed("exposure", {"advice": "home"}))
            assert preview.people == 4
