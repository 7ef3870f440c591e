"""A person on Telegram, who sees only what stands in the chat."""

from __future__ import annotations

from tests.fakes.telegram_chat import Chat


class TelegramPerson:
    """For the transcripts; counts taps."""

    def __init__(self, chat: Chat) -> None:
        self.chat = chat
        self.taps = 0
        self._before: dict[int, str] = {}

    async def type(self, words: str) -> None:
        self._look()
        await self.chat.type(words)

    async def command(self, name: str, argument: str = "") -> None:
        await self.type(f"/{name} {argument}".rstrip())

    async def press(self, label: str) -> None:
        """The newest button whose label begins so."""
        self._look()
        self.taps += 1
        for message in reversed(self.chat.from_bot):
            for button in (button for row in message.rows for button in row):
                if button["text"].startswith(label):
                    await self.chat.press_data(message, button["callback_data"])
                    return
        raise AssertionError((label, self.buttons()))

    def heard(self) -> str:
        return "\n".join(
            message.text for message in self.chat.from_bot if self._before.get(message.id) != str(message)
        )

    def buttons(self) -> list[str]:
        return self.chat.buttons

    def _look(self) -> None:
        self._before = {message.id: str(message) for message in self.chat.from_bot}
