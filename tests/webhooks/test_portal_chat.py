"""The chat by plain forms, over HTTP."""

from __future__ import annotations

import pytest
from aiohttp import ClientSession, DummyCookieJar

from core.dialog.heard import Command, Deed, GoBack, Picked, Silence, Typed
from core.dialog.said import Picture, Show
from core.dialog.words import Written
from tests.webhooks.browser_of_citizen import Citizen
from tests.webhooks.conftest import House
from tests.webhooks.fake_side import BOOKING


def heard(house: House) -> list[object]:
    return [what for what, _ in house.conversations.heard]


async def test_a_booking_is_made_by_forms_alone(house: House) -> None:
    async with Citizen(house.address) as citizen:
        await citizen.visit("/chat")
        assert "Καλώς ήρθατε!" in citizen.html
        await citizen.press("Κολυμβητήριο")
        assert "<img" in citizen.html
        assert "6 από 6" in citizen.html
        await citizen.press("Τρ 2/12")
        for answer in ("2", "Μαρία", "6912345678", "123456"):
            await citizen.write(answer)
        assert "123 456 789 7" in citizen.html
        async with citizen.client.get(f"/chat/pass/{BOOKING}.pdf") as pdf:
            assert pdf.status == 200
            assert pdf.content_type == "application/pdf"
            assert pdf.headers["Cache-Control"] == "no-store"
        assert citizen.last is not None
        assert citizen.last.history[0].status == 303


async def test_a_link_begins_at_its_activity(house: House) -> None:
    async with Citizen(house.address) as citizen:
        await citizen.visit("/chat?start=pool")
        assert heard(house) == [Command("start", "pool")]
        assert "Ποια ημέρα;" in citizen.html
        assert citizen.last.history[0].headers["Location"] == "/chat?begun=1#latest"


async def test_a_link_with_anything_but_a_key_begins_at_the_menu(house: House) -> None:
    async with Citizen(house.address) as citizen:
        await citizen.visit("/chat?start=<b>'\";--")
        assert heard(house) == [Command("start", "")]


async def test_a_browser_without_cookies_is_told_and_not_sent_round(house: House) -> None:
    headers = {"Accept-Language": "en"}
    async with ClientSession(house.address, cookie_jar=DummyCookieJar(), headers=headers) as client:
        async with client.get("/chat") as answer:
            assert answer.status == 200
        async with client.get("/chat?start=pool") as answer:
            assert answer.status == 403
            assert "does not keep cookies" in await answer.text()


async def test_a_form_sent_twice_is_one_answer(house: House) -> None:
    async with Citizen(house.address) as citizen:
        await citizen.visit("/chat")
        before = citizen.html
        await citizen.press("Κολυμβητήριο")
        citizen.html = before
        await citizen.press("Κολυμβητήριο")
        assert len([what for what in heard(house) if isinstance(what, Picked)]) == 1
        assert "Ποια ημέρα;" in citizen.html


async def test_an_answer_typed_into_an_old_page_is_not_taken_for_the_present_question(house: House) -> None:
    async with Citizen(house.address) as citizen:
        await citizen.visit("/chat?start=pool")
        old = citizen.html
        await citizen.press("Τρ 2/12")
        citizen.html = old
        await citizen.write("Τρίτη")
        assert not [what for what in heard(house) if isinstance(what, Typed)]
        assert "έχει ήδη απαντηθεί" in citizen.html
        assert "Πόσα άτομα θα έρθετε;" in citizen.html


async def test_what_is_wrong_is_said_at_the_field(house: House) -> None:
    async with Citizen(house.address) as citizen:
        await citizen.visit("/chat?start=pool")
        await citizen.press("Τρ 2/12")
        await citizen.write("wrong")
        assert '<a href="#answer">Αυτό δεν το κατάλαβα' in citizen.html
        assert 'aria-describedby="problem" aria-invalid="true"' in citizen.html
        assert "<title>Σφάλμα:" in citizen.html
        await citizen.write("   ")
        assert isinstance(heard(house)[-1], Silence)


@pytest.mark.parametrize(
    ("button", "expected"),
    [
        ("Πίσω", GoBack()),
        ("Οι κρατήσεις μου", Command("my_bookings")),
        ("Το πάσο μου", Command("pass")),
        ("Βοήθεια", Command("help")),
        ("Μενού", Command("menu")),
        ("English", Command("language", "en")),
    ],
)
async def test_standing_buttons_are_heard(house: House, button: str, expected: object) -> None:
    async with Citizen(house.address) as citizen:
        await citizen.visit("/chat?start=pool")
        await citizen.press(button)
        assert heard(house)[-1] == expected
        assert citizen.last.status == 200


