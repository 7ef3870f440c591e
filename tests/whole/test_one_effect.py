"""Whatever comes twice, late, or from somebody else has one effect, or none."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest
from aiohttp import ClientSession
from sqlalchemy import func, select

from core.bookings.model import bookings
from core.conversations.retention import at_once
from core.db.work import Work
from core.passes.model import passes
from tests.bot.running import SECRET, running_bot, settings_for
from tests.bot.telegram_person import TelegramPerson
from tests.conversations.web_person import WebPerson
from tests.fakes.telegram_server import telegram_server
from tests.whole.channels import Channel, Telegram, open_channel
from tests.whole.people import book_lane, choose_lane, register
from tests.whole.town import Town, open_town


async def states(town: Town) -> Counter[str]:
    async with town.side.house.database.reading() as connection:
        return Counter((await connection.scalars(select(bookings.c.state))).all())


async def ready_to_confirm(channel: Channel, town: Town) -> TelegramPerson | WebPerson:
    person = await channel.person()
    await choose_lane(person)
    await register(person, town)
    assert isinstance(person, TelegramPerson | WebPerson)
    return person


@pytest.mark.parametrize("at_a_second_process", [False, True])
async def test_the_same_update_ten_times_at_once(town: Town, at_a_second_process: bool) -> None:
    async with open_channel("telegram", town) as channel, town.another_side() as second:
        assert isinstance(channel, Telegram)
        maria = await ready_to_confirm(channel, town)
        assert isinstance(maria, TelegramPerson)
        server = channel.server
        first = server.webhook
        server.webhook = ""  # the update is made, and not yet delivered
        await maria.press("Επιβεβαιώνω")
        server.webhook = first
        addresses = [first] * 10
        if at_a_second_process:
            async with running_bot(server, second.conversations) as other, ClientSession() as session:
                addresses = [first, other.address] * 5
                await deliver(session, server.updates[-1], addresses)
                server.webhook = first
        else:
            async with ClientSession() as session:
                await deliver(session, server.updates[-1], addresses)
        assert await states(town) == {"confirmed": 1}
        async with town.side.house.database.reading() as connection:
            assert await connection.scalar(select(func.count()).select_from(passes)) == 1


async def deliver(session: ClientSession, update: object, addresses: list[str]) -> None:
    headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
    answers = await asyncio.gather(
        *(session.post(address, json=update, headers=headers) for address in addresses)
    )
    assert [answer.status for answer in answers] == [200] * 10


async def test_the_same_form_ten_times_at_once(town: Town) -> None:
    async with open_channel("web", town) as channel:
        maria = await ready_to_confirm(channel, town)
        assert isinstance(maria, WebPerson)
        button = maria.button("Επιβεβαιώνω")
        windows = [maria.window() for _ in range(10)]
        await asyncio.gather(*(window.send(button) for window in windows))
        assert await states(town) == {"confirmed": 1}
        for window in windows:
            assert window.status == 200
            assert "Έγινε η κράτηση" in window.heard()


async def test_a_double_tap_confirms_once_and_is_not_even_mentioned(channel: Channel, town: Town) -> None:
    maria = await ready_to_confirm(channel, town)
    if isinstance(maria, TelegramPerson):
        shown = next(each for each in reversed(maria.chat.from_bot) if each.rows)
        data = shown.rows[0][0]["callback_data"]
        await asyncio.gather(*(maria.chat.press_data(shown, data) for _ in range(2)))
        assert maria.chat.last.text.count("κουμπί") == 0
    else:
        button = maria.button("Επιβεβαιώνω")
        await asyncio.gather(*(window.send(button) for window in (maria.window(), maria.window())))
        await maria.visit("/chat")
        assert "Έγινε η κράτηση" in maria.heard()
    assert await states(town) == {"confirmed": 1}


async def test_two_answers_sent_from_one_page_are_one_answer_and_a_late_one(town: Town) -> None:
    """The second was written for a question that has been answered; it must not answer the next."""
    async with open_channel("web", town) as channel:
        maria = await channel.person()
        assert isinstance(maria, WebPerson)
        await maria.command("start", "pool")
        await maria.press("Τετ 2/12")
        (typed,) = [each for each in maria.page.buttons if each.place == "typed"]
        first, second = maria.window(), maria.window()
        await first.send(typed, answer="19:00")
        await second.send(typed, once=first_nonce_of(maria), answer="19:00")
        assert "late" in second.arrived_at
        assert second.buttons() == first.buttons()
        assert second.button("Διαδρομή 1")


def first_nonce_of(person: WebPerson) -> str:
    """Another form's of the same page: what a second window would have."""
    return next(form.fields["once"] for form in person.page.forms if form.kind != "typed")


