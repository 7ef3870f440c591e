"""What Telegram shows of the bot beside the chat: its commands, and what it is."""

from __future__ import annotations

from telegram import Bot, BotCommand

from core.dialog.words import Words
from core.messages.texts import DEFAULT_LANGUAGE, Texts

COMMANDS = ("menu", "my_bookings", "pass", "cancel", "account", "my_data", "forget_me", "language", "help")


async def describe(bot: Bot, texts: Texts, town: Words) -> None:
    """Set it for every language, and in the default one for everybody else. Raises `TelegramError`."""
    for code, language in [("", DEFAULT_LANGUAGE), *((each, each) for each in texts.languages)]:
        commands = [BotCommand(name, texts.say(f"telegram.commands.{name}", language)) for name in COMMANDS]
        about = texts.say("telegram.about", language, town=town)
        await bot.set_my_commands(commands, language_code=code or None)
        await bot.set_my_description(about, language_code=code or None)
        await bot.set_my_short_description(
            texts.say("telegram.about_short", language, town=town), language_code=code or None
        )