async def test_buttons_of_a_pass_stay_valid(house: House) -> None:
    async with Citizen(house.address) as citizen:
        await citizen.visit("/chat")
        await citizen.press("Το πάσο μου")
        await citizen.press("Ακύρωση")
        assert heard(house)[-1] == Deed("cancel", BOOKING)


@pytest.mark.parametrize(
    ("step", "attributes"),
    [
        (3, 'inputmode="text" autocomplete="name"'),
        (4, 'type="tel" inputmode="tel" autocomplete="tel"'),
        (5, 'inputmode="numeric" autocomplete="one-time-code"'),
    ],
)
async def test_fields_say_what_they_are_for(house: House, step: int, attributes: str) -> None:
    async with Citizen(house.address) as citizen:
        await citizen.visit("/chat")
        next(iter(house.conversations.sittings.values())).step = step
        await citizen.visit("/chat")
        assert attributes in citizen.html


async def test_words_are_never_markup(house: House) -> None:
    async with Citizen(house.address) as citizen:
        await citizen.visit("/chat?start=pool")
        await citizen.write("<b>'\";-- \u202e</b>")
        assert "<b>" not in citizen.html
        assert "&lt;b&gt;" in citizen.html


async def test_a_picture_that_is_gone_leaves_its_words(house: House) -> None:
    async with Citizen(house.address) as citizen:
        await citizen.visit("/chat")
        sitting = next(iter(house.conversations.sittings.values()))
        sitting.told = (Show(Picture("pass", "gone"), Written({"el": "Το πάσο δεν ισχύει."})),)
        await citizen.visit("/chat")
        assert "Το πάσο δεν ισχύει." in citizen.html
        assert "<img" not in citizen.html


async def test_a_session_that_ended_of_itself_says_so(house: House) -> None:
    async with Citizen(house.address) as citizen:
        await citizen.visit("/chat?start=pool")
        house.conversations.expire_next = True
        await citizen.visit("/chat")
        assert "15 λεπτά χωρίς απάντηση" in citizen.html


async def test_finish_and_forget_leaves_nothing(house: House) -> None:
    async with Citizen(house.address) as citizen:
        await citizen.visit("/chat?start=pool")
        await citizen.press("Τέλος και διαγραφή από αυτή τη συσκευή")
        assert "Η συνομιλία διαγράφηκε" in citizen.html
        assert not house.conversations.sittings
        assert "paso" not in {cookie.key for cookie in citizen.client.cookie_jar}
        assert citizen.last.history[0].headers["Clear-Site-Data"] == '"cache"'


async def test_the_session_cookie_is_kept_from_scripts_and_other_sites(house: House) -> None:
    async with Citizen(house.address) as citizen:
        async with citizen.client.get("/chat", allow_redirects=False) as answer:
            cookie = answer.cookies["paso"]
        assert cookie["httponly"] is True
        assert cookie["samesite"] == "Lax"
        assert not cookie["max-age"]


async def test_a_form_of_another_session_is_refused(house: House) -> None:
    async with Citizen(house.address) as one, Citizen(house.address) as other:
        await one.visit("/chat")
        await other.visit("/chat")
        other.html = one.html
        await other.press("Κολυμβητήριο")
        assert other.last.status == 403
        assert "Η συνομιλία δεν βρέθηκε" in other.html
        assert not [what for what in heard(house) if isinstance(what, Picked)]


@pytest.mark.parametrize(
    "changes",
    [
        {"pick": "١"},
        {"pick": "-1"},
        {"pick": "1000"},
        {"command": "drop"},
        {"once": "x"},
        {"nothing": "1"},
    ],
)
async def test_a_forged_form_does_nothing(house: House, changes: dict[str, str]) -> None:
    async with Citizen(house.address) as citizen:
        await citizen.visit("/chat")
        count = len(heard(house))
        form, _, _ = citizen.form("Αποστολή")
        fields = {name: form.fields[name] for name in ("csrf", "once", "turn")}
        if "once" in changes:
            fields["answer"] = "2"
        await citizen.post("/chat", {**fields, **changes})
        assert citizen.last.status == 400
        assert len(heard(house)) == count


async def test_somebody_elses_pass_is_not_found(house: House) -> None:
    async with Citizen(house.address) as citizen:
        for path in (f"/chat/pass/{BOOKING}.pdf", "/chat/pass/1.pdf", "/chat/pass/1.exe"):
            async with citizen.client.get(path) as answer:
                assert answer.status == 404
        await citizen.visit("/chat")
        async with citizen.client.get("/chat/pass/1.pdf") as answer:
            assert answer.status == 404