@pytest.mark.parametrize("forgotten", [False, True])
async def test_a_button_a_month_old_does_nothing_and_the_question_is_asked(
    channel: Channel, town: Town, forgotten: bool
) -> None:
    maria = await ready_to_confirm(channel, town)
    press = old_button(maria, "Επιβεβαιώνω")
    await maria.press("Δεν θέλω κράτηση")
    before = await states(town)
    town.clock.move(days=30)  # type: ignore[attr-defined]
    if forgotten:
        work = Work()
        for chore in at_once(town.clock):
            await chore.do(work)
        await town.side.house.writer.commit(work)
    await press()
    assert await states(town) == before
    assert before["confirmed"] == 0
    assert any(label.startswith("Κλειστό κολυμβητήριο") for label in maria.buttons())


def old_button(person: TelegramPerson | WebPerson, label: str):  # type: ignore[no-untyped-def]
    """What presses, later, the button that is there now."""
    if isinstance(person, WebPerson):
        button = person.button(label)
        return lambda: person.send(button)
    shown = next(each for each in reversed(person.chat.from_bot) if each.rows)
    data = next(each["callback_data"] for row in shown.rows for each in row if each["text"].startswith(label))
    return lambda: person.chat.press_data(shown, data)


async def test_somebody_else_s_booking_cannot_be_touched(channel: Channel, town: Town) -> None:
    maria, nikos = await channel.person(), await channel.person()
    await book_lane(maria, town)
    await book_lane(nikos, town, "6971234568", lane=3, name="Νίκος Δήμου")
    async with town.side.house.database.reading() as connection:
        (hers, *_), _ = (
            await connection.execute(
                select(bookings.c.id, bookings.c.state).order_by(bookings.c.created_at, bookings.c.id)
            )
        ).all()
        before = (await connection.execute(select(bookings))).all()
    stranger = await channel.person()
    await stranger.command("start")
    for person in (nikos, stranger):
        for deed in ("cancel", "move", "reduce", "pass"):
            await forge(person, deed, str(hers))
            assert "Δεν βρήκα τέτοια κράτηση" in person.heard(), (deed, person.heard())
            assert "Διαδρομή 2" not in person.heard()
        for deed, subject in (("cancel", "0"), ("cancel", "9" * 19), ("destroy", str(hers))):
            await forge(person, deed, subject)
    for person in (nikos, stranger):
        if isinstance(person, WebPerson):
            for kind in ("png", "pdf", "ics"):
                assert (await person.fetch(f"/chat/pass/{hers}.{kind}"))[0] == 404
    async with town.side.house.database.reading() as connection:
        assert (await connection.execute(select(bookings))).all() == before


async def forge(person: object, deed: str, subject: str) -> None:
    if isinstance(person, WebPerson):
        form = next(form for form in person.page.forms if form.kind == "commands")
        await person.post("/chat", {**form.fields, "deed": deed, "subject": subject})
    else:
        assert isinstance(person, TelegramPerson)
        person._look()
        await person.chat.press_data(person.chat.last, f"d:{deed}:{subject}")


async def test_a_stolen_form_is_nobody_s(town: Town) -> None:
    """A form of one session, sent with the cookie of another, or with none."""
    async with open_channel("web", town) as channel:
        maria = await ready_to_confirm(channel, town)
        nikos = await channel.person()
        await nikos.command("start")
        assert isinstance(maria, WebPerson)
        assert isinstance(nikos, WebPerson)
        button = maria.button("Επιβεβαιώνω")
        await nikos.send(button)
        assert nikos.status == 403
        async with WebPerson(town.address) as nobody:
            await nobody.send(button)
            assert nobody.status == 403
        assert await states(town) == {"held": 1}


async def test_one_chat_is_heard_in_order_while_others_are_served(town: Town) -> None:
    """Ten people's whole bookings, each sent as a volley that does not wait for answers."""
    async with open_channel("telegram", town) as channel:
        assert isinstance(channel, Telegram)
        people = [await channel.person() for _ in range(5)]
        volley = ("/start pool", "αύριο στις 7 το απόγευμα", "διαδρομή 2", "1")
        sent = [asyncio.create_task(person.chat.type(words)) for words in volley for person in people]
        await asyncio.gather(*sent)
        for person in people:
            assert "Κρατάμε τη θέση σας" in "\n".join(each.text for each in person.chat.from_bot)
        assert await states(town) == {"held": 5}


async def test_the_bot_as_the_server_mounts_it(tmp_path: Path) -> None:
    """`make_application` with a token: the webhook is set, a press is taken, its pace is Telegram's."""
    async with telegram_server() as server:
        given = settings_for(server, webhook=True)
        names = ("telegram_bot_token", "telegram_api_url", "public_url", "telegram_webhook_secret")
        settings = {name: getattr(given, name) for name in names}
        async with open_town(tmp_path, activities=("pool",), **settings) as town:
            while server.webhook != "https://paso.example/telegram":
                await server.next_change()
            server.webhook = f"{town.address}/telegram"
            maria = server.person()
            await maria.start("pool")
            assert any(label.startswith("Τετ 2/12") for label in maria.buttons)
            assert server.problems == []
