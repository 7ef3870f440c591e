"""The Bot API server of the tests behaves as Telegram does, as python-telegram-bot sees it."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiohttp import ClientSession, web
from PIL import Image
from telegram import (
    Bot,
    BotCommand,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    KeyboardButton,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    Update,
)
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, NetworkError, RetryAfter

from tests.fakes.telegram_server import TelegramServer, telegram_server

YES_NO = InlineKeyboardMarkup(
    [[InlineKeyboardButton("Ναι", callback_data="y")], [InlineKeyboardButton("Όχι", callback_data="n")]]
)


def picture(width: int = 40, height: int = 30) -> bytes:
    drawn = io.BytesIO()
    Image.new("L", (width, height)).save(drawn, "PNG")
    return drawn.getvalue()


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with telegram_server() as running:
        yield running


@pytest.fixture
async def bot(server: TelegramServer) -> AsyncIterator[Bot]:
    async with Bot(server.token, base_url=server.base_url) as made:
        yield made
    assert server.problems == []


class Hook:
    """A webhook that answers what it is told to, 200 when it is told nothing."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.body: object = None
        self.heard: list[dict[str, object]] = []
        self.secrets: list[str | None] = []

    async def answer(self, request: web.Request) -> web.Response:
        self.secrets.append(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        self.heard.append(await request.json())
        status = self.statuses.pop(0) if self.statuses else 200
        return web.json_response(self.body, status=status) if self.body else web.Response(status=status)


@pytest.fixture
async def hook(bot: Bot) -> AsyncIterator[Hook]:
    made = Hook()
    application = web.Application()
    application.router.add_post("/hook", made.answer)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    await bot.set_webhook(f"http://127.0.0.1:{runner.addresses[0][1]}/hook", secret_token="a-secret")
    yield made
    await runner.cleanup()


async def test_the_bot_knows_itself(bot: Bot) -> None:
    assert (await bot.get_me()).username == "paso_test_bot"


async def test_a_wrong_token_is_refused(server: TelegramServer) -> None:
    with pytest.raises(InvalidToken):
        async with Bot("1:other", base_url=server.base_url):
            pass


async def test_a_message_is_seen_with_its_buttons(server: TelegramServer, bot: Bot) -> None:
    maria = server.person()
    message = await bot.send_message(maria.id, "<b>Κράτηση;</b>", parse_mode="HTML", reply_markup=YES_NO)
    assert maria.last.text == message.text == "Κράτηση;"
    assert maria.buttons == ["Ναι", "Όχι"]
    assert maria.last.id == message.message_id
    assert str(maria.last) == "Κράτηση;\n[Ναι]\n[Όχι]"


async def test_updates_are_polled_until_they_are_acknowledged(server: TelegramServer, bot: Bot) -> None:
    maria = server.person()
    await maria.type("γεια")
    (update,) = await bot.get_updates()
    assert (await bot.get_updates())[0].update_id == update.update_id
    assert update.message
    assert update.message.text == "γεια"
    assert update.message.from_user
    assert update.message.from_user.language_code == "el"
    assert await bot.get_updates(offset=update.update_id + 1) == ()


async def test_a_long_poll_ends_when_something_happens(server: TelegramServer, bot: Bot) -> None:
    maria = server.person()
    poll = asyncio.create_task(bot.get_updates(timeout=30))
    while server._poll is None:  # noqa: ASYNC110
        await asyncio.sleep(0)
    await maria.start("pool")
    (update,) = await poll
    assert update.message
    assert update.message.text == "/start pool"
    assert update.message.entities[0].type == "bot_command"


async def test_two_cannot_poll_at_once(server: TelegramServer, bot: Bot) -> None:
    first = asyncio.create_task(bot.get_updates(timeout=30))
    while server._poll is None:  # noqa: ASYNC110
        await asyncio.sleep(0)
    async with Bot(server.token, base_url=server.base_url) as other:
        second = asyncio.create_task(other.get_updates(timeout=30))
        with pytest.raises(Conflict):
            await first
        await server.person().type("γεια")
        assert len(await second) == 1


async def test_a_button_is_pressed_and_answered_once(server: TelegramServer, bot: Bot) -> None:
    maria = server.person()
    await bot.send_message(maria.id, "Κράτηση;", reply_markup=YES_NO)
    await maria.press("Ναι")
    query = (await bot.get_updates())[0].callback_query
    assert query
    assert query.data == "y"
    assert await query.answer("Έγινε", show_alert=True)
    assert maria.answers == [{"text": "Έγινε", "show_alert": True}]
    with pytest.raises(BadRequest, match=r"(?i)query is too old"):
        await query.answer()


async def test_an_old_button_press_cannot_be_answered(server: TelegramServer, bot: Bot) -> None:
    maria = server.person()
    await bot.send_message(maria.id, "Κράτηση;", reply_markup=YES_NO)
    await maria.press("Όχι")
    server.expire_queries()
    query = (await bot.get_updates())[0].callback_query
    assert query
    with pytest.raises(BadRequest, match=r"(?i)query is too old"):
        await query.answer()


async def test_a_button_that_is_not_there_cannot_be_pressed(server: TelegramServer, bot: Bot) -> None:
    maria = server.person()
    await bot.send_message(maria.id, "Κράτηση;", reply_markup=YES_NO)
    with pytest.raises(AssertionError, match="Ναι"):
        await maria.press("Ίσως")


async def test_an_edit_that_changes_nothing_is_refused(server: TelegramServer, bot: Bot) -> None:
    maria = server.person()
    message = await bot.send_message(maria.id, "Μία.", reply_markup=YES_NO)
    with pytest.raises(BadRequest, match=r"(?i)message is not modified"):
        await message.edit_text("Μία.", reply_markup=YES_NO)
    with pytest.raises(BadRequest, match=r"(?i)message is not modified"):
        await message.edit_reply_markup(YES_NO)
    await message.edit_text("Δύο.")
    assert (maria.last.text, maria.buttons) == ("Δύο.", [])
    await message.edit_reply_markup(YES_NO)
    assert maria.buttons == ["Ναι", "Όχι"]


async def test_what_is_not_there_cannot_be_edited_or_deleted(server: TelegramServer, bot: Bot) -> None:
    maria = server.person()
    with pytest.raises(BadRequest, match=r"(?i)message to edit not found"):
        await bot.edit_message_text("x", maria.id, 99)
    with pytest.raises(BadRequest, match=r"(?i)message to delete not found"):
        await bot.delete_message(maria.id, 99)
    message = await bot.send_message(maria.id, "Μία.")
    with pytest.raises(BadRequest, match=r"(?i)no caption"):
        await message.edit_caption("x")
    await message.delete()
    assert maria.messages == []


async def test_a_photo_is_uploaded_once_and_sent_again_by_its_id(server: TelegramServer, bot: Bot) -> None:
    maria, nikos = server.person(), server.person("Νίκος")
    first = await bot.send_photo(maria.id, picture(), caption="Πάσο", reply_markup=YES_NO)
    assert (first.photo[-1].width, first.photo[-1].height) == (40, 30)
    second = await bot.send_photo(nikos.id, first.photo[-1].file_id)
    assert second.photo[-1].file_id == first.photo[-1].file_id
    assert maria.photos == nikos.photos == [picture()]
    assert [sorted(call.files) for call in server.calls if call.method == "sendPhoto"] == [["photo"], []]


async def test_captions_and_pictures_are_edited(server: TelegramServer, bot: Bot) -> None:
    maria = server.person()
    message = await bot.send_photo(maria.id, picture(), caption="Μία")
    await message.edit_caption("Δύο", reply_markup=YES_NO)
    assert (maria.last.text, maria.buttons) == ("Δύο", ["Ναι", "Όχι"])
    edited = await message.edit_media(InputMediaPhoto(picture(50, 50), caption="Τρία"))
    assert (maria.last.text, maria.photos, maria.buttons) == ("Τρία", [picture(50, 50)], [])
    assert not isinstance(edited, bool)
    await message.edit_media(InputMediaPhoto(edited.photo[-1].file_id))
    assert (maria.last.text, maria.photos) == ("", [picture(50, 50)])
    with pytest.raises(BadRequest, match=r"(?i)no text"):
        await message.edit_text("x")


@pytest.mark.parametrize(
    ("content", "error"), [(b"no picture", "IMAGE_PROCESS_FAILED"), (picture(9000, 1001), "PHOTO_INVALID")]
)
async def test_what_is_no_picture_is_refused(
    server: TelegramServer, bot: Bot, content: bytes, error: str
) -> None:
    with pytest.raises(BadRequest, match=f"(?i){error}"):
        await bot.send_photo(server.person().id, content)


async def test_an_unknown_file_id_is_refused(server: TelegramServer, bot: Bot) -> None:
    with pytest.raises(BadRequest, match=r"(?i)wrong file identifier"):
        await bot.send_photo(server.person().id, "photo-99")


async def test_a_document_keeps_its_name(server: TelegramServer, bot: Bot) -> None:
    maria = server.person()
    message = await bot.send_document(maria.id, b"%PDF-1.7", filename="paso.pdf", caption="Εκτύπωση")
    assert message.document
    assert message.document.file_name == "paso.pdf"
    assert maria.documents == [b"%PDF-1.7"]


async def test_a_contact_is_ones_own_or_somebody_elses(server: TelegramServer, bot: Bot) -> None:
    maria = server.person()
    keyboard = ReplyKeyboardMarkup([[KeyboardButton("Ο αριθμός μου", request_contact=True)], ["Άλλος"]])
    await bot.send_message(maria.id, "Τηλέφωνο;", reply_markup=keyboard)
    with pytest.raises(AssertionError, match="share_contact"):
        await maria.press("Ο αριθμός μου")
    await maria.share_contact("+306900000001")
    await maria.share_contact("+306900000002", user_id=5)
    await maria.press("Άλλος")
    heard = [update.message for update in await bot.get_updates()]
    assert [m.contact.user_id for m in heard[:2] if m and m.contact] == [maria.id, 5]
    assert heard[2]
    assert heard[2].text == "Άλλος"
    await bot.send_message(maria.id, "Ευχαριστώ.", reply_markup=ReplyKeyboardRemove())
    assert maria.keyboard == []


async def test_every_kind_of_update_fits_the_description(server: TelegramServer, bot: Bot) -> None:
    maria = server.person()
    await maria.send_sticker()
    await maria.send_photo()
    await maria.type("γεια")
    await maria.edit(maria.messages[-1], "γεια σας")
    await maria.block()
    await maria.unblock()
    assert [type(update) for update in await bot.get_updates()] == [Update] * 6


async def test_who_has_blocked_the_bot_or_never_wrote_cannot_be_written_to(
    server: TelegramServer, bot: Bot
) -> None:
    maria = server.person()
    await maria.block()
    with pytest.raises(Forbidden, match=r"(?i)blocked"):
        await bot.send_message(maria.id, "x")
    with pytest.raises(BadRequest, match=r"(?i)chat not found"):
        await bot.send_message(1, "x")


async def test_commands_are_kept_by_language(server: TelegramServer, bot: Bot) -> None:
    await bot.set_my_commands([BotCommand("pass", "Το πάσο μου")])
    await bot.set_my_commands([BotCommand("pass", "My pass")], language_code="en")
    assert (await bot.get_my_commands(language_code="en"))[0].description == "My pass"
    assert (await bot.get_my_commands())[0].description == "Το πάσο μου"


async def test_typing_is_seen(server: TelegramServer, bot: Bot) -> None:
    maria = server.person()
    await bot.send_chat_action(maria.id, "upload_photo")
    assert maria.actions == ["upload_photo"]


async def test_too_many_requests_name_the_pause(
    server: TelegramServer, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")  # else the library warns of its own default
    maria = server.person()
    server.fail_next(429, method="sendMessage", retry_after=3)
    with pytest.raises(RetryAfter) as slow:
        await bot.send_message(maria.id, "x")
    assert slow.value.retry_after == timedelta(seconds=3)
    assert maria.messages == []
    await bot.send_message(maria.id, "x")


@pytest.mark.parametrize("code", [0, 502])
@pytest.mark.parametrize("taken", [True, False])
async def test_a_call_may_fail_though_it_was_carried_out(
    server: TelegramServer, bot: Bot, code: int, taken: bool
) -> None:
    maria = server.person()
    server.fail_next(code, taken=taken)
    with pytest.raises(NetworkError):
        await bot.send_message(maria.id, "x")
    assert len(maria.messages) == int(taken)


async def test_what_the_description_does_not_allow_is_noticed(server: TelegramServer) -> None:
    maria = server.person()
    calls = [
        ("sendMessage", {"chat_id": maria.id}),
        ("sendMessage", {"chat_id": maria.id, "text": " "}),
        ("sendMessage", {"chat_id": maria.id, "text": "α" * 4097}),
        ("sendMessage", {"chat_id": maria.id, "text": "<b>α", "parse_mode": "HTML"}),
        ("sendMesage", {"chat_id": maria.id, "text": "α"}),
        ("answerCallbackQuery", {"callback_query_id": "1", "text": "α" * 201}),
    ]
    long = {"inline_keyboard": [[{"text": "α", "callback_data": "α" * 33}]]}
    calls.append(("sendMessage", {"chat_id": maria.id, "text": "α", "reply_markup": long}))
    async with ClientSession() as session:
        for number, (method, params) in enumerate(calls, 1):
            async with session.post(f"{server.base_url}{server.token}/{method}", json=params) as answer:
                assert answer.status in (400, 404)
            assert len(server.problems) >= number
        unknown = {"chat_id": maria.id, "text": "α", "colour": "red"}
        async with session.post(f"{server.base_url}{server.token}/sendMessage", json=unknown) as answer:
            assert answer.status == 200
    assert "colour" in server.problems[-1]
    assert [message.text for message in maria.messages] == ["α"]


async def test_updates_reach_the_webhook_with_its_secret(
    server: TelegramServer, hook: Hook, bot: Bot
) -> None:
    await server.person().type("γεια")
    assert hook.secrets == ["a-secret"]
    assert Update.de_json(hook.heard[0], bot).message
    with pytest.raises(Conflict):
        await bot.get_updates()


async def test_an_update_is_delivered_until_it_is_taken(server: TelegramServer, hook: Hook) -> None:
    hook.statuses = [500, 503]
    maria = server.person()
    await maria.type("ένα")
    await maria.type("δύο")
    assert server.refused == [500, 503]
    ids = [update["update_id"] for update in hook.heard]
    first, second = (update["update_id"] for update in server.updates)
    assert ids == [first, first, first, second]


async def test_an_old_update_can_be_delivered_again(server: TelegramServer, hook: Hook) -> None:
    await server.person().type("γεια")
    await asyncio.gather(*[server.deliver(server.updates[0]) for _ in range(9)])
    assert hook.heard == [server.updates[0]] * 10


async def test_the_webhook_may_answer_with_a_method(server: TelegramServer, hook: Hook) -> None:
    maria = server.person()
    hook.body = {"method": "sendMessage", "chat_id": maria.id, "text": "Γεια σας."}
    await maria.type("γεια")
    assert maria.last.text == "Γεια σας."


async def test_the_bots_reply_is_waited_for(server: TelegramServer, hook: Hook, bot: Bot) -> None:
    maria = server.person()
    await bot.send_message(maria.id, "πριν")
    await maria.type("γεια")
    reply = asyncio.create_task(maria.reply())
    await bot.send_message(maria.id, "μετά")
    assert (await reply).text == "μετά"


async def test_what_waits_is_delivered_to_a_new_webhook(server: TelegramServer, bot: Bot, hook: Hook) -> None:
    address = server.webhook
    await bot.delete_webhook()
    await server.person().type("γεια")
    assert hook.heard == []
    await bot.set_webhook(address)
    await server.deliver_waiting()
    assert len(hook.heard) == 1
    assert hook.secrets == [None]
