"""What a person does in Telegram, and what the conversations hear of it."""

from __future__ import annotations

from typing import Any

import pytest

from core.dialog.heard import Command, Deed, GoBack, Heard, Picked, Shared, Silence, Typed
from core.dialog.said import Hint
from tests.bot.running import running_bot
from tests.bot.script import Script, ask
from tests.fakes.telegram_chat import Chat
from tests.fakes.telegram_server import TelegramServer

QUESTION = (ask("One?", "a", back=True),)


@pytest.mark.parametrize(
    ("typed", "heard"),
    [
        ("αύριο στις 7", Typed("αύριο στις 7")),
        ("/start", Command("start")),
        ("/start indoor-pool", Command("start", "indoor-pool")),
        ("/menu@paso_test_bot", Command("menu")),
        ("/My_Bookings", Command("my_bookings")),
        ("/pass", Command("pass")),
        ("/whatever x", Command("whatever", "x")),
        ("/", Typed("/")),
        ("/πάσο", Typed("/πάσο")),
        ("‹ Πίσω", GoBack()),
        ("‹ Back", GoBack()),
        ("<b>'\";--", Typed("<b>'\";--")),
        ("🏊🏊", Typed("🏊🏊")),
    ],
)
async def test_words_and_commands(server: TelegramServer, typed: str, heard: Heard) -> None:
    script = Script([QUESTION])
    async with running_bot(server, script):
        await server.person().type(typed)
    assert [each for _, each in script.heard] == [heard]


async def test_half_a_surrogate_pair_is_mended(server: TelegramServer) -> None:
    script = Script([QUESTION])
    async with running_bot(server, script):
        await server.person().type("a\ud83c")
    assert script.heard[0][1] == Typed("a\ufffd")


async def test_what_has_no_words_is_silence(server: TelegramServer) -> None:
    script = Script([QUESTION])
    async with running_bot(server, script):
        maria = server.person()
        await maria.send_sticker()
        await maria.send_photo()
        await maria.send(location={"latitude": 37.9, "longitude": 23.7})
        await maria.send(voice={"file_id": "v", "file_unique_id": "v", "duration": 1})
    assert [each for _, each in script.heard] == [Silence()] * 4


async def test_service_messages_and_edits_are_passed_over(server: TelegramServer) -> None:
    script = Script([QUESTION])
    async with running_bot(server, script):
        maria = server.person()
        await maria.type("a")
        await maria.send(pinned_message=maria.messages[0].raw)
        await maria.edit(maria.messages[0], "b")
        await maria.block()
        await maria.unblock()
    assert [each for _, each in script.heard] == [Typed("a")]


async def test_the_language_is_the_client_s_until_one_is_chosen(server: TelegramServer) -> None:
    script = Script([QUESTION])
    async with running_bot(server, script):
        john, anna = server.person("John", "en-GB"), server.person("Άννα", None)
        await john.start()
        await anna.start()
    assert [(speaker.channel, speaker.address, speaker.language) for speaker, _ in script.heard] == [
        ("telegram", str(john.id), "en-GB"),
        ("telegram", str(anna.id), None),
    ]


async def test_only_one_s_own_contact_counts(server: TelegramServer) -> None:
    script = Script([(ask("Phone?", hint=Hint("phone")),)])
    async with running_bot(server, script):
        maria = server.person()
        await maria.start()
        for somebody in (maria.id + 1, 0):
            await maria.share_contact("306900000000", user_id=somebody)
            assert "Μοιραστείτε τη δική σας επαφή" in maria.last.text
            assert maria.last.text.endswith("Phone?")
            assert maria.keyboard
        assert len(script.heard) == 1
        await maria.share_contact("306912345678")
        assert script.heard[1][1] == Shared("+306912345678")


async def test_buttons_say_which_offer_they_belong_to(server: TelegramServer) -> None:
    script = Script([QUESTION])
    async with running_bot(server, script):
        maria = server.person()
        await maria.start()
        await maria.press("a")
        await maria.press("‹ Πίσω")
        await maria.press_data(maria.last, "d:cancel:123")
    assert [each for _, each in script.heard[1:]] == [
        Picked("000000000001", 0),
        GoBack("000000000002"),
        Deed("cancel", "123"),
    ]


