from __future__ import annotations

import re
from datetime import UTC, datetime

import pyotp
import pytest
from aiohttp.test_utils import TestClient, TestServer

from standin.server import Standin
from standin.settings import Settings
from standin.words import WORDS
from tests.standin.conftest import LANDLINE, MOBILE, Line

SPOKEN = "".join(f"<Say>{digit}</Say><Pause/>" for digit in "471922")


def test_both_languages_have_the_same_words() -> None:
    assert WORDS["el"].keys() == WORDS["en"].keys()


async def test_an_empty_page_says_so_in_either_language(line: Line) -> None:
    assert WORDS["el"]["empty"] in await line.page("el")
    assert WORDS["en"]["empty"] in await line.page("en")


@pytest.mark.parametrize(
    ("accepted", "language"), [("en-GB,en;q=0.9", "en"), ("el-GR,en", "el"), ("fr,de", "el"), ("", "el")]
)
async def test_the_browsers_language_is_spoken(line: Line, accepted: str, language: str) -> None:
    async with line.http.get("/", headers={"Accept-Language": accepted}) as answer:
        assert f'<html lang="{language}">' in await answer.text()


async def test_codes_written_and_spoken_stand_out_newest_first(line: Line) -> None:
    await line.sms("Ο κωδικός σας είναι 123456. Ισχύει 10 λεπτά.")
    await line.call(f"<Say>Ο κωδικός:</Say>{SPOKEN}")
    page = await line.page()
    assert re.findall(r'class="code"><span>Code</span> <b>(\d{6})</b>', page) == ["471922", "123456"]
    assert page.index(LANDLINE) < page.index(MOBILE)
    assert "4 7 1 9 2 2" in page


async def test_a_telephone_number_is_not_taken_for_a_code(line: Line) -> None:
    await line.sms("Τηλεφωνήστε στο 2100000009.")
    assert 'class="code"' not in await line.page()


async def test_words_are_shown_not_obeyed(line: Line) -> None:
    await line.sms("<script>alert(1)</script>")
    page = await line.page()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page


async def test_what_the_provider_deleted_is_still_on_the_telephone(line: Line) -> None:
    await line.sms("Ο κωδικός σας είναι 123456.")
    line.provider.messages[0].forgotten = True
    page = await line.page()
    assert "123456" in page
    assert WORDS["en"]["forgotten"] in page


async def test_the_listing_tells_tests_the_same(line: Line) -> None:
    await line.sms("Ο κωδικός σας είναι 123456.")
    await line.call(f"<Say>Ο κωδικός:</Say>{SPOKEN}")
    async with line.http.get("/sent.json") as answer:
        call, sms = await answer.json()
    assert (sms["kind"], sms["to"], sms["code"], sms["segments"]) == ("sms", MOBILE, "123456", 1)
    assert (call["kind"], call["to"], call["code"]) == ("call", LANDLINE, "471922")
    assert call["spoken"] == ["Ο κωδικός:", "4 7 1 9 2 2"]


async def test_the_page_chooses_how_the_telephone_is_answered(line: Line) -> None:
    async with line.http.post("/callee?lang=en", data={"mode": "absent"}) as answer:
        assert '<option value="absent" selected>' in await answer.text()
    await line.call("<Say>α</Say>")
    assert line.provider.calls[0].status == "no-answer"


async def test_the_page_refuses_other_ways(line: Line) -> None:
    async with line.http.post("/callee", data={"mode": "angry"}) as answer:
        assert answer.status == 400
    async with line.http.post("/calls/CA0/keys", data={"key": "1"}) as answer:
        assert answer.status == 404


async def test_the_version_moves_with_every_change(line: Line) -> None:
    async def version() -> str:
        async with line.http.get("/version") as answer:
            return await answer.text()

    before = await version()
    assert await version() == before
    await line.sms()
    await line.provider.delivery.settled()
    assert await version() != before


async def test_the_staffs_code_stands_on_the_page_only_where_there_is_a_secret(line: Line) -> None:
    assert 'class="staff"' not in await line.page()
    secret, moment = "JBSWY3DPEHPK3PXP" * 2, datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
    settings = Settings("AC0", "token", staff_secret=secret)
    application = Standin(settings, lambda: moment, lambda: "0" * 32).application()
    async with TestClient(TestServer(application)) as client:
        code = pyotp.TOTP(secret).at(moment)
        page = await (await client.get("/?lang=en")).text()
        assert f"<b>{code[:3]} {code[3:]}</b>" in page
        assert secret not in page
        assert code in await (await client.get("/version")).text()
