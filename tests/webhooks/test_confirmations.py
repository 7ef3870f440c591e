"""A landline that is at home: the place is held, the telephone is called at the chosen hour, and `1` makes it stand."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import zxingcpp
from PIL import Image
from sqlalchemy import func, select
from twilio.request_validator import RequestValidator

from core.activities.closing import Closing
from core.activities.model import slots
from core.adapters.keys import PASS_VERIFYING, KeyFolder
from core.adapters.signing import Ed25519Verifier
from core.bookings.model import bookings, provisional
from core.bookings.provisional import AGAIN_AFTER, call_hours, kept_until
from core.conversations.forgetting import forget_citizen
from core.db.schema import events
from core.db.work import Work
from core.messages.model import outbox
from core.passes.model import passes
from core.people.model import citizens
from core.visits.bundle import Bundles
from core.visits.scans import Scan, Seen
from core.visits.service import Visits
from standin.store import Call
from tests.fakes.clock import StoppedClock
from tests.fakes.twilio_provider import TOKEN, TwilioProvider, twilio_provider
from tests.webhooks.conftest import ON_BOTH
from tests.webhooks.desks import DeskTab, clerk
from tests.whole.people import LANDLINE, MOBILE, choose_lane
from tests.whole.town import Town, open_town
from tests.whole.worker import hurry, idles, provided_by, sent, until, worker

ATHENS = ZoneInfo("Europe/Athens")
LATER, NOW = "Το τηλέφωνο είναι στο σπίτι", "Ναι, καλέστε τώρα"
OWNER = "Ελένη Παπαδάκη"


@pytest.fixture
async def provider(clock: StoppedClock) -> AsyncIterator[TwilioProvider]:
    async with twilio_provider(clock.now) as opened:
        yield opened


@pytest.fixture
async def town(
    tmp_path: Path,
    address: str,
    clock: StoppedClock,
    provider: TwilioProvider,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Town]:
    async with open_town(
        tmp_path, database_url=address, activities=("pool",), clock=clock, **provided_by(provider)
    ) as opened:
        hurry(opened, monkeypatch)
        yield opened


@pytest.fixture
async def tab(town: Town) -> AsyncIterator[DeskTab]:
    async with DeskTab(town) as opened:
        yield opened


async def at_counter(tab: DeskTab, *, lane: int = 2, number: str = LANDLINE) -> None:
    """Somebody whose telephone is asked for; a place is held for tomorrow at 19:00."""
    await tab.serve(await clerk(tab.town))
    await tab.press("Κλειστό κολυμβητήριο")
    await tab.type("αύριο στις 7 το απόγευμα")
    await tab.press(f"Διαδρομή {lane}")
    await tab.press("1 άτομο")
    await tab.press("Το διάβασα")
    await tab.type(number)


async def book_for_later(tab: DeskTab, hour: str = "Τρί 1/12, 18:00", *, lane: int = 2) -> None:
    await at_counter(tab, lane=lane)
    await tab.press(LATER)
    await tab.press(hour)
    await tab.type(OWNER)
    await tab.press("Ναι")
    await tab.press("Όχι")
    await tab.press("Επιβεβαιώνω")
    assert "Κρατήσαμε προσωρινά" in tab.heard(), tab.heard()


async def rows(town: Town, query: Any) -> list[Any]:
    async with town.side.house.database.reading() as connection:
        return list((await connection.execute(query)).all())


async def state(town: Town) -> tuple[str, str, str]:
    """Of the one booking, its pass, and its promise."""
    ((booking,),) = await rows(town, select(bookings.c.state))
    ((card,),) = await rows(town, select(passes.c.state))
    ((promise,),) = await rows(town, select(provisional.c.state))
    return booking, card, promise


async def happened(town: Town, *names: str) -> list[str]:
    found = await rows(town, select(events.c.name).where(events.c.name.in_(names)).order_by(events.c.id))
    return [name for (name,) in found]


async def taken(town: Town) -> int:
    ((found,),) = await rows(town, select(func.sum(slots.c.taken)))
    return int(found)


def calls(provider: TwilioProvider) -> list[Call]:
    return [each for each in sent(provider) if isinstance(each, Call)]


async def ended(town: Town, clock: StoppedClock, provider: TwilioProvider, number: int) -> None:
    """Until so many calls have ended."""

    async def came() -> bool:
        return len(calls(provider)) >= number and all(each.final for each in calls(provider))

    await until(came)
    await provider.delivery.settled()


async def gate(town: Town, code: str) -> str:
    """What the gate says to a pass: empty where it lets in."""
    house = town.side.house
    verifier = Ed25519Verifier(KeyFolder(house.settings.keys_dir).file(PASS_VERIFYING))
    gatekeeper = Visits(house.database, house.clock, house.codes, house.activities, verifier)
    now, work = house.clock.now(), Work()
    facility = (await house.activities.get("pool")).facility.key
    seen = Seen(f"nonce-{now.timestamp():020.0f}", facility, "gate-1", None, now, now)
    answer = gatekeeper.scan(work, Scan(seen, code))
    await house.writer.commit(work)
    return answer.verdict.reason.code if answer.verdict.reason else ""


@ON_BOTH
async def test_1_makes_a_provisional_booking_stand(
    town: Town, clock: StoppedClock, provider: TwilioProvider, tab: DeskTab
) -> None:
    await book_for_later(tab)
    assert await state(town) == ("held", "valid", "waiting")
    assert (await taken(town), await happened(town, "application_accepted")) == (1, [])
    assert await rows(town, select(citizens.c.id)) == []
    ((code, number, starts_at),) = await rows(
        town, select(passes.c.code, passes.c.number, passes.c.starts_at)
    )

    # The pass says so, on the page, on the picture and on paper, and opens nothing.
    assert "ΠΡΟΣΩΡΙΝΟ έως Τρίτη 1 Δεκεμβρίου, 19:30" in tab.heard()
    (link,) = [link for link in tab.page.links if link.startswith("/desk/pass/")]
    status, png = await tab.fetch(link.replace(".pdf", ".png"))
    (read,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(png)))
    assert (status, bool(read.text)) == (200, True)
    assert (await tab.fetch(link))[1].startswith(b"%PDF-")
    assert await gate(town, code) == "visits.provisional"
    await tab.finish()

    async with worker(town):
        await idles(town, clock, seconds=60)
        assert calls(provider) == []
        clock.at = datetime(2026, 12, 1, 18, 0, tzinfo=ATHENS).astimezone(UTC)
        await ended(town, clock, provider, 1)
        clock.move(minutes=61)
        await idles(town, clock, seconds=60)
    (call,) = calls(provider)
    assert call.to == f"+30{LANDLINE}"
    assert "Τετάρτη 2 Δεκεμβρίου, 19:00" in " ".join(call.spoken)
    assert "κολυμβητήριο" in " ".join(call.spoken)
    assert OWNER.split()[0] not in " ".join(call.spoken)
    assert call.spoken[-1].startswith("Ευχαριστούμε. Η κράτηση είναι οριστική")

    assert await state(town) == ("confirmed", "valid", "confirmed")
    assert await rows(town, select(passes.c.number)) == [(number,)]
    assert len(await rows(town, select(citizens.c.id))) == 1
    names = ("provisional_made", "citizen_registered", "application_accepted", "provisional_confirmed")
    assert sorted(await happened(town, *names)) == sorted(names)
    assert await rows(town, select(provisional.c.number, provisional.c.kept)) == [(b"", None)]
    assert [row for row in await rows(town, select(outbox.c.box)) if row.box] == []
    ((channel,),) = await rows(town, select(bookings.c.channel))
    assert channel == "desk"
    clock.at = starts_at
    assert await gate(town, code) == ""


async def answered(tab: DeskTab, address: str, pressed: str) -> str:
    """What the provider is told to say when it reports a key."""
    fields = {"Digits": pressed}
    signed = {"X-Twilio-Signature": RequestValidator(TOKEN).compute_signature(address, fields)}
    async with tab.client.post(address, data=fields, headers=signed) as answer:
        return await answer.text()


async def test_a_second_1_in_the_same_call_hears_that_it_stands(
    town: Town, clock: StoppedClock, provider: TwilioProvider, tab: DeskTab
) -> None:
    await book_for_later(tab)
    async with worker(town):
        clock.at = datetime(2026, 12, 1, 18, 0, tzinfo=ATHENS).astimezone(UTC)
        await ended(town, clock, provider, 1)
    (call,) = calls(provider)
    address, path = call.url.split("/twilio/")
    path, language = f"/twilio/{path}".split("?")
    said = {}
    for pressed in ("1", "2", "3", ""):
        said[pressed] = await answered(tab, f"{address}{path}/answer?{language}", pressed)
    assert "Η κράτηση είναι οριστική" in said.pop("1")
    assert len(set(said.values())) == 1, "and with any other key that nothing waits"
    assert await answered(tab, f"{address}{path[:-4]}0000/answer?{language}", "1") in said.values()
    assert await state(town) == ("confirmed", "valid", "confirmed")
    assert await happened(town, "provisional_confirmed") == ["provisional_confirmed"]


@ON_BOTH
async def test_2_frees_the_place_and_the_pass_is_void(
    town: Town, clock: StoppedClock, provider: TwilioProvider, tab: DeskTab
) -> None:
    provider.callee.keys = ["2"]
    await book_for_later(tab)
    ((code,),) = await rows(town, select(passes.c.code))
    async with worker(town):
        clock.at = datetime(2026, 12, 1, 18, 0, tzinfo=ATHENS).astimezone(UTC)
        await ended(town, clock, provider, 1)
    assert calls(provider)[0].spoken[-1].startswith("Εντάξει. Η κράτηση δεν ισχύει")
    assert await state(town) == ("lapsed", "void", "refused")
    assert await taken(town) == 0
    assert await rows(town, select(citizens.c.id)) == []
    assert await happened(town, "provisional_refused", "application_accepted") == ["provisional_refused"]
    assert await gate(town, code) == "visits.unconfirmed"


@pytest.mark.parametrize("mode", ["absent", "machine"])
async def test_who_does_not_answer_is_called_again_and_then_the_place_is_free(
    town: Town, clock: StoppedClock, provider: TwilioProvider, tab: DeskTab, mode: str
) -> None:
    provider.callee.mode = mode
    await book_for_later(tab)
    first = datetime(2026, 12, 1, 18, 0, tzinfo=ATHENS).astimezone(UTC)
    async with worker(town):
        for number, pause in enumerate((timedelta(), *AGAIN_AFTER), start=1):
            clock.at = first + pause
            await ended(town, clock, provider, number)
            assert await state(town) == ("held", "valid", "waiting")
        clock.at = first + timedelta(minutes=91)
        await idles(town, clock, seconds=31)
    assert [each.created for each in calls(provider)] == [
        first + pause for pause in (timedelta(), *AGAIN_AFTER)
    ]
    assert await state(town) == ("lapsed", "void", "lapsed")
    assert await taken(town) == 0
    assert await happened(town, "provisional_lapsed", "application_accepted") == ["provisional_lapsed"]
    assert await rows(town, select(provisional.c.number, provisional.c.kept)) == [(b"", None)]


async def test_a_call_that_nobody_signed_or_nobody_made_changes_nothing(town: Town, tab: DeskTab) -> None:
    await book_for_later(tab)
    for path in ("x" * 64, "x" * 64 + "/answer"):
        await tab.post(f"/twilio/voice/confirmation/{path}", {"Digits": "1"})
        assert tab.status == 403
    assert await town.side.house.at_home.ringing("0" * 64) is None
    assert await state(town) == ("held", "valid", "waiting")


async def test_a_slot_that_was_closed_meanwhile_is_not_confirmed(
    town: Town, clock: StoppedClock, provider: TwilioProvider, tab: DeskTab
) -> None:
    await book_for_later(tab)
    house, work = town.side.house, Work()
    ((slot_id,),) = await rows(town, select(bookings.c.slot_id))
    await Closing(house.database, house.clock, house.codes).close_slot(work, slot_id, "weather", 1)
    await house.writer.commit(work)
    async with worker(town):
        clock.at = datetime(2026, 12, 1, 18, 0, tzinfo=ATHENS).astimezone(UTC)
        await ended(town, clock, provider, 1)
    assert "έκλεισε για το κοινό" in calls(provider)[0].spoken[-1]
    assert await state(town) == ("lapsed", "void", "refused")


async def test_a_household_has_two_at_a_time_waiting_and_its_limits_hold_when_it_confirms(
    town: Town, clock: StoppedClock, provider: TwilioProvider, tab: DeskTab
) -> None:
    await book_for_later(tab, lane=1)
    clock.move(minutes=1)
    await book_for_later(tab, lane=2)
    clock.move(minutes=2)
    await at_counter(tab, lane=3)
    await tab.press(LATER)
    assert "περιμένουν ήδη επιβεβαίωση" in tab.html
    async with worker(town):
        clock.at = datetime(2026, 12, 1, 18, 0, tzinfo=ATHENS).astimezone(UTC)
        await ended(town, clock, provider, 2)
    found = await rows(town, select(bookings.c.state).where(bookings.c.state != "lapsed"))
    assert [each for (each,) in found] == ["confirmed", "confirmed"]
    assert len(await rows(town, select(citizens.c.id))) == 1


async def test_only_a_landline_at_the_desk_is_asked_where_it_is(town: Town, tab: DeskTab) -> None:
    await at_counter(tab, number=MOBILE)
    assert "SMS" in tab.heard()
    await tab.finish()
    await at_counter(tab)
    assert LATER in " ".join(tab.buttons())
    assert await rows(town, select(outbox.c.id).where(outbox.c.medium == "call")) == []
    await tab.press("Άλλος αριθμός")
    assert "Σε ποιο τηλέφωνο" in tab.heard()
    await tab.type(LANDLINE)
    await tab.press(NOW)
    assert "Σας τηλεφωνούμε τώρα" in tab.heard()
    await tab.visit("/chat")
    await choose_lane(tab, lane=4)
    await tab.press("Το διάβασα")
    await tab.type("2101234568")
    assert "Σας τηλεφωνούμε τώρα" in tab.heard()


async def test_who_is_known_is_asked_the_same_and_keeps_their_name(
    town: Town, clock: StoppedClock, provider: TwilioProvider, tab: DeskTab
) -> None:
    await at_counter(tab)
    await tab.press(NOW)
    await tab.type(town.code)
    for answer in (OWNER, "ναι", "όχι"):
        await tab.type(answer)
    clock.move(minutes=11)
    before = await rows(town, select(citizens.c.id, citizens.c.box))
    await book_for_later(tab, lane=3)
    async with worker(town):
        clock.at = datetime(2026, 12, 1, 18, 0, tzinfo=ATHENS).astimezone(UTC)
        await ended(town, clock, provider, 1)
    assert await rows(town, select(citizens.c.id, citizens.c.box)) == before
    ((owner,),) = await rows(town, select(bookings.c.citizen_id).where(bookings.c.state == "confirmed"))
    assert owner == before[0].id


@ON_BOTH
async def test_who_is_forgotten_leaves_nothing_that_waits(
    town: Town, clock: StoppedClock, provider: TwilioProvider, tab: DeskTab
) -> None:
    await at_counter(tab)
    await tab.press(NOW)
    await tab.type(town.code)
    for answer in (OWNER, "ναι", "όχι"):
        await tab.type(answer)
    clock.move(minutes=11)
    await book_for_later(tab, lane=3)
    ((citizen_id,),) = await rows(town, select(citizens.c.id))
    work, house = Work(), town.side.house
    await forget_citizen(work, house.bookings, citizen_id, clock.now())
    await house.writer.commit(work)
    assert await rows(town, select(provisional.c.number, provisional.c.kept)) == [(b"", None)]
    async with worker(town):
        await idles(town, clock, seconds=31)
    ((found,),) = await rows(town, select(provisional.c.state))
    assert found == "lapsed"
    assert await taken(town) == 0


async def test_a_gate_without_a_line_takes_it_as_issued_since(town: Town, tab: DeskTab) -> None:
    await book_for_later(tab)
    house = town.side.house
    facility = (await house.activities.get("pool")).facility.key
    bundles = Bundles(
        house.database,
        house.clock,
        house.codes,
        house.activities,
        KeyFolder(house.settings.keys_dir).file(PASS_VERIFYING),
    )
    midnight = datetime(2026, 12, 2, tzinfo=ATHENS).astimezone(UTC)
    made = await bundles.bundle(facility, midnight, midnight + timedelta(days=1))
    assert (made.known, made.revoked) == ((), ())


def test_calls_come_at_civil_hours_within_a_day_and_before_the_hour_that_precedes_the_slot() -> None:
    def hours(now: str, starts: str) -> list[str]:
        moments = [
            datetime.fromisoformat(each).replace(tzinfo=ATHENS).astimezone(UTC) for each in (now, starts)
        ]
        return [f"{each.astimezone(ATHENS):%d %H:%M}" for each in call_hours(*moments, ATHENS)]

    assert hours("2026-12-01T19:10", "2026-12-05T10:00")[:3] == ["01 20:00", "02 09:00", "02 10:00"]
    assert hours("2026-12-01T19:10", "2026-12-05T10:00")[-1] == "02 18:00"
    assert hours("2026-12-01T10:00", "2026-12-01T13:00") == ["01 10:30", "01 11:00", "01 11:30"]
    assert hours("2026-12-01T10:00", "2026-12-01T11:15") == []
    assert hours("2026-12-01T22:00", "2026-12-02T09:30") == []
    now, at = datetime(2026, 12, 1, 8, tzinfo=UTC), datetime(2026, 12, 1, 16, tzinfo=UTC)
    assert kept_until(now, at, now + timedelta(days=3)) == at + timedelta(minutes=90)
    assert kept_until(now, at, at + timedelta(hours=2)) == at + timedelta(hours=1)
