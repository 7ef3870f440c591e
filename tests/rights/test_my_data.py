"""My data: everything held, to the verified owner alone."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from core.conversations.model import data_requests
from core.conversations.my_data.asking import IN_A_DAY, IN_AN_HOUR
from core.db.schema import events
from core.db.work import Work
from core.dialog.heard import Command
from core.errors import Refused
from core.messages.model import outbox
from core.ports import SendingFailed
from tests.conversations.core_person import CorePerson
from tests.rights.office import DUTY, LANDLINE, MOBILE, Office, book_tennis

NAME = "Μαρία Παππά"


async def test_telegram_is_sent_everything_as_a_file(office: Office) -> None:
    maria = office.person()
    await office.register(maria)
    await book_tennis(maria)
    await maria.command("account")
    await maria.press("Τι κρατάτε για μένα")
    assert "σε λίγα δευτερόλεπτα" in maria.heard()
    await office.deliver()
    (file,) = office.chats.files
    assert (file.chat, file.name) == ("555", "paso.zip")
    held = file.data()
    assert held["citizen"]["name"] == NAME
    assert held["citizen"]["reminders"] is False
    assert {each["to"] for each in held["addresses"]} == {f"+30{MOBILE}", "555"}
    (booking,) = held["bookings"]
    assert booking["companions"] == ["Άννα Μακρή"]
    assert booking["place"] == "Γήπεδο 2"
    assert booking["starts_at"] == "2026-12-03T18:00:00+02:00"
    assert [each["state"] for each in booking["passes"]] == ["valid"]
    assert {each["state"] for each in held["codes"]} == {"used"}
    assert [each["template"] for each in held["messages"]] == ["my_data"]
    page = file.part("paso.html")
    for shown in (NAME, f"+30{MOBILE}", "Άννα Μακρή", "Γήπεδο 2", "πέμπτη 3 δεκεμβρίου 2026, 18:00"):
        assert shown in page.lower() or shown in page, shown
    assert "<script" not in page
    assert "http" not in page
    assert {"why": "my_data", "boxes": 4} in await office.noted("opened")


async def test_the_second_file_tells_that_the_record_was_opened_for_the_first(office: Office) -> None:
    maria = office.person(language="en")
    await office.register(maria, reminders="No")
    for _ in range(2):
        await maria.command("mydata")
        await office.deliver()
    openings = office.chats.files[-1].data()["openings"]
    assert [each["why"] for each in openings if each["why"] == "my_data"] == ["my_data"] * 2
    assert "when your details were opened" in office.chats.files[-1].part("paso.html").lower()


class Browser:
    """The page's key pair, and what its script does with the file (core/adapters/one_time.py)."""

    def __init__(self) -> None:
        self.private = generate_private_key(SECP256R1())
        self.public = self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    @property
    def key(self) -> str:
        return base64.b64encode(self.public).decode()


async def on_the_web(office: Office, address: str = "session") -> CorePerson:
    """Registered, and at the question how they want it."""
    person = office.person("web", address)
    await office.register(person)
    await person.command("my_data")
    await office.prove(person, MOBILE)
    assert "Πώς τα θέλετε" in person.heard()
    return person


async def test_the_web_chat_asks_a_code_again_and_leaves_the_file_closed(office: Office) -> None:
    browser, person = Browser(), await on_the_web(office)
    assert person.reply is not None
    assert person.reply.file == "offered"
    await person.hear(Command("my_data", browser.key))
    file = int(person.reply.file)
    assert await office.world.side.conversations.fetch(person.speaker, file) is None
    await office.deliver()
    (row,) = await office.rows(data_requests)
    assert row.file is not None
    assert NAME.encode() not in row.file
    assert b"PK" not in row.file[:100]
    stranger = office.person("web", "another session")
    with pytest.raises(Refused):
        await office.world.side.conversations.fetch(stranger.speaker, file)
    assert await office.world.side.conversations.fetch(person.speaker, file) == row.file
    (row,) = await office.rows(data_requests)
    assert row.file is None, "erased once fetched"
    with pytest.raises(Refused):
        await office.world.side.conversations.fetch(person.speaker, file)
    assert office.chats.files == []


async def test_a_file_that_nobody_fetches_is_not_given_after_ten_minutes(office: Office) -> None:
    person = await on_the_web(office)
    assert person.reply is not None
    await person.hear(Command("my_data", Browser().key))
    file = int(person.reply.file)
    await office.deliver()
    office.clock.move(minutes=10)
    with pytest.raises(Refused):
        await office.world.side.conversations.fetch(person.speaker, file)


async def test_a_file_that_somebody_else_left_is_not_given(office: Office) -> None:
    person = await on_the_web(office)
    assert person.reply is not None
    await person.hear(Command("my_data", Browser().key))
    await office.deliver()
    await office.write(data_requests.update().values(file=b"his own"))
    with pytest.raises(Refused):
        await office.world.side.conversations.fetch(person.speaker, int(person.reply.file))


@pytest.mark.parametrize("key", ["x", "====", base64.b64encode(b"\x04" * 64).decode(), "QUJD"])
async def test_what_is_no_key_is_refused(office: Office, key: str) -> None:
    person = await on_the_web(office)
    await person.hear(Command("my_data", key))
    assert "Πώς τα θέλετε" in person.heard()
    assert await office.count(data_requests) == 0


