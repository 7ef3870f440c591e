"""What is seen in a chat."""

from __future__ import annotations

from core.dialog.heard import Deed, Picked, Typed
from core.dialog.said import DeedButton, Hint, Picture, Problem, Say, Show
from tests.bot.running import running_bot
from tests.bot.script import Script, ask, words
from tests.fakes.telegram_server import TelegramServer

PASS = Show(
    Picture("pass", "77"), words("το πάσο"), (DeedButton(words("Ακύρωση"), "cancel", "77"),), standing=True
)
WEEK = Show(Picture("week", "pool"), words("η εβδομάδα"))


async def test_a_question_answered_by_button_is_edited_in_place(server: TelegramServer) -> None:
    script = Script([(ask("One?", "a", "b"),), (ask("Two?", "c", "d", back=True),)])
    async with running_bot(server, script):
        maria = server.person()
        await maria.start()
        await maria.press("b")
        assert [message.text for message in maria.from_bot] == ["Two?"]
        assert maria.buttons == ["c", "d", "‹ Πίσω"]
        assert script.heard[1][1] == Picked("000000000001", 1)
        assert len(maria.answers) == 1


async def test_a_typed_answer_brings_a_new_message_and_the_old_keyboard_goes(server: TelegramServer) -> None:
    script = Script([(ask("One?", "a"),), (Problem(words("not so")), ask("One?", "a"))])
    async with running_bot(server, script):
        maria = server.person()
        await maria.start()
        await maria.type("hm")
        assert [(message.text, message.buttons) for message in maria.from_bot] == [
            ("One?", []),
            ("not so\n\nOne?", ["a"]),
        ]
        assert script.heard[1][1] == Typed("hm")


async def test_a_picture_comes_before_its_question_and_the_answer_stays_to_be_read(
    server: TelegramServer,
) -> None:
    script = Script([(ask("What?", "Pool"),), (WEEK, ask("Which day?", "Tue"))])
    async with running_bot(server, script):
        maria = server.person()
        await maria.start()
        await maria.press("Pool")
        shown = maria.from_bot
        assert [message.text for message in shown] == ["What?\n✓ Pool", "η εβδομάδα", "Which day?"]
        assert [message.buttons for message in shown] == [[], [], ["Tue"]]
        assert len(maria.photos) == 1


async def test_a_picture_is_uploaded_once_and_again_when_it_has_changed(server: TelegramServer) -> None:
    script = Script([(WEEK, ask("Which day?", "Tue"))])
    async with running_bot(server, script):
        for person in (server.person(), server.person()):
            await person.start()
            assert len(person.photos) == 1
        script.version = "v2"
        await server.person().start()
        photos = [call for call in server.calls if call.method == "sendPhoto"]
        assert [bool(call.files) for call in photos] == [True, False, True]


async def test_a_file_that_telegram_has_lost_is_uploaded_again(server: TelegramServer) -> None:
    script = Script([(WEEK, ask("Which day?", "Tue"))])
    async with running_bot(server, script):
        maria = server.person()
        await maria.start()
        server.methods.files.clear()
        await maria.start()
        assert len(maria.photos) == 2


async def test_where_a_picture_cannot_go_its_words_do_with_their_buttons(server: TelegramServer) -> None:
    script = Script([(PASS, ask("What next?", "a"))])
    async with running_bot(server, script):
        maria = server.person()
        server.fail_next(400, method="sendPhoto")
        await maria.start()
        script.broken_picture = True
        await maria.start()
        assert [message.text for message in maria.from_bot] == ["το πάσο", "What next?"] * 2
        assert maria.from_bot[2].buttons == ["Ακύρωση"]
        assert maria.photos == []


async def test_a_pass_is_left_alone_and_its_buttons_stay(server: TelegramServer) -> None:
    script = Script([(PASS, ask("What next?", "a")), (ask("Really?", "yes", "no"),)])
    async with running_bot(server, script):
        maria = server.person()
        await maria.start()
        await maria.press("Ακύρωση")
        assert [(message.text, message.buttons) for message in maria.from_bot] == [
            ("το πάσο", ["Ακύρωση"]),
            ("What next?", []),
            ("Really?", ["yes", "no"]),
        ]
        assert script.heard[1][1] == Deed("cancel", "77")


async def test_what_stays_is_not_edited_away_by_the_next_answer(server: TelegramServer) -> None:
    booked = Say(words("booked"), standing=True)
    script = Script([(ask("Sure?", "yes"),), (booked, PASS, ask("Menu?", "a")), (ask("Next?", "b"),)])
    async with running_bot(server, script):
        maria = server.person()
        await maria.start()
        await maria.press("yes")
        await maria.press("a")
        assert [message.text for message in maria.from_bot] == ["booked", "το πάσο", "Next?"]