FORGED = [
    "",
    "o",
    "o:",
    "o::",
    "o:xyz:1",
    "o:000000000001:-1",
    "o:000000000001:99999",
    "o:" + "f" * 50 + ":1",
    "o:ffffffffffff:0",
    "b:ffffffffffff",
    "p:ffffffffffff:1",
    "d:cancel:x",
    "d:cancel:" + "9" * 40,
    "d:πάσο:1",
    "'; drop table bookings;--",
    "\x00",
]


@pytest.mark.parametrize("data", FORGED)
async def test_forged_data_of_a_button_is_an_old_button(server: TelegramServer, data: str) -> None:
    script = Script([QUESTION])
    async with running_bot(server, script):
        maria = server.person()
        await maria.start()
        await maria.press_data(maria.last, data)
        assert len(script.heard) == 1
        assert maria.last.text == "old button\n\nOne?"
        assert maria.buttons == ["a", "‹ Πίσω"]
        assert server.refused == []


async def test_an_old_button_changes_nothing_and_the_question_follows_below(server: TelegramServer) -> None:
    script = Script([(ask("One?", "a"),), (ask("Two?", "b"),), (ask("Three?", "c"),)])
    async with running_bot(server, script):
        maria = server.person()
        await maria.start()
        old = maria.last.rows[0][0]["callback_data"]
        await maria.type("a")
        first = maria.from_bot[0]
        await maria.press_data(first, old)
        assert [(message.text, message.buttons) for message in maria.from_bot] == [
            ("One?", []),
            ("Two?", []),
            ("old button\n\nTwo?", ["b"]),
        ]
        assert len(script.heard) == 2


async def test_a_second_tap_is_not_explained(server: TelegramServer) -> None:
    script = Script([(ask("One?", "a"),), (ask("Two?", "b"),)])
    async with running_bot(server, script):
        maria = server.person()
        await maria.start()
        message, data = maria.last, maria.last.rows[0][0]["callback_data"]
        for _ in range(3):
            await maria.press_data(message, data)
        assert [message.text for message in maria.from_bot] == ["Two?"]
        assert len(maria.answers) == 3
        assert len(script.heard) == 2


async def test_a_button_that_is_too_old_to_be_answered_still_works(server: TelegramServer) -> None:
    script = Script([(ask("One?", "a"),), (ask("Two?", "b"),)])
    async with running_bot(server, script):
        maria = server.person()
        await maria.start()
        server.fail_next(400, method="answerCallbackQuery")
        await maria.press("a")
        assert maria.last.text == "Two?"


async def test_a_message_that_is_gone_or_unreadable_gets_its_answer_below(server: TelegramServer) -> None:
    script = Script([(ask("One?", "a"),), (ask("Two?", "b"),), (ask("Three?", "c"),)])
    async with running_bot(server, script):
        maria = server.person()
        await maria.start()
        first = maria.last
        maria.messages.remove(first)
        await maria.press_data(first, first.rows[0][0]["callback_data"])
        assert [message.text for message in maria.from_bot] == ["Two?"]
        second = maria.last
        maria.messages.remove(second)
        data = second.rows[0][0]["callback_data"]
        second.raw = {"message_id": second.id, "chat": maria.chat, "date": 0}
        await maria.press_data(second, data)
        assert [message.text for message in maria.from_bot] == ["Three?"]


async def test_the_same_words_again_are_no_fault(server: TelegramServer) -> None:
    async with running_bot(server, Script([(ask("One?"),)])) as running:
        maria = server.person()
        await maria.start()
        for _ in range(2):
            await maria.press_data(maria.last, "b:000000000001")
        assert server.refused == []
        assert running.counted("paso_telegram_updates", outcome="failed") == 0


def _in_group(chat: Chat, text: str) -> dict[str, Any]:
    group = {"id": -1001234567890, "type": "supergroup", "title": "Κολύμπι"}
    return {"message": {"message_id": 1, "date": 1, "chat": group, "from": chat.user, "text": text}}


async def test_in_a_group_only_a_command_is_answered_and_with_a_link(server: TelegramServer) -> None:
    script = Script([QUESTION])
    async with running_bot(server, script):
        maria = server.person("Mary", "en")
        group = server.chats[-1001234567890] = Chat(server, -1001234567890, "group", None)
        await server.push(_in_group(maria, "hello"), ("chat", group.id))
        assert group.from_bot == []
        await server.push(_in_group(maria, "/start indoor-pool"), ("chat", group.id))
        assert "https://t.me/paso_test_bot" in group.last.text
        assert script.heard == []