async def test_a_point_off_the_curve_leaves_nothing(office: Office) -> None:
    person = await on_the_web(office)
    await person.hear(Command("my_data", base64.b64encode(b"\x04" + b"\x01" * 64).decode()))
    await office.deliver()
    (row,) = await office.rows(data_requests)
    assert row.file is None


async def test_without_the_code_no_key_is_taken(office: Office) -> None:
    person = office.person("web", "session")
    await office.register(person)
    await person.command("my_data")
    await person.hear(Command("my_data", Browser().key))
    assert await office.count(data_requests) == 0


async def test_another_number_than_ones_own_gets_no_code(office: Office) -> None:
    await office.register(office.person(address="9"), LANDLINE, "Άλλος Κάποιος")
    person = office.person("web", "session")
    await office.register(person)
    await person.command("my_data")
    sent = len(office.world.codes.given)
    await person.type(LANDLINE)
    assert "δεν είναι εκείνο" in person.heard()
    assert len(office.world.codes.given) == sent


async def test_without_a_script_a_mobile_is_told_in_short(office: Office) -> None:
    person = await on_the_web(office)
    await person.press("Σύντομα")
    assert "SMS" in person.heard()
    await office.deliver()
    told = [each for each in office.texts.sent if "Τι κρατάμε" in each.text]
    assert [each.to for each in told] == [f"+30{MOBILE}"]
    assert "1 αριθμό" in told[0].text
    assert NAME not in told[0].text


async def test_a_landline_is_told_in_short_by_a_call(office: Office) -> None:
    person = office.person("web", "session")
    await office.register(person, LANDLINE)
    await person.command("my_data")
    await office.prove(person, LANDLINE)
    await person.press("Σύντομα")
    await office.deliver()
    call = office.calls.sent[-1]
    assert call.to == f"+30{LANDLINE}"
    words = await office.spoken.read(call.path.split("/")[-1].split("?")[0])
    assert words is not None
    assert "0 κρατήσεις" in words.sentences[0]


async def test_at_the_desk_the_browser_is_not_the_citizens(office: Office) -> None:
    person = office.person("desk", "session")
    await office.register(person)
    await person.command("my_data")
    await office.prove(person, MOBILE)
    assert person.reply is not None
    assert person.reply.file == ""
    await person.hear(Command("my_data", Browser().key))
    assert await office.count(data_requests) == 0


async def test_three_answers_a_day(office: Office) -> None:
    maria = office.person()
    await office.register(maria)
    for _ in range(IN_A_DAY + 1):
        await maria.command("my_data")
        await office.deliver()
    assert len(office.chats.files) == IN_A_DAY
    assert "τρεις φορές" in maria.heard()
    office.clock.move(days=1, minutes=1)
    await maria.command("my_data")
    await office.deliver()
    assert len(office.chats.files) == IN_A_DAY + 1


async def test_the_town_answers_thirty_an_hour_and_the_worker_no_more_whoever_asks(office: Office) -> None:
    maria = office.person()
    citizen = await office.register(maria)
    now = office.clock.now()
    for name in ("my_data_asked", "my_data_answered"):
        await office.write(*([_event(name, now)] * IN_AN_HOUR))
    await maria.command("my_data")
    assert "σε μία ώρα" in maria.heard()
    assert await office.count(data_requests) == 0
    await forge_by_web(office, citizen, {"chat": "555"})
    await office.deliver()
    assert office.chats.files == []
    assert await office.happened("my_data_too_many") == 1
    assert await office.noted("account.refused") == [{"why": "too_many"}]
    assert [each.to for each in office.texts.sent if "τριάντα" in each.text] == [DUTY]
    office.clock.move(hours=1, minutes=1)
    await maria.command("my_data")
    await office.deliver()
    assert len(office.chats.files) == 1


async def forge_by_web(
    office: Office, citizen: int, sealed: dict[str, str], medium: str = "telegram"
) -> None:
    """What a `web` process that was taken over can do: order under the origin key."""
    work = Work()
    office.outbox.order(
        work,
        "my_data",
        medium,
        language="el",
        expires_at=office.clock.now() + timedelta(minutes=10),
        citizen_id=citizen,
        sealed=sealed,
    )
    await office.house.writer.commit(work)


def _event(name: str, at: Any) -> Any:
    return events.insert().values(at=at, name=name, facts={})


@pytest.mark.parametrize(("kind", "files"), [("temporary", 1), ("unknown", 0)])
async def test_a_file_of_unknown_fate_is_not_sent_twice(office: Office, kind: str, files: int) -> None:
    maria = office.person()
    await office.register(maria)
    office.chats.faults.append(SendingFailed(kind, "x"))
    await maria.command("my_data")
    await office.deliver()
    office.clock.move(minutes=2)
    await office.deliver()
    assert len(office.chats.files) == files
    (order,) = await office.rows(outbox, outbox.c.template == "my_data")
    assert order.state == ("sent" if files else "failed")


async def test_who_was_forgotten_meanwhile_is_sent_nothing(office: Office) -> None:
    maria = office.person()
    await office.register(maria)
    await maria.command("my_data")
    await maria.command("forget_me")
    await maria.press("Ναι")
    await office.deliver()
    assert office.chats.files == []
    assert await office.happened("order_forged") == 0