async def test_one_s_own_number_is_shared_by_a_keyboard_that_goes_away_again(server: TelegramServer) -> None:
    script = Script(
        [
            (ask("Read?", "yes"),),
            (ask("Phone?", hint=Hint("phone"), back=True),),
            (ask("Code?", "again", hint=Hint("code", 6)),),
        ]
    )
    async with running_bot(server, script):
        maria = server.person()
        await maria.start()
        await maria.press("yes")
        assert maria.keyboard[0][0]["request_contact"] is True
        assert maria.keyboard[1][0]["text"] == "‹ Πίσω"
        await maria.share_contact("306912345678")
        assert maria.keyboard == []
        assert maria.buttons == ["again"]
        assert [message.text for message in maria.from_bot] == [
            "Read?\n✓ yes",
            "Phone?",
            "Ευχαριστούμε.",
            "Code?",
        ]


async def test_the_first_words_after_the_number_take_the_keyboard_away(server: TelegramServer) -> None:
    script = Script([(ask("Phone?", hint=Hint("phone")),), (Say(words("sent")), ask("Code?", "again"))])
    async with running_bot(server, script):
        maria = server.person()
        await maria.start()
        await maria.type("6912345678")
        assert maria.keyboard == []
        assert [message.text for message in maria.from_bot] == ["Phone?", "sent", "Code?"]


async def test_after_a_wrong_number_the_keyboard_stays(server: TelegramServer) -> None:
    phone = ask("Phone?", hint=Hint("phone"))
    script = Script([(phone,), (Problem(words("too short")), phone)])
    async with running_bot(server, script):
        maria = server.person()
        await maria.start()
        await maria.type("69")
        assert maria.keyboard[0][0]["request_contact"] is True
        assert maria.last.text == "too short\n\nPhone?"


async def test_labels_stand_beside_each_other_only_where_they_can_be_read(server: TelegramServer) -> None:
    script = Script(
        [
            (ask("Days?", "Τρ 1/12 · 45%", "Τε 2/12 · 5%", "Πέ 3/12 · 0%", columns=3),),
            (ask("Halls?", "Κλειστό γυμναστήριο", "Μεγάλη αίθουσα", columns=3),),
            (ask("Long?", "α" * 200, "β", columns=3),),
        ]
    )
    async with running_bot(server, script):
        maria = server.person()
        await maria.start()
        assert [len(row) for row in maria.last.rows] == [3]
        await maria.press("Τρ 1/12")
        assert [len(row) for row in maria.last.rows] == [2]
        await maria.press("Μεγάλη αίθουσα")
        assert [len(row) for row in maria.last.rows] == [1, 1]
        assert len(maria.buttons[0]) == 60


async def test_too_many_options_come_in_pages_and_each_means_what_it_says(server: TelegramServer) -> None:
    labels = [f"option {place}" for place in range(130)]
    script = Script([(ask("Which?", *labels, back=True),), (ask("Next?", "b"),)])
    async with running_bot(server, script):
        maria = server.person()
        await maria.start()
        assert maria.buttons == [*labels[:60], "Περισσότερα »", "‹ Πίσω"]
        await maria.press("Περισσότερα")
        await maria.press("Περισσότερα")
        assert maria.buttons == [*labels[120:], "« Προηγούμενα", "‹ Πίσω"]
        assert len(script.heard) == 1
        await maria.press("option 125")
        assert script.heard[1][1] == Picked("000000000001", 125)


async def test_ninety_options_need_no_pages(server: TelegramServer) -> None:
    labels = [f"option {place}" for place in range(90)]
    async with running_bot(server, Script([(ask("Which?", *labels, back=True),)])):
        maria = server.person()
        await maria.start()
        assert len(maria.buttons) == 91


async def test_a_text_longer_than_telegram_takes_goes_in_parts(server: TelegramServer) -> None:
    long = "λέξη 🏊 " * 1000
    async with running_bot(server, Script([(Say(words(long)), ask("Which?", "a"))])):
        maria = server.person()
        await maria.start()
        assert len(maria.from_bot) == 2
        assert " ".join(message.text for message in maria.from_bot).split() == f"{long}Which?".split()
        assert maria.last.buttons == ["a"]


async def test_words_are_never_read_as_markup(server: TelegramServer) -> None:
    async with running_bot(server, Script([(ask("<b>*_`[", "<i>"),)])):
        maria = server.person()
        await maria.start()
        assert maria.last.text == "<b>*_`["
        assert maria.buttons == ["<i>"]
